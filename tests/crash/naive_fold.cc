#include "tests/crash/naive_fold.h"

#include <algorithm>
#include <tuple>

#include "engine/catalog/item_key.h"
#include "engine/folding/lists.h"
#include "tests/support/must.h"

namespace freshet::crash {
namespace {

using storage::ChangeKind;
using storage::Image;
using storage::Position;
using support::must;

std::string text_at(const Image& image, const std::string& attribute) {
    return std::string(image.view().find(attribute)->text());
}

// Where an item stands in a list; smaller comes first. Nothing if it does not.
struct Place {
    std::vector<std::string> partition;
    std::string newest_first;
    int lowest_first = 0;

    bool operator<(const Place& other) const {
        return std::tie(partition, other.newest_first, lowest_first) <
               std::tie(other.partition, newest_first, other.lowest_first);
    }
};

std::optional<Place> place_of(const std::string& list, const Image& image) {
    if (list == "notes-of") {
        return Place{.partition = {text_at(image, "pk")},
                     .newest_first = {},
                     .lowest_first = std::stoi(text_at(image, "rank"))};
    }
    const std::string created = text_at(image, "createdAt");
    if (list == "my-orders") {
        return Place{.partition = {text_at(image, "creator")}, .newest_first = created};
    }
    if (text_at(image, "status") != "OPEN") return std::nullopt;
    return Place{.partition = {}, .newest_first = created};
}

std::string at(const storage::Record& record) {
    return " at position " + std::to_string(record.position().value);
}

}  // namespace

std::optional<std::string> NaiveFold::take(const storage::Record& record) {
    const std::string table(record.table());
    const auto key = engine::item_key(*catalog_.table(table), record.keys());
    if (!key) return "a key that does not fit its table" + at(record);
    const auto [place, is_new] = items_.try_emplace({table, *key});
    Item& item = place->second;

    std::optional<std::string> wrong;
    const auto before = record.before();
    const bool knew = item.image && record.kind() != ChangeKind::insert;
    if (record.previous() != item.changed) wrong = "the previous position is wrong" + at(record);
    if (before.has_value() != knew) wrong = "the image before is missing or made up" + at(record);
    if (before && knew && !storage::identical(before->view(), item.image->view())) {
        wrong = "the image before is not what was known" + at(record);
    }
    // All sequence numbers of these tests have one length, so their order as text is theirs.
    if (!is_new && record.sequence() <= item.sequence) {
        wrong = "the sequence number is not above the item's last" + at(record);
    }

    const bool goes_on = item.image && record.kind() == ChangeKind::modify;
    if (!goes_on) item.created = record.position();
    item.changed = record.position();
    item.sequence = std::string(record.sequence());
    item.stale = !record.after() && record.kind() != ChangeKind::remove;
    if (!goes_on) item.image.reset();
    if (record.after()) item.image = Image(*record.after());
    return wrong;
}

std::optional<std::string> NaiveFold::difference(const Id& id, const Item& item,
                                                 const storage::StateSnapshot& state) const {
    const std::string name =
        "the item of " + id.first + " changed at " + std::to_string(item.changed.value);
    const auto found = must(state.item(id.first, id.second));
    if (!found) return name + " is missing";
    const storage::ItemParts parts = found->parts();
    if (parts.image.has_value() != item.image.has_value()) {
        return name + " is there or not, wrongly";
    }
    if (parts.image && parts.image->bytes() != item.image->bytes()) {
        return name + " has a wrong image";
    }
    const bool same = parts.sequence == item.sequence && parts.created == item.created &&
                      parts.changed == item.changed && parts.stale == item.stale;
    if (!same) return name + " has a wrong head";
    return std::nullopt;
}

NaiveFold::Partitions NaiveFold::partitions_of(const engine::ListView& list) const {
    std::vector<std::pair<Place, std::string>> places;
    for (const auto& [id, item] : items_) {
        if (id.first != list.table->name || !item.image) continue;
        if (const auto place = place_of(list.name, *item.image)) {
            places.push_back({*place, id.second});
        }
    }
    std::sort(places.begin(), places.end());  // ties break by key
    Partitions partitions;
    for (const auto& [place, key] : places) partitions[place.partition].push_back(key);
    return partitions;
}

std::vector<std::string> NaiveFold::differences(const storage::StateSnapshot& state) const {
    std::vector<std::string> wrong;
    std::size_t entries = 0;
    for (const auto& [id, item] : items_) {
        ++entries;
        if (auto found = difference(id, item, state)) wrong.push_back(std::move(*found));
    }
    for (const auto& table : catalog_.tables()) {
        for (const engine::ListView& list : table->lists) {
            for (const auto& [partition, expected] : partitions_of(list)) {
                std::vector<std::string> keys;
                must(state.rows(
                    list.rows, engine::partition_prefix(partition), "",
                    [&](std::string_view /*place*/, std::string_view key) -> Result<bool> {
                        keys.emplace_back(key);
                        return true;
                    }));
                entries += expected.size();
                if (keys != expected) wrong.push_back("a partition of " + list.name + " is wrong");
            }
        }
    }
    std::size_t found = 0;
    must(state.everything([&](std::string_view entry, std::string_view) {
        if (entry.front() == 'i' || entry.front() == 'p') ++found;  // neither fact nor checkpoint
    }));
    if (found != entries) {
        wrong.push_back("the state has " + std::to_string(found) + " entries, expected " +
                        std::to_string(entries));
    }
    return wrong;
}

}  // namespace freshet::crash
