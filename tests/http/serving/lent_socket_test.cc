// What http/serving/lent_socket.h promises, by example.

#include "http/serving/lent_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace freshet::http {
namespace {

class LentSocketTest : public ::testing::Test {
protected:
    LentSocketTest() {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) throw std::bad_alloc();
    }
    ~LentSocketTest() override {
        for (const int end : ends) ::close(end);
    }
    LentSocketTest(const LentSocketTest&) = delete;
    LentSocketTest& operator=(const LentSocketTest&) = delete;

    std::unique_ptr<LentSocket> lend(std::string answer) {
        return std::make_unique<LentSocket>(
            ends[0], [this, answer = std::move(answer)](const LentSocket::Receipt&) {
                ++made;
                if (has_no_memory) throw std::bad_alloc();
                if (is_too_long) throw std::length_error("an answer");
                return answer;
            });
    }

    // What has come at the other end.
    [[nodiscard]] std::string received() const {
        std::string all;
        std::array<char, 65'536> bytes{};
        while (true) {
            const auto count = ::recv(ends[1], bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (count <= 0) return all;
            all.append(bytes.data(), static_cast<std::size_t>(count));
        }
    }

    std::array<int, 2> ends{};
    int made = 0;
    bool has_no_memory = false;
    bool is_too_long = false;
};

TEST_F(LentSocketTest, TheAnswerIsSentAtOnceAndOnce) {
    const auto lent = lend("all is well");

    EXPECT_FALSE(lent->is_answered());
    EXPECT_TRUE(lent->answer(engine::Receipt{}));
    EXPECT_TRUE(lent->is_answered());
    EXPECT_EQ(received(), "all is well");
    EXPECT_FALSE(lent->answer(engine::Receipt{}));

    lent->end();
    EXPECT_EQ(lent->left(), "");
    EXPECT_EQ(received(), "");
}

TEST_F(LentSocketTest, WhatTheSocketDoesNotTakeIsLeft) {
    const std::string answer = std::string(4U << 20U, 'a') + "end";
    const auto lent = lend(answer);

    EXPECT_FALSE(lent->answer(engine::Receipt{})) << "the connection has to write the rest";

    EXPECT_FALSE(lent->is_answered());
    lent->end();
    ASSERT_TRUE(lent->left().has_value());
    EXPECT_GT(lent->left()->size(), 0U);
    EXPECT_LT(lent->left()->size(), answer.size());
    EXPECT_EQ(received() + *lent->left(), answer);
}

TEST_F(LentSocketTest, AllIsLeftWhereTheClientHasGone) {
    const auto lent = lend("all is well");
    ::shutdown(ends[1], SHUT_RDWR);

    EXPECT_FALSE(lent->answer(engine::Receipt{}));

    lent->end();
    EXPECT_EQ(lent->left(), "all is well");
}

TEST_F(LentSocketTest, NothingIsMadeOrSentOnceItIsTakenBack) {
    const auto lent = lend("all is well");

    lent->end();
    EXPECT_FALSE(lent->answer(engine::Receipt{}));

    lent->end();  // again
    EXPECT_EQ(made, 0);
    EXPECT_EQ(received(), "");
    EXPECT_FALSE(lent->left().has_value());
}

TEST_F(LentSocketTest, WhatWasNotAdmittedIsTheConnectionsToAnswer) {
    const auto lent = lend("all is well");

    EXPECT_FALSE(lent->answer(fail(Errc::busy, "later")));
    EXPECT_FALSE(lent->answer(engine::Receipt{.refusal = engine::Refusal{}}));
    EXPECT_FALSE(lent->answer(engine::Receipt{.refused_command = engine::RefusedCommand{}}));

    lent->end();
    EXPECT_EQ(made, 0);
    EXPECT_FALSE(lent->left().has_value());
}

TEST_F(LentSocketTest, NothingIsSentWithoutMemoryForIt) {
    const auto lent = lend("all is well");
    has_no_memory = true;

    EXPECT_FALSE(lent->answer(engine::Receipt{}));

    lent->end();
    EXPECT_EQ(received(), "");
    EXPECT_FALSE(lent->left().has_value());
}

TEST_F(LentSocketTest, WhateverKeepsTheAnswerFromBeingMadeIsNotItsThreadsTrouble) {
    const auto lent = lend("all is well");
    is_too_long = true;

    EXPECT_NO_THROW(lent->answer(engine::Receipt{}));

    lent->end();
    EXPECT_EQ(received(), "");
    EXPECT_FALSE(lent->left().has_value());
}

}  // namespace
}  // namespace freshet::http
