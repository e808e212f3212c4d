#include "tests/crash/workload.h"

#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "engine/catalog/item_key.h"
#include "tests/support/must.h"

namespace freshet::crash {
namespace {

using storage::ChangeKind;
using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::must;

constexpr std::size_t sequence_digits = 24;

bool is_order(std::uint32_t item) {
    return item % 2 == 0;
}

std::string sequence_text(std::uint64_t sequence) {
    const std::string digits = std::to_string(sequence);
    return "1" + std::string(sequence_digits - digits.size(), '0') + digits;
}

// Attributes by name; those of number_names are numbers.
using Attributes = std::map<std::string, std::string>;

Image image_of(const Attributes& attributes) {
    ImageBuilder builder;
    std::vector<ImageBuilder::Value> values;
    for (const auto& [name, text] : attributes) {
        const bool is_number = name == "sk" || name == "rank";
        values.push_back(
            builder.scalar(is_number ? ValueType::number : ValueType::string, name, text));
    }
    return builder.finish(values);
}

Attributes keys_of(std::uint32_t item) {
    if (is_order(item)) return {{"pk", "order-" + std::to_string(item)}};
    return {{"pk", "book-" + std::to_string(item % 3)}, {"sk", std::to_string(item)}};
}

Attributes attributes_of(const Delivery& delivery) {
    const std::uint64_t sequence = delivery.sequence;
    Attributes attributes = keys_of(delivery.item);
    // Now and then a record that fills more than one block of the write-ahead log.
    attributes["body"] = std::string(sequence % 41 == 0 ? 40'000 : sequence % 200, 'b');
    if (is_order(delivery.item)) {
        attributes["creator"] = "creator-" + std::to_string(sequence % 3);
        attributes["createdAt"] = "2026-11-0" + std::to_string(sequence % 9);
        attributes["status"] = sequence % 4 == 0 ? "COMPLETED" : "OPEN";
    } else {
        attributes["rank"] = std::to_string(sequence % 30);
    }
    return attributes;
}

ChangeKind kind_of(std::uint64_t sequence) {
    if (sequence % 7 == 0) return ChangeKind::remove;
    return sequence % 7 == 1 ? ChangeKind::insert : ChangeKind::modify;
}

}  // namespace

std::vector<Delivery> next_deliveries(Sequences& sequences, std::mt19937_64& random) {
    std::vector<Delivery> deliveries(1 + random() % 5);
    for (Delivery& delivery : deliveries) {
        delivery.item = static_cast<std::uint32_t>(random() % items_count);
        std::atomic<std::uint64_t>& newest = sequences[delivery.item];
        const std::uint64_t known = newest;
        const bool again = known > 0 && random() % 8 == 0;
        delivery.sequence = again ? 1 + random() % known : ++newest;
    }
    return deliveries;
}

storage::Change change_of(const engine::Catalog& catalog, const Delivery& delivery) {
    const std::string name = is_order(delivery.item) ? "orders" : "notes";
    storage::Change change;
    change.table = name;
    change.kind = kind_of(delivery.sequence);
    change.source = name + "-source";
    change.label = "2026-01-01T00:00:00.000";
    change.sequence = must(storage::SequenceNumber::parse(sequence_text(delivery.sequence)));
    change.keys = image_of(keys_of(delivery.item));
    const auto key = engine::item_key(*catalog.table(name), change.keys->view());
    if (!key) std::abort();
    change.key = *key;
    // Some streams do not send every image.
    const bool has_after = change.kind != ChangeKind::remove &&
                           (change.kind == ChangeKind::insert || delivery.sequence % 11 != 5);
    if (has_after) change.after = image_of(attributes_of(delivery));
    return change;
}

engine::ChangeBatch batch_of(const engine::Catalog& catalog,
                             const std::vector<Delivery>& deliveries) {
    engine::ChangeBatch batch;
    for (const Delivery& delivery : deliveries) {
        batch.records.push_back(
            {.change = change_of(catalog, delivery), .sequence = sequence_text(delivery.sequence)});
    }
    batch.bytes = 1'000 * deliveries.size();
    return batch;
}

Delivery delivery_of(const storage::Record& record) {
    const std::string attribute = record.table() == "orders" ? "pk" : "sk";
    const std::string name(record.keys().find(attribute)->text());
    const std::string number = name.substr(name.find('-') + 1);  // all of it where there is none
    return {.item = static_cast<std::uint32_t>(std::stoul(number)),
            .sequence = std::stoull(std::string(record.sequence().substr(1)))};
}

std::vector<Answer> answers_of(const std::vector<Delivery>& deliveries,
                               const engine::Receipt& receipt) {
    if (receipt.refusal || receipt.outcomes.size() != deliveries.size()) std::abort();
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        const engine::RecordOutcome& outcome = receipt.outcomes[i];
        answers.push_back({.delivery = deliveries[i],
                           .position = outcome.position.value,
                           .appended = outcome.outcome == engine::Outcome::appended});
    }
    return answers;
}

}  // namespace freshet::crash
