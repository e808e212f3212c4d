#include "tests/readers/tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace freshet::support {

namespace {

constexpr time_t deadline_s = 60;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("TLS client: " + what + ": " + std::strerror(errno));
}

void must(bool done, const std::string& what) {
    if (!done) fail(what);
}

struct Freed {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

int new_socket() {
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    must(made >= 0, "socket");
    return made;
}

void connect_socket(int made, std::uint16_t port, const TlsOptions& options) {
    const timeval wait{.tv_sec = deadline_s, .tv_usec = 0};
    setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    const int at_once = 1;
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (options.receive_buffer > 0) {
        setsockopt(made, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer,
                   sizeof options.receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const place = reinterpret_cast<const sockaddr*>(&address);
    must(connect(made, place, sizeof address) == 0, "connect");
}

// Speaks versions and with keys that are out of date, too: what is refused, the server refuses.
std::unique_ptr<SSL_CTX, Freed> context_of(const TlsOptions& options) {
    std::unique_ptr<SSL_CTX, Freed> context(SSL_CTX_new(TLS_client_method()));
    must(context != nullptr, "context");
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), options.version);
    SSL_CTX_set_max_proto_version(context.get(), options.version);
    if (!options.trusted.empty()) {
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        must(SSL_CTX_load_verify_file(context.get(), options.trusted.c_str()) == 1, "trusted");
    }
    return context;
}

}  // namespace

// OpenSSL between two buffers in memory; what is in them goes to the socket, and comes from it.
class TlsClient::Parts {
public:
    explicit Parts(Options chosen)
        : options(std::move(chosen)),
          context(context_of(options)),
          ssl(SSL_new(context.get())),
          socket(new_socket()) {}
    // They are whole before they are connected, so that a socket that cannot be is closed.
    Parts(std::uint16_t port, Options chosen) : Parts(std::move(chosen)) {
        connect_socket(socket, port, options);
        must(ssl != nullptr, "session");
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl.get());
        SSL_set1_host(ssl.get(), "localhost");
        if (options.protocol.empty()) return;
        const std::string offered = static_cast<char>(options.protocol.size()) + options.protocol;
        SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(offered.data()),
                            static_cast<unsigned>(offered.size()));
    }
    ~Parts() { ::close(socket); }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    bool flush() {
        std::array<char, 16'384> bytes{};
        int count = 0;
        while ((count = BIO_read(SSL_get_wbio(ssl.get()), bytes.data(), bytes.size())) > 0) {
            std::string_view rest(bytes.data(), static_cast<std::size_t>(count));
            while (!rest.empty()) {
                const std::size_t most =
                    options.send_bytes_max > 0 ? options.send_bytes_max : rest.size();
                const ssize_t sent =
                    ::send(socket, rest.data(), std::min(most, rest.size()), MSG_NOSIGNAL);
                if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return false;
                must(sent > 0, "send");
                rest.remove_prefix(static_cast<std::size_t>(sent));
            }
        }
        return true;
    }

    // Returns false once the server has closed the connection.
    bool receive() {
        std::array<char, 16'384> bytes{};
        const ssize_t count = recv(socket, bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == ECONNRESET) return false;
        must(count >= 0, "recv");
        if (count == 0) return false;
        BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(count));
        return true;
    }

    // Adds to what has been received; returns false at the end.
    bool read() {
        std::array<char, 16'384> bytes{};
        while (true) {
            ERR_clear_error();
            const int count = SSL_read(ssl.get(), bytes.data(), bytes.size());
            if (count > 0) {
                received.append(bytes.data(), static_cast<std::size_t>(count));
                return true;
            }
            if (SSL_get_error(ssl.get(), count) != SSL_ERROR_WANT_READ) return false;
            if (!receive()) return false;
        }
    }

    const Options options;
    const std::unique_ptr<SSL_CTX, Freed> context;
    const std::unique_ptr<SSL, Freed> ssl;
    const int socket;
    std::string received;  // and not yet used
    std::string fault;
};

TlsClient::TlsClient(std::uint16_t port, Options options)
    : parts_(std::make_unique<Parts>(port, std::move(options))) {}
TlsClient::~TlsClient() = default;
TlsClient::TlsClient(TlsClient&&) noexcept = default;

bool TlsClient::shake_hands() {
    while (true) {
        ERR_clear_error();
        const int result = SSL_do_handshake(parts_->ssl.get());
        const int error = SSL_get_error(parts_->ssl.get(), result);
        const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
        parts_->flush();
        if (result == 1) return true;
        if (error == SSL_ERROR_WANT_READ && parts_->receive()) continue;
        parts_->fault = reason == nullptr ? "the connection was closed" : reason;
        return false;
    }
}

const std::string& TlsClient::fault() const {
    return parts_->fault;
}

std::string TlsClient::version() const {
    return SSL_get_version(parts_->ssl.get());
}

std::string TlsClient::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(parts_->ssl.get(), &name, &size);
    return name == nullptr ? std::string() : std::string(name, name + size);
}

std::string TlsClient::server_name() const {
    X509* const certificate = SSL_get0_peer_certificate(parts_->ssl.get());
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                              name.size());
    return name.data();
}

bool TlsClient::send(std::string_view bytes) {
    ERR_clear_error();
    const int count = SSL_write(parts_->ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
    return count > 0 && parts_->flush();
}

void TlsClient::change_keys(int times) {
    SSL* const ssl = parts_->ssl.get();
    for (int i = 0; i < times; ++i) {
        must(SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1, "SSL_key_update");
        must(SSL_do_handshake(ssl) == 1, "SSL_do_handshake");
    }
    parts_->flush();
}

void TlsClient::end_sending() {
    SSL_shutdown(parts_->ssl.get());
    parts_->flush();
    ::shutdown(parts_->socket, SHUT_WR);
}

std::string TlsClient::read_until(std::string_view mark) {
    std::size_t at = 0;
    while ((at = parts_->received.find(mark)) == std::string::npos) {
        if (!parts_->read()) {
            throw std::runtime_error("TLS client: closed before '" + std::string(mark) +
                                     "': " + parts_->received);
        }
    }
    std::string text = parts_->received.substr(0, at + mark.size());
    parts_->received.erase(0, text.size());
    return text;
}

std::string TlsClient::read_to_end() {
    while (parts_->read()) {
    }
    return std::exchange(parts_->received, {});
}

bool TlsClient::has_heard_farewell() const {
    return (static_cast<unsigned>(SSL_get_shutdown(parts_->ssl.get())) & SSL_RECEIVED_SHUTDOWN) !=
           0;
}

}  // namespace freshet::support
