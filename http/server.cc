#include "http/server.h"

#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/internal/asio_types.h"
#include "http/internal/connection.h"
#include "http/internal/worker.h"

namespace freshet::http {

namespace {

using internal::Acceptor;
using internal::Awaitable;
using internal::ErrorCode;
using internal::Socket;
using internal::Timer;
using internal::Worker;
namespace asio = boost::asio;

std::shared_ptr<spdlog::logger> or_silent(std::shared_ptr<spdlog::logger> log) {
    return log ? std::move(log) : std::make_shared<spdlog::logger>("silent");
}

// How long to leave callers waiting after an accept failed, for want of file descriptors mostly.
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

class Server::Parts {
public:
    Parts(engine::Engine& engine, engine::ServerSettings settings, std::size_t body_bytes_max,
          std::shared_ptr<spdlog::logger> log, std::unique_ptr<Credentials> credentials)
        : credentials_(credentials ? std::move(credentials) : std::make_unique<Credentials>()),
          settings_(std::move(settings)),
          origins_(settings_.origins),
          metrics_(engine.metrics(), {.connections = [this] { return connections_.load(); },
                                      .subscribers = [this] { return subscribers_.summary(); }}),
          service_{.routes = {.engine = engine,
                              .credentials = *credentials_,
                              .origins = origins_,
                              .subscribers = subscribers_,
                              .metrics = metrics_,
                              .body_bytes_max = body_bytes_max},
                   .log = or_silent(std::move(log)),
                   .connections = connections_,
                   .subscribers = subscribers_,
                   .held_bytes = held_bytes_,
                   .metrics = metrics_} {
        const unsigned threads = std::max(settings_.threads, 1U);
        for (unsigned i = 0; i < threads; ++i) {
            workers_.push_back(std::make_unique<Worker>(service_));
        }
        acceptor_.emplace(workers_.front()->io());
        pause_.emplace(workers_.front()->io());
    }

    ~Parts() {
        stop(std::chrono::milliseconds(0));
        // These two belong to the first worker's event loop and go before it.
        acceptor_.reset();
        pause_.reset();
    }

    Result<void> start();
    void stop(std::chrono::milliseconds grace);
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    static Awaitable<void> accept_connections(Parts& parts);
    // Returns whether a connection was accepted; if not, it is better to pause.
    static Awaitable<bool> accept_connection(Parts& parts);
    static Awaitable<void> pause(Parts& parts);
    // Says once why connections wait, until one is accepted again.
    void complain(std::string_view trouble);
    Result<void> listen();
    void close_acceptor();

    const std::unique_ptr<Credentials> credentials_;
    const engine::ServerSettings settings_;
    const BrowserOrigins origins_;
    std::atomic<std::size_t> connections_{0};
    Subscribers subscribers_;
    std::atomic<std::size_t> held_bytes_{0};
    HttpMetrics metrics_;
    const internal::Service service_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::optional<Acceptor> acceptor_;  // on the first worker's thread, as the next three
    std::optional<Timer> pause_;
    std::size_t next_worker_ = 0;
    bool complained_ = false;
    std::uint16_t port_ = 0;
    bool started_ = false;
};

Result<void> Server::Parts::start() {
    if (auto listening = listen(); !listening) return fail(listening.error());
    asio::co_spawn(workers_.front()->io(), accept_connections(*this), asio::detached);
    for (const auto& worker : workers_) worker->start();
    started_ = true;
    return {};
}

Result<void> Server::Parts::listen() {
    ErrorCode error;
    const std::string& text = settings_.address;
    const auto address = asio::ip::make_address(text == "localhost" ? "127.0.0.1" : text, error);
    if (error) return fail(Errc::refused, "'" + text + "' is not an address to listen on");

    const asio::ip::tcp::endpoint endpoint(address, settings_.port);
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(Acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    if (!error) return {};
    return fail(Errc::io, "cannot listen on " + text + ":" + std::to_string(settings_.port) + ": " +
                              error.message());
}

Awaitable<void> Server::Parts::accept_connections(Parts& parts) {
    bool pausing = false;
    while (parts.acceptor_->is_open()) {
        // Whatever goes wrong, want of memory mostly, accepting goes on.
        try {
            if (pausing) co_await pause(parts);
            const bool accepted = co_await accept_connection(parts);
            pausing = !accepted;
        } catch (const std::exception& error) {
            parts.complain(error.what());
            pausing = true;
        }
    }
}

Awaitable<bool> Server::Parts::accept_connection(Parts& parts) {
    if (parts.connections_ >= connections_max) {
        parts.complain("there are too many");
        co_return false;
    }
    Worker& worker = *parts.workers_[parts.next_worker_];
    Socket socket(worker.io());
    const auto [error] = co_await parts.acceptor_->async_accept(socket, internal::as_value);
    if (error) {
        if (parts.acceptor_->is_open()) parts.complain(error.message());
        co_return false;
    }
    parts.next_worker_ = (parts.next_worker_ + 1) % parts.workers_.size();
    worker.adopt(std::move(socket));
    parts.complained_ = false;
    co_return true;
}

Awaitable<void> Server::Parts::pause(Parts& parts) {
    parts.pause_->expires_after(accept_pause);
    co_await parts.pause_->async_wait(internal::as_value);
}

void Server::Parts::complain(std::string_view trouble) {
    if (complained_) return;
    service_.log->warn("new connections wait: {}", trouble);
    complained_ = true;
}

void Server::Parts::close_acceptor() {
    ErrorCode ignored;
    acceptor_->close(ignored);
    pause_->cancel();
}

void Server::Parts::stop(std::chrono::milliseconds grace) {
    if (!started_) return;
    started_ = false;
    asio::post(workers_.front()->io(), [this] { close_acceptor(); });
    for (const auto& worker : workers_) worker->stop(grace);
    for (const auto& worker : workers_) worker->join();
}

Server::Server(engine::Engine& engine, engine::ServerSettings server, engine::LimitSettings limits,
               std::shared_ptr<spdlog::logger> log, std::unique_ptr<Credentials> credentials)
    : parts_(std::make_unique<Parts>(engine, std::move(server), limits.body_bytes, std::move(log),
                                     std::move(credentials))) {}

Server::~Server() = default;

Result<void> Server::start() {
    return parts_->start();
}

std::uint16_t Server::port() const {
    return parts_->port();
}

void Server::stop(std::chrono::milliseconds grace) {
    parts_->stop(grace);
}

}  // namespace freshet::http
