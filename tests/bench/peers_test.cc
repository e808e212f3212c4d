#include "bench/peers/peers.h"

#include <gtest/gtest.h>

#include <string>

#include "bench/peers/nats.h"
#include "bench/peers/postgres_server.h"
#include "tests/bench/other_path.h"

namespace freshet::bench {
namespace {

TEST(Peers, AreNoneUnlessTheyAreWanted) {
    EXPECT_TRUE(peers_for({}).empty());
}

TEST(Peers, AreLeftOutWhenMissingWithALineThatSaysHowToInstallThem) {
    const OtherPath nowhere("/nowhere");
    testing::internal::CaptureStderr();

    const auto here = peers_for({.peers = true, .peers_folder = "/nowhere"});
    const std::string said = testing::internal::GetCapturedStderr();

    for (const Peer& peer : here) EXPECT_EQ(peer.name, "postgresql");  // is not looked for in PATH
    for (const char* const line :
         {"redis is not here and is left out; to install it: apt-get install redis-server",
          "message-db is not here and is left out; to install it: apt-get install postgresql npm "
          "&& npm ci --prefix bench/peers --ignore-scripts",
          "nats is not here and is left out; to install it: apt-get install "
          "nats-server",
          "node + redis is not here and is left out; to install it: apt-get install ",
          "wrk is not here and is left out; to install it: apt-get install wrk"}) {
        EXPECT_NE(said.find(line), std::string::npos) << line << "\n" << said;
    }
}

TEST(Peers, SyncWhereTheirReleaseCan) {
    EXPECT_FALSE(is_durable_nats("nats-server: v2.9.10"));
    EXPECT_TRUE(is_durable_nats("nats-server: v2.10.0"));
    EXPECT_TRUE(is_durable_nats("nats-server: v3.0.1"));
    EXPECT_FALSE(is_durable_nats("no words that are known"));
}

TEST(Peers, AreOfTheNewestReleaseThatIsHere) {
    EXPECT_EQ(newest_postgres({"9.6", "15", "13"}), "15");
    EXPECT_EQ(newest_postgres({"9.4", "9.6"}), "9.6");
    EXPECT_EQ(newest_postgres({}), "");
}

}  // namespace
}  // namespace freshet::bench
