// Lists in both orders and between bounds, against lists that are made anew from all items; and
// paging through a list while it changes.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/properties/draws.h"
#include "tests/properties/sort_value.h"
#include "tests/properties/value_in.h"
#include "tests/world/board.h"

namespace freshet::properties {
namespace {

using engine::Direction;
using storage::ValueType;
using support::Attributes;
using support::Value;

constexpr const char* configuration = R"(
[[table]]
name = "things"
key  = ["pk"]

[[table.list]]
name   = "rising"
sort   = ["in.rank", "at desc"]
fields = ["pk"]

[[table.list]]
name   = "falling"
sort   = "in.rank desc"
fields = ["pk"]

[[table.list]]
name   = "by-key"
fields = ["pk"]

[[table.list]]
name   = "of-side"
by     = ["team", "in.side"]
sort   = ["at desc", "in.rank desc", "team"]
fields = ["pk"]
)";

// ---- what is declared above, for the naive way ----

using Path = std::vector<std::string>;

struct NaiveSort {
    Path path;
    bool descending;
};

struct NaiveList {
    std::string name;
    std::vector<Path> by;
    std::vector<NaiveSort> sort;
};

const std::vector<NaiveList>& naive_lists() {
    static const std::vector<NaiveList> lists{
        {.name = "rising", .by = {}, .sort = {{{"in", "rank"}, false}, {{"at"}, true}}},
        {.name = "falling", .by = {}, .sort = {{{"in", "rank"}, true}}},
        {.name = "by-key", .by = {}, .sort = {}},
        {.name = "of-side",
         .by = {{"team"}, {"in", "side"}},
         .sort = {{{"at"}, true}, {{"in", "rank"}, true}, {{"team"}, false}}}};
    return lists;
}

std::optional<Value> find(const Attributes& attributes, const Path& path) {
    const Attributes* in = &attributes;
    for (const std::string& name : path) {
        const auto found = in->find(name);
        if (found == in->end()) return std::nullopt;
        if (&name == &path.back()) return found->second;
        in = &found->second.attributes;
    }
    return std::nullopt;
}

// How somebody reads a list.
struct Reading {
    const NaiveList* list = nullptr;
    std::vector<std::string> partition;
    std::optional<Direction> order;
    std::optional<std::string> since;
    std::optional<std::string> until;
};

bool is_turned(const Reading& reading) {
    if (!reading.order) return false;
    const bool descends = !reading.list->sort.empty() && reading.list->sort.front().descending;
    return (*reading.order == Direction::descending) != descends;
}

bool is_between(const Reading& reading, const Value& value) {
    const auto compare = [&](const std::string& bound) -> std::optional<int> {
        if (value.type == ValueType::string) return compare_texts(value.text, bound);
        if (value.type != ValueType::number || !is_number(bound)) return std::nullopt;
        return compare_numbers(value.text, bound);
    };
    const auto from = reading.since ? compare(*reading.since) : std::optional(0);
    const auto to = reading.until ? compare(*reading.until) : std::optional(-1);
    return from && to && *from >= 0 && *to < 0;
}

// A row of the naive list: what it sorts by.
struct Row {
    std::string pk;
    std::vector<std::optional<Value>> values;
};

// Below, at or above zero, as `a` stands before, at or behind `b` in the list's own order.
int compare_places(const NaiveList& list, const Row& a, const Row& b) {
    for (std::size_t i = 0; i < list.sort.size(); ++i) {
        const bool a_missing = is_missing(a.values[i]);
        const bool b_missing = is_missing(b.values[i]);
        if (a_missing && b_missing) continue;
        if (a_missing != b_missing) return a_missing ? 1 : -1;
        const int order = compare_values(*a.values[i], *b.values[i]);
        if (order != 0) return list.sort[i].descending ? -order : order;
    }
    return a.pk.compare(b.pk);
}

bool stands_before(const Reading& reading, const Row& a, const Row& b) {
    const NaiveList& list = *reading.list;
    if (!list.sort.empty() && is_missing(a.values[0]) != is_missing(b.values[0])) {
        return is_missing(b.values[0]);
    }
    const int order = compare_places(list, a, b);
    return is_turned(reading) ? order > 0 : order < 0;
}

std::optional<Row> row_of(const Reading& reading, const std::string& pk,
                          const Attributes& attributes) {
    for (std::size_t i = 0; i < reading.list->by.size(); ++i) {
        const auto value = find(attributes, reading.list->by[i]);
        if (!value || value->text != reading.partition[i]) return std::nullopt;
    }
    Row row{.pk = pk, .values = {}};
    for (const NaiveSort& sort : reading.list->sort) {
        row.values.push_back(find(attributes, sort.path));
    }
    if (!reading.since && !reading.until) return row;
    if (is_missing(row.values[0]) || !is_between(reading, *row.values[0])) return std::nullopt;
    return row;
}

// ---- the engine ----

// What becomes of an item: it is removed, or it is this.
struct Touch {
    std::string pk;
    std::optional<Attributes> attributes;
};

class Things {
public:
    void take(const std::vector<Touch>& batch) {
        if (batch.empty()) return;
        std::vector<support::SentRecord> records;
        for (const Touch& touch : batch) records.push_back(record_of(touch));
        RC_ASSERT(board_.take(records) == batch.size());
    }

