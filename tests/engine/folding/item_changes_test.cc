// What engine/folding/item_changes.h promises: the changes of an item, joined in whatever order,
// fold to what its records fold to one after the other; and they stay few.

#include "engine/folding/item_changes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "storage/item.h"
#include "tests/support/must.h"
#include "tests/world/images.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::Item;
using storage::ItemParts;
using storage::Position;
using support::must;

struct Step {
    ItemChange change;
    bool of_its_items_stream = false;
};

const storage::Image& image_number(std::size_t number) {
    static const std::vector<storage::Image> images{
        support::image_of({}), support::image_of({{"status", "NEW"}}),
        support::image_of({{"status", "DONE"}, {"pk", "a"}})};
    return images.at(number % images.size());
}

// Anything that the log of some release could hold of an item that is `known` so.
Step any_step(std::mt19937_64& random, std::uint64_t position,
              const std::optional<ItemParts>& known = std::nullopt) {
    static const std::vector<std::string> sequences{"1", "22", "333"};
    const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
    Step step;
    ItemChange& change = step.change;
    if (known && known->image && one_in(4)) {
        change.position = change.begun = Position{position};
        change.hides_by = one_in(2) ? "expiresAt" : "until";
        return step;
    }
    change.source = one_in(2) ? "orders" : "";
    change.label = one_in(2) ? "2026" : "";
    change.sequence = sequences.at(random() % sequences.size());
    change.position = change.begun = Position{position};
    change.kind = static_cast<ChangeKind>(random() % 3);
    change.imported = one_in(8);
    change.reconciled = !change.imported && one_in(8);
    change.unchanged = one_in(4);
    const bool is_of_export = change.imported || change.reconciled;
    change.stream = is_of_export ? 0 : 1 + static_cast<std::uint32_t>(one_in(4));
    step.of_its_items_stream = !is_of_export && one_in(6);
    if (!one_in(4)) change.time = storage::SourceTime(std::chrono::microseconds(position));
    if (change.kind != ChangeKind::remove && !one_in(3)) {
        change.after = image_number(random()).view();
    }
    const bool has_image = change.after || (change.kind == ChangeKind::modify && known);
    change.stays_hidden = known && !known->hidden_by.empty() && has_image && one_in(2);
    return step;
}

std::optional<ItemParts> fold_by_steps(const std::vector<Step>& steps) {
    std::optional<ItemParts> known;
    for (Step step : steps) {
        if (step.of_its_items_stream && known && known->stream != 0) {
            step.change.stream = known->stream;
        }
        known = fold_item(step.change, known);
    }
    return known;
}

std::string written(const Step& step) {
    std::string bytes;
    write_changes(bytes, step.change, step.of_its_items_stream);
    return bytes;
}

// Joined in an order that is drawn.
std::string joined(std::vector<std::string> parts, std::mt19937_64& random) {
    while (parts.size() > 1) {
        const std::size_t at = random() % (parts.size() - 1);
        join_changes(parts[at], parts[at + 1]);
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
    return parts.front();
}

TEST(ItemChanges, FoldToWhatTheirRecordsFoldToInWhateverOrderTheyAreJoined) {
    std::mt19937_64 random(20'261'129);
    for (int round = 0; round < 50'000; ++round) {
        std::vector<Step> steps;
        std::vector<std::string> parts;
        const std::size_t size = 1 + random() % 6;
        for (std::size_t i = 1; i <= size; ++i) {
            steps.push_back(any_step(random, i, fold_by_steps(steps)));
            parts.push_back(written(steps.back()));
        }

        const std::string changes = joined(std::move(parts), random);

        ASSERT_EQ(Item(must(fold_changes(changes))).bytes(), Item(*fold_by_steps(steps)).bytes())
            << "round " << round;
    }
}

// A log that holds together and says this was not written by us.
TEST(ItemChanges, OfAnItemThatIsNotThereHideNothing) {
    Step expiry;
    expiry.change.position = expiry.change.begun = Position{1};
    expiry.change.hides_by = "until";
    EXPECT_EQ(fold_changes(written(expiry)).error().code, Errc::damaged_state);
}

TEST(ItemChanges, StayFewHoweverManyRecordsOfAStreamThereAre) {
    std::mt19937_64 random(20'261'129);
    std::string changes;
    for (std::uint64_t position = 1; position <= 2'000; ++position) {
        Step step = any_step(random, position);
        step.change.imported = step.change.reconciled = step.change.unchanged = false;
        step.change.stream = 1;
        step.change.time = storage::SourceTime(std::chrono::microseconds(position));
        step.of_its_items_stream = false;
        if (changes.empty()) {
            changes = written(step);
        } else {
            join_changes(changes, written(step));
        }
        ASSERT_LT(changes.size(), 600U) << "at " << position;
    }
}

}  // namespace
}  // namespace freshet::engine
