#include "http/serving/server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "http/limits/connection_room.h"
#include "http/limits/limits.h"
#include "http/observing/audit_log.h"
#include "http/routes/endpoints.h"
#include "http/routes/web_folder.h"
#include "http/serving/asio_types.h"
#include "http/serving/eviction.h"
#include "http/serving/tls.h"
#include "http/serving/worker.h"

namespace freshet::http {

namespace {

namespace asio = boost::asio;

std::unique_ptr<TlsCertificate> certificate_of(const engine::ServerSettings& settings) {
    return settings.tls ? std::make_unique<TlsCertificate>(*settings.tls) : nullptr;
}

// How long to leave callers waiting after an accept failed, for want of file descriptors mostly.
constexpr std::chrono::milliseconds accept_pause{100};

// How often the log tells at most that connections were refused.
constexpr std::chrono::minutes turned_away_pause{1};

// A browser has six connections. Of a network with so few, none is closed for others as long as
// there are places.
constexpr std::size_t one_client_max = 8;

Answer server_full() {
    Answer answer = problem(503, "the server has as many connections as it may have");
    answer.set("Retry-After", "1");
    return answer;
}

// An IPv4 address is the same in its own form and as a socket of IPv6 shows it.
engine::IpAddress address_of(const asio::ip::tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    if (address.is_v6()) return engine::IpAddress(address.to_v6().to_bytes());
    const auto mapped = asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
    return engine::IpAddress(mapped.to_bytes());
}

}  // namespace

class Server::Parts {
public:
    Parts(engine::Engine& engine, engine::ServerSettings settings,
          const engine::LimitSettings& limits, const std::shared_ptr<spdlog::logger>& log,
          std::unique_ptr<Credentials> credentials)
        : credentials_(credentials ? std::move(credentials) : std::make_unique<Credentials>()),
          settings_(std::move(settings)),
          certificate_(certificate_of(settings_)),
          origins_(settings_.origins),
          limits_(limits, settings_),
          connections_(limits.connections),
          metrics_(engine.metrics(), endpoint_paths(),
                   {.connections = [this] { return connections_.count(); },
                    .body_bytes = [this] { return limits_.bodies().bytes(); },
                    .answer_bytes = [this] { return limits_.answers().bytes(); },
                    .stream_bytes = [this] { return held_bytes_.load(); },
                    .live = [&engine] { return engine.live().load(); },
                    .long_work = [this] { return long_work_.waiting(); },
                    .memory_bytes = limits.memory_bytes,
                    .planned_bytes = limits.planned_bytes,
                    .connections_max = limits.connections,
                    .subscribers = [this] { return subscribers_.summary(); },
                    .revocations =
                        [this] { return credentials_->revocations().counts(wall_clock_now()); }}),
          audit_(log, &metrics_),
          service_{.routes = {.engine = engine,
                              .credentials = *credentials_,
                              .origins = origins_,
                              .subscribers = subscribers_,
                              .metrics = metrics_,
                              .body_bytes_max = limits.body_bytes,
                              .memory = [this, limits] { return memory_use(limits); }},
                   .log = std::make_shared<ServerLog>(log, &metrics_),
                   .connections = connections_,
                   .subscribers = subscribers_,
                   .held_bytes = held_bytes_,
                   .held_bytes_max = limits.all_streams_bytes,
                   .catching_up = catching_up_,
                   .metrics = metrics_,
                   .limits = limits_,
                   .audit = audit_,
                   .long_work = long_work_,
                   .threads = std::max(settings_.threads, 1U),
                   .idle_max = settings_.idle,
                   .certificate = certificate_.get()} {
        const unsigned threads = std::max(settings_.threads, 1U);
        for (unsigned i = 0; i < threads; ++i) {
            workers_.push_back(std::make_unique<Worker>(service_));
        }
        acceptor_.emplace(workers_.front()->io());
        pause_.emplace(workers_.front()->io());
        credentials_->hear_revocations(engine);
    }

    // What is posted needs memory. Without it nothing here can be ended in order.
    // NOLINTNEXTLINE(bugprone-exception-escape)
    ~Parts() {
        stop(std::chrono::milliseconds(0));
        Credentials::forget_revocations(service_.routes.engine);
        // These two belong to the first worker's event loop and go before it.
        acceptor_.reset();
        pause_.reset();
    }

