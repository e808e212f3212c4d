#include "http/serving/channel.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <new>
#include <utility>

namespace freshet::http {

namespace {

constexpr auto would_block = asio::error::would_block;

// A client's part of a handshake has some 300 bytes to 4 KiB. OpenSSL takes 128 KiB of it, in
// records of one byte if the client likes, and makes room for as much as is announced.
constexpr std::size_t handshake_bytes_max = 32U << 10U;
constexpr std::size_t hello_bytes_max = 16U << 10U;

// How often one call reads from the socket: twice for each record of TLS, however little is in it.
// An honest client fills the largest buffer with four. And how much one call writes.
constexpr unsigned socket_reads_max = 512;
constexpr std::size_t write_bytes_max = 1U << 20U;

template <class Object>
Object* must_be(Object* object) {
    if (object == nullptr) throw std::bad_alloc();
    return object;
}

}  // namespace

// OpenSSL's side of one connection. No call waits.
class Channel::Tls {
public:
    // The socket outlives it.
    Tls(ssl_ctx_st& context, Socket& socket) : ssl_(must_be(SSL_new(&context))), socket_(socket) {
        BIO* const bio = must_be(BIO_new(method()));
        BIO_set_data(bio, this);
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl_.get(), bio, bio);
        SSL_set_accept_state(ssl_.get());
    }
    ~Tls() = default;
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    // Goes on with the handshake, as far as what has come allows.
    ErrorCode shake_hands() {
        socket_reads_ = 0;
        const int result = call([this] { return SSL_do_handshake(ssl_.get()); });
        return result == 1 ? ErrorCode() : fault_of(result, handshake_waits_for_);
    }

    std::size_t read(asio::mutable_buffer room, ErrorCode& error) {
        error = failure_;
        std::size_t total = 0;
        socket_reads_ = 0;
        while (!error && total < room.size()) {
            std::size_t count = 0;
            const auto rest = room + total;
            const int result =
                call([&] { return SSL_read_ex(ssl_.get(), rest.data(), rest.size(), &count); });
            if (result != 1) error = fault_of(result, read_waits_for_);
            total += count;
        }
        // What ends the reading is told to whoever reads on.
        if (total > 0) error = {};
        return total;
    }

    std::size_t write(asio::const_buffer bytes, ErrorCode& error) {
        error = failure_;
        std::size_t total = 0;
        const auto size = std::min(bytes.size(), write_bytes_max);
        while (!error && total < size) {
            std::size_t count = 0;
            const auto rest = asio::buffer(bytes + total, size - total);
            const int result =
                call([&] { return SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &count); });
            if (result != 1) error = fault_of(result, write_waits_for_);
            total += count;
        }
        if (total > 0 && error == would_block) error = {};
        return total;
    }

    // Says farewell, if the socket takes it at once.
    void end_sending() {
        if (failure_ || SSL_in_init(ssl_.get()) != 0) return;
        call([this] { return SSL_shutdown(ssl_.get()); });
    }

    // Whether there is something to read that the socket no longer has.
    [[nodiscard]] bool has_unread() const { return SSL_pending(ssl_.get()) > 0; }

    // All records of TLS begin with a number below the letters, so what begins with one is the
    // method of a request in the clear. OpenSSL knows only some of them.
    [[nodiscard]] bool has_met_clear_text() const {
        return first_byte_ >= 'A' && first_byte_ <= 'Z';
    }

    [[nodiscard]] Socket::wait_type handshake_waits_for() const { return handshake_waits_for_; }
    [[nodiscard]] Socket::wait_type read_waits_for() const { return read_waits_for_; }
    [[nodiscard]] Socket::wait_type write_waits_for() const { return write_waits_for_; }

