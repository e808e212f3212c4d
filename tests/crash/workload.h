// What the writers of the crash tests write.
//
// A record is a function of its item and sequence number, so that whoever finds one in the log
// can tell what it must hold. Half of the items are orders, the others notes
// (tests/world/stepped_parts.h).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/records/change_batch.h"
#include "storage/record.h"

namespace freshet::crash {

inline constexpr std::uint32_t items_count = 24;

// The change of an item with that sequence number.
struct Delivery {
    std::uint32_t item = 0;
    std::uint64_t sequence = 0;

    auto operator<=>(const Delivery&) const = default;
};

// What a writer was told of one delivery.
struct Answer {
    Delivery delivery;
    std::uint64_t position = 0;  // its own, or if it was a duplicate that of its item's newest
    bool appended = false;
};

// The newest sequence number of each item that any writer has taken.
using Sequences = std::array<std::atomic<std::uint64_t>, items_count>;

// One to five deliveries; one in eight is of a sequence number that was delivered before.
std::vector<Delivery> next_deliveries(Sequences& sequences, std::mt19937_64& random);

storage::Change change_of(const engine::Catalog& catalog, const Delivery& delivery);
engine::ChangeBatch batch_of(const engine::Catalog& catalog,
                             const std::vector<Delivery>& deliveries);

// Which delivery the record is, by its keys and its sequence number.
Delivery delivery_of(const storage::Record& record);

// What the receipt says of the deliveries, of which none was refused.
std::vector<Answer> answers_of(const std::vector<Delivery>& deliveries,
                               const engine::Receipt& receipt);

}  // namespace freshet::crash
