#include "bench/peers/postgres_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

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
    append_execution(execution, "append", std::string(300, 'x'));

    EXPECT_EQ(query, std::string("Q\0\0\0\rselect 1\0", 14));
    EXPECT_EQ(letters_of(copy), "Qdc");
    EXPECT_EQ(letters_of(execution), "BES");
}

}  // namespace
}  // namespace freshet::bench
