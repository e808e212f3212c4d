#include "tests/systems/parcels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "tests/readers/http_client.h"
#include "tests/systems/orders.h"

namespace freshet::systems {

namespace {

constexpr std::size_t lines_a_body = 5'000;
constexpr int ranks = 50;
constexpr int weights = 400;

const std::string parcels_table = R"(
[server]
listen = "127.0.0.1:0"

[storage]
path = "data"

[[table]]
name = "parcels"
key  = ["pk"]

[[table.view]]
name   = "parcel"
fields = ["id=pk", "depot", "rank", "weight", "lost"]
)";

struct Facts {
    std::size_t depot = 0;
    int rank = 0;
    int weight = 0;
    bool lost = false;
};

std::string id_of(std::size_t number) {
    const std::string digits = std::to_string(number);
    return "p" + std::string(7 - digits.size(), '0') + digits;
}

Facts facts_of(std::size_t number) {
    return {.depot = number % depots,
            .rank = static_cast<int>(number * 7 % ranks),
            .weight = static_cast<int>(number * 13 % weights),
            .lost = number % 11 == 0};
}

std::string number_attribute(std::string_view name, int number) {
    return "\"" + std::string(name) + R"(":{"N":")" + std::to_string(number) + "\"}";
}

std::string record_of(std::string_view kind, const std::string& id, std::uint64_t sequence,
                      const std::optional<Facts>& facts) {
    std::string attributes;
    if (facts) {
        attributes = attribute("depot", depot_name(facts->depot)) + ',' +
                     number_attribute("rank", facts->rank) + ',' +
                     number_attribute("weight", facts->weight) + R"(,"lost":{"BOOL":)" +
                     (facts->lost ? "true}" : "false}");
    }
    RecordText record = facts ? inserted(id, sequence, attributes) : removed(id, sequence);
    record.event_name = json_text(kind);
    record.arn = R"("arn:aws:dynamodb:eu-west-1:123456789012:table/parcels/stream/2026-11-20")";
    return record.text();
}

class ParcelDice {
public:
    ParcelDice(std::size_t count, unsigned share, unsigned shares, unsigned seed)
        : count_(count), share_(share), shares_(shares), dice_(seed) {}

    std::string body() {
        std::string records;
        const std::size_t size = 1 + dice_() % 3;
        for (std::size_t i = 0; i < size; ++i) {
            if (i > 0) records += ',';
            records += record();
        }
        return event_of(records);
    }

private:
    std::string record() {
        const std::size_t number = (dice_() % (count_ / shares_)) * shares_ + share_;
        const std::string id = id_of(number);
        ++sequence_;
        if (removed_.erase(number) > 0) return record_of("INSERT", id, sequence_, drawn());
        if (dice_() % 6 == 0) {
            removed_.insert(number);
            return record_of("REMOVE", id, sequence_, std::nullopt);
        }
        return record_of("MODIFY", id, sequence_, drawn());
    }

    Facts drawn() {
        return {.depot = dice_() % depots,
                .rank = static_cast<int>(dice_() % ranks),
                .weight = static_cast<int>(dice_() % weights),
                .lost = dice_() % 5 == 0};
    }

    std::size_t count_;
    unsigned share_;
    unsigned shares_;
    std::mt19937 dice_;
    std::set<std::size_t> removed_;
    std::uint64_t sequence_ = 1'000;  // above those of the load
};

std::string text_at(const JsonValue& record, std::string_view name, std::string_view type) {
    return record["dynamodb"]["NewImage"][name][type].text();
}

}  // namespace

std::string parcels_config() {
    return parcels_table + R"(
[[table.list]]
name   = "in-depot"
by     = "depot"
sort   = "rank"
fields = ["id=pk"]
)";
}

std::string other_parcels_config() {
    return parcels_table + R"(
[[table.list]]
name   = "in-depot"
by     = "depot"
where  = { lost = [false] }
sort   = "rank desc"
fields = ["id=pk"]

[[table.list]]
name   = "of-weight"
by     = "weight"
fields = ["id=pk"]

[[table.total]]
name   = "depots"
by     = "depot"
values = ["count", { sum = "weight" }]
)";
}

