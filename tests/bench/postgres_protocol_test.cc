#include "bench/peers/postgres_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/failure.h"
#include "tests/bench/said_once.h"

namespace freshet::bench {
namespace {

// The letters of the messages, each of which must be as long as it says.
std::string letters_of(std::string_view messages) {
    std::string letters;
    while (messages.size() >= 5) {
        std::size_t size = 0;
        for (const char c : messages.substr(1, 4)) {
            size = size * 256 + static_cast<unsigned char>(c);
        }
        if (messages.size() < size + 1) break;
        letters += messages.front();
        messages.remove_prefix(size + 1);
    }
    return letters + std::string(messages);
}

TEST(PostgresProtocol, HasMessagesThatAreAsLongAsTheySay) {
    std::string query;
    append_query(query, "select 1");
    std::string copy;
    append_copy(copy, "copy t from stdin", std::string(70'000, 'x') + "\n");
    std::string execution;
    append_execution(execution, "append", {std::string(300, 'x'), "y"});
    append_end(execution);

    EXPECT_EQ(query, std::string("Q\0\0\0\rselect 1\0", 14));
    EXPECT_EQ(letters_of(copy), "Qdc");
    EXPECT_EQ(letters_of(execution), "BES");
}

std::string message(char letter, const std::string& body) {
    const std::size_t size = body.size() + 4;
    return letter + std::string("\0\0", 2) + static_cast<char>(size / 256) +
           static_cast<char>(size % 256) + body;
}

// What the server has said, as a client has it before it.
LocalSocket heard(const SaidOnce& server, std::size_t bytes) {
    LocalSocket socket(server.port());
    while (socket.received().size() < bytes) socket.await_more();
    return socket;
}

TEST(PostgresProtocol, HasTheColumnsOfTheRows) {
    const std::string row("\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\1c", 17);
    const std::string answer = message('T', "") + message('D', row) + message('C', "SELECT 1") +
                               message('Z', "I") + message('Z', "I");
    const SaidOnce server(answer);
    LocalSocket socket = heard(server, answer.size());
    std::vector<std::string> columns;

    EXPECT_TRUE(take_result(
        socket, [&](const Columns& found) { columns.assign(found.begin(), found.end()); }));

    EXPECT_EQ(columns, (std::vector<std::string>{"ab", "", "c"}));
    EXPECT_EQ(socket.received(), message('Z', "I"));
}

TEST(PostgresProtocol, FailsByAnError) {
    const std::string answer =
        message('E', std::string("SERROR\0Mno room\0\0", 17)) + message('Z', "I");
    const SaidOnce server(answer);
    LocalSocket socket = heard(server, answer.size());

    EXPECT_THROW(take_result(socket), Failure);
}

TEST(PostgresProtocol, HearsNotifications) {
    const std::string answer =
        message('N', "a notice") + message('A', std::string("\0\0\0\7orders\0seven\0", 17));
    const SaidOnce server(answer);
    LocalSocket socket = heard(server, answer.size());

    EXPECT_EQ(take_notification(socket), "seven");
    EXPECT_EQ(take_notification(socket), std::nullopt);
}

}  // namespace
}  // namespace freshet::bench
