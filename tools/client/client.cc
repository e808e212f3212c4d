#include "tools/client/client.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/none.hpp>
#include <charconv>
#include <cstdint>

#include "engine/text/http_url.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"
#include "http/serving/asio_types.h"

namespace freshet::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using std::chrono::milliseconds;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
using TlsStream = asio::ssl::stream<Socket&>;
using Parser = beast::http::response_parser<beast::http::buffer_body>;

constexpr std::uint32_t head_bytes_max = 64U << 10U;

std::optional<std::uint64_t> parse_digits(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
}

tl::unexpected<Error> not_a_url(std::string_view text) {
    return fail(Errc::refused, "'" + std::string(text) +
                                   "' is not the address of a server; write it like "
                                   "http://127.0.0.1:8080");
}

// Without bytes that could end the header's line.
void append_header(std::string& head, std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) head += c;
    }
    head += "\r\n";
}

std::string seconds_text(milliseconds time) {
    std::string text = std::to_string(time.count() / 1000);
    if (const auto rest = time.count() % 1000; rest != 0) {
        text += '.' + std::to_string(1000 + rest).substr(1);
    }
    return text + " s";
}

// Whether the peer's bytes were not HTTP, rather than too few.
bool is_not_http(const ErrorCode& error) {
    const ErrorCode cut = beast::http::error::end_of_stream;
    return error.category() == cut.category() && error != cut &&
           error != beast::http::error::partial_message;
}

}  // namespace

std::string ServerUrl::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + port;
}

Result<ServerUrl> parse_server_url(std::string_view text) {
    auto url = engine::parse_http_url(text);
    if (!url || url->target != "/") return not_a_url(text);
    return ServerUrl{
        .host = std::move(url->host), .port = std::move(url->port), .secure = url->is_secure};
}

std::string_view ClientAnswer::header(std::string_view name) const {
    for (const auto& [field, value] : headers) {
        if (equal_ignoring_case(field, name)) return value;
    }
    return {};
}

std::optional<std::chrono::seconds> ClientAnswer::retry_after() const {
    constexpr std::uint64_t day = 24UL * 60 * 60;
    const auto seconds = parse_digits(header("Retry-After"));
    if (!seconds) return std::nullopt;
    return std::chrono::seconds(std::min(*seconds, day));
}

bool ClientAnswer::is_event_stream() const {
    const std::string_view type = header("Content-Type");
    return status == 200 &&
           equal_ignoring_case(trim(type.substr(0, type.find(';'))), "text/event-stream");
}

std::string ClientAnswer::fault() const {
    const std::string code = std::to_string(status);
    if (const auto problem = engine::JsonDocument::parse(body)) {
        const engine::JsonNode* detail = problem->root().find("detail");
        if (detail != nullptr && detail->is(engine::JsonType::string)) {
            return code + ": " + engine::shown_text(detail->text());
        }
    }
    return code + " " + std::string(phrase_of(status));
}

class Client::Parts {
public:
    Parts(ServerUrl server, std::string token, ClientDeadlines deadlines, std::string authorities)
        : server_(std::move(server)),
          token_(std::move(token)),
          deadlines_(deadlines),
          authorities_(std::move(authorities)) {}
    // None of our callbacks throws, and nothing else in close() does.
    // NOLINTNEXTLINE(bugprone-exception-escape)
    ~Parts() { close(); }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    [[nodiscard]] const ServerUrl& server() const { return server_; }

    Result<ClientAnswer> exchange(const ClientRequest& request) {
        auto answer = ask(request);
        if (!answer) return answer;
        return read_rest(std::move(*answer));
    }

    Result<ClientAnswer> open_stream(const ClientRequest& request) {
        auto answer = ask(request);
        if (!answer || answer->is_event_stream()) return answer;
        return read_rest(std::move(*answer));
    }

    Result<bool> read_some(std::string& out, milliseconds limit);

    Result<bool> read_stream(std::string& out) {
        auto more = read_some(out, deadlines_.silence);
        if (!more || !*more) close();
        return more;
    }

