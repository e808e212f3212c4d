// Damaged cursors and odd keys: a page, an item or a refusal, and never another partition's rows.

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "engine/views/read_point.h"
#include "tests/fuzz/hunt.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::fuzz {
namespace {

using engine::ListView;
using engine::PageRequest;
using support::must;

constexpr std::size_t orders = 30;

class CursorFuzz : public ::testing::Test {
protected:
    CursorFuzz() {
        std::vector<storage::Change> changes;
        for (std::size_t i = 0; i < orders; ++i) {
            const std::string digits = std::to_string(10 + i);
            changes.push_back(
                shop_.inserted({.id = (i % 2 == 0 ? "a" : "b") + digits,
                                .attributes = {{"creator", i % 2 == 0 ? "ann" : "bob"},
                                               {"createdAt", "2026-11-" + digits}},
                                .sequence = {}}));
        }
        must(shop_.append(std::move(changes)));
    }

    [[nodiscard]] const ListView& my_orders() {
        return *std::get<const ListView*>(shop_.engine().catalog().view("my-orders"));
    }

    // The cursors of ann's list, page by page.
    std::vector<std::string> cursors() {
        std::vector<std::string> given;
        PageRequest request{.partition = {"ann"}, .limit = 3, .cursor = {}};
        while (true) {
            const auto page = must(shop_.now()->page(my_orders(), request, *engine::everybody()));
            if (page.next.empty()) return given;
            given.push_back(page.next);
            request.cursor = page.next;
        }
    }

    // Whether there is a page; expects that it is one of ann's.
    bool shows_a_page(const PageRequest& request) {
        const auto page = shop_.now()->page(my_orders(), request, *engine::everybody());
        if (!page) {
            const Errc code = page.error().code;
            EXPECT_TRUE(code == Errc::malformed || code == Errc::gone || code == Errc::refused)
                << page.error().message;
            return false;
        }
        EXPECT_LE(page->items.size(), request.limit);
        for (const std::string& item : page->items) EXPECT_EQ(item.rfind("{\"id\":\"a", 0), 0U);
        return true;
    }

    support::Shop shop_;
};

TEST_F(CursorFuzz, ADamagedCursorShowsNothingOfOthers) {
    hunt({.corpus = cursors(),
          .tokens = {"=", "==", "-", "_", "+", "/", "AAAAAAAA"},
          .rounds = 40'000},
         [this](const std::string& cursor, Dice&) {
             return shows_a_page({.partition = {"ann"}, .limit = 3, .cursor = cursor});
         });
}

TEST_F(CursorFuzz, AKeyOfAnyTextIsFoundOrNot) {
    const auto* view = std::get<const engine::ItemView*>(shop_.engine().catalog().view("order"));
    hunt({.corpus = {"a10", "a12", "b11"}, .tokens = {"a10", "b"}, .rounds = 20'000},
         [&](const std::string& key, Dice&) {
             const auto item = shop_.now()->item(*view, {key}, *engine::everybody());
             if (!item) {
                 EXPECT_EQ(item.error().code, Errc::refused);
                 return false;
             }
             if (!*item) return false;
             EXPECT_EQ((*item)->json.rfind("{\"id\":\"" + key + "\"", 0), 0U) << (*item)->json;
             return true;
         });
}

TEST_F(CursorFuzz, APartitionOfAnyTextHasItsOwnRowsOrNone) {
    hunt({.corpus = {"ann"}, .tokens = {"ann", "bob"}, .rounds = 20'000},
         [this](const std::string& creator, Dice&) {
             const auto page = must(
                 shop_.now()->page(my_orders(), {.partition = {creator}}, *engine::everybody()));
             EXPECT_TRUE(page.items.empty() || creator == "ann" || creator == "bob");
             return !page.items.empty();
         });
}

}  // namespace
}  // namespace freshet::fuzz
