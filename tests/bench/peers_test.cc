#include "bench/peers/peers.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace freshet::bench {
namespace {

// A PATH for as long as the object lives.
class OtherPath {
public:
    explicit OtherPath(const char* path) {
        const char* const before = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
        before_ = before == nullptr ? "" : before;
        setenv("PATH", path, 1);  // NOLINT(concurrency-mt-unsafe)
    }
    ~OtherPath() { setenv("PATH", before_.c_str(), 1); }  // NOLINT(concurrency-mt-unsafe)
    OtherPath(const OtherPath&) = delete;
    OtherPath& operator=(const OtherPath&) = delete;

private:
    std::string before_;
};

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
          "nats (not synced) is not here and is left out; to install it: apt-get install "
          "nats-server",
          "node + redis is not here and is left out; to install it: apt-get install "}) {
        EXPECT_NE(said.find(line), std::string::npos) << line << "\n" << said;
    }
}

}  // namespace
}  // namespace freshet::bench
