#include "bench/peers/peer_load.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "tests/bench/said_once.h"

namespace freshet::bench {
namespace {

TEST(PeerLoad, FailsUnlessEveryRecordWasKept) {
    EXPECT_NO_THROW(check_kept("Redis", "records", 100, 100));
    EXPECT_THROW(check_kept("Redis", "records", 99, 100), Failure);
    EXPECT_THROW(check_kept("Redis", "records", 101, 100), Failure);
}

// The peer acknowledges whatever it is sent, by what it says at first.
TEST(PeerLoad, AsksForAllThatWasAnsweredAndWhatIsAliveOfIt) {
    std::string answers;
    for (int i = 0; i < 100'000; ++i) answers += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const SaidOnce peer(answers);
    Written checked;

    const Round round =
        run_peer_load({.orders = {4}, .seconds = 0.01},
                      {.port = peer.port(),
                       .clients = 2,
                       .next =
                           [](Workload& lane, std::string& out) {
                               std::string record;
                               lane.next(record);
                               out += post_request(record);
                               return 1U;
                           },
                       .take_answer = take_success,
                       .cpu_now = [] { return 0.0; },
                       .check = [&](const Written& written) { checked = written; }});

    EXPECT_GT(round.count, 0);
    EXPECT_GE(static_cast<double>(checked.records), round.count);
    EXPECT_GT(checked.live, 0U);
    EXPECT_LT(checked.live, checked.records);
}

TEST(PeerLoad, FailsByARecordThatIsRefused) {
    const SaidOnce peer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");

    EXPECT_THROW(run_peer_load({.seconds = 1}, {.port = peer.port(),
                                                .clients = 1,
                                                .next =
                                                    [](Workload& /*lane*/, std::string& out) {
                                                        out = "x";
                                                        return 1U;
                                                    },
                                                .take_answer = take_success,
                                                .cpu_now = [] { return 0.0; },
                                                .check = [](const Written& /*written*/) {}}),
                 Failure);
}

}  // namespace
}  // namespace freshet::bench