private:
    struct Freed {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
        void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
    };

    // What happened before on this thread must not be taken for what happens here.
    template <class Call>
    static int call(Call ssl_call) {
        ERR_clear_error();
        return ssl_call();
    }

    // What a call that did not succeed has met. If it is would_block, `waits_for` says what for.
    ErrorCode fault_of(int result, Socket::wait_type& waits_for) {
        switch (SSL_get_error(ssl_.get(), result)) {
            case SSL_ERROR_WANT_READ:
                waits_for = Socket::wait_read;
                return would_block;
            case SSL_ERROR_WANT_WRITE:
                waits_for = Socket::wait_write;
                return would_block;
            case SSL_ERROR_ZERO_RETURN:
                // Who sends no more may still be told something.
                return asio::error::eof;
            default:
                failure_ = socket_error_ ? socket_error_ : asio::error::connection_reset;
                return failure_;
        }
    }

    // How OpenSSL reaches the socket.
    static const BIO_METHOD* method();
    static int read_socket(BIO* bio, char* bytes, int size);
    static int write_socket(BIO* bio, const char* bytes, int size);
    static long control(BIO* bio, int command, long number, void* pointer);
    static Tls& of(BIO* bio) { return *static_cast<Tls*>(BIO_get_data(bio)); }

    // Takes note of what the client has sent for the handshake. Returns whether that is too much.
    bool is_too_much(const char* bytes, std::size_t count);

    std::unique_ptr<SSL, Freed> ssl_;
    Socket& socket_;
    ErrorCode socket_error_;     // of its newest use; none if that would only have blocked
    ErrorCode failure_;          // after which TLS cannot go on
    char first_byte_ = 0;        // that came
    unsigned socket_reads_ = 0;  // of the present call
    std::size_t handshake_bytes_ = 0;
    // The head of the first record of TLS and of the message in it.
    std::array<unsigned char, 9> hello_{};
    Socket::wait_type handshake_waits_for_ = Socket::wait_read;
    Socket::wait_type read_waits_for_ = Socket::wait_read;
    Socket::wait_type write_waits_for_ = Socket::wait_write;
};

const BIO_METHOD* Channel::Tls::method() {
    static const std::unique_ptr<BIO_METHOD, Freed> made = [] {
        std::unique_ptr<BIO_METHOD, Freed> method(
            must_be(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of Asio")));
        BIO_meth_set_read(method.get(), &read_socket);
        BIO_meth_set_write(method.get(), &write_socket);
        BIO_meth_set_ctrl(method.get(), &control);
        return method;
    }();
    return made.get();
}

int Channel::Tls::read_socket(BIO* bio, char* bytes, int size) {
    Tls& self = of(bio);
    BIO_clear_retry_flags(bio);
    // What comes then is still in the socket, so that is waited for, and others have their turn.
    if (++self.socket_reads_ > socket_reads_max) {
        BIO_set_retry_read(bio);
        return -1;
    }
    ErrorCode& error = self.socket_error_;
    const auto room = asio::buffer(bytes, static_cast<std::size_t>(std::max(size, 0)));
    const std::size_t count = self.socket_.read_some(room, error);
    if (error == would_block) {
        error = {};
        BIO_set_retry_read(bio);
        return -1;
    }
    if (error) return error == asio::error::eof ? 0 : -1;
    if (self.first_byte_ == 0 && count > 0) self.first_byte_ = *bytes;
    if (SSL_in_init(self.ssl_.get()) != 0 && self.is_too_much(bytes, count)) return -1;
    return static_cast<int>(count);
}

// A record begins with its type, version and length (5 bytes), and a message with its type and
// length (1 and 3). No client cuts the head of its first message apart.
bool Channel::Tls::is_too_much(const char* bytes, std::size_t count) {
    constexpr unsigned char handshake = 22;
    const bool was_whole = handshake_bytes_ >= hello_.size();
    for (std::size_t i = 0; i < count && handshake_bytes_ + i < hello_.size(); ++i) {
        hello_[handshake_bytes_ + i] = static_cast<unsigned char>(bytes[i]);
    }
    handshake_bytes_ += count;
    if (handshake_bytes_ > handshake_bytes_max) return true;
    if (was_whole || handshake_bytes_ < hello_.size() || hello_[0] != handshake) return false;
    const std::size_t record = hello_[3] * 256U + hello_[4];
    const std::size_t message = hello_[6] * 65'536U + hello_[7] * 256U + hello_[8];
    return record < 4 || message > hello_bytes_max;
}

int Channel::Tls::write_socket(BIO* bio, const char* bytes, int size) {
    Tls& self = of(bio);
    BIO_clear_retry_flags(bio);
    ErrorCode& error = self.socket_error_;
    const auto rest = asio::buffer(bytes, static_cast<std::size_t>(std::max(size, 0)));
    const std::size_t count = self.socket_.write_some(rest, error);
    if (error == would_block) {
        error = {};
        BIO_set_retry_write(bio);
        return -1;
    }
    return error ? -1 : static_cast<int>(count);
}

long Channel::Tls::control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    if (command == BIO_CTRL_EOF) return of(bio).socket_error_ == asio::error::eof ? 1 : 0;
    // Nothing is held back that could be flushed.
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

Channel::Channel(Socket socket, const std::shared_ptr<ssl_ctx_st>& tls)
    : socket_(std::move(socket)), tls_(tls ? std::make_unique<Tls>(*tls, socket_) : nullptr) {}

Channel::~Channel() = default;

void Channel::prepare() {
    ErrorCode ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    // What the client does not take stays with us, where it is counted, and not in the system's own
    // memory, which lets each connection have some MiB.
    const int unsent_bytes_max = 32 << 10;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_max,
                 sizeof unsent_bytes_max);
    // A client that has vanished without a word takes nothing any more. The system alone would try
    // for a quarter of an hour, while what is written goes into its buffer.
    const unsigned vanished_ms = 30'000;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished_ms,
                 sizeof vanished_ms);
}

