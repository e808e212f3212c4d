// The certificate that a server shows to those who come by https, and how TLS is spoken with it.
//
//     certificate and key, in files  ->  load()  ->  context()  ->  each new connection
//
// TLS 1.2 and 1.3, with forward secrecy only. Sessions are not resumed: the key that tickets are
// encrypted with would undo that secrecy, and connections are few and long.
//
// It may be loaded again while the server runs, before the old certificate expires. Connections
// keep the one that they began with.
//
// Threads: any. OpenSSL stays in the source.
#pragma once

#include <memory>
#include <mutex>

#include "engine/config/config.h"
#include "storage/result.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace freshet::http {

class TlsCertificate {
public:
    // Reads nothing yet.
    explicit TlsCertificate(engine::TlsSettings files);

    // Reads the files, PEM both: the certificate with those that vouch for it after it, and its
    // private key. Connections that begin from now on are shown it. The one before stays if there
    // is anything wrong, which the error says with the file's name.
    // Fails with io       if a file cannot be read;
    //            refused  if there is no certificate or key in it, the key is not the
    //                     certificate's, or needs a passphrase: nobody is there to be asked.
    Result<void> load();

    // What a connection begins with; null before anything was loaded.
    [[nodiscard]] std::shared_ptr<ssl_ctx_st> context() const;

private:
    const engine::TlsSettings files_;
    mutable std::mutex mutex_;  // guards context_
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace freshet::http
