// The texts that clients keep and send back, and what can be read from the data folder of an
// earlier release: compared with what that release answered.

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "http/messages/entity_tag.h"
#include "http/routes/routes.h"
#include "http/streams/event_id.h"
#include "http/streams/event_stream.h"
#include "tests/support/golden.h"
#include "tests/support/golden_folder.h"
#include "tests/support/must.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::must;

const support::GoldenFile& golden() {
    static const support::GoldenFile file("http_v1.txt");
    return file;
}

const support::GoldenFile& golden_answers() {
    static const support::GoldenFile file("folder_v1/answers.txt");
    return file;
}

TEST(HttpGolden, IdsOfEventsHaveTheirText) {
    const EventId id{.epoch = 0x00C0'FFEE'0102'0304, .position = {1'041}};
    const EventId largest{.epoch = ~std::uint64_t{0}, .position = {~std::uint64_t{0}}};
    std::string text;
    std::string largest_text;
    append_event_id(text, id);
    append_event_id(largest_text, largest);

    EXPECT_TRUE(golden().holds_text("event id", text));
    EXPECT_TRUE(golden().holds_text("largest event id", largest_text));
    if (support::golden_output()) GTEST_SKIP();
    EXPECT_EQ(parse_event_id(golden().bytes("event id")), id);
    EXPECT_EQ(parse_event_id(golden().bytes("largest event id")), largest);
}

TEST(HttpGolden, EntityTagsHaveTheirText) {
    EXPECT_TRUE(golden().holds_text("tag of an item", item_tag({1'042}, 0xAB)));
    EXPECT_TRUE(golden().holds_text("tag of a content", content_tag(R"({"items":[]})")));
    EXPECT_TRUE(golden().holds_text("tag of a table's item",
                                    item_tag({1'042}, table_fingerprint("orders"))));
}

// Items, pages in either order, totals and groups, histories, and records of the log.
constexpr std::array<std::string_view, 33> targets{
    "/views/order/o-0",
    "/views/order/o-1",
    "/views/order/o-2",
    "/views/order/o-3",
    "/views/whole-order/o-4",
    "/views/line/l-1/-3",
    "/views/line/l-1/10.0",
    "/views/blob/AAH_",
    "/tables/orders/items/o-5",
    "/views/my-orders/ann",
    "/views/my-orders/ann?order=asc",
    "/views/my-orders/ann?limit=1",
    "/views/my-orders/ann?since=2026-01-01&until=2026-01-02",
    "/views/my-orders/Zo%C3%AB%2F%E6%B0%B4",
    "/views/by-price",
    "/views/by-price?order=desc",
    "/views/by-price?limit=2",
    "/views/by-price?since=0&until=10",
    "/views/by-price?order=desc&limit=3",
    "/views/open-orders/bob/PAID",
    "/views/open-orders/ann/OPEN",
    "/views/lines-of/l-1",
    "/views/lines-of/l-1?order=desc",
    "/views/blobs",
    "/views/blobs?order=desc",
    "/views/by-creator",
    "/views/by-creator?limit=1",
    "/views/by-creator/ann/OPEN",
    "/views/by-creator/nobody/OPEN",
    "/views/all",
    "/tables/orders/items/o-2/history",
    "/tables/orders/items/o-3/history?limit=1",
    "/records?limit=100"};

// What of an answer a client may rely on or keep.
std::string text_of(const Answer& answer) {
    std::string text = std::to_string(answer.status) + '\n';
    for (const char* name : {"ETag", "Freshet-Position", "Freshet-Stale", "Link"}) {
        if (answer.header(name).empty()) continue;
        text += std::string(name) + ": " + std::string(answer.header(name)) + '\n';
    }
    return text + answer.body;
}

// Everything that a new subscriber hears.
std::string heard(RouteShop& shop, const std::string& target) {
    NextStep step = shop.ask({"GET", target, {"Accept: text/event-stream"}, ""});
    Stream& stream = *std::get<StreamToFollow>(step).stream;
    std::string text;
    while (!must(stream.fill(text, 1U << 20U))) {
    }
    return text;
}

TEST(HttpGolden, TheGoldenFolderAnswersAsItDid) {
    const support::GoldenFolder folder;
    RouteShop shop(support::golden_config(), folder.path());

    for (const std::string_view target : targets) {
        EXPECT_TRUE(golden_answers().holds_text("GET " + std::string(target),
                                                text_of(shop.get(std::string(target)))));
    }
    for (const char* stream : {"/events?last_event_id=earliest", "/records?after=0"}) {
        EXPECT_TRUE(
            golden_answers().holds_text("stream of " + std::string(stream), heard(shop, stream)));
    }
}

TEST(HttpGolden, GoldenCursorsLeadToTheNextPage) {
    if (support::golden_output()) GTEST_SKIP();
    const support::GoldenFolder folder;
    RouteShop shop(support::golden_config(), folder.path());

    for (const std::string target :
         {"/views/my-orders/ann?limit=1", "/views/by-price?limit=2", "/views/by-creator?limit=1"}) {
        const std::string first = golden_answers().bytes("GET " + target);
        constexpr std::string_view next = R"("next":")";
        const std::size_t begin = first.find(next) + next.size();
        const std::string cursor = first.substr(begin, first.find('"', begin) - begin);

        const Answer second = shop.get(target + "&cursor=" + cursor);

        EXPECT_EQ(second.status, 200) << target << ": " << second.body;
    }
}

}  // namespace
}  // namespace freshet::http