    Result<void> start();
    Result<void> reload_certificate(const std::optional<engine::TlsSettings>& files);
    void stop(std::chrono::milliseconds grace);
    [[nodiscard]] Credentials& credentials() { return *credentials_; }
    [[nodiscard]] MemoryUse memory_use(const engine::LimitSettings& limits) const;
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    static Awaitable<void> accept_connections(Parts& parts);
    // Returns whether a connection was accepted; if not, it is better to pause.
    static Awaitable<bool> accept_connection(Parts& parts);
    // Who is at the other end; nothing if the connection is not served.
    std::optional<Peer> accept(Socket& socket);
    void make_room();
    void refuse(Socket& socket, const engine::IpAddress& address, const LimitRefusal& refusal);
    void answer_and_close(Socket& socket, const engine::IpAddress& address, const Answer& answer,
                          std::string_view why);
    static Awaitable<void> pause(Parts& parts);
    // Says once why connections wait, until one is accepted again.
    void complain(std::string_view trouble);
    Result<void> open_web_folder();
    Result<void> listen();
    void close_acceptor();

    const std::unique_ptr<Credentials> credentials_;
    const engine::ServerSettings settings_;
    const std::unique_ptr<TlsCertificate> certificate_;  // null: no TLS is spoken
    const BrowserOrigins origins_;
    Limits limits_;  // outlives the connections, which give back what they took
    ConnectionRoom connections_;
    Subscribers subscribers_;
    std::atomic<std::size_t> held_bytes_{0};
    std::atomic<std::size_t> catching_up_{0};
    HttpMetrics metrics_;
    AuditLog audit_;
    LongWork long_work_;
    std::unique_ptr<const WebFolder> web_folder_;  // null: there is none
    Service service_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::optional<Acceptor> acceptor_;  // on the first worker's thread, as what follows
    std::optional<Timer> pause_;
    std::size_t next_worker_ = 0;
    bool complained_ = false;
    std::weak_ptr<const Shortage> shortage_;  // that the workers have still to see to
    std::size_t turned_away_ = 0;             // since that was said
    TimePoint next_notice_;
    std::uint16_t port_ = 0;
    bool started_ = false;
    bool accepts_ = false;             // the first worker's thread runs
    std::promise<void> accepts_none_;  // kept once no connection is accepted any more
};

Result<void> Server::Parts::reload_certificate(const std::optional<engine::TlsSettings>& files) {
    const auto& known = settings_.tls;
    const bool same =
        known.has_value() == files.has_value() &&
        (!known || (known->certificate == files->certificate && known->key == files->key));
    if (!same) {
        return fail(Errc::refused,
                    "[server.tls] is new, gone or names other files: only a restart takes that");
    }
    if (!certificate_) return {};
    return certificate_->load();
}

MemoryUse Server::Parts::memory_use(const engine::LimitSettings& limits) const {
    const engine::LiveBoard::Load live = service_.routes.engine.live().load();
    return {
        .limit_bytes = limits.memory_bytes,
        .planned_bytes = limits.planned_bytes,
        .budgets = {
            {.name = "bodies",
             .bytes = limits_.bodies().bytes(),
             .bytes_max = limits_.bodies().all_max()},
            {.name = "answers",
             .bytes = limits_.answers().bytes(),
             .bytes_max = limits_.answers().all_max()},
            {.name = "streams", .bytes = held_bytes_.load(), .bytes_max = limits.all_streams_bytes},
            {.name = "live_views", .bytes = live.bytes, .bytes_max = live.bytes_max}}};
}

Result<void> Server::Parts::start() {
    if (auto loaded = reload_certificate(settings_.tls); !loaded) return fail(loaded.error());
    if (auto opened = open_web_folder(); !opened) return opened;
    if (auto listening = listen(); !listening) return fail(listening.error());
    asio::co_spawn(workers_.front()->io(), accept_connections(*this),
                   [this](const std::exception_ptr& /*none*/) { accepts_none_.set_value(); });
    started_ = true;
    try {
        long_work_.start();
        for (const auto& worker : workers_) {
            worker->start();
            accepts_ = true;
        }
    } catch (const std::system_error& error) {
        stop(std::chrono::milliseconds(0));
        return fail(Errc::io,
                    std::string("a thread for connections cannot be made: ") + error.what());
    }
    return {};
}

// Before there are threads, which answer from it.
Result<void> Server::Parts::open_web_folder() {
    if (settings_.web_folder.empty()) return {};
    auto opened = WebFolder::open(settings_.web_folder, settings_.secrets);
    if (!opened) return fail(opened.error());
    web_folder_ = *std::move(opened);
    service_.routes.web_folder = web_folder_.get();
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
        // Whatever is wrong, want of memory mostly, accepting continues.
        try {
            if (pausing) {
                co_await pause(parts);
            }
            const bool accepted = co_await accept_connection(parts);
            pausing = !accepted;
        } catch (const std::exception& error) {
            parts.complain(error.what());
            pausing = true;
        }
    }
}

