// Totals, against totals that are worked out anew from all items.
//
// The naive way adds numbers column by column, written out in full, and finds extremes by looking
// at every item; it shares nothing with engine/values/decimal.h and engine/folding/totals.h.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/properties/draws.h"
#include "tests/properties/sort_value.h"
#include "tests/properties/value_in.h"
#include "tests/readers/json_value.h"
#include "tests/world/board.h"
#include "tests/world/model.h"
#include "tests/world/random_changes.h"

namespace freshet::properties {
namespace {

using storage::ChangeKind;
using storage::ValueType;
using support::Attributes;
using support::Board;
using support::JsonValue;
using support::SentRecord;
using support::Value;

constexpr const char* configuration = R"(
[[table]]
name   = "things"
key    = ["pk"]
derive = { letters = { length = "note" } }

[[table.total]]
name   = "all"
values = ["count", { sum = "n" }, { sum = "in.n" }, { min = "in.n" }, { min = "note" }, { max = "in.n" }]

[[table.total]]
name   = "by-team"
by     = ["team", "rank"]
values = [{ max = "n" }, { min = "n" }, { sum = "n" }, { max = "letters" }, { sum = "letters" }]

[[table.total]]
name   = "not-red"
by     = "rank"
where  = { team = [{ anything-but = "red" }] }
)";

// ---- what is declared above, for the naive way ----

using Path = std::vector<std::string>;

struct NaiveTotal {
    std::string name;
    std::vector<std::string> by;
    bool without_red = false;
    bool counts = false;
    std::map<std::string, Path> sums;  // by the name that each is shown under
    std::map<std::string, Path> least;
    std::map<std::string, Path> greatest;
};

// In `all`, two sums have the same last name.
const std::vector<NaiveTotal>& naive_totals() {
    static const std::vector<NaiveTotal> totals{
        {.name = "all",
         .by = {},
         .counts = true,
         .sums = {{"n", {"n"}}, {"in.n", {"in", "n"}}},
         .least = {{"n", {"in", "n"}}, {"note", {"note"}}},
         .greatest = {{"n", {"in", "n"}}}},
        {.name = "by-team",
         .by = {"team", "rank"},
         .sums = {{"n", {"n"}}, {"letters", {"letters"}}},
         .least = {{"n", {"n"}}},
         .greatest = {{"n", {"n"}}, {"letters", {"letters"}}}},
        {.name = "not-red",
         .by = {"rank"},
         .without_red = true,
         .counts = true,
         .sums = {},
         .least = {},
         .greatest = {}}};
    return totals;
}

using Items = std::map<std::string, Attributes>;  // by key
using Group = std::vector<std::string>;           // one text for each `by`

std::optional<Value> find(const Attributes& attributes, const Path& path) {
    if (path.front() == "letters") {
        const auto note = attributes.find("note");
        if (note == attributes.end() || note->second.type != ValueType::string) return std::nullopt;
        // The bytes that begin a character.
        const auto letters =
            std::count_if(note->second.text.begin(), note->second.text.end(),
                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
        return support::number_value(std::to_string(letters));
    }
    const Attributes* in = &attributes;
    for (const std::string& name : path) {
        const auto found = in->find(name);
        if (found == in->end()) return std::nullopt;
        if (&name == &path.back()) return found->second;
        in = &found->second.attributes;
    }
    return std::nullopt;
}

// ---- sums, column by column ----

// The digits of numbers from 10^-167 to 10^125, with room for what is carried.
class Columns {
public:
    void add(const std::string& number) {
        std::string digits;
        long power = 0;  // of ten, of the last digit
        bool in_fraction = false;
        const bool negative = number.front() == '-';
        std::size_t at = negative || number.front() == '+' ? 1 : 0;
        for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
            if (number[at] == '.') {
                in_fraction = true;
                continue;
            }
            digits += number[at];
            if (in_fraction) --power;
        }
        if (at < number.size()) power += std::stol(number.substr(at + 1));
        add_digits(digits, power, negative);
    }

    // Written out, without zeros that say nothing.
    [[nodiscard]] std::string text() const {
        std::array<long, count> carried = columns_;
        const bool negative = carry(carried) < 0;
        if (negative) {
            std::transform(columns_.begin(), columns_.end(), carried.begin(),
                           [](long column) { return -column; });
            carry(carried);
        }
        std::string digits;
        for (auto column = carried.rbegin(); column != carried.rend(); ++column) {
            digits += static_cast<char>('0' + *column);
            if (column - carried.rbegin() == static_cast<long>(count) - 1 + lowest) digits += '.';
        }
        return support::shortest_number((negative ? "-" : "") + digits);
    }

private:
    static constexpr std::size_t count = 400;
    static constexpr long lowest = -170;  // the power of ten of the first column

    void add_digits(std::string digits, long power, bool negative) {
        while (!digits.empty() && digits.back() == '0') {
            digits.pop_back();
            ++power;
        }
        digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
        const long highest = power + static_cast<long>(digits.size()) - 1;
        if (digits.empty() || highest > 125 || power < -167) return;
        auto column = static_cast<std::size_t>(highest - lowest);
        const long sign = negative ? -1 : 1;
        for (const char digit : digits) columns_[column--] += sign * (digit - '0');
    }

    // Leaves one digit in each column, and returns what is left over at the end.
    static long carry(std::array<long, count>& columns) {
        long carried = 0;
        for (long& column : columns) {
            const long value = column + carried;
            column = ((value % 10) + 10) % 10;
            carried = (value - column) / 10;
        }
        return carried;
    }

    std::array<long, count> columns_{};
};

// ---- totals ----

std::optional<std::string> text_of(const std::optional<Value>& value) {
    if (!value) return std::nullopt;
    if (value->type == ValueType::string) return value->text;
    if (value->type == ValueType::boolean) return value->truth ? "true" : "false";
    if (value->type == ValueType::number) return support::shortest_number(value->text);
    return std::nullopt;
}

std::optional<Group> group_of(const NaiveTotal& total, const Attributes& attributes) {
    if (total.without_red) {
        const auto team = find(attributes, {"team"});
        if (!team || (team->type == ValueType::string && team->text == "red")) return std::nullopt;
    }
    Group group;
    for (const std::string& by : total.by) {
        const auto text = text_of(find(attributes, {by}));
        if (!text) return std::nullopt;
        group.push_back(*text);
    }
    return group;
}

std::map<Group, Items> groups_of(const NaiveTotal& total, const Items& items) {
    std::map<Group, Items> groups;
    for (const auto& [pk, attributes] : items) {
        if (const auto group = group_of(total, attributes)) groups[*group].emplace(pk, attributes);
    }
    return groups;
}

std::string sum_of(const Path& path, const Items& items) {
    Columns columns;
    for (const auto& [pk, attributes] : items) {
        const auto value = find(attributes, path);
        if (value && value->type == ValueType::number) columns.add(value->text);
    }
    return columns.text();
}

// The values that could be an extreme, in their order and that of their items' keys.
std::vector<Value> ranked(const Path& path, const Items& items) {
    std::vector<Value> values;
    for (const auto& [pk, attributes] : items) {
        const auto value = find(attributes, path);
        if (!value) continue;
        if (value->type == ValueType::number || value->type == ValueType::string) {
            values.push_back(*value);
        }
    }
    std::stable_sort(values.begin(), values.end(),
                     [](const Value& a, const Value& b) { return compare_values(a, b) < 0; });
    return values;
}

JsonValue json_of(const std::optional<Value>& value) {
    return JsonValue::parse(value ? support::plain_json(*value) : "null").value_or(JsonValue());
}

void check_group(const NaiveTotal& total, const Group& group, const Items& items,
                 const std::string& answer) {
    const auto shown = JsonValue::parse(answer);
    RC_ASSERT(shown.has_value());
    std::size_t members = total.by.size();
    for (std::size_t i = 0; i < total.by.size(); ++i) {
        RC_ASSERT((*shown)[total.by[i]].text() == group[i]);
    }
    if (total.counts) {
        ++members;
        RC_ASSERT((*shown)["count"].text() == std::to_string(items.size()));
    }
    const auto check = [&](const char* name, const std::map<std::string, Path>& paths, auto same) {
        const JsonValue& values = (*shown)[name];
        RC_ASSERT(values.exists() == !paths.empty());
        RC_ASSERT(values.size() == paths.size());
        members += paths.empty() ? 0 : 1;
        for (const auto& [under, path] : paths) {
            RC_ASSERT(same(values[under], path));
        }
    };
    check("sum", total.sums, [&](const JsonValue& value, const Path& path) {
        return support::shortest_number(value.text()) == sum_of(path, items);
    });
    check("min", total.least, [&](const JsonValue& value, const Path& path) {
        const auto values = ranked(path, items);
        return value == json_of(values.empty() ? std::nullopt : std::optional(values.front()));
    });
    check("max", total.greatest, [&](const JsonValue& value, const Path& path) {
        const auto values = ranked(path, items);
        return value == json_of(values.empty() ? std::nullopt : std::optional(values.back()));
    });
    RC_ASSERT(shown->size() == members);
}

// ---- what is drawn ----

constexpr std::size_t item_count = 8;

std::string any_of(const std::vector<std::string>& choices) {
    return choices[below(choices.size())];
}

Value any_note() {
    using std::string_literals::operator""s;
    const std::string start = below(8) == 0 ? std::string(1'022 + below(4), 'x') : "";
    return support::text_value(start + any_of({"", "a", "ä", "ab", "\0"s, "9", "10"}));
}

// Small ones that meet and cancel, the largest and smallest that are summed, and some beyond.
Value any_summed_value() {
    switch (below(8)) {
        case 0: {
            const Value value = *any_sort_value(Numbers::small);
            return value.type == ValueType::string ? any_note() : value;
        }
        case 1:
        case 2:
            return support::number_value(
                any_of({"9.9999999999999999999999999999999999999e125", "-1e125", "1E-130",
                        "-0.00000000000000000000000000000000000012345678901234567890123456789e-93",
                        "1e126", "1e-168", "-1e200", "12345678901234567890123456789012345678",
                        "0.1e127", "0.10e126", "-0", "0e400"}));
        default:
            return support::number_value(*any_number(Numbers::small));
    }
}

Attributes any_attributes() {
    Attributes attributes;
    if (below(6) > 0) attributes["n"] = any_summed_value();
    if (below(6) > 0) {
        attributes["in"] = {.type = ValueType::map, .attributes = {{"n", any_summed_value()}}};
    }
    if (below(6) > 0) attributes["note"] = any_note();
    if (below(10) > 0) attributes["team"] = support::text_value(any_of({"red", "blue", ""}));
    switch (below(6)) {
        case 0:
            break;
        case 1:
            attributes["rank"] = {.type = ValueType::boolean, .truth = true};
            break;
        case 2:
            attributes["rank"] = support::number_value(any_of({"7.50", "75e-1", "-1"}));
            break;
        default:
            attributes["rank"] = support::text_value(any_of({"a", "true", "7.5"}));
    }
    return attributes;
}

// A source: what its items are, and the records that it has sent.
class Source {
public:
    explicit Source(Board& board) : board_(board) {}

    // The next record, or an earlier one once more.
    SentRecord any_record() {
        if (!sent_.empty() && below(8) == 0) return sent_[below(sent_.size())];
        const std::string pk(1, static_cast<char>('a' + below(item_count)));
        SentRecord record;
        if (below(4) == 0) {
            record = board_.record(ChangeKind::remove, pk, std::nullopt);
            items_.erase(pk);
        } else {
            const bool inserts = below(4) == 0;
            const bool has_image = below(8) > 0;
            record = board_.record(inserts ? ChangeKind::insert : ChangeKind::modify, pk,
                                   has_image ? std::optional(any_attributes()) : std::nullopt);
            if (has_image) items_[pk] = *record.after;
            if (!has_image && inserts) items_.erase(pk);
        }
        sent_.push_back(record);
        return record;
    }

    [[nodiscard]] const Items& items() const { return items_; }

private:
    Board& board_;
    Items items_;
    std::vector<SentRecord> sent_;
};

// ---- the properties ----

std::vector<std::string> read_groups(Board& board, const std::string& name, const Group& first) {
    std::vector<std::string> groups;
    engine::GroupsRequest request{.first = first, .limit = 1 + below(4), .cursor = ""};
    do {
        auto page = value_in(board.now()->page(board.total(name), request, *engine::everybody()));
        groups.insert(groups.end(), page.items.begin(), page.items.end());
        RC_ASSERT(groups.size() <= item_count);
        request.cursor = page.next;
    } while (!request.cursor.empty());
    return groups;
}

// The groups that begin with `first`, in order and no others.
void check_page(Board& board, const NaiveTotal& total, const std::map<Group, Items>& groups,
                const Group& first) {
    const auto shown = read_groups(board, total.name, first);
    std::size_t next = 0;
    for (const auto& [group, items] : groups) {
        if (!std::equal(first.begin(), first.end(), group.begin())) continue;
        RC_ASSERT(next < shown.size());
        check_group(total, group, items, shown[next++]);
    }
    RC_ASSERT(next == shown.size());
}

void check_totals(Board& board, const Items& items) {
    for (const NaiveTotal& total : naive_totals()) {
        const auto groups = groups_of(total, items);
        for (const auto& [group, members] : groups) {
            check_group(total, group, members, board.group(total.name, group));
        }
        const Group none(total.by.size(), "none");
        if (!groups.contains(none)) {
            check_group(total, none, {}, board.group(total.name, none));
        }
        if (total.by.empty()) continue;
        check_page(board, total, groups, {});
        if (total.by.size() > 1) check_page(board, total, groups, {any_of({"red", "blue", ""})});
    }
}

std::map<std::string, std::map<std::string, std::string>> all_rows(const Board& board) {
    std::map<std::string, std::map<std::string, std::string>> rows;
    for (const NaiveTotal& total : naive_totals()) rows[total.name] = board.rows(total.name);
    return rows;
}

void take_any_batch(Board& board, Source& source) {
    std::vector<SentRecord> batch;
    for (std::size_t left = 1 + below(10); left > 0; --left) batch.push_back(source.any_record());
    board.take(batch);
}

TEST(O5, TotalsEqualThoseWorkedOutAnewAfterEveryBatch) {
    EXPECT_TRUE(rc::check([] {
        Board board(configuration);
        Source source(board);
        for (std::size_t batches = 1 + below(5); batches > 0; --batches) {
            take_any_batch(board, source);
            check_totals(board, source.items());
        }
    }));
}

TEST(O6, RebuildingGivesTheSameTotalsByteForByte) {
    EXPECT_TRUE(rc::check([] {
        Board board(configuration);
        Source source(board);
        for (std::size_t batches = 1 + below(5); batches > 0; --batches) {
            take_any_batch(board, source);
            if (below(4) == 0) board.restart();
        }
        const auto rows = all_rows(board);

        board.restart(true);

        RC_ASSERT(all_rows(board) == rows);
        check_totals(board, source.items());
    }));
}

// What a total's rows are depends on the items that there are, not on how they came to be.
TEST(O6, TotalsOfTheSameItemsAreTheSameWhateverWasBefore) {
    EXPECT_TRUE(rc::check([] {
        Board board(configuration);
        Source source(board);
        for (std::size_t batches = 1 + below(3); batches > 0; --batches) {
            take_any_batch(board, source);
        }
        Board other(configuration);
        for (const auto& [pk, attributes] : source.items()) other.put(pk, attributes);

        RC_ASSERT(all_rows(board) == all_rows(other));
    }));
}

}  // namespace
}  // namespace freshet::properties
