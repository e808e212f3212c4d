// The pizza shop of examples/pizza: what it writes are change records that Freshet takes one and
// all, and that tell of orders as a shop has them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "examples/pizza/shop.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

std::string pizza_config() {
    std::ifstream file(support::source_folder() + "/examples/pizza/freshet.toml");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return with(text, "127.0.0.1:8080", "127.0.0.1:0");
}

ProcessEnd run_shop(std::vector<std::string> options) {
    options.insert(options.begin(), support::pizza_shop_program());
    return support::run_program(options);
}

// What the shop writes, line by line.
std::vector<std::string> lines_of_shop(const std::string& orders, const std::string& seed) {
    const ProcessEnd end = run_shop({"--rate", "0", "--orders", orders, "--seed", seed});
    EXPECT_EQ(end.exit_code, 0);
    EXPECT_EQ(end.errors, "");
    std::vector<std::string> lines;
    std::istringstream text(end.output);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

// An attribute value as readers see it, as JSON.
std::string plain(const JsonValue& typed) {
    if (typed["N"].exists()) return typed["N"].text();
    if (typed["S"].exists()) return '"' + typed["S"].text() + '"';
    std::string text;
    if (typed["L"].exists()) {
        for (const JsonValue& element : typed["L"].elements()) {
            text += (text.empty() ? "" : ",") + plain(element);
        }
        return '[' + text + ']';
    }
    for (const auto& [name, value] : typed["M"].members()) {
        text += (text.empty() ? "\"" : ",\"") + name + "\":" + plain(value);
    }
    return '{' + text + '}';
}

// The orders as the records leave them.
class Orders {
public:
    void take(const JsonValue& record) {
        const JsonValue& change = record["dynamodb"];
        const std::string key = change["Keys"]["pk"]["S"].text();
        const std::string was = status_of(change["OldImage"]);
        const std::string is = status_of(change["NewImage"]);
        EXPECT_TRUE(legal_moves().contains({record["eventName"].text(), was, is}))
            << record["eventName"] << " from '" << was << "' to '" << is << "'";
        EXPECT_EQ(change["OldImage"], images_[key]) << "not as the record before left it";
        keys_.insert(key);
        images_[key] = change["NewImage"];
        if (was == "WAITING ON CUSTOMER" && is == "SUBMITTED") {
            EXPECT_NE(change["NewImage"]["numItems"]["N"].text(), "0");
        }
        expect_count(change["NewImage"]);
    }

    [[nodiscard]] const std::set<std::string>& keys() const { return keys_; }

    // The order in the shape of a view; absent if it was canceled.
    JsonValue shape(const std::string& key, const std::vector<std::string>& fields) {
        const JsonValue& image = images_[key];
        if (!image.exists()) return {};
        std::string text;
        for (const std::string& field : fields) {
            const JsonValue& value = image[field == "id" ? "pk" : field];
            if (value.exists()) {
                text += (text.empty() ? "\"" : ",\"") + field + "\":" + plain(value);
            }
        }
        return json('{' + text + '}');
    }

    // The keys of those that are there and match, the newest first, ties by key.
    template <class Matches>
    std::vector<std::string> newest_first(Matches matches) {
        std::vector<std::string> found;
        for (const std::string& key : keys_) {
            if (images_[key].exists() && matches(images_[key])) found.push_back(key);
        }
        std::stable_sort(found.begin(), found.end(), [this](const auto& a, const auto& b) {
            return images_[a]["createdAt"]["S"].text() > images_[b]["createdAt"]["S"].text();
        });
        return found;
    }

    // How many are neither canceled nor at their end.
    [[nodiscard]] std::size_t open() const {
        return static_cast<std::size_t>(
            std::count_if(images_.begin(), images_.end(), [](const auto& order) {
                const std::string status = status_of(order.second);
                return !status.empty() && status != "COMPLETED" && status != "REJECTED";
            }));
    }

private:
    using Move = std::tuple<std::string, std::string, std::string>;

    static const std::set<Move>& legal_moves() {
        const std::string waiting = "WAITING ON CUSTOMER";
        static const std::set<Move> moves = {{"INSERT", "", waiting},
                                             {"MODIFY", waiting, waiting},
                                             {"MODIFY", waiting, "SUBMITTED"},
                                             {"MODIFY", "SUBMITTED", "IN PROGRESS"},
                                             {"MODIFY", "SUBMITTED", "REJECTED"},
                                             {"MODIFY", "IN PROGRESS", "COMPLETED"},
                                             {"MODIFY", "IN PROGRESS", "REJECTED"},
                                             {"REMOVE", waiting, ""}};
        return moves;
    }

    static std::string status_of(const JsonValue& image) { return image["status"]["S"].text(); }

    static void expect_count(const JsonValue& image) {
        if (!image.exists()) return;
        const std::size_t count = image["items"]["L"].size();
        EXPECT_EQ(image["numItems"]["N"].text(), std::to_string(count));
        EXPECT_LE(count, pizza::pizzas_max);
    }

    std::set<std::string> keys_;
    std::map<std::string, JsonValue> images_;
};

std::vector<JsonValue> records_in(const std::vector<std::string>& lines) {
    std::vector<JsonValue> records;
    for (const std::string& line : lines) records.push_back(json(line));
    return records;
}

// Hands the lines in as arrays, and expects that every record is appended.
void append_all(System& system, const std::vector<std::string>& lines) {
    constexpr std::size_t batch = 500;
    for (std::size_t begin = 0; begin < lines.size(); begin += batch) {
        const std::size_t end = std::min(lines.size(), begin + batch);
        std::string body;
        for (std::size_t i = begin; i < end; ++i) body += (i == begin ? "[" : ",") + lines[i];
        const JsonValue receipt = system.append(body + ']');
        EXPECT_EQ(receipt["appended"].text(), std::to_string(end - begin));
    }
}

const std::vector<std::string> row_fields = {"id", "createdAt", "status", "numItems",
                                             "lastUpdated"};

void expect_list(System& system, const std::string& path, Orders& orders,
                 const std::vector<std::string>& keys) {
    const std::vector<JsonValue> shown = system.list(path);
    ASSERT_EQ(shown.size(), keys.size()) << path;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        EXPECT_EQ(shown[i], orders.shape(keys[i], row_fields)) << path;
    }
}

