// `freshet keygen` and `freshet token`: what they make is what a server believes.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/disks/temp_folder.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// What keygen says belongs into the configuration.
std::string printed_auth(const ProcessEnd& end) {
    const std::size_t begin = end.output.find("[auth]");
    return begin == std::string::npos ? "" : end.output.substr(begin);
}

class KeyCommands : public ::testing::Test {
protected:
    std::string make(const std::string& kind, const std::string& name) {
        const ProcessEnd end = run({"keygen", "--kind", kind, file(name)});
        EXPECT_EQ(end.exit_code, 0) << end.errors;
        return printed_auth(end);
    }
    [[nodiscard]] std::string file(const std::string& name) const { return folder.file(name); }

    std::string token(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "token");
        const ProcessEnd end = run(arguments);
        EXPECT_EQ(end.exit_code, 0) << end.errors;
        return end.output.substr(0, end.output.find('\n'));
    }
    // The status of GET /status at a server with this [auth].
    static int status_at(const std::string& auth, const std::string& credential) {
        System system("[server]\nlisten = \"127.0.0.1:0\"\n[storage]\npath = \"data\"\n" + auth +
                      "\n[[table]]\nname = \"orders\"\nkey = [\"pk\"]\n");
        EXPECT_TRUE(system.start());
        return system.get("/status", {"Authorization: Bearer " + credential}).status;
    }

    support::TempFolder folder;
};

TEST_F(KeyCommands, APairSignsWhatAServerBelieves) {
    const std::string auth = make("ed25519", "k1.pem");

    const std::string admin =
        token({"--key", file("k1.pem"), "--id", "k1", "--sub", "root", "--role", "admin"});
    const std::string customer =
        token({"--key", file("k1.pem"), "--id", "k1", "--sub", "ann", "--role", "customer"});

    EXPECT_EQ(status_at(auth, admin), 200);
    EXPECT_EQ(status_at(auth, customer), 403);
    EXPECT_EQ(status_at(auth, admin + "x"), 401);
}

TEST_F(KeyCommands, ASecretSignsAndVerifies) {
    const std::string auth = make("secret", "k2");

    const std::string narrowed = token({"--key", file("k2"), "--id", "k2", "--role", "admin",
                                        "--grant", "admin:/status", "--ttl", "60"});

    EXPECT_EQ(status_at(auth, narrowed), 200);
}

TEST_F(KeyCommands, AMachinesKeyIsBelievedByItsDigest) {
    const std::string auth = make("machine", "forwarder.key");
    const std::string key = first_line(file("forwarder.key"));

    EXPECT_EQ(auth.find(key), std::string::npos);
    EXPECT_EQ(status_at(auth, key), 403);  // it may append, and nothing else
    EXPECT_EQ(status_at(auth, key + "x"), 401);
}

TEST_F(KeyCommands, NobodyElseCanReadAKeyAndNoneIsWrittenOver) {
    make("ed25519", "k1.pem");
    make("secret", "k2");
    make("machine", "k3");
    const std::string before = first_line(file("k2"));

    const ProcessEnd again = run({"keygen", "--kind", "secret", file("k2")});

    using std::filesystem::perms;
    for (const std::string name : {"k1.pem", "k2", "k3"}) {
        EXPECT_EQ(std::filesystem::status(file(name)).permissions(),
                  perms::owner_read | perms::owner_write);
    }
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_TRUE(contains(again.errors, "File exists")) << again.errors;
    EXPECT_EQ(first_line(file("k2")), before);
}

TEST_F(KeyCommands, WhatCannotBeSignedIsSaid) {
    make("ed25519", "k1.pem");
    const auto errors = [this](std::vector<std::string> more) {
        std::vector<std::string> arguments = {"token", "--id", "k1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const ProcessEnd end = run(arguments);
        EXPECT_NE(end.exit_code, 0);
        EXPECT_EQ(end.output, "");
        return end.errors;
    };

    EXPECT_TRUE(contains(errors({"--key", file("none")}), "cannot be read"));
    EXPECT_NE(errors({"--key", file("k1.pem.pub")}), "");
    EXPECT_TRUE(contains(errors({"--key", file("k1.pem"), "--grant", "raed"}), "\"read\""));
    EXPECT_TRUE(contains(errors({"--key", file("k1.pem"), "--claim", "x"}), "NAME=TEXT"));
    EXPECT_TRUE(contains(errors({"--key", file("k1.pem"), "--claim", "sub=x"}), "the claim sub"));
    EXPECT_NE(errors({"--key", file("k1.pem"), "--ttl", "0"}), "");
}

}  // namespace
}  // namespace freshet::systems
