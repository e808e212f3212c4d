#include "bench/peers/resp.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace freshet::bench {
namespace {

TEST(Resp, WritesCommandsOfAnyBytes) {
    std::string command;
    append_command(command, {"XADD", "s", std::string_view("a\r\n\0b", 5)});

    EXPECT_EQ(command, std::string("*3\r\n$4\r\nXADD\r\n$1\r\ns\r\n$5\r\na\r\n") + '\0' + "b\r\n");
}

TEST(Resp, TakesOneReplyAfterTheOther) {
    std::string_view text = "$3\r\n1-0\r\n-ERR no\r\n*2\r\n$1\r\na\r\n*1\r\n:7\r\n$-1\r\n";

    EXPECT_EQ(take_reply(text)->text, "1-0");
    const auto error = take_reply(text);
    EXPECT_TRUE(error->is_error);
    EXPECT_EQ(error->text, "ERR no");
    const auto array = take_reply(text);
    ASSERT_EQ(array->elements.size(), 2U);
    EXPECT_EQ(array->elements[0].text, "a");
    EXPECT_EQ(array->elements[1].elements.at(0).text, "7");
    EXPECT_EQ(take_reply(text)->text, "");
    EXPECT_EQ(text, "");
}

TEST(Resp, LeavesAReplyThatIsNotWhole) {
    const std::string whole = "*2\r\n$1\r\na\r\n*1\r\n$3\r\nx\r\n\r\n";
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        std::string_view part = std::string_view(whole).substr(0, bytes);
        EXPECT_FALSE(take_reply(part)) << bytes;
        EXPECT_EQ(part.size(), bytes);
    }
    std::string_view text = whole;
    EXPECT_EQ(take_reply(text)->elements.at(1).elements.at(0).text, "x\r\n");
}

}  // namespace
}  // namespace freshet::bench
