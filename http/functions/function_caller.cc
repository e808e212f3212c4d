#include "http/functions/function_caller.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "engine/text/address_reach.h"
#include "engine/text/ip_address.h"
#include "http/messages/request.h"

namespace freshet::http {
namespace {

namespace beast = boost::beast;

using Parser = beast::http::response_parser<beast::http::string_body>;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
using TlsStream = asio::ssl::stream<Socket&>;
using Endpoints = std::vector<asio::ip::tcp::endpoint>;

constexpr std::size_t read_bytes = 64U << 10U;

engine::IpAddress address_of(const asio::ip::address& address) {
    if (address.is_v6()) return engine::IpAddress(address.to_v6().to_bytes());
    return engine::IpAddress(
        asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes());
}

// Whether the function may be called there.
bool may_reach(const engine::Function& function, const engine::IpAddress& address) {
    using engine::AddressReach;
    const AddressReach reach = engine::reach_of(address);
    if (reach == AddressReach::internet) return true;
    if (reach == AddressReach::link || reach == AddressReach::nobody) return false;
    const std::string& host = function.url.host;
    const bool is_named = engine::IpAddress::parse(host) == address ||
                          (host == "localhost" && reach == AddressReach::machine);
    return is_named || std::any_of(function.networks.begin(), function.networks.end(),
                                   [&](const auto& block) { return block.contains(address); });
}

std::string refusal_of(const engine::Function& function, const Endpoints& all) {
    if (all.empty()) return "there is no address of the name " + function.url.host;
    const std::string address = all.front().address().to_string();
    const auto reach = engine::reach_of(address_of(all.front().address()));
    if (reach == engine::AddressReach::link || reach == engine::AddressReach::nobody) {
        return function.url.host + " is at " + address + ", where nothing is ever sent";
    }
    return function.url.host + " is at " + address + ", which is private: networks = [\"" +
           address + "\"] in its [[function]] allows it";
}

std::optional<std::chrono::seconds> seconds_in(std::string_view text) {
    constexpr std::uint64_t day = 24UL * 60 * 60;
    std::uint64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::chrono::seconds(std::min(seconds, day));
}

}  // namespace

class CallTrust {
public:
    asio::ssl::context context{asio::ssl::context::tls_client};
};

Result<std::shared_ptr<CallTrust>> make_call_trust(const engine::Function& function) {
    if (!function.url.is_secure) return std::shared_ptr<CallTrust>();
    auto trust = std::make_shared<CallTrust>();
    SSL_CTX_set_min_proto_version(trust->context.native_handle(), TLS1_2_VERSION);
    ErrorCode error;
    if (function.authorities.empty()) {
        trust->context.set_default_verify_paths(error);
    } else {
        trust->context.load_verify_file(function.authorities, error);
    }
    if (!error) trust->context.set_verify_mode(asio::ssl::verify_peer, error);
    if (!error) return trust;
    return fail(
        Errc::refused,
        "the certificates that function " + function.name + " believes cannot be read" +
            (function.authorities.empty() ? std::string() : " from " + function.authorities) +
            ": " + error.message());
}

class FunctionCaller::Parts {
public:
    Parts(asio::io_context& io, const engine::Function& function, std::shared_ptr<CallTrust> trust)
        : function_(function),
          trust_(std::move(trust)),
          socket_(io),
          resolver_(io),
          deadline_(io) {}

    static Awaitable<CallOutcome> call(std::shared_ptr<FunctionCaller> self, std::string head,
                                       std::string body);

    void close() {
        ErrorCode ignored;
        resolver_.cancel();
        socket_.close(ignored);
        is_open_ = false;
    }

    void end_deadline() { deadline_.cancel(); }

private:
    // Each returns what went wrong; empty if nothing did.
    static Awaitable<std::string> connect(Parts& parts);
    static Awaitable<Endpoints> resolve(Parts& parts);
    static Awaitable<std::string> shake_hands(Parts& parts);
    static Awaitable<ErrorCode> exchange(Parts& parts, const std::string& head,
                                         const std::string& body);
    template <class Stream>
    static Awaitable<ErrorCode> exchange_by(Stream& stream, Parts& parts, const std::string& head,
                                            const std::string& body);
    template <class Stream>
    static Awaitable<ErrorCode> read_by(Stream& stream, Parts& parts);

