#include "http/serving/tls.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace freshet::http {

namespace {

// A certificate and those that vouch for it are a few KiB.
constexpr std::size_t pem_bytes_max = std::size_t{1} << 20U;

// Of TLS 1.2. Those of TLS 1.3 are all like this.
constexpr const char* forward_secret = "ECDHE+AESGCM:ECDHE+CHACHA20";

// The one protocol that is spoken here, as it is named in the handshake (RFC 7301).
constexpr std::string_view spoken = "http/1.1";

// OpenSSL queues for each thread what went wrong.
struct ErrorsCleared {
    ErrorsCleared() { ERR_clear_error(); }
    ErrorsCleared(const ErrorsCleared&) = delete;
    ErrorsCleared& operator=(const ErrorsCleared&) = delete;
    ~ErrorsCleared() { ERR_clear_error(); }
};

struct Freed {
    void operator()(BIO* bytes) const { BIO_free(bytes); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

using Bytes = std::unique_ptr<BIO, Freed>;
using Certificate = std::unique_ptr<X509, Freed>;
using Key = std::unique_ptr<EVP_PKEY, Freed>;
using Context = std::shared_ptr<SSL_CTX>;

tl::unexpected<Error> refuse(const std::string& file, std::string_view what) {
    return fail(Errc::refused, file + ": " + std::string(what));
}

// The newest of what went wrong, in OpenSSL's words.
std::string reason() {
    const char* text = ERR_reason_error_string(ERR_peek_last_error());
    return text == nullptr ? "the reason is not known" : text;
}

// The text of a file, which may be a secret.
class PemFile {
public:
    explicit PemFile(const std::string& path) : path_(path) {}
    PemFile(const PemFile&) = delete;
    PemFile& operator=(const PemFile&) = delete;
    ~PemFile() { OPENSSL_cleanse(text_.data(), text_.size()); }

    Result<void> read() {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path_.c_str(), "rb"),
                                                                   &std::fclose);
        if (!file) return cannot_be_read();
        text_.resize(pem_bytes_max);
        // Nothing of it stays in a buffer of its own.
        std::setvbuf(file.get(), nullptr, _IONBF, 0);
        const std::size_t size = std::fread(text_.data(), 1, text_.size(), file.get());
        if (std::ferror(file.get()) != 0) return cannot_be_read();
        if (size == text_.size()) return refuse(path_, "is too large to be a file of PEM");
        text_.resize(size);
        return {};
    }

    // The text, to be parsed from its beginning.
    [[nodiscard]] Bytes bytes() const {
        return Bytes(BIO_new_mem_buf(text_.data(), static_cast<int>(text_.size())));
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    [[nodiscard]] tl::unexpected<Error> cannot_be_read() const {
        return fail(Errc::io,
                    path_ + ": cannot be read: " + std::generic_category().message(errno));
    }

    const std::string path_;
    std::string text_;
};

// The server's own certificate, and after it those that vouch for it.
Result<std::vector<Certificate>> read_chain(const PemFile& file) {
    std::vector<Certificate> chain;
    const Bytes bytes = file.bytes();
    while (X509* certificate = PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr)) {
        chain.emplace_back(certificate);
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    if (!at_end) return refuse(file.path(), "holds a certificate that is damaged: " + reason());
    if (chain.empty()) return refuse(file.path(), "holds no certificate (PEM)");
    return chain;
}

// In place of OpenSSL's own, which would ask at the terminal.
int note_that_it_was_asked(char* /*passphrase*/, int /*size*/, int /*writing*/, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

Result<Key> read_key(const PemFile& file) {
    bool asked = false;
    const Bytes bytes = file.bytes();
    Key key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, &note_that_it_was_asked, &asked));
    if (key) return key;
    if (asked) {
        return refuse(file.path(),
                      "the key is encrypted, and nobody is there to type its passphrase; write it "
                      "without one, into a file that only the server can read");
    }
    return refuse(file.path(), "holds no private key (PEM)");
}

// Chooses what is spoken here. Who does not name it is served all the same.
int choose_protocol(SSL* /*connection*/, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
    // Each name stands after its length.
    std::string_view rest(reinterpret_cast<const char*>(offered), offered_size);
    while (!rest.empty()) {
        const std::size_t length = static_cast<unsigned char>(rest.front());
        const std::string_view name = rest.substr(1, length);
        if (name == spoken) {
            *chosen = reinterpret_cast<const unsigned char*>(name.data());
            *size = static_cast<unsigned char>(name.size());
            return SSL_TLSEXT_ERR_OK;
        }
        rest.remove_prefix(std::min(rest.size(), 1 + length));
    }
    return SSL_TLSEXT_ERR_NOACK;
}

// How TLS is spoken, with no certificate yet; null if OpenSSL cannot.
Context make_context() {
    Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    SSL_CTX* const tls = context.get();
    if (tls == nullptr || SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(tls, forward_secret) != 1 || SSL_CTX_set_num_tickets(tls, 0) != 1) {
        return nullptr;
    }
    // HTTP says itself where an answer ends, so a connection that ends without a farewell is no
    // other than one that ends with it.
    SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    // Records that bring nothing to read, of which a client can send any number, end a call: others
    // have their turn between two of them.
    SSL_CTX_clear_mode(tls, SSL_MODE_AUTO_RETRY);
    // What is to be written may grow and move while a part of it waits, and an idle connection
    // keeps no buffers.
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(tls, &choose_protocol, nullptr);
    return context;
}

// Fails as TlsCertificate::load() does.
Result<Context> load_context(const engine::TlsSettings& files) {
    PemFile certificate_file(files.certificate);
    PemFile key_file(files.key);
    if (auto read = certificate_file.read(); !read) return fail(read.error());
    if (auto read = key_file.read(); !read) return fail(read.error());

    const ErrorsCleared cleared;
    const auto chain = read_chain(certificate_file);
    if (!chain) return fail(chain.error());
    ERR_clear_error();
    const auto key = read_key(key_file);
    if (!key) return fail(key.error());
    X509* const own = chain->front().get();
    if (X509_check_private_key(own, key->get()) != 1) {
        return refuse(files.key,
                      "the key does not belong to the certificate in " + files.certificate);
    }

    const Context context = make_context();
    if (!context) {
        return fail(Errc::io, "the OpenSSL of this machine cannot speak TLS: " + reason());
    }
    if (SSL_CTX_use_certificate(context.get(), own) != 1) {
        return refuse(files.certificate, "the certificate cannot be used: " + reason());
    }
    for (std::size_t i = 1; i < chain->size(); ++i) {
        if (SSL_CTX_add1_chain_cert(context.get(), (*chain)[i].get()) == 1) continue;
        return refuse(files.certificate,
                      "a certificate after the first cannot be used: " + reason());
    }
    if (SSL_CTX_use_PrivateKey(context.get(), key->get()) != 1) {
        return refuse(files.key, "the key cannot be used: " + reason());
    }
    return context;
}

}  // namespace

TlsCertificate::TlsCertificate(engine::TlsSettings files) : files_(std::move(files)) {}

Result<void> TlsCertificate::load() {
    auto loaded = load_context(files_);
    if (!loaded) return fail(loaded.error());
    const std::lock_guard lock(mutex_);
    context_ = *std::move(loaded);
    return {};
}

std::shared_ptr<ssl_ctx_st> TlsCertificate::context() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

}  // namespace freshet::http
