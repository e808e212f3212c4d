// The pages of a list: each row once, in order, also while the list changes between two of them.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

std::string made_at(std::string_view time) {
    return attribute("createdAt", time);
}

constexpr int many = 250;

std::string time_of(int number) {
    const std::string digits = std::to_string(number);
    return "2026-11-20T09:" + std::string(6 - digits.size(), '0') + digits;
}

class PagesTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(system.start());
        std::string records;
        for (int i = 0; i < many; ++i) {
            if (i > 0) records += ',';
            records += inserted(name_of(i), 1, attributes_of(i)).text();
        }
        system.append(event_of(records));
    }

    static std::string name_of(int number) { return "order-" + std::to_string(number); }

    static std::string attributes_of(int number) {
        return made_at(time_of(number)) + "," + attribute("creator", "ada");
    }

    std::vector<std::string> ids_of(const JsonValue& page) {
        std::vector<std::string> ids;
        for (const JsonValue& item : page["items"].elements()) ids.push_back(item["id"].text());
        return ids;
    }

    std::string cursor_after(const std::string& path, int limit) {
        return system.read(path + "?limit=" + std::to_string(limit))["next"].text();
    }

    System system{orders_config};
};

TEST_F(PagesTest, ShowEachItemOnceNewestFirst) {
    for (const char* path : {"/views/all-orders", "/views/my-orders/ada"}) {
        for (const int limit : {1, 7, 100, 249, 250, 251}) {
            std::vector<std::string> seen;
            std::string target = std::string(path) + "?limit=" + std::to_string(limit);
            const std::string first_page = target;
            while (!target.empty()) {
                const JsonValue page = system.read(target);
                for (const std::string& id : ids_of(page)) seen.push_back(id);
                const bool more = page["next"].exists();
                ASSERT_LE(seen.size(), static_cast<std::size_t>(many));
                target = more ? first_page + "&cursor=" + page["next"].text() : "";
            }
            ASSERT_EQ(seen.size(), static_cast<std::size_t>(many)) << first_page;
            for (int i = 0; i < many; ++i) {
                EXPECT_EQ(seen[static_cast<std::size_t>(i)], name_of(many - 1 - i));
            }
        }
    }
}

TEST_F(PagesTest, TheLinkLeadsToTheNextPage) {
    const HttpAnswer first = system.get("/views/my-orders/ada?limit=3");
    const std::string link = first.header("Link");
    ASSERT_TRUE(link.starts_with("</views/my-orders/ada?") && link.ends_with(">; rel=\"next\""))
        << link;

    const JsonValue second = system.read(link.substr(1, link.find('>') - 1));

    EXPECT_EQ(ids_of(second), (std::vector<std::string>{name_of(246), name_of(245), name_of(244)}));
    EXPECT_EQ(system.get("/views/my-orders/ada?limit=1000").header("Link"), "");
}

TEST_F(PagesTest, AListIsReadOldestFirstAsWell) {
    std::vector<std::string> seen;
    for (std::string target = "/views/all-orders?order=asc&limit=70"; !target.empty();) {
        const HttpAnswer page = system.get(target);
        for (const std::string& id : ids_of(json(page.body))) seen.push_back(id);
        ASSERT_LE(seen.size(), static_cast<std::size_t>(many));
        const std::string link = page.header("Link");
        target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }

    ASSERT_EQ(seen.size(), static_cast<std::size_t>(many));
    for (int i = 0; i < many; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], name_of(i));
}

TEST_F(PagesTest, ATimeOfAListIsReadByItsBounds) {
    const std::string bounds = "since=" + time_of(40) + "&until=" + time_of(43);

    EXPECT_EQ(ids_of(system.read("/views/my-orders/ada?" + bounds)),
              (std::vector<std::string>{name_of(42), name_of(41), name_of(40)}));
    EXPECT_EQ(ids_of(system.read("/views/my-orders/ada?order=asc&" + bounds)),
              (std::vector<std::string>{name_of(40), name_of(41), name_of(42)}));
}

