#include "bench/peers/redis_server.h"

#include <charconv>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/local_socket.h"
#include "bench/harness/version.h"
#include "bench/peers/resp.h"

namespace freshet::bench {
namespace {

std::string_view value_in(const RespReply& reply, std::string_view name) {
    if (name.empty()) return reply.text;
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
        if (reply.elements[i].text == name) return reply.elements[i + 1].text;
    }
    return {};
}

}  // namespace

bool is_redis_here() {
    return is_in_path("redis-server");
}

std::string redis_version(const Plan& plan) {
    return version_of(plan, "redis-server");
}

PeerProcess start_redis(const Plan& plan) {
    PeerFolder folder = make_peer_folder(plan, "redis", std::nullopt);
    const std::string port = std::to_string(folder.port);
    return PeerProcess(std::move(folder),
                       {"redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", ".",
                        "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                        "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"},
                       SIGTERM);
}

AnswerTaker replies_of_redis(unsigned replies) {
    return [replies](LocalSocket& socket) {
        std::string_view text = socket.received();
        const std::size_t bytes = text.size();
        for (unsigned i = 0; i < replies; ++i) {
            const auto reply = take_reply(text);
            if (!reply) return false;
            if (reply->is_error) throw Failure("Redis says " + std::string(reply->text));
        }
        socket.drop(bytes - text.size());
        return true;
    };
}

std::uint64_t ask_redis(std::uint16_t port, const std::vector<std::string_view>& command,
                        std::string_view name) {
    LocalSocket socket(port);
    std::string request;
    append_command(request, command);
    socket.send(request);
    while (true) {
        std::string_view text = socket.received();
        const auto reply = take_reply(text);
        if (!reply) {
            socket.await_more();
            continue;
        }
        const std::string_view value = value_in(*reply, name);
        std::uint64_t number = 0;
        const auto end = std::from_chars(value.data(), value.data() + value.size(), number);
        if (end.ec != std::errc()) throw Failure("Redis says " + std::string(reply->text));
        return number;
    }
}

}  // namespace freshet::bench
