#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/machine.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/open_load.h"
#include "bench/harness/order_text.h"
#include "bench/harness/rounds.h"
#include "bench/harness/scenarios.h"
#include "bench/harness/watchers.h"

namespace freshet::bench {
namespace {

constexpr unsigned writers_count = 16;  // so that one slow answer keeps no other record waiting
constexpr const char* board = "/views/all-orders?limit=50";

// So many are in the making, and change in turn. The page shows those that are not completed, about
// four of five: so each record changes the page.
constexpr std::uint64_t orders_in_the_making = 60;

// What those who watch ask for.
struct Watching {
    std::string work;
    std::size_t count = 0;
    std::string parameters = {};  // behind the board's own
};

// Writers of single records, whose answers are what is timed, beside those who watch.
class WatchedBoard : public Watched {
public:
    WatchedBoard(std::uint16_t port, Watchers& watchers) : watchers_(watchers) {
        for (unsigned i = 0; i < writers_count; ++i) writers_.push_back({LocalSocket(port)});
    }

    [[nodiscard]] bool can_send() const override {
        for (const Writer& writer : writers_) {
            if (!writer.is_busy) return true;
        }
        return false;
    }

    void send(const std::string& record, std::uint64_t order) override {
        for (Writer& writer : writers_) {
            if (writer.is_busy) continue;
            writer.socket.send(post_request(record));
            writer.is_busy = true;
            writer.order = order;
            return;
        }
    }

    void receive(const std::function<void(std::uint64_t order)>& heard) override {
        for (Writer& writer : writers_) {
            if (!writer.is_busy) continue;
            const bool is_open = writer.socket.receive();
            const auto answer = take_answer(writer.socket);
            if (!answer && !is_open) throw Failure("the server closed a connection");
            if (!answer) continue;
            check_answer(*answer, "POST /records");
            watchers_.note_acknowledged(number_in(answer->body, "position"));
            writer.is_busy = false;
            heard(writer.order);
        }
        watchers_.receive();
    }

private:
    struct Writer {
        LocalSocket socket;
        bool is_busy = false;
        std::uint64_t order = 0;
    };

    Watchers& watchers_;
    std::deque<Writer> writers_;
};

Round measure_once(const Plan& plan, const Subject& subject, const Watching& watching) {
    MeasuredServer measured(plan, subject);
    const Server& server = measured.server();
    Workload workload({.seed = plan.seed, .orders = orders_in_the_making});
    measured.write(workload, orders_in_the_making * versions_of_a_life);
    Watchers watchers(server.port(), watching.count,
                      [&](std::size_t /*number*/) { return board + watching.parameters; });
    WatchedBoard watched(server.port(), watchers);
    Round round = watched_round(plan, workload, watched, [&] { return server.cpu_seconds(); });
    const Latency late = latency_of(watchers.lateness());
    const auto frames = static_cast<double>(watchers.frames());
    round.more = {{"cores", round.server_cpu / round.seconds},
                  {"frames/s", frames / round.seconds},
                  {"MB/s", static_cast<double>(watchers.bytes()) / 1e6 / round.seconds},
                  {"late p50 ms", late.p50_us / 1e3},
                  {"late p99 ms", late.p99_us / 1e3},
                  {"late max ms", late.max_us / 1e3},
                  {"RSS MB", static_cast<double>(resident_bytes_of(server.pid())) / 1e6}};
    return round;
}

}  // namespace

void measure_watch(const Plan& plan, Report& report) {
    const std::string watchers = std::to_string(plan.watchers) + " watchers";
    const std::vector<Watching> all = {
        {.work = "no watcher"},
        {.work = watchers + ", every 250 ms",
         .count = plan.watchers,
         .parameters = "&every_ms=250"},
        {.work = watchers, .count = plan.watchers},
    };
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        for (const Watching& watching : all) {
            for (const Subject& subject : plan.subjects) {
                say_round("watch", round, watching.work, subject.name);
                report.add({.scenario = "watch",
                            .work = "board: " + watching.work,
                            .unit = "records",
                            .subject = subject.name,
                            .is_at_a_rate = true},
                           measure_once(plan, subject, watching));
            }
        }
    }
}

}  // namespace freshet::bench