TEST(PizzaShopTest, TellsOfOrdersAsTheViewsThenShowThem) {
    const std::vector<std::string> lines = lines_of_shop("200", "7");
    Orders orders;
    std::set<std::string> creators;
    std::size_t most_open = 0;
    for (const JsonValue& record : records_in(lines)) {
        orders.take(record);
        most_open = std::max(most_open, orders.open());
        const JsonValue& creator = record["dynamodb"]["NewImage"]["creator"]["S"];
        if (creator.exists()) creators.insert(creator.text());
    }
    EXPECT_EQ(orders.keys().size(), 200U);
    EXPECT_EQ(orders.open(), 0U) << "it ends once all orders have";
    EXPECT_LE(most_open, pizza::open_orders_max);
    EXPECT_GT(creators.size(), 1U);

    System system(pizza_config());
    ASSERT_TRUE(system.start());
    append_all(system, lines);

    for (const std::string& key : orders.keys()) {
        const JsonValue expected = orders.shape(
            key, {"id", "createdAt", "status", "numItems", "items", "lastUpdated", "creator"});
        const HttpAnswer answer = system.get("/views/admin-order/" + key);
        if (expected.exists()) {
            EXPECT_EQ(json(answer.body), expected);
        } else {
            EXPECT_EQ(answer.status, 404) << key;
        }
    }
    expect_list(system, "/views/all-orders", orders, orders.newest_first([](const auto& image) {
        return image["status"]["S"].text() != "COMPLETED";
    }));
    for (const std::string& creator : creators) {
        expect_list(system, "/views/my-orders/" + creator, orders,
                    orders.newest_first([&creator](const auto& image) {
                        return image["creator"]["S"].text() == creator;
                    }));
    }
}

std::string sequence_of(const JsonValue& record) {
    return record["dynamodb"]["SequenceNumber"].text();
}

// Of decimal texts without leading zeros.
bool is_lower(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

TEST(PizzaShopTest, CountsItsRecordsUpOverAllRuns) {
    std::vector<JsonValue> records = records_in(lines_of_shop("5", "1"));
    const std::vector<JsonValue> more = records_in(lines_of_shop("5", "1"));
    records.insert(records.end(), more.begin(), more.end());

    ASSERT_GT(records.size(), 20U);
    for (std::size_t i = 1; i < records.size(); ++i) {
        EXPECT_TRUE(is_lower(sequence_of(records[i - 1]), sequence_of(records[i])))
            << sequence_of(records[i - 1]) << " and then " << sequence_of(records[i]);
    }
}

// What happens in a run, without when it does.
std::vector<std::string> contents_of(const std::string& seed) {
    std::vector<std::string> contents;
    for (const JsonValue& record : records_in(lines_of_shop("20", seed))) {
        std::ostringstream text;
        text << record["eventName"].text() << record["dynamodb"]["Keys"];
        for (const char* image : {"OldImage", "NewImage"}) {
            text << record["dynamodb"][image].without({"createdAt", "lastUpdated"});
        }
        contents.push_back(text.str());
    }
    return contents;
}

TEST(PizzaShopTest, DoesTheSameForTheSameSeed) {
    const std::vector<std::string> first = contents_of("42");

    EXPECT_EQ(contents_of("42"), first);
    EXPECT_NE(contents_of("43"), first);
}

// It would go on for ever: only that nobody reads any more can end it.
TEST(PizzaShopTest, EndsQuietlyOnceNobodyReads) {
    const ProcessEnd end =
        support::run_program({"/bin/bash", "-c", "set -o pipefail; \"$0\" --rate 0 | head -n 3",
                              support::pizza_shop_program()});

    EXPECT_EQ(end.exit_code, 0);
    EXPECT_EQ(end.errors, "");
    EXPECT_EQ(std::count(end.output.begin(), end.output.end(), '\n'), 3);
}

TEST(PizzaShopTest, SaysHowItIsUsed) {
    const ProcessEnd help = run_shop({"--help"});

    EXPECT_EQ(help.exit_code, 0);
    EXPECT_TRUE(contains(help.output, "--rate") && contains(help.output, "--seed"));
    const std::vector<std::vector<std::string>> wrong = {
        {"--rate"}, {"--rate", "-1"}, {"--rate", "fast"}, {"--orders", "1.5"}, {"--pizza", "1"}};
    for (const std::vector<std::string>& options : wrong) {
        const ProcessEnd end = run_shop(options);
        EXPECT_EQ(end.exit_code, 2) << ::testing::PrintToString(options);
        EXPECT_TRUE(contains(end.errors, "usage: ")) << end.errors;
    }
}

}  // namespace
}  // namespace freshet::systems
