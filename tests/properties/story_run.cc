#include "tests/properties/story_run.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>

#include "engine/config/config.h"
#include "engine/records/dynamodb_json.h"
#include "tests/properties/value_in.h"
#include "tests/support/must.h"
#include "tests/world/bulk_state.h"

namespace freshet::properties {
namespace {

using support::SentRecord;
using support::Step;
using support::StepKind;

constexpr std::array<std::size_t, 3> cache_bytes{0, 64U << 10U, 64U << 20U};

// How what a story's steps leave over is delivered.
constexpr Step rest{.kind = StepKind::deliver, .count = 3, .as_json = true};

bool are_of_one_table(const std::vector<SentRecord>& records) {
    return std::all_of(records.begin(), records.end(), [&](const SentRecord& record) {
        return record.table == records.front().table;
    });
}

// Whether each record's own eventSourceARN leads it to its table.
bool name_their_tables(const std::vector<SentRecord>& records) {
    return std::all_of(records.begin(), records.end(),
                       [](const SentRecord& record) { return record.source == record.table; });
}

}  // namespace

std::shared_ptr<const engine::Catalog> catalog() {
    static const auto catalog =
        support::must(engine::parse_config(support::configuration(), "properties.toml")).catalog;
    return catalog;
}

StoryRun::StoryRun(support::Story story)
    : story_(std::move(story)), history_(support::history(story_.writes)) {}

support::SteppedOptions StoryRun::options() const {
    return {.state_cache_bytes = cache_bytes[story_.steps.size() % cache_bytes.size()]};
}

void StoryRun::run() {
    on_opened();
    for (const Step& step : story_.steps) play(step);
    while (next_ < history_.size()) play(rest);
    take_groups();
    on_end();
    on_closing();
    close();
}

void StoryRun::play(const Step& step) {
    const std::size_t size = history_.size();
    const std::size_t back = next_ - std::min<std::size_t>(next_, step.back);
    switch (step.kind) {
        case StepKind::deliver:
            return deliver(next_, next_ + step.count, step);
        case StepKind::redeliver:
            return deliver(back, back + step.count, step);
        case StepKind::rewind:
            next_ = back;
            return;
        case StepKind::skip:
            next_ = std::min(size, next_ + step.count);
            return;
        case StepKind::shuffle: {
            std::vector<SentRecord> records = slice(back, back + std::size_t{2} * step.count);
            std::reverse(records.begin(), records.end());
            hand_in(std::move(records), step.partial, step.as_json);
            if (!step.waits) take_groups();
            return;
        }
        case StepKind::import:
            hand_in(support::export_of(slice(back, back + std::size_t{2} * step.count)),
                    step.partial, step.as_json);
            if (!step.waits) take_groups();
            return;
        case StepKind::restart:
        case StepKind::forget_state:
            take_groups();
            return reopen(step.kind == StepKind::forget_state);
    }
}

void StoryRun::deliver(std::size_t begin, std::size_t end, const Step& step) {
    hand_in(slice(begin, end), step.partial, step.as_json);
    next_ = std::max(next_, std::min(end, history_.size()));
    if (!step.waits) take_groups();
}

std::vector<SentRecord> StoryRun::slice(std::size_t begin, std::size_t end) const {
    const auto at = [this](std::size_t index) {
        return history_.begin() + static_cast<std::ptrdiff_t>(std::min(index, history_.size()));
    };
    return {at(begin), at(end)};
}

void StoryRun::hand_in(std::vector<SentRecord> records, bool partial, bool as_json) {
    if (records.empty()) return;
    engine::ChangeBatch batch = decode(records, as_json);
    batch.partial = partial;
    Delivery& delivery = deliveries_.emplace_back();
    delivery.records = std::move(records);
    delivery.partial = partial;
    delivery.expected = model_.append(delivery.records, partial);
    waiting_.push_back(&delivery);
    engine().append(std::move(batch), [this, &delivery](Result<engine::Receipt> receipt) {
        if (!receipt) return;  // it is missed in take_groups()
        delivery.receipt = std::move(*receipt);
        on_acknowledged(delivery);
    });
}

engine::ChangeBatch StoryRun::decode(const std::vector<SentRecord>& records, bool as_json) {
    const bool one_table = are_of_one_table(records);
    if (!as_json || (!one_table && !name_their_tables(records))) {
        return support::batch_of(records, *catalog());
    }
    engine::DecodeOptions options;
    if (one_table) options.table = catalog()->table(records.front().table);
    return value_in(engine::decode_records(support::dynamodb_json(records), *catalog(), options));
}

void StoryRun::take_groups() {
    while (engine_.sequencer().step()) {
    }
    if (waiting_.empty()) return;
    for (const Delivery* delivery : waiting_) {
        RC_ASSERT(delivery->receipt.has_value());
    }
    on_group(std::exchange(waiting_, {}));
}

void StoryRun::open() {
    value_in(engine_.open());
}

void StoryRun::reopen(bool forget_state) {
    on_closing();
    close();
    on_closed();
    support::StateBytes at_once;
    if (forget_state) {
        std::filesystem::remove_all(state_path());
        at_once = support::folded_at_once(engine_.path(), *catalog(),
                                          support::small_bulk(states_forgotten_++));
    }
    open();
    if (forget_state) {
        RC_ASSERT(state_bytes() == at_once);
    }
    on_reopened();
}

std::shared_ptr<const engine::ReadPoint> StoryRun::read_point() {
    return value_in(engine().read_point());
}

std::vector<storage::Record> StoryRun::read_log() {
    const auto now = read_point();
    std::vector<storage::Record> log;
    while (true) {
        const storage::Position after = log.empty() ? storage::Position{} : log.back().position();
        auto records = value_in(engine().records_after(*now, after, {}));
        if (records.empty()) return log;
        log.insert(log.end(), records.begin(), records.end());
    }
}

std::vector<std::pair<std::string, std::string>> StoryRun::state_bytes() {
    std::vector<std::pair<std::string, std::string>> bytes;
    value_in(read_point()->state().everything(
        [&](std::string_view key, std::string_view value) { bytes.emplace_back(key, value); }));
    return bytes;
}

}  // namespace freshet::properties