std::string depot_name(std::size_t number) {
    return "d" + std::to_string(number);
}

std::uint64_t load_parcels(System& system, std::size_t count) {
    support::HttpClient client(system.process().port());
    std::uint64_t position = 0;
    std::string lines;
    for (std::size_t number = 0; number < count; ++number) {
        lines += record_of("INSERT", id_of(number), 1, facts_of(number)) + '\n';
        if ((number + 1) % lines_a_body != 0 && number + 1 != count) continue;
        const auto answer =
            client.request("POST", "/records", {"Content-Type: application/x-ndjson"}, lines);
        EXPECT_EQ(answer.status, 200) << answer.body;
        position = std::stoull(json(answer.body)["position"].text());
        lines.clear();
    }
    return position;
}

DrawBody changes_of_parcels(std::size_t count, unsigned share, unsigned shares, unsigned seed) {
    return [dice = ParcelDice(count, share, shares, seed)]() mutable { return dice.body(); };
}

Parcels::Parcels(std::size_t loaded) {
    for (std::size_t number = 0; number < loaded; ++number) {
        const Facts facts = facts_of(number);
        put({.rank = facts.rank,
             .id = id_of(number),
             .depot = depot_name(facts.depot),
             .weight = facts.weight,
             .lost = facts.lost});
    }
}

void Parcels::put(Parcel parcel) {
    by_depot_[parcel.depot].insert(parcel);
    by_weight_[std::to_string(parcel.weight)].insert(parcel.id);
    std::string id = parcel.id;
    parcels_.emplace(std::move(id), std::move(parcel));
}

void Parcels::apply(const JsonValue& record) {
    const std::string id = record["dynamodb"]["Keys"]["pk"]["S"].text();
    if (const auto known = parcels_.find(id); known != parcels_.end()) {
        by_depot_[known->second.depot].erase(known->second);
        by_weight_[std::to_string(known->second.weight)].erase(id);
        parcels_.erase(known);
    }
    if (record["eventName"].text() == "REMOVE") return;
    put({.rank = std::stoi(text_at(record, "rank", "N")),
         .id = id,
         .depot = text_at(record, "depot", "S"),
         .weight = std::stoi(text_at(record, "weight", "N")),
         .lost = text_at(record, "lost", "BOOL") == "true"});
}

std::vector<std::string> Parcels::in_depot(const std::string& depot) const {
    const auto found = by_depot_.find(depot);
    std::vector<std::string> ids;
    if (found == by_depot_.end()) return ids;
    for (const Parcel& parcel : found->second) ids.push_back(parcel.id);
    return ids;
}

std::vector<std::string> Parcels::in_depot_otherwise(const std::string& depot) const {
    const auto found = by_depot_.find(depot);
    if (found == by_depot_.end()) return {};
    std::vector<const Parcel*> shown;
    for (const Parcel& parcel : found->second) {
        if (!parcel.lost) shown.push_back(&parcel);
    }
    std::stable_sort(shown.begin(), shown.end(),
                     [](const Parcel* a, const Parcel* b) { return a->rank > b->rank; });
    std::vector<std::string> ids;
    for (const Parcel* parcel : shown) ids.push_back(parcel->id);
    return ids;
}

std::vector<std::string> Parcels::of_weight(const std::string& weight) const {
    const auto found = by_weight_.find(weight);
    if (found == by_weight_.end()) return {};
    return {found->second.begin(), found->second.end()};
}

std::pair<std::size_t, std::uint64_t> Parcels::depot(const std::string& depot) const {
    const auto found = by_depot_.find(depot);
    if (found == by_depot_.end()) return {0, 0};
    std::uint64_t weight = 0;
    for (const Parcel& parcel : found->second) weight += static_cast<std::uint64_t>(parcel.weight);
    return {found->second.size(), weight};
}

}  // namespace freshet::systems
