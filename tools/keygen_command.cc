#include "tools/keygen_command.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/text/base64.h"
#include "http/credentials/digest.h"
#include "storage/result.h"
#include "tools/exit_code.h"
#include "tools/server_access.h"

namespace freshet::tools {

namespace {

enum class KeyKind : std::uint8_t {
    ed25519,  // a pair: FILE signs tokens, FILE.pub verifies them
    secret,   // HS256: FILE does both
    machine   // FILE is what a program shows; the configuration has its SHA-256
};

struct KeygenOptions {
    KeyKind kind = KeyKind::ed25519;
    std::string file;  // must not be there yet
};

constexpr std::size_t key_bytes = 32;

std::string hex_of(std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

Result<std::string> random_bytes() {
    std::array<unsigned char, key_bytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return fail(Errc::io, "OpenSSL has no random numbers");
    }
    return std::string(bytes.begin(), bytes.end());
}

// Writes a file that is not there yet.
Result<void> write_new(const std::string& path, std::string_view text, mode_t mode) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    const auto failed = [&] {
        return fail(Errc::io,
                    path + " cannot be written: " + std::generic_category().message(errno));
    };
    if (file < 0) return failed();
    errno = ENOSPC;  // which is why a file takes only a part of so little
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    auto outcome = written ? Result<void>() : Result<void>(failed());
    ::close(file);
    if (!written) ::unlink(path.c_str());
    return outcome;
}

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Memory = std::unique_ptr<BIO, int (*)(BIO*)>;

template <class Write>
Result<std::string> pem_of(Write write) {
    const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
    if (!memory || write(memory.get()) != 1) return fail(Errc::io, "OpenSSL cannot write the key");
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
}

Result<void> make_pair(const std::string& path) {
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), &EVP_PKEY_free);
    if (!key) return fail(Errc::io, "OpenSSL cannot make an Ed25519 key");
    const auto secret = pem_of([&](BIO* out) {
        return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    if (!secret) return fail(secret.error());
    const auto open = pem_of([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key.get()); });
    if (!open) return fail(open.error());
    if (auto written = write_new(path + ".pub", *open, 0644); !written) return written;
    if (auto written = write_new(path, *secret, 0600); !written) {
        ::unlink((path + ".pub").c_str());
        return written;
    }
    const std::string id = std::filesystem::path(path).stem().string();
    std::cout << path << " signs tokens, " << path << ".pub verifies them:\n\n"
              << "[auth]\nkeys = [{ id = \"" << id << "\", algorithm = \"EdDSA\", file = \"" << path
              << ".pub\" }]\n";
    return {};
}

Result<void> make_secret(const std::string& path) {
    const auto bytes = random_bytes();
    if (!bytes) return fail(bytes.error());
    if (auto written = write_new(path, hex_of(*bytes) + "\n", 0600); !written) return written;
    const std::string id = std::filesystem::path(path).stem().string();
    std::cout << path << " signs and verifies tokens:\n\n"
              << "[auth]\nkeys = [{ id = \"" << id << "\", algorithm = \"HS256\", file = \"" << path
              << "\" }]\n";
    return {};
}

Result<void> make_machine_key(const std::string& path) {
    const auto bytes = random_bytes();
    if (!bytes) return fail(bytes.error());
    std::string key;
    engine::append_base64url(key, *bytes);
    if (auto written = write_new(path, key + "\n", 0600); !written) return written;
    const auto digest = http::digest_of(key);
    const std::string name = std::filesystem::path(path).stem().string();
    std::cout << path << " is for the program to show, as FRESHET_TOKEN or Authorization: Bearer:"
              << "\n\n[auth]\nmachines = [{ name = \"" << name << "\", sha256 = \""
              << hex_of(std::string(digest.begin(), digest.end()))
              << "\", rights = [\"ingest\"] }]\n";
    return {};
}

int keygen(const KeygenOptions& options) {
    const auto make = [&] {
        switch (options.kind) {
            case KeyKind::secret:
                return make_secret(options.file);
            case KeyKind::machine:
                return make_machine_key(options.file);
            default:
                return make_pair(options.file);
        }
    };
    const auto made = make();
    return made ? exit_done : say_fault("keygen", made.error().message);
}

constexpr const char* footer = R"(
Writes the key into a file of its own that only you can read, and prints what belongs into the
configuration. The key of a machine is shown by a program, as FRESHET_TOKEN for instance; the
configuration has only its SHA-256.

Examples:
  freshet keygen 2026-11.pem
  freshet keygen --kind machine forwarder.key)";

}  // namespace

Run keygen_command(CLI::App& app) {
    const auto options = std::make_shared<KeygenOptions>();
    const std::map<std::string, KeyKind> kinds = {
        {"ed25519", KeyKind::ed25519}, {"secret", KeyKind::secret}, {"machine", KeyKind::machine}};
    app.add_option("--kind", options->kind,
                   "ed25519 (a pair), secret (HS256) or machine (a static key) (ed25519)")
        ->transform(CLI::CheckedTransformer(kinds).description(""))
        ->type_name("KIND");
    app.add_option("file", options->file, "Where the key goes; must not be there yet")
        ->required()
        ->type_name("FILE");
    app.footer(footer);
    return [options] { return keygen(*options); };
}

}  // namespace freshet::tools