    void close();

private:
    Result<ClientAnswer> ask(const ClientRequest& request);
    Result<ClientAnswer> ask_once(const ClientRequest& request);
    Result<ClientAnswer> read_rest(ClientAnswer answer);
    Result<void> connect();
    Result<void> open_socket();
    Result<void> make_tls();
    Result<void> shake_hands();
    // Does something with the socket, or with the TLS over it.
    template <class Work>
    void with_stream(Work work) {
        if (tls_) {
            work(*tls_);
        } else {
            work(socket_);
        }
    }
    void begin_to_write(const ClientRequest& request);
    Result<void> read_head();
    [[nodiscard]] ClientAnswer head() const;
    [[nodiscard]] std::string head_of(const ClientRequest& request) const;
    bool run_until(const bool& done, milliseconds limit);
    [[nodiscard]] tl::unexpected<Error> unreachable(const std::string& why) const;
    [[nodiscard]] tl::unexpected<Error> no_answer_for(milliseconds limit) const;
    [[nodiscard]] tl::unexpected<Error> broken(const ErrorCode& error) const;

    ServerUrl server_;
    std::string token_;
    ClientDeadlines deadlines_;
    std::string authorities_;

    asio::io_context io_{1};
    Socket socket_{io_};
    std::optional<asio::ssl::context> tls_context_;
    std::optional<TlsStream> tls_;  // over the socket, once it is connected
    beast::flat_buffer input_;      // received and not yet parsed
    std::optional<Parser> parser_;
    std::array<char, 64U << 10U> chunk_{};
    std::string request_head_;
    bool writing_ = false;
    bool unheard_ = false;  // the connection was closed without a byte of an answer
};

// Runs what has been started until it is done. False if nothing at all happens for `limit`.
bool Client::Parts::run_until(const bool& done, milliseconds limit) {
    io_.restart();
    while (!done) {
        if (io_.run_one_for(limit) == 0) return false;
    }
    return true;
}

// Afterwards nothing is under way that could still use what belongs to a caller.
void Client::Parts::close() {
    ErrorCode ignored;
    socket_.close(ignored);
    io_.restart();
    io_.run();
    tls_.reset();
    writing_ = false;
    input_.clear();
}

tl::unexpected<Error> Client::Parts::unreachable(const std::string& why) const {
    return fail(Errc::unavailable, "cannot reach " + server_.text() + ": " + why +
                                       "; is the server running? freshet serve --config FILE");
}

tl::unexpected<Error> Client::Parts::no_answer_for(milliseconds limit) const {
    return fail(Errc::unavailable,
                server_.text() + " said nothing for " + seconds_text(limit) +
                    "; is it overloaded? Its own log, and freshet status, may tell");
}

tl::unexpected<Error> Client::Parts::broken(const ErrorCode& error) const {
    if (is_not_http(error)) {
        return fail(Errc::malformed, "what listens at " + server_.text() +
                                         " does not speak HTTP/1.1 (" + error.message() +
                                         "); name the server by --server URL");
    }
    return fail(Errc::unavailable,
                server_.text() + " closed the connection " +
                    (parser_->got_some() ? "in the middle of its answer" : "without an answer"));
}

Result<void> Client::Parts::connect() {
    auto opened = open_socket();
    if (!opened || !server_.secure) return opened;
    auto shaken = make_tls();
    if (shaken) shaken = shake_hands();
    if (!shaken) close();
    return shaken;
}