    // The rows that there are, in the order of reading.
    [[nodiscard]] std::vector<Row> expected(const Reading& reading) const {
        std::vector<Row> rows;
        for (const auto& [pk, attributes] : items_) {
            if (auto row = row_of(reading, pk, attributes)) rows.push_back(*std::move(row));
        }
        std::sort(rows.begin(), rows.end(),
                  [&](const Row& a, const Row& b) { return stands_before(reading, a, b); });
        return rows;
    }

    // A page as the keys of its items.
    struct Page {
        std::vector<std::string> keys;
        std::string next;
    };
    Page page(const Reading& reading, std::size_t limit, const std::string& cursor) {
        const auto view = board_.catalog().view(reading.list->name);
        const auto answer = value_in(board_.now()->page(*std::get<const engine::ListView*>(view),
                                                        {.partition = reading.partition,
                                                         .limit = limit,
                                                         .cursor = cursor,
                                                         .order = reading.order,
                                                         .since = reading.since,
                                                         .until = reading.until},
                                                        *engine::everybody()));
        RC_ASSERT(answer.items.size() == limit || answer.next.empty());
        Page page{.keys = {}, .next = answer.next};
        for (const std::string& json : answer.items) {
            constexpr std::size_t before_key = 7;  // {"pk":"
            page.keys.push_back(json.substr(before_key, json.size() - before_key - 2));
        }
        return page;
    }

private:
    support::SentRecord record_of(const Touch& touch) {
        const auto kind =
            touch.attributes ? storage::ChangeKind::modify : storage::ChangeKind::remove;
        support::SentRecord record = board_.record(kind, touch.pk, touch.attributes);
        if (record.after) {
            items_[touch.pk] = *record.after;
        } else {
            items_.erase(touch.pk);
        }
        return record;
    }

