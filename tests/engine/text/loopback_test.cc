#include "engine/text/loopback.h"

#include <gtest/gtest.h>

#include <string>

namespace freshet::engine {
namespace {

TEST(LoopbackTest, IsAnyAddressThatBeginsWith127) {
    for (const char* text : {"127.0.0.1", "127.0.0.0", "127.255.255.255", "127.1.20.199"}) {
        EXPECT_TRUE(is_loopback_ipv4(text)) << text;
    }
    for (const char* text : {"128.0.0.1", "0.0.0.0", "10.0.0.127", "12.7.0.1", "1.127.0.1"}) {
        EXPECT_FALSE(is_loopback_ipv4(text)) << text;
    }
}

TEST(LoopbackTest, HasFourDecimalNumbersUpTo255) {
    for (const char* text :
         {"", "127", "127.0.0", "127.0.0.1.", "127.0.0.1.1", ".127.0.0.1", "127..0.1",
          "127.0.0.256", "127.0.0.x", "127.0.0.+1", "127.0.0.-1", " 127.0.0.1", "127.0.0.1 ",
          "127.0.0.0x1", "127.0.0.1.example.com", "127.0.0.99999999999999999999"}) {
        EXPECT_FALSE(is_loopback_ipv4(text)) << text;
    }
    EXPECT_FALSE(is_loopback_ipv4(std::string("127.0.0.1\0", 10)));
}

TEST(LoopbackTest, HasNoLeadingZeros) {
    for (const char* text : {"0127.0.0.1", "127.00.0.1", "127.0.0.01", "0177.0.0.1"}) {
        EXPECT_FALSE(is_loopback_ipv4(text)) << text;
    }
}

}  // namespace
}  // namespace freshet::engine
