#include "tests/crash/verdict.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "tests/crash/naive_fold.h"
#include "tests/support/must.h"
#include "tests/world/stepped_parts.h"

namespace freshet::crash {
namespace {

using storage::Position;
using storage::Record;
using support::must;
using support::SteppedParts;

std::string name_of(const Delivery& delivery) {
    return "item " + std::to_string(delivery.item) + " sequence " +
           std::to_string(delivery.sequence);
}

bool same_image(std::optional<storage::ImageView> a, const std::optional<storage::Image>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return storage::identical(*a, b->view());
}

bool holds(const Record& record, const storage::Change& change) {
    return record.kind() == change.kind && record.table() == change.table &&
           record.source() == change.source && record.label() == change.label &&
           record.sequence() == change.sequence.text() && same_image(record.keys(), change.keys) &&
           same_image(record.after(), change.after);
}

// Every entry of the state.
using Bytes = std::vector<std::pair<std::string, std::string>>;

Bytes bytes_of(SteppedParts& engine) {
    Bytes bytes;
    const auto read_point = must(engine.sequencer().read_point());
    must(read_point->state().everything(
        [&](std::string_view key, std::string_view value) { bytes.emplace_back(key, value); }));
    return bytes;
}

// The log as the verdict needs it.
struct History {
    std::map<std::uint64_t, Delivery> by_position;
    NaiveFold fold;
};

Result<void> read_history(SteppedParts& engine, History& history, Verdict& verdict) {
    std::set<Delivery> seen;
    Position last;
    for (;;) {
        const auto records =
            engine.folder().log().read_after(last, engine.folder().log().head().position, {});
        if (!records) return fail(records.error());
        if (records->empty()) return {};
        for (const Record& record : *records) {
            const Delivery delivery = delivery_of(record);
            const bool once = seen.insert(delivery).second;
            if (!once) verdict.wrong.push_back(name_of(delivery) + " is there twice");
            if (record.position() <= last) verdict.wrong.push_back("positions do not increase");
            if (!holds(record, change_of(engine.catalog(), delivery))) {
                verdict.wrong.push_back(name_of(delivery) + " is not what was sent");
            }
            if (auto wrong = history.fold.take(record)) verdict.wrong.push_back(std::move(*wrong));
            last = record.position();
            history.by_position.emplace(last.value, delivery);
        }
    }
}

void check_answer(const Answer& answer, const History& history, Verdict& verdict) {
    const auto found = history.by_position.find(answer.position);
    const std::string at = " at position " + std::to_string(answer.position);
    if (found == history.by_position.end()) {
        verdict.lost.push_back(name_of(answer.delivery) + at);
        return;
    }
    const Delivery& there = found->second;
    const bool right = answer.appended ? there == answer.delivery
                                       : there.item == answer.delivery.item &&
                                             there.sequence >= answer.delivery.sequence;
    if (!right) {
        verdict.lost.push_back(name_of(answer.delivery) + at + ", where " + name_of(there) + " is");
    }
}

// The same log with nothing folded yet.
void copy_without_state(const std::string& path, const std::string& copy) {
    std::filesystem::copy(path, copy, std::filesystem::copy_options::recursive);
    std::filesystem::remove_all(copy + "/state");
}

// What is right or wrong with the folder and the state as they were left.
Result<Bytes> judge_as_left(const std::string& path, const std::vector<Answer>& answers,
                            Verdict& verdict) {
    const auto engine = SteppedParts::open(path);
    if (!engine) return fail(engine.error());
    History history{.by_position = {}, .fold = NaiveFold((*engine)->catalog())};
    const auto read = read_history(**engine, history, verdict);
    if (!read) return fail(read.error());
    verdict.records = history.by_position.size();
    for (const Answer& answer : answers) check_answer(answer, history, verdict);

    const auto read_point = must((*engine)->sequencer().read_point());
    if (read_point->position() != (*engine)->folder().log().head().position) {
        verdict.wrong.push_back("the read point is not at the head of the log");
    }
    for (std::string& difference : history.fold.differences(read_point->state())) {
        verdict.wrong.push_back(std::move(difference));
    }
    return bytes_of(**engine);
}

}  // namespace

std::string Verdict::text() const {
    constexpr std::size_t shown_max = 5;
    std::string text = std::to_string(lost.size()) + " lost, " + std::to_string(wrong.size()) +
                       " wrong, of " + std::to_string(records) + " records\n";
    for (std::size_t i = 0; i < std::min(lost.size(), shown_max); ++i) {
        text += "lost: " + lost[i] + "\n";
    }
    for (std::size_t i = 0; i < std::min(wrong.size(), shown_max); ++i) {
        text += "wrong: " + wrong[i] + "\n";
    }
    return text;
}

Verdict judge(const std::string& path, const std::vector<Answer>& answers) {
    Verdict verdict;
    const auto bytes = judge_as_left(path, answers, verdict);
    if (!bytes) {
        verdict.lost.push_back("it does not open: " + bytes.error().message);
        return verdict;
    }
    const std::string copy = path + "-folded-again";
    copy_without_state(path, copy);
    {
        const auto again = must(SteppedParts::open(copy));
        if (bytes_of(*again) != *bytes) {
            verdict.wrong.push_back("folding the log into an empty state gives other bytes");
        }
    }
    std::filesystem::remove_all(copy);
    return verdict;
}

}  // namespace freshet::crash