    support::Board board_{configuration};
    std::map<std::string, Attributes> items_;
};

// ---- what is drawn ----

constexpr int item_count = 12;

std::string key_of(std::size_t item) {
    return std::string(1, static_cast<char>('a' + item));
}

Value text_value(std::string text) {
    return {.type = ValueType::string, .text = std::move(text)};
}

Attributes any_attributes() {
    Attributes inner;
    if (below(6) > 0) inner["rank"] = *any_sort_value(Numbers::small);
    if (below(10) > 0) inner["side"] = text_value(below(3) > 0 ? "left" : "right");
    Attributes attributes;
    attributes["in"] = {.type = ValueType::map, .attributes = inner};
    if (below(6) > 0) attributes["at"] = *any_sort_value(Numbers::small);
    if (below(10) > 0) attributes["team"] = text_value(below(3) > 0 ? "red" : "");
    return attributes;
}

Touch any_touch() {
    Touch touch{.pk = key_of(below(item_count)), .attributes = std::nullopt};
    if (below(5) > 0) touch.attributes = any_attributes();
    return touch;
}

std::vector<Touch> any_batch(std::size_t most) {
    std::vector<Touch> batch;
    for (std::size_t left = below(most + 1); left > 0; --left) batch.push_back(any_touch());
    return batch;
}

std::vector<Touch> every_item() {
    std::vector<Touch> batch;
    for (std::size_t item = 0; item < item_count; ++item) {
        batch.push_back({.pk = key_of(item), .attributes = any_attributes()});
    }
    return batch;
}

std::optional<std::string> any_bound() {
    switch (below(3)) {
        case 0:
            return std::nullopt;
        case 1:
            return *any_text();
        default:
            return *any_number(Numbers::small);
    }
}

void draw_bounds(Reading& reading) {
    if (reading.list->sort.empty()) return;
    reading.since = any_bound();
    reading.until = any_bound();
}

std::vector<Reading> readings_of(const NaiveList& list) {
    std::vector<Reading> readings;
    const std::vector<std::vector<std::string>> partitions =
        list.by.empty() ? std::vector<std::vector<std::string>>{{}}
                        : std::vector<std::vector<std::string>>{
                              {"red", "left"}, {"red", "right"}, {"", "left"}, {"left", "red"}};
    for (const auto& partition : partitions) {
        readings.push_back({.list = &list, .partition = partition, .order = std::nullopt});
        readings.push_back({.list = &list, .partition = partition, .order = Direction::ascending});
        readings.push_back({.list = &list, .partition = partition, .order = Direction::descending});
    }
    return readings;
}

Reading any_reading() {
    const auto& lists = naive_lists();
    const auto readings = readings_of(lists[below(lists.size())]);
    Reading reading = readings[below(readings.size())];
    if (below(3) == 0) draw_bounds(reading);
    return reading;
}

// ---- the properties ----

std::vector<std::string> keys_of(const std::vector<Row>& rows) {
    std::vector<std::string> keys;
    for (const Row& row : rows) keys.push_back(row.pk);
    return keys;
}

std::vector<std::string> read_whole(Things& things, const Reading& reading) {
    std::vector<std::string> keys;
    std::string cursor;
    do {
        const Things::Page page = things.page(reading, 1 + below(5), cursor);
        keys.insert(keys.end(), page.keys.begin(), page.keys.end());
        RC_ASSERT(keys.size() <= static_cast<std::size_t>(item_count));
        cursor = page.next;
    } while (!cursor.empty());
    return keys;
}

TEST(Lists, EqualAListThatIsMadeAnewAfterEveryBatchInBothOrdersAndBetweenAnyBounds) {
    EXPECT_TRUE(rc::check([] {
        Things things;
        for (std::size_t batches = 1 + below(4); batches > 0; --batches) {
            things.take(any_batch(8));
            for (const NaiveList& list : naive_lists()) {
                for (Reading reading : readings_of(list)) {
                    RC_ASSERT(read_whole(things, reading) == keys_of(things.expected(reading)));
                    draw_bounds(reading);
                    RC_ASSERT(read_whole(things, reading) == keys_of(things.expected(reading)));
                }
            }
        }
    }));
}

// Those of `rows` that stand where they stood.
std::vector<Row> kept(const NaiveList& list, const std::vector<Row>& rows,
                      const std::vector<Row>& now) {
    std::vector<Row> kept;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(kept), [&](const Row& row) {
        return std::any_of(now.begin(), now.end(),
                           [&](const Row& other) { return compare_places(list, row, other) == 0; });
    });
    return kept;
}

TEST(Lists, ShowEveryRowThatKeptItsPlaceOnceHoweverTheyChangeBetweenPages) {
    EXPECT_TRUE(rc::check([] {
        constexpr int pages_with_changes = 20;
        constexpr int changes_max = 2;
        Things things;
        things.take(every_item());
        const Reading reading = any_reading();
        std::vector<Row> stayed = things.expected(reading);
        std::map<std::string, int> seen;
        std::string cursor;
        int pages = 0;
        do {
            const Things::Page page = things.page(reading, 1 + below(4), cursor);
            for (const std::string& key : page.keys) {
                RC_ASSERT(++seen[key] <= 1 + pages_with_changes * changes_max);
            }
            cursor = page.next;
            if (cursor.empty()) break;
            if (++pages <= pages_with_changes) things.take(any_batch(changes_max));
            stayed = kept(*reading.list, stayed, things.expected(reading));
        } while (true);

        RC_CLASSIFY(pages > 0, "more than one page");
        RC_CLASSIFY(is_turned(reading), "in the other order");
        for (const Row& row : stayed) {
            RC_ASSERT(seen[row.pk] == 1);
        }
    }));
}

}  // namespace
}  // namespace freshet::properties