    [[nodiscard]] std::string first_lines() const;
    void begin_parser();
    void set_deadline(const std::shared_ptr<FunctionCaller>& self);
    [[nodiscard]] CallOutcome answer();
    [[nodiscard]] CallOutcome failed(std::string error, bool is_attempt);
    [[nodiscard]] std::string text_of(const ErrorCode& error) const;

    const engine::Function& function_;
    const std::shared_ptr<CallTrust> trust_;
    Socket socket_;
    Resolver resolver_;
    Timer deadline_;
    std::optional<TlsStream> tls_;
    beast::flat_buffer input_;
    std::optional<Parser> parser_;
    bool is_open_ = false;
    bool is_late_ = false;  // the deadline has passed
    bool is_aborted_ = false;

    friend class FunctionCaller;
};

void FunctionCaller::Parts::set_deadline(const std::shared_ptr<FunctionCaller>& self) {
    is_late_ = false;
    deadline_.expires_after(function_.timeout);
    deadline_.async_wait([weak = std::weak_ptr(self)](const ErrorCode& cancelled) {
        const auto caller = weak.lock();
        if (cancelled || !caller) return;
        caller->parts_->is_late_ = true;
        caller->parts_->close();
    });
}

Awaitable<Endpoints> FunctionCaller::Parts::resolve(Parts& parts) {
    const engine::HttpUrl& url = parts.function_.url;
    Endpoints endpoints;
    ErrorCode is_name;
    const auto address = asio::ip::make_address(url.host, is_name);
    if (!is_name) {
        const auto port = static_cast<std::uint16_t>(std::stoul(url.port));
        endpoints.emplace_back(address, port);
        co_return endpoints;
    }
    const auto [error, found] =
        co_await parts.resolver_.async_resolve(url.host, url.port, as_value);
    if (error) co_return endpoints;
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    co_return endpoints;
}

Awaitable<std::string> FunctionCaller::Parts::connect(Parts& parts) {
    const Endpoints all = co_await resolve(parts);
    std::string error = refusal_of(parts.function_, all);
    for (const auto& endpoint : all) {
        if (!may_reach(parts.function_, address_of(endpoint.address()))) continue;
        if (parts.is_late_ || parts.is_aborted_) break;
        parts.close();
        const auto [failed] = co_await parts.socket_.async_connect(endpoint, as_value);
        if (failed) {
            error =
                "cannot reach " + parts.function_.url.authority() + ": " + parts.text_of(failed);
            continue;
        }
        ErrorCode ignored;
        parts.socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
        parts.input_.clear();
        error.clear();
        if (parts.trust_) {
            error = co_await shake_hands(parts);
        }
        if (!error.empty()) continue;
        parts.is_open_ = true;
        co_return std::string();
    }
    co_return error;
}

Awaitable<std::string> FunctionCaller::Parts::shake_hands(Parts& parts) {
    const std::string& host = parts.function_.url.host;
    parts.tls_.emplace(parts.socket_, parts.trust_->context);
    ErrorCode error;
    parts.tls_->set_verify_callback(asio::ssl::host_name_verification(host), error);
    if (!engine::IpAddress::parse(host)) {
        SSL_set_tlsext_host_name(parts.tls_->native_handle(), host.c_str());
    }
    if (!error) {
        const auto [failed] =
            co_await parts.tls_->async_handshake(asio::ssl::stream_base::client, as_value);
        error = failed;
    }
    if (!error) co_return std::string();
    co_return "no TLS with " + parts.function_.url.authority() + ": " + parts.text_of(error);
}

std::string FunctionCaller::Parts::first_lines() const {
    const engine::HttpUrl& url = function_.url;
    return "POST " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
}

void FunctionCaller::Parts::begin_parser() {
    parser_.emplace();
    parser_->body_limit(FunctionChannel::answer_bytes_max);
    parser_->eager(true);
}

template <class Stream>
Awaitable<ErrorCode> FunctionCaller::Parts::read_by(Stream& stream, Parts& parts) {
    parts.begin_parser();
    while (true) {
        ErrorCode error;
        if (parts.input_.size() > 0) {
            parts.input_.consume(parts.parser_->put(parts.input_.data(), error));
            if (error && error != beast::http::error::need_more) co_return error;
        }
        if (parts.parser_->is_done()) {
            if (parts.parser_->get().result_int() >= 200) co_return ErrorCode();
            parts.begin_parser();  // 100 Continue and its kind come before the answer
            continue;
        }
        const auto [failed, count] =
            co_await stream.async_read_some(parts.input_.prepare(read_bytes), as_value);
        if (failed == asio::error::eof && parts.parser_->got_some()) {
            parts.parser_->put_eof(error);
            if (!error && parts.parser_->is_done()) co_return ErrorCode();
        }
        if (failed) co_return failed;
        parts.input_.commit(count);
    }
}

template <class Stream>
Awaitable<ErrorCode> FunctionCaller::Parts::exchange_by(Stream& stream, Parts& parts,
                                                        const std::string& head,
                                                        const std::string& body) {
    parts.parser_.reset();
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    const auto [error, count] = co_await asio::async_write(stream, buffers, as_value);
    // Some answer before they have read all of a body, and close: then the answer counts.
    const ErrorCode read = co_await read_by(stream, parts);
    co_return read&& error ? error : read;
}

Awaitable<ErrorCode> FunctionCaller::Parts::exchange(Parts& parts, const std::string& head,
                                                     const std::string& body) {
    if (parts.trust_) {
        co_return co_await exchange_by(*parts.tls_, parts, head, body);
    }
    co_return co_await exchange_by(parts.socket_, parts, head, body);
}

std::string FunctionCaller::Parts::text_of(const ErrorCode& error) const {
    if (is_late_) {
        return "no answer within " + std::to_string(function_.timeout.count()) + " s (timeout_s)";
    }
    if (error == beast::http::error::body_limit) return "the answer is longer than 6 MiB";
    if (error == asio::error::eof) return "the connection was closed";
    return error.message();
}

CallOutcome FunctionCaller::Parts::failed(std::string error, bool is_attempt) {
    close();
    CallOutcome outcome;
    outcome.error = std::move(error);
    outcome.is_attempt = is_attempt;
    return outcome;
}

CallOutcome FunctionCaller::Parts::answer() {
    CallOutcome outcome;
    auto& message = parser_->get();
    outcome.status = static_cast<int>(message.result_int());
    outcome.body = std::move(message.body());
    outcome.says_error = message.find("X-Amz-Function-Error") != message.end();
    const auto retry_after = message[beast::http::field::retry_after];
    outcome.retry_after = seconds_in({retry_after.data(), retry_after.size()});
    // What came behind the answer was not asked for.
    if (!parser_->keep_alive() || input_.size() > 0) close();
    return outcome;
}

Awaitable<CallOutcome> FunctionCaller::Parts::call(std::shared_ptr<FunctionCaller> self,
                                                   std::string head, std::string body) {
    Parts& parts = *self->parts_;
    head = parts.first_lines() + head + "\r\n";
    parts.set_deadline(self);
    for (bool was_kept = parts.is_open_;; was_kept = false) {
        if (!parts.is_open_) {
            std::string error = co_await connect(parts);
            if (parts.is_late_) error = parts.text_of({});
            if (!error.empty()) {
                parts.end_deadline();
                co_return parts.failed(std::move(error), false);
            }
        }
        const ErrorCode error = co_await exchange(parts, head, body);
        if (!error) {
            parts.end_deadline();
            co_return parts.answer();
        }
        const bool is_unheard = !parts.parser_ || !parts.parser_->got_some();
        const bool is_over = parts.is_late_ || parts.is_aborted_;
        if (was_kept && is_unheard && !is_over) {
            parts.close();
            continue;
        }
        parts.end_deadline();
        co_return parts.failed(
            parts.text_of(error) + (is_unheard || is_over ? "" : " in the middle of its answer"),
            true);
    }
}

FunctionCaller::FunctionCaller(asio::io_context& io, const engine::Function& function,
                               std::shared_ptr<CallTrust> trust)
    : parts_(std::make_unique<Parts>(io, function, std::move(trust))) {}

FunctionCaller::~FunctionCaller() = default;

Awaitable<CallOutcome> FunctionCaller::call(std::string head, std::string body) {
    return Parts::call(shared_from_this(), std::move(head), std::move(body));
}

void FunctionCaller::abort() {
    parts_->is_aborted_ = true;
    parts_->close();
}

}  // namespace freshet::http