// Gets ready to speak TLS over the socket.
Result<void> Client::Parts::make_tls() {
    ErrorCode error;
    if (!tls_context_) {
        tls_context_.emplace(asio::ssl::context::tls_client);
        SSL_CTX_set_min_proto_version(tls_context_->native_handle(), TLS1_2_VERSION);
        if (authorities_.empty()) {
            tls_context_->set_default_verify_paths(error);
        } else {
            tls_context_->load_verify_file(authorities_, error);
        }
    }
    if (error) {
        tls_context_.reset();
        return fail(Errc::refused, "the certificates to be believed cannot be read" +
                                       (authorities_.empty() ? "" : " from " + authorities_) +
                                       ": " + error.message());
    }
    tls_.emplace(socket_, *tls_context_);
    tls_->set_verify_mode(asio::ssl::verify_peer, error);
    SSL* const ssl = tls_->native_handle();
    X509_VERIFY_PARAM* const believed = SSL_get0_param(ssl);
    const char* const host = server_.host.c_str();
    ErrorCode is_name;
    asio::ip::make_address(server_.host, is_name);
    // A name is said to the server, too, which may have several.
    const bool set = is_name ? X509_VERIFY_PARAM_set1_host(believed, host, 0) == 1 &&
                                   SSL_set_tlsext_host_name(ssl, host) == 1
                             : X509_VERIFY_PARAM_set1_ip_asc(believed, host) == 1;
    if (!set) return fail(Errc::refused, "no certificate can name '" + server_.host + "'");
    return {};
}

// What whoever called can do about it.
std::string advice(long verdict) {
    switch (verdict) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "; if it is the right one, put the name of the file of the certificate that "
                   "vouches for it into FRESHET_CA";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "; ask for it by a name that its certificate has";
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "; it needs a new certificate";
        default:
            return "";
    }
}

Result<void> Client::Parts::shake_hands() {
    bool done = false;
    ErrorCode error;
    const auto shaken = [&](const ErrorCode& code) {
        error = code;
        done = true;
    };
    tls_->async_handshake(asio::ssl::stream_base::client, shaken);
    if (!run_until(done, deadlines_.connect)) {
        close();
        return unreachable("no TLS within " + seconds_text(deadlines_.connect));
    }
    if (!error) return {};
    if (const long verdict = SSL_get_verify_result(tls_->native_handle()); verdict != X509_V_OK) {
        return fail(Errc::refused, server_.text() + " is not believed: " +
                                       X509_verify_cert_error_string(verdict) + advice(verdict));
    }
    if (error.category() != asio::error::get_ssl_category()) return unreachable(error.message());
    return fail(Errc::malformed, "what listens at " + server_.text() +
                                     " does not speak TLS with us (" + error.message() + ")");
}

Result<void> Client::Parts::open_socket() {
    Resolver resolver(io_);
    bool done = false;
    ErrorCode error;
    Resolver::results_type endpoints;
    const auto resolved = [&](const ErrorCode& code, Resolver::results_type found) {
        error = code;
        endpoints = std::move(found);
        done = true;
    };
    resolver.async_resolve(server_.host, server_.port, resolved);
    const bool found_in_time = run_until(done, deadlines_.connect);
    if (!found_in_time) {
        resolver.cancel();
        close();
        return unreachable("its name is not resolved within " + seconds_text(deadlines_.connect));
    }
    if (error == asio::error::host_not_found) {
        return fail(Errc::refused, "there is no machine named '" + server_.host + "'");
    }
    if (error) return unreachable(error.message());

    done = false;
    const auto connected = [&](const ErrorCode& code, const asio::ip::tcp::endpoint&) {
        error = code;
        done = true;
    };
    asio::async_connect(socket_, endpoints, connected);
    if (!run_until(done, deadlines_.connect)) {
        close();
        return unreachable("no connection within " + seconds_text(deadlines_.connect));
    }
    if (error) {
        close();
        return unreachable(error.message());
    }
    ErrorCode ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    return {};
}

std::string Client::Parts::head_of(const ClientRequest& request) const {
    std::string head = std::string(request.method) + ' ' + request.target + " HTTP/1.1\r\n";
    append_header(head, "Host", server_.authority());
    append_header(head, "User-Agent", "freshet");
    if (!token_.empty()) append_header(head, "Authorization", "Bearer " + token_);
    for (const auto& [name, value] : request.headers) append_header(head, name, value);
    if (request.method != "GET") {
        append_header(head, "Content-Length", std::to_string(request.body.size()));
    }
    return head + "\r\n";
}

// A write that fails is not the last word: the server may have answered before it closed.
void Client::Parts::begin_to_write(const ClientRequest& request) {
    request_head_ = head_of(request);
    const std::array<asio::const_buffer, 2> bytes{asio::buffer(request_head_),
                                                  asio::buffer(request.body)};
    writing_ = true;
    const auto written = [this](const ErrorCode&, std::size_t) { writing_ = false; };
    with_stream([&](auto& stream) { asio::async_write(stream, bytes, written); });
}

