// wrk as a peer, by a program of that name that calls twice.

#include "bench/peers/wrk.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "bench/harness/failure.h"
#include "tests/bench/other_path.h"
#include "tests/disks/temp_folder.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* two_records =
    R"({"Records":[{"eventName":"INSERT"},{"eventName":"MODIFY"}]})";

// What wrk does, on one connection and with the body that the script names.
constexpr const char* calls_twice = R"sh(#!/bin/bash
PATH=/usr/bin:/bin
url="${!#}" port="${url##*:}" port="${port%/}"
while [ "$1" != --script ]; do shift; done
body="$(sed -n 's/.*io.open("\(.*\)", "rb").*/\1/p' "$2")"
exec 3<>"/dev/tcp/127.0.0.1/$port"
for _ in 1 2; do
    printf 'POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n' "$(stat -c %s "$body")" >&3
    cat "$body" >&3
    while read -r -u 3 line && [ "$line" != $'\r' ]; do :; done
    read -r -u 3 -N 24 answer
done
)sh";

Plan plan_in(const std::string& folder) {
    return {.folder = folder, .seconds = 1, .server_core = static_cast<unsigned>(sched_getcpu())};
}

// Runs a program of that text in place of wrk.
Round call_by(const std::string& text, Endpoint& endpoint) {
    const support::TempFolder folder;
    const std::string program = folder.file("wrk");
    std::ofstream(program) << text;
    fs::permissions(program, fs::perms::owner_all);
    const OtherPath only(folder.path());
    const Plan plan = plan_in(folder.path());
    EXPECT_TRUE(wrk_is_installed(plan));
    const std::string body = two_records;
    return call_by_wrk(plan, {.endpoint = endpoint, .body = body});
}

// What the Failure says; empty if there is none.
std::string failure_of(const std::string& text) {
    Endpoint endpoint;
    try {
        call_by(text, endpoint);
        return "";
    } catch (const Failure& failure) {
        return failure.what();
    }
}

TEST(Wrk, IsCountedByTheRecordsInWhatItSends) {
    Endpoint endpoint;

    const Round round = call_by(calls_twice, endpoint);

    EXPECT_EQ(round.count, 4);
    EXPECT_GT(round.seconds, 0);
    EXPECT_EQ(round.more.front().first, "records a call");
    EXPECT_EQ(round.more.front().second, 2);
    EXPECT_EQ(endpoint.longest_body(), two_records);
}

TEST(Wrk, IsNoPeerWhereItIsMissing) {
    const OtherPath nowhere("/nowhere");

    EXPECT_FALSE(wrk_is_installed({}));
}

TEST(Wrk, VoidsARunInWhichItFailsOrCallsNobody) {
    EXPECT_EQ(failure_of("#!/bin/sh\necho no such option\nexit 1\n"),
              "wrk failed: no such option\n");
    EXPECT_EQ(failure_of("#!/bin/sh\necho done\n"), "wrk has called nobody: done\n");
}

}  // namespace
}  // namespace freshet::bench
