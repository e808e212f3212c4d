// The server: listens, accepts, and hands each connection to one of its threads.
//
// Asio and Beast stay behind it. Everything of one connection happens on one thread, so nothing of
// it is shared and nothing is locked.
//
// Threads: one calls start() and stop(); port() and what reloads, any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/config/config.h"
#include "engine/engine.h"
#include "http/credentials/credentials.h"
#include "storage/result.h"

namespace spdlog {
class logger;
}

namespace freshet::http {

class Server {
public:
    // Borrows the engine, which must outlive the server. Without a log nothing is logged.
    // Null credentials let everybody in.
    Server(engine::Engine& engine, engine::ServerSettings server,
           const engine::LimitSettings& limits, const std::shared_ptr<spdlog::logger>& log,
           std::unique_ptr<Credentials> credentials = nullptr);
    ~Server();  // stops without grace
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Listens and answers from now on.
    // Fails with refused  if the address is none;
    //            io       if it cannot be listened on;
    //            as TlsCertificate::load() and WebFolder::open() do.
    Result<void> start();

    // Reads the files of the certificate again, for the connections that come from now on; without
    // TLS, nothing is done. `files` are those that the configuration names by now. Any thread may
    // call it. Goes on with the certificate that it has if it
    // fails with refused    if these are not the files of the start;
    //            otherwise  as TlsCertificate::load() does.
    Result<void> reload_certificate(const std::optional<engine::TlsSettings>& files);

    // The port that is listened on.
    [[nodiscard]] std::uint16_t port() const;

    // Believes the keys and machines that these settings name from now on, and no others. Streams
    // of a credential that is believed no more end. Called from any thread.
    // Fails as Credentials::reload() does.
    Result<void> reload_credentials(const std::optional<engine::AuthSettings>& settings);

    // Takes no more connections, closes idle ones, lets requests that are under way finish within
    // `grace`, and ends the threads.
    void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace freshet::http
