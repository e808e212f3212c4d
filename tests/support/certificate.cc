#include "tests/support/certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace freshet::support {

namespace {

constexpr long day_s = 24L * 60 * 60;

struct Freed {
    void operator()(BIO* bytes) const { BIO_free(bytes); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

void must_succeed(bool done) {
    if (!done) throw std::runtime_error("no certificate could be made");
}

void add(X509* certificate, int what, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Freed> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value));
    must_succeed(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::unique_ptr<X509, Freed> certificate_of(EVP_PKEY* key, const std::string& name) {
    std::unique_ptr<X509, Freed> made(X509_new());
    X509* const certificate = made.get();
    must_succeed(certificate != nullptr);
    X509_set_version(certificate, 2);  // which is the third
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -day_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), day_s);
    X509_set_pubkey(certificate, key);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    add(certificate, NID_basic_constraints, "critical,CA:TRUE");
    add(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    must_succeed(X509_sign(certificate, key, EVP_sha256()) > 0);
    return made;
}

std::unique_ptr<BIO, Freed> file_for_writing(const std::string& path) {
    std::unique_ptr<BIO, Freed> file(BIO_new_file(path.c_str(), "w"));
    must_succeed(file != nullptr);
    return file;
}

}  // namespace

CertificateFiles make_certificate(const TempFolder& folder, const std::string& name,
                                  const std::string& passphrase) {
    const std::unique_ptr<EVP_PKEY, Freed> key(EVP_EC_gen("P-256"));
    must_succeed(key != nullptr);
    const auto certificate = certificate_of(key.get(), name);

    const CertificateFiles files{.certificate = folder.file(name + ".pem"),
                                 .key = folder.file(name + ".key")};
    must_succeed(PEM_write_bio_X509(file_for_writing(files.certificate).get(), certificate.get()) ==
                 1);
    const bool encrypted = !passphrase.empty();
    must_succeed(PEM_write_bio_PKCS8PrivateKey(file_for_writing(files.key).get(), key.get(),
                                               encrypted ? EVP_aes_256_cbc() : nullptr,
                                               encrypted ? passphrase.data() : nullptr,
                                               static_cast<int>(passphrase.size()), nullptr,
                                               nullptr) == 1);
    return files;
}

}  // namespace freshet::support
