// What http/streams/event_id.h promises, by example.

#include "http/streams/event_id.h"

#include <gtest/gtest.h>

#include <limits>

namespace freshet::http {
namespace {

TEST(EventId, IsReadAsItIsWritten) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    for (const EventId id :
         {EventId{0x5f3c, storage::Position{1041}}, EventId{0, storage::Position{0}},
          EventId{most, {most}}, EventId{1, {2}, SentViews{{0}, 0}},
          EventId{most, {most}, SentViews{{most}, most}}}) {
        std::string text;
        append_event_id(text, id);
        EXPECT_EQ(parse_event_id(text), id) << text;
        EXPECT_LE(text.size(), 128U);
        EXPECT_EQ(text.find_first_not_of("0123456789abcdef.-"), std::string::npos);
    }
    std::string text;
    append_event_id(text, {0x5f3c, storage::Position{1041}});
    EXPECT_EQ(text, "5f3c.1041");
    text.clear();
    append_event_id(text, {0x5f3c, {1041}, SentViews{{1040}, 0x9ab}});
    EXPECT_EQ(text, "5f3c.1041-1040-9ab");
}

TEST(EventId, IsNothingElse) {
    for (const char* text : {"",
                             ".",
                             "5f3c",
                             "5f3c.",
                             ".5",
                             "5f3c.1041 ",
                             " 5f3c.1041",
                             "5F3C.1041",
                             "05f3c.1041",
                             "5f3c.01041",
                             "5f3c.-1",
                             "5f3c.+1",
                             "5f3c.1.2",
                             "0x5f.1",
                             "5f3g.1",
                             "5f3c.1e3",
                             "5f3c.18446744073709551616",
                             "10000000000000000.1",
                             "earliest",
                             "5f3c.1-",
                             "5f3c.1-2",
                             "5f3c.1-2-",
                             "5f3c.1--2",
                             "5f3c.1-2-3-4",
                             "5f3c.1-02-3",
                             "5f3c.1-2-03",
                             "5f3c.1-2-G"}) {
        EXPECT_EQ(parse_event_id(text), std::nullopt) << text;
    }
}

TEST(EventId, TheOneToResumeAfterIsWhatTheClientHasReached) {
    using Ids = std::vector<std::string>;
    constexpr std::uint64_t epoch = 0x5f3c;
    const struct {
        Ids shown;
        std::optional<std::string> chosen;
    } table[] = {
        {{}, std::nullopt},
        {{"latest"}, "latest"},
        {{"earliest", "latest"}, "earliest"},
        {{"latest", "earliest"}, "earliest"},
        {{"earliest", "5f3c.7"}, "5f3c.7"},
        {{"5f3c.7", "earliest"}, "5f3c.7"},
        {{"5f3c.7", "latest"}, "5f3c.7"},
        {{"5f3c.7", "5f3c.12"}, "5f3c.12"},
        {{"5f3c.7-7-1", "5f3c.7-5-1"}, "5f3c.7-5-1"},
        {{"5f3c.7-0-1", "5f3c.7-5-1"}, "5f3c.7-0-1"},
        {{"5f3c.12", "5f3c.7"}, "5f3c.12"},
        {{"5f3c.7", "5f3c.7"}, "5f3c.7"},
        {{"99.50", "5f3c.7"}, "5f3c.7"},  // the client was told of the other log's end
        {{"5f3c.7", "99.50"}, "5f3c.7"},
        {{"earliest", "99.50"}, "99.50"},  // and is told if it was not
        {{"99.50", "98.60"}, "98.60"},
        {{"earliest", "garbled"}, "garbled"},
        {{"garbled", "latest"}, "garbled"},
        {{"garbled", "5f3c.7"}, "5f3c.7"},
        {{"99.50", "garbled"}, "99.50"},
        {{"garbled", "earlist"}, "earlist"},
        {{"Earliest", "latest"}, "Earliest"},
    };
    for (const auto& [shown, chosen] : table) {
        std::string all;
        for (const std::string& id : shown) all += id + " ";
        EXPECT_EQ(id_to_resume(shown, epoch), chosen) << all;
    }
}

}  // namespace
}  // namespace freshet::http