Awaitable<Handshake> Channel::shake_hands() {
    cancelled_ = false;
    while (true) {
        const ErrorCode error = tls_->shake_hands();
        if (!error) co_return Handshake::done;
        if (error != would_block) break;
        const auto [ended] = co_await socket_.async_wait(tls_->handshake_waits_for(), as_value);
        if (ended || cancelled_) co_return Handshake::failed;
    }
    if (!tls_->has_met_clear_text()) co_return Handshake::failed;
    tls_.reset();
    co_return Handshake::clear_text;
}

// Others have their turn before more is read, even if this client always has more, and not after
// it: what is read is never thrown away.
Awaitable<Channel::Received> Channel::read_tls_in_turn(asio::mutable_buffer room) {
    read_at_once_ = false;
    cancelled_ = false;
    co_await yield();
    if (cancelled_) co_return Received{asio::error::operation_aborted, 0};
    co_return co_await read_tls(room);
}

// A wait that has ended by itself is not told of a cancel() that comes before it goes on, which
// would then be lost if there is nothing to read after all.
Awaitable<Channel::Received> Channel::read_tls(asio::mutable_buffer room) {
    cancelled_ = false;
    bool waited = false;
    while (true) {
        ErrorCode error;
        const std::size_t count = tls_->read(room, error);
        if (error != would_block) {
            read_at_once_ = !waited;
            co_return Received{error, count};
        }
        const auto [ended] = co_await socket_.async_wait(tls_->read_waits_for(), as_value);
        waited = true;
        if (ended) co_return Received{ended, 0};
        if (cancelled_) co_return Received{asio::error::operation_aborted, 0};
    }
}

std::size_t Channel::read_now(asio::mutable_buffer room, ErrorCode& error) {
    return tls_ ? tls_->read(room, error) : socket_.read_some(room, error);
}

bool Channel::has_input() {
    if (tls_ && tls_->has_unread()) return true;
    char byte = 0;
    const ssize_t count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count >= 0 || (errno != EAGAIN && errno != EINTR);
}

std::size_t Channel::write_now(asio::const_buffer bytes, ErrorCode& error) {
    return tls_ ? tls_->write(bytes, error) : socket_.write_some(bytes, error);
}

Awaitable<Channel::Waited> Channel::wait_to_read() {
    if (tls_ && tls_->has_unread()) return say_readable();
    return socket_.async_wait(tls_ ? tls_->read_waits_for() : Socket::wait_read, as_value);
}

Awaitable<Channel::Waited> Channel::say_readable() {
    co_await asio::post(executor(), asio::use_awaitable_t<Executor>{});
    co_return Waited{ErrorCode()};
}

Awaitable<Channel::Waited> Channel::wait_to_write() {
    return socket_.async_wait(tls_ ? tls_->write_waits_for() : Socket::wait_write, as_value);
}

Awaitable<void> Channel::yield() {
    co_await asio::post(executor(), asio::use_awaitable_t<Executor>{});
}

void Channel::cancel() {
    cancelled_ = true;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Channel::end_sending() {
    if (tls_) tls_->end_sending();
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Channel::close() {
    ErrorCode ignored;
    socket_.close(ignored);
}

}  // namespace freshet::http
