// A server that speaks https, from outside: who reaches it, how its certificate is renewed, and
// what is said when it cannot be used.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/disks/temp_folder.h"
#include "tests/readers/http_client.h"
#include "tests/readers/tls_client.h"
#include "tests/support/certificate.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::CertificateFiles;
using support::ServerProcess;
using support::TlsClient;

constexpr const char* config_text = R"(
[server]
listen = "127.0.0.1:0"

[server.tls]
certificate = "first.pem"
key         = "first.key"

[storage]
path = "data"

[[table]]
name = "orders"
key  = ["pk"]
)";

class TlsSystem : public ::testing::Test {
protected:
    void SetUp() override { std::ofstream(folder.file("freshet.toml")) << config_text; }

    // All that is answered to whoever believes this certificate alone; empty if it is not shown.
    std::string ask(const CertificateFiles& believed, const std::string& target) {
        TlsClient client(server.port(), {.trusted = believed.certificate});
        if (!client.shake_hands()) return "";
        client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        return client.read_to_end();
    }
    // What a command says that believes these certificates alone.
    ProcessEnd status(const std::string& authorities, const std::string& host) {
        ::setenv("FRESHET_CA", authorities.c_str(), 1);
        ProcessEnd end =
            run({"status", "--server", "https://" + host + ":" + std::to_string(server.port())});
        ::unsetenv("FRESHET_CA");
        return end;
    }
    void stop() {
        server.begin_to_stop();
        EXPECT_EQ(server.wait().exit_code, 0);
    }

    support::TempFolder folder;
    CertificateFiles files = support::make_certificate(folder, "first");
    ServerProcess server{support::freshet_program(), folder.file("freshet.toml")};
};

TEST_F(TlsSystem, IsReachedByHttpsAlone) {
    ASSERT_TRUE(server.start());

    const std::string secure = ask(files, "/livez");
    support::HttpClient clear(server.port());

    EXPECT_TRUE(secure.starts_with("HTTP/1.1 200 OK\r\n")) << secure;
    EXPECT_TRUE(contains(clear.get("/livez").body, "this port speaks https"));
    stop();
}

TEST_F(TlsSystem, TakesARenewedCertificateWhenItIsToldTo) {
    const CertificateFiles renewed = support::make_certificate(folder, "second");
    ASSERT_TRUE(server.start());
    ASSERT_NE(ask(files, "/livez"), "");
    std::filesystem::rename(renewed.certificate, folder.file("first.pem"));
    std::filesystem::rename(renewed.key, folder.file("first.key"));

    ::kill(server.pid(), SIGHUP);

    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (ask(files, "/livez").empty()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
    stop();
}

TEST_F(TlsSystem, ACommandTalksToWhomItBelieves) {
    ASSERT_TRUE(server.start());
    const CertificateFiles other = support::make_certificate(folder, "other");

    const ProcessEnd believed = status(files.certificate, "localhost");
    const ProcessEnd by_address = status(files.certificate, "127.0.0.1");
    const ProcessEnd stranger = status(other.certificate, "localhost");
    const ProcessEnd blind = status(folder.file("none"), "localhost");
    const ProcessEnd clear =
        run({"status", "--server", "http://localhost:" + std::to_string(server.port())});

    EXPECT_EQ(believed.exit_code, 0) << believed.errors;
    EXPECT_EQ(by_address.exit_code, 0) << by_address.errors;
    EXPECT_TRUE(contains(stranger.errors, "is not believed: self-signed certificate"))
        << stranger.errors;
    EXPECT_TRUE(contains(blind.errors, "cannot be read from " + folder.file("none")))
        << blind.errors;
    EXPECT_TRUE(contains(clear.errors, "this port speaks https")) << clear.errors;
    for (const ProcessEnd& refused : {stranger, blind, clear}) {
        EXPECT_EQ(refused.exit_code, 1);
    }
    stop();
}

TEST_F(TlsSystem, ACommandTalksToNobodyWhomTheCertificateDoesNotName) {
    std::ofstream(folder.file("freshet.toml")) << with(config_text, "127.0.0.1", "127.0.0.2");
    ASSERT_TRUE(server.start());

    const ProcessEnd end = status(files.certificate, "127.0.0.2");

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "is not believed: IP address mismatch")) << end.errors;
    stop();
}

TEST_F(TlsSystem, ACommandSaysThatAServerSpeaksNoTls) {
    std::ofstream(folder.file("freshet.toml"))
        << with(config_text,
                "[server.tls]\ncertificate = \"first.pem\"\nkey         = "
                "\"first.key\"",
                "");
    ASSERT_TRUE(server.start());

    const ProcessEnd end =
        run({"status", "--server", "https://localhost:" + std::to_string(server.port())});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "does not speak TLS")) << end.errors;
    stop();
}

TEST_F(TlsSystem, SaysWhyItsCertificateCannotBeUsed) {
    const CertificateFiles other = support::make_certificate(folder, "other");
    std::filesystem::rename(other.key, folder.file("first.key"));

    EXPECT_FALSE(server.start());

    const ProcessEnd end = server.wait();
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "first.key: the key does not belong to the certificate"))
        << end.errors;
}

}  // namespace
}  // namespace freshet::systems