// A cursor holds its row's place, which is as long as its sort value and key are.
TEST_F(PagesTest, OfLongSortValuesAndKeysAreTurnedToTheirEnd) {
    std::vector<std::string> newest_first;
    for (int i = 4; i >= 0; --i) newest_first.push_back(std::to_string(i) + std::string(599, 'k'));
    for (int i = 0; i < 5; ++i) {
        const std::string& name = newest_first[static_cast<std::size_t>(4 - i)];
        const std::string time = time_of(i) + std::string(1'100 - time_of(i).size(), 'x');
        system.append(inserted(name, 1, made_at(time) + "," + attribute("creator", "eve")).text());
    }

    std::vector<std::string> by_next;
    std::vector<std::string> by_link;
    const std::string first_page = "/views/my-orders/eve?limit=2";
    for (std::string target = first_page; !target.empty();) {
        const JsonValue page = system.read(target);
        for (const std::string& id : ids_of(page)) by_next.push_back(id);
        ASSERT_LE(by_next.size(), newest_first.size());
        const bool more = page["next"].exists();
        target = more ? first_page + "&cursor=" + page["next"].text() : "";
    }
    for (std::string target = first_page; !target.empty();) {
        const HttpAnswer page = system.get(target);
        for (const std::string& id : ids_of(json(page.body))) by_link.push_back(id);
        ASSERT_LE(by_link.size(), newest_first.size());
        const std::string link = page.header("Link");
        target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }

    EXPECT_EQ(by_next, newest_first);
    EXPECT_EQ(by_link, newest_first);
}

// While somebody turns the pages, others remove, add, move and change items.
TEST_F(PagesTest, RowsThatKeepTheirPlaceAreShownOnceWhileTheListChanges) {
    std::mt19937 random(20'261'120);
    const auto any = [&](int below) {
        return static_cast<int>(random() % static_cast<unsigned>(below));
    };
    std::map<std::string, int> seen;
    std::set<int> moved;
    std::uint64_t sequence = 1;
    std::string target = "/views/all-orders?limit=20";
    while (!target.empty()) {
        const JsonValue page = system.read(target);
        for (const std::string& id : ids_of(page)) ++seen[id];
        const bool more = page["next"].exists();
        target = more ? "/views/all-orders?limit=20&cursor=" + page["next"].text() : "";

        ++sequence;
        std::string records;
        for (int i = 0; i < 6; ++i) {
            const int number = any(many);
            if (!moved.insert(number).second) continue;
            records +=
                i % 2 == 0
                    ? removed(name_of(number), sequence).text()
                    : modified(name_of(number), sequence, made_at(time_of(any(many)))).text();
            records += ',';
        }
        const int stays = any(many);
        if (!moved.contains(stays)) {
            records += modified(name_of(stays), sequence,
                                attributes_of(stays) + "," + attribute("status", "SEEN"))
                           .text();
            records += ',';
        }
        records +=
            inserted("new-" + std::to_string(sequence), 1, made_at(time_of(any(many)))).text();
        system.append(event_of(records));
    }

    EXPECT_GT(moved.size(), 30U);
    for (int i = 0; i < many; ++i) {
        if (moved.contains(i)) continue;
        EXPECT_EQ(seen[name_of(i)], 1) << name_of(i);
    }
}

TEST_F(PagesTest, ACursorGoesOnWhereItsRowWasEvenIfThatRowIsGone) {
    const std::string cursor = cursor_after("/views/all-orders", 10);
    system.append(removed(name_of(240), 2).text());
    system.append(removed(name_of(239), 2).text());

    const JsonValue page = system.read("/views/all-orders?limit=2&cursor=" + cursor);

    EXPECT_EQ(ids_of(page), (std::vector<std::string>{name_of(238), name_of(237)}));
}

TEST_F(PagesTest, ACursorOutlivesARestartAndALostState) {
    const std::string cursor = cursor_after("/views/all-orders", 10);
    system.stop();
    system.delete_state();
    ASSERT_TRUE(system.start());

    const JsonValue page = system.read("/views/all-orders?limit=1&cursor=" + cursor);

    EXPECT_EQ(ids_of(page), std::vector<std::string>{name_of(239)});
}

TEST_F(PagesTest, AWrongCursorIsRefused) {
    const std::string cursor = cursor_after("/views/my-orders/ada", 10);
    std::string damaged = cursor;
    damaged[damaged.size() / 2] = damaged[damaged.size() / 2] == 'A' ? 'B' : 'A';

    for (const std::string& wrong : {damaged, cursor.substr(0, cursor.size() - 4), cursor + "AAAA",
                                     std::string("x"), std::string("%20"), std::string("AAAA")}) {
        const HttpAnswer answer = system.get("/views/my-orders/ada?cursor=" + wrong);
        EXPECT_EQ(answer.status, 400) << wrong << ": " << answer.body;
    }
    EXPECT_EQ(system.get("/views/my-orders/bob?cursor=" + cursor).status, 400);
    EXPECT_EQ(system.get("/views/all-orders?cursor=" + cursor).status, 410);
    EXPECT_EQ(system.get("/views/my-orders/ada?order=asc&cursor=" + cursor).status, 400);
    EXPECT_EQ(system.get("/views/my-orders/ada?since=2026&cursor=" + cursor).status, 400);
    EXPECT_EQ(system.get("/views/my-orders/ada?cursor=" + cursor).status, 200);
}

TEST_F(PagesTest, ACursorOfAListThatIsDefinedAnewIsGone) {
    const std::string cursor = cursor_after("/views/all-orders", 10);
    const std::string mine = cursor_after("/views/my-orders/ada", 10);
    std::string config = orders_config;
    const std::string old_sort = "sort = \"createdAt desc\"";
    config.replace(config.rfind(old_sort), old_sort.size(), "sort = \"createdAt\"");
    system.stop();
    system.configure(config);
    ASSERT_TRUE(system.start());
    system.await_built();

    const HttpAnswer gone = system.get("/views/all-orders?cursor=" + cursor);

    EXPECT_EQ(gone.status, 410);
    EXPECT_NE(json(gone.body)["detail"].text().find("all-orders"), std::string::npos);
    EXPECT_EQ(ids_of(system.read("/views/all-orders?limit=1")),
              std::vector<std::string>{name_of(0)});
    EXPECT_EQ(ids_of(system.read("/views/my-orders/ada?limit=1&cursor=" + mine)),
              std::vector<std::string>{name_of(239)});
}

TEST_F(PagesTest, ANewListIsBuiltOfAllItems) {
    system.stop();
    system.configure(orders_config +
                     "\n[[table.list]]\nname = \"late\"\nsort = \"createdAt\"\nlike = \"order\"\n");
    ASSERT_TRUE(system.start());
    system.await_built();

    EXPECT_EQ(system.list("/views/late").size(), static_cast<std::size_t>(many));
}

TEST_F(PagesTest, TheLogIsReadPageByPage) {
    std::size_t count = 0;
    std::string after = "0";
    while (!after.empty()) {
        const JsonValue page = system.read("/records?limit=60&after=" + after);
        for (const JsonValue& record : page["Records"].elements()) {
            EXPECT_EQ(record["position"].text(), std::to_string(++count));
            EXPECT_EQ(record["table"].text(), "orders");
        }
        after = page["next"].text();
    }
    EXPECT_EQ(count, static_cast<std::size_t>(many));
}

// Items of 300 KiB: a page ends at 1 MiB, however many it was asked for.
TEST_F(PagesTest, EndEarlyWhenItemsAreLarge) {
    const std::string large = attribute("status", std::string(300U << 10U, 'x'));
    for (int i = 0; i < 10; ++i) {
        system.append(
            inserted("large-" + std::to_string(i), 1,
                     attribute("creator", "eve") + "," + made_at(time_of(i)) + "," + large)
                .text());
    }

    const HttpAnswer first = system.get("/views/my-orders/eve?limit=1000");

    EXPECT_LT(first.body.size(), 2U << 20U);
    EXPECT_LT(ids_of(json(first.body)).size(), 10U);
    std::vector<std::string> seen;
    for (const JsonValue& item : system.list("/views/my-orders/eve")) {
        seen.push_back(item["id"].text());
    }
    ASSERT_EQ(seen.size(), 10U);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], "large-" + std::to_string(9 - i));
    }
    EXPECT_EQ(system.log().size(), static_cast<std::size_t>(many) + 10);
}

}  // namespace
}  // namespace freshet::systems
