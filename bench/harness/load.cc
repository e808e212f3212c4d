#include "bench/harness/load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <deque>
#include <string_view>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"
#include "bench/harness/progress.h"

namespace freshet::bench {
namespace {

constexpr std::size_t chunk_bytes = 256U << 10U;
constexpr int tick_ms = 100;

constexpr std::string_view bulk_head =
    "POST /records HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-ndjson\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

void send_chunk(LocalSocket& socket, const std::string& bytes) {
    std::array<char, 24> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16);
    std::string head(size.data(), end.ptr);
    head += "\r\n";
    socket.send(head);
    socket.send(bytes);
    socket.send("\r\n");
}

struct Client {
    LocalSocket socket;
    const RequestSource* source;
    std::string request;
    unsigned records = 0;
    std::uint64_t sent_at = 0;

    void send_next() {
        request.clear();
        records = (*source)(request);
        sent_at = now_ns();
        socket.send(request);
    }
};

// Ends with the object.
class Epoll {
public:
    Epoll() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
        if (epoll_ < 0) fail_by_system("epoll_create1");
    }
    ~Epoll() { close(epoll_); }
    Epoll(const Epoll&) = delete;
    Epoll& operator=(const Epoll&) = delete;

    void watch(Client& client) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &client;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket.descriptor(), &event) != 0) {
            fail_by_system("epoll_ctl");
        }
    }

    template <class Visit>
    void visit_ready(const Visit& visit) {
        const int count =
            epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), tick_ms);
        check_stop();
        for (int i = 0; i < count; ++i) {
            visit(*static_cast<Client*>(events_[static_cast<std::size_t>(i)].data.ptr));
        }
    }

private:
    int epoll_;
    std::array<epoll_event, 64> events_{};
};

}  // namespace

BulkDone send_bulk(std::uint16_t port, const RecordSource& source) {
    LocalSocket socket(port);
    BulkDone done;
    std::string chunk;
    const std::uint64_t begin = now_ns();
    socket.send(bulk_head);
    bool more = true;
    while (more) {
        chunk.clear();
        while (more && chunk.size() < chunk_bytes) {
            more = source(chunk);
            if (more) {
                chunk += '\n';
                ++done.records;
            }
        }
        if (!chunk.empty()) send_chunk(socket, chunk);
        say_progress_at_times(done.records, "records sent");
        if (socket.await_bytes(0)) check_answer(await_answer(socket), "POST /records");
    }
    socket.send("0\r\n\r\n");
    const HttpAnswer answer = await_answer(socket);
    done.seconds = seconds_since(begin);
    check_answer(answer, "POST /records");
    if (number_in(answer.body, "appended") != done.records) {
        throw Failure("of " + std::to_string(done.records) +
                      " records not all were appended: " + answer.body);
    }
    return done;
}

ClosedDone run_closed(const ClosedOptions& options, const std::vector<RequestSource>& sources,
                      const std::function<double()>& server_cpu_now) {
    Epoll epoll;
    std::deque<Client> clients;  // which epoll points at
    for (const RequestSource& source : sources) {
        clients.push_back({.socket = LocalSocket(options.port), .source = &source});
        if (options.greet) options.greet(clients.back().socket);
        epoll.watch(clients.back());
        clients.back().send_next();
    }

    const auto is_over = [&](double passed) {
        return options.is_over ? options.is_over() : passed >= options.seconds;
    };
    ClosedDone done;
    std::uint64_t begin = now_ns();
    bool warm = false;
    while (true) {
        const double passed = seconds_since(begin);
        say_progress_at_times(done.records, "records answered");
        if (!warm && passed >= options.warm_up_seconds) {
            warm = true;
            begin = now_ns();
            done.client_cpu = -own_cpu_seconds();
            done.server_cpu = -server_cpu_now();
        } else if (warm && is_over(passed)) {
            done.seconds = passed;
            done.client_cpu += own_cpu_seconds();
            done.server_cpu += server_cpu_now();
            break;
        }
        epoll.visit_ready([&](Client& client) {
            const bool is_open = client.socket.receive();
            if (!options.take_answer(client.socket)) {
                if (!is_open) throw Failure("the server closed a connection");
                return;
            }
            if (warm) {
                done.records += client.records;
                done.latency.add(now_ns() - client.sent_at);
            }
            client.send_next();
        });
    }
    for (Client& client : clients) {
        while (!options.take_answer(client.socket)) client.socket.await_more();
    }
    return done;
}

bool take_success(LocalSocket& socket) {
    const auto answer = take_answer(socket);
    if (answer) check_answer(*answer, "a request");
    return answer.has_value();
}

bool take_any_success(LocalSocket& socket) {
    const auto answer = take_answer(socket);
    if (answer && answer->status / 100 != 2) check_answer(*answer, "a write");
    return answer.has_value();
}

}  // namespace freshet::bench