Awaitable<bool> Server::Parts::accept_connection(Parts& parts) {
    Worker& worker = *parts.workers_[parts.next_worker_];
    Socket socket(worker.io());
    const auto [error] = co_await parts.acceptor_->async_accept(socket, as_value);
    if (error) {
        if (parts.acceptor_->is_open()) parts.complain(error.message());
        co_return false;
    }
    parts.next_worker_ = (parts.next_worker_ + 1) % parts.workers_.size();
    parts.complained_ = false;
    if (auto peer = parts.accept(socket)) worker.adopt(std::move(socket), *std::move(peer));
    co_return true;
}

std::optional<Peer> Server::Parts::accept(Socket& socket) {
    ErrorCode gone;
    const auto endpoint = socket.remote_endpoint(gone);
    if (gone) return std::nullopt;
    const engine::IpAddress address = address_of(endpoint);
    make_room();
    if (connections_.is_full()) {
        metrics_.count_no_room();
        answer_and_close(
            socket, address, server_full(),
            "there are " + std::to_string(connections_.most()) + ", as many as there may be");
        return std::nullopt;
    }
    if (const auto refusal = limits_.charge_connection(address, now())) {
        refuse(socket, address, *refusal);
        return std::nullopt;
    }
    auto peer = limits_.accept(address);
    if (!peer) {
        refuse(socket, address, peer.error());
        return std::nullopt;
    }
    peer->is_brief = connections_.is_crowded();
    return *std::move(peer);
}

// Has the workers close connections, unless they are at that already.
void Server::Parts::make_room() {
    if (!connections_.is_pressed() || !shortage_.expired()) return;
    const std::size_t workers = workers_.size();
    const bool is_full = connections_.is_full();
    const auto of_each = [&](std::size_t count) { return (count + workers - 1) / workers; };
    Shortage shortage{.too_many = of_each(connections_.too_many()),
                      .spared = of_each(connections_.newest())};
    const auto fullest = limits_.fullest_network();
    if (fullest && fullest->count > (is_full ? 1 : one_client_max)) {
        shortage.fullest = fullest->network;
    }
    const auto shared = std::make_shared<const Shortage>(shortage);
    shortage_ = shared;
    for (const auto& worker : workers_) worker->evict(shared);
}

void Server::Parts::refuse(Socket& socket, const engine::IpAddress& address,
                           const LimitRefusal& refusal) {
    metrics_.count_limited(refusal.limit);
    answer_and_close(socket, address, answer_of(refusal), refusal.detail);
}

// Tells the client why, if its socket takes that at once, and now and then the log.
void Server::Parts::answer_and_close(Socket& socket, const engine::IpAddress& address,
                                     const Answer& answer, std::string_view why) {
    ErrorCode ignored;
    if (!settings_.tls) {
        std::string text;
        append_answer(text, answer, {.keep_alive = false});
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(text), ignored);
    }
    socket.close(ignored);
    ++turned_away_;
    if (now() < next_notice_) return;
    service_.log->warn(std::to_string(turned_away_) +
                           " new connections were refused, the last one from " + address.text() +
                           ": ",
                       why);
    turned_away_ = 0;
    next_notice_ = now() + turned_away_pause;
}

Awaitable<void> Server::Parts::pause(Parts& parts) {
    parts.pause_->expires_after(accept_pause);
    co_await parts.pause_->async_wait(as_value);
}

void Server::Parts::complain(std::string_view trouble) {
    if (complained_) return;
    service_.log->warn("new connections wait: ", trouble);
    complained_ = true;
}

void Server::Parts::close_acceptor() {
    ErrorCode ignored;
    acceptor_->close(ignored);
    pause_->cancel();
}

// A worker that has stopped closes no connection that comes to it later, so none must come.
void Server::Parts::stop(std::chrono::milliseconds grace) {
    if (!started_) return;
    started_ = false;
    if (accepts_) {
        asio::post(workers_.front()->io(), [this] { close_acceptor(); });
        accepts_none_.get_future().wait();
    }
    for (const auto& worker : workers_) worker->stop(grace);
    for (const auto& worker : workers_) worker->join();
    // Only now, since a connection waits for its work.
    long_work_.stop();
}

Server::Server(engine::Engine& engine, engine::ServerSettings server,
               const engine::LimitSettings& limits, const std::shared_ptr<spdlog::logger>& log,
               std::unique_ptr<Credentials> credentials)
    : parts_(std::make_unique<Parts>(engine, std::move(server), limits, log,
                                     std::move(credentials))) {}

Server::~Server() = default;

Result<void> Server::start() {
    return parts_->start();
}

Result<void> Server::reload_certificate(const std::optional<engine::TlsSettings>& files) {
    return parts_->reload_certificate(files);
}

std::uint16_t Server::port() const {
    return parts_->port();
}

Result<void> Server::reload_credentials(const std::optional<engine::AuthSettings>& settings) {
    return parts_->credentials().reload(settings);
}

void Server::stop(std::chrono::milliseconds grace) {
    parts_->stop(grace);
}

}  // namespace freshet::http