Result<void> Client::Parts::read_head() {
    parser_.emplace();
    parser_->header_limit(head_bytes_max);
    parser_->body_limit(boost::none);
    bool done = false;
    ErrorCode error;
    const auto read = [&](const ErrorCode& code, std::size_t) {
        error = code;
        done = true;
    };
    with_stream(
        [&](auto& stream) { beast::http::async_read_header(stream, input_, *parser_, read); });
    if (!run_until(done, deadlines_.answer)) {
        close();
        return no_answer_for(deadlines_.answer);
    }
    if (!error) return {};
    unheard_ = !parser_->got_some() && !is_not_http(error);
    close();
    return broken(error);
}

ClientAnswer Client::Parts::head() const {
    ClientAnswer answer;
    answer.status = static_cast<int>(parser_->get().result_int());
    for (const auto& field : parser_->get()) {
        answer.headers.emplace_back(field.name_string(), field.value());
    }
    return answer;
}

Result<ClientAnswer> Client::Parts::ask_once(const ClientRequest& request) {
    if (!socket_.is_open()) {
        if (auto connected = connect(); !connected) return fail(connected.error());
    }
    unheard_ = false;
    begin_to_write(request);
    if (auto read = read_head(); !read) return fail(read.error());
    return head();
}

Result<ClientAnswer> Client::Parts::ask(const ClientRequest& request) {
    // What is left of a stream, or came without being asked for, would be taken for the answer.
    if (parser_ && !parser_->is_done()) close();
    if (input_.size() > 0) close();
    const bool kept = socket_.is_open();
    auto answer = ask_once(request);
    const bool closed_meanwhile = kept && !answer && unheard_;
    return closed_meanwhile ? ask_once(request) : std::move(answer);
}

Result<bool> Client::Parts::read_some(std::string& out, milliseconds limit) {
    const std::size_t size_before = out.size();
    while (out.size() == size_before) {
        if (!parser_ || parser_->is_done() || !socket_.is_open()) return false;
        parser_->get().body().data = chunk_.data();
        parser_->get().body().size = chunk_.size();
        bool done = false;
        ErrorCode error;
        const auto read = [&](const ErrorCode& code, std::size_t) {
            error = code;
            done = true;
        };
        with_stream(
            [&](auto& stream) { beast::http::async_read_some(stream, input_, *parser_, read); });
        if (!run_until(done, limit)) {
            close();
            return no_answer_for(limit);
        }
        if (error && error != beast::http::error::need_buffer) {
            close();
            return broken(error);
        }
        out.append(chunk_.data(), chunk_.size() - parser_->get().body().size);
    }
    return true;
}

Result<ClientAnswer> Client::Parts::read_rest(ClientAnswer answer) {
    while (true) {
        auto more = read_some(answer.body, deadlines_.answer);
        if (!more) return fail(more.error());
        if (!*more) break;
        if (answer.body.size() > body_bytes_max) {
            close();
            return fail(Errc::too_large, "the answer of " + server_.text() + " is larger than " +
                                             std::to_string(body_bytes_max >> 20U) + " MiB");
        }
    }
    // Whoever answers before it has heard everything wants to hear no more.
    if (writing_ || !parser_->keep_alive()) close();
    return answer;
}

Client::Client(ServerUrl server, std::string token, ClientDeadlines deadlines,
               std::string authorities)
    : parts_(std::make_unique<Parts>(std::move(server), std::move(token), deadlines,
                                     std::move(authorities))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

const ServerUrl& Client::server() const {
    return parts_->server();
}

Result<ClientAnswer> Client::exchange(const ClientRequest& request) {
    return parts_->exchange(request);
}

Result<ClientAnswer> Client::open_stream(const ClientRequest& request) {
    return parts_->open_stream(request);
}

Result<bool> Client::read_some(std::string& out) {
    return parts_->read_stream(out);
}

void Client::close() {
    parts_->close();
}

}  // namespace freshet::http
