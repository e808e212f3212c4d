#include "tests/world/fed_function.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "engine/watching/watched_record.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"

namespace freshet::support {

using engine::FunctionAnswer;
using engine::FunctionCall;
using engine::FunctionFeed;
using storage::Notice;
using storage::NoticeKind;
using storage::Position;

namespace {

constexpr std::uint64_t first_number = 100'000;  // that of a record is so much above its position

}  // namespace

std::string function_configuration(const std::string& lines) {
    return "[[table]]\nname = 'orders'\nkey = ['pk']\n"
           "[[table]]\nname = 'others'\nkey = ['pk']\n"
           "[[function]]\nname = 'f'\ntable = 'orders'\nurl = 'http://127.0.0.1:9/f'\n" +
           lines + "\n";
}

FunctionLog::FunctionLog(const std::string& function_lines)
    : config_(must(engine::parse_config(function_configuration(function_lines), "freshet.toml"))),
      data_(must(storage::DataFolder::open(folder_.file("data"), {}))) {}

FunctionLog::~FunctionLog() = default;

std::uint64_t FunctionLog::epoch() const {
    return data_->log().head().epoch;
}

Position FunctionLog::head() const {
    return records_.empty() ? Position{} : records_.back().position();
}

storage::Change FunctionLog::change_of(const std::string& order, Position position,
                                       const std::map<std::string, std::string>& attributes) {
    return keyed(catalog(),
                 support::change_of(storage::ChangeKind::modify,
                                    {.id = order,
                                     .attributes = attributes,
                                     .sequence = std::to_string(first_number + position.value)}));
}

Position FunctionLog::add(const std::string& order,
                          const std::map<std::string, std::string>& attributes) {
    return add(change_of(order, data_->log().begin(time_).next(), attributes));
}

Position FunctionLog::add(const std::string& order, std::size_t count) {
    storage::LogBatch batch = data_->log().begin(time_);
    for (std::size_t i = 0; i < count; ++i) {
        records_.push_back(batch.add(change_of(order, batch.next(), {}), {}));
    }
    must(data_->log().append(batch));
    return head();
}

Position FunctionLog::add(const storage::Change& change) {
    storage::LogBatch batch = data_->log().begin(time_);
    records_.push_back(batch.add(change, {}));
    must(data_->log().append(batch));
    return head();
}

Position FunctionLog::add_import(const std::string& order) {
    storage::Change change = change_of(order, data_->log().begin(time_).next(), {});
    change.imported = true;
    return add(change);
}

Position FunctionLog::add_of_another_table() {
    return add(
        keyed(catalog(), support::change_of(storage::ChangeKind::modify, {.id = "a"}), "others"));
}

Position FunctionLog::note(const Notice& notice) {
    storage::LogBatch batch = data_->log().begin(time_);
    records_.push_back(batch.add(notice));
    must(data_->log().append(batch));
    return head();
}

const storage::Record& FunctionLog::at(Position position) const {
    const auto found = std::lower_bound(
        records_.begin(), records_.end(), position,
        [](const auto& record, Position sought) { return record.position() < sought; });
    if (found == records_.end() || found->position() != position) {
        throw std::logic_error("no record stands there");
    }
    return *found;
}

std::string FunctionLog::order_at(Position position) const {
    return std::string(at(position).keys().find("pk")->text());
}

std::vector<Position> positions_of(const FunctionCall& call) {
    std::vector<Position> positions;
    for (const std::string& number : call.identifiers) {
        positions.push_back(Position{std::stoull(number) - first_number});
    }
    return positions;
}

// ---- the function ----

FedFunction::FedFunction(FunctionLog& log, HeldClock& clock) : log_(log), clock_(clock) {
    crash();
}

void FedFunction::crash(const engine::FunctionPlace& from) {
    noting_.clear();
    noted_.clear();
    feed_ = std::make_unique<FunctionFeed>(
        log_.function(), clock_, log_.epoch(), from, all_parked(),
        [this](Position position) -> Result<storage::Record> { return log_.at(position); });
}

bool FedFunction::read_some(std::size_t count) {
    const auto pass = feed_->begin_pass();
    if (!pass || pass->after >= log_.head()) return false;
    const auto& records = log_.records();
    auto next = std::upper_bound(
        records.begin(), records.end(), pass->after,
        [](Position position, const auto& record) { return position < record.position(); });
    for (; next != records.end() && count > 0; ++next, --count) {
        if (!feed_->take(engine::WatchedRecord(*next, log_.catalog()))) break;
    }
    return true;
}

void FedFunction::read_all() {
    while (read_some()) {
    }
}

std::optional<FunctionCall> FedFunction::next() {
    return feed_->next();
}

void FedFunction::answer(const FunctionCall& call, const FunctionAnswer& answer) {
    feed_->answer(call.number, answer);
    learn_all();
}

std::vector<Notice> FedFunction::take_notes(FunctionFeed::NoteBy by) {
    noting_ = feed_->notes(by);
    noted_.clear();
    return noting_;
}

void FedFunction::append_notes() {
    for (const Notice& notice : noting_) noted_.push_back(take_in(notice));
}

void FedFunction::hear_notes() {
    feed_->noted(noted_);
    learn_all();
}

void FedFunction::fail_notes() {
    feed_->noted(std::nullopt);
    learn_all();
}

std::vector<Notice> FedFunction::note(FunctionFeed::NoteBy by) {
    std::vector<Notice> notices = take_notes(by);
    append_notes();
    if (!notices.empty()) hear_notes();
    return notices;
}

void FedFunction::learn_all() {
    for (const Position record : feed_->take_unlearned()) learn(record);
}

void FedFunction::learn(Position record) {
    const auto found = parked.find(record);
    feed_->learn(record, found == parked.end() ? std::nullopt : std::optional(found->second));
}

// As engine::is_in_force().
bool FedFunction::is_late(const Notice& notice) const {
    const bool is_of_parked =
        notice.kind == NoticeKind::parked || notice.kind == NoticeKind::released;
    if (!is_of_parked || takes_what_is_late) return false;
    const auto known = parked.find(notice.function->record);
    if (known == parked.end()) {
        return notice.kind == NoticeKind::released || notice.function->replaces.value > 0;
    }
    return notice.function->replaces != known->second.noted;
}

Position FedFunction::take_in(const Notice& notice) {
    if (is_late(notice)) return {};
    const Position position = log_.note(notice);
    const storage::FunctionNote& note = *notice.function;
    if (notice.kind == NoticeKind::place) place.record = note.record;
    if (notice.kind == NoticeKind::released) parked.erase(note.record);
    if (notice.kind != NoticeKind::parked) return position;
    parked.insert_or_assign(note.record,
                            engine::ParkedRecord{.record = note.record,
                                                 .table = notice.table,
                                                 .keys = *notice.keys,
                                                 .status = note.status,
                                                 .attempts = note.attempts,
                                                 .error = note.error,
                                                 .body = note.body,
                                                 .noted = position,
                                                 .since = log_.at(position).appended()});
    return position;
}

void FedFunction::order(Notice notice) {
    notice.name = "f";
    take_in(notice);
    learn(notice.function->record);
}

void FedFunction::ask_again(Position record, const std::string& body) {
    const engine::ParkedRecord& known = parked.at(record);
    Notice notice{.kind = NoticeKind::parked, .by = "ann", .table = known.table, .stream = {}};
    notice.keys = known.keys;
    notice.function = storage::FunctionNote{.record = record,
                                            .replaces = known.noted,
                                            .status = storage::ParkedAs::again,
                                            .attempts = known.attempts,
                                            .error = known.error,
                                            .body = body};
    order(std::move(notice));
}

void FedFunction::drop(Position record) {
    Notice notice{.kind = NoticeKind::released, .by = "ann", .table = {}, .stream = {}};
    notice.function = storage::FunctionNote{
        .record = record, .replaces = parked.at(record).noted, .is_dropped = true};
    order(std::move(notice));
}

bool FedFunction::sleep() {
    const auto due = feed_->due();
    if (due == engine::Clock::TimePoint::max()) return false;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - clock_.now());
    clock_.advance(std::max(left, std::chrono::milliseconds(0)));
    return true;
}

void FedFunction::run(const AnswerTo& answer_to, std::size_t turns_max) {
    for (std::size_t turn = 0; turn < turns_max; ++turn) {
        bool is_busy = false;
        while (read_some()) is_busy = true;
        while (const auto call = next()) {
            is_busy = true;
            answer(*call, answer_to(*call));
        }
        if (!note(FunctionFeed::NoteBy::time).empty()) is_busy = true;
        if (!is_busy && !sleep()) return;
    }
}

std::vector<engine::ParkedRecord> FedFunction::all_parked() const {
    std::vector<engine::ParkedRecord> all;
    for (const auto& [position, record] : parked) all.push_back(record);
    return all;
}

FunctionAnswer taken() {
    return {};
}

FunctionAnswer failed(const std::string& error) {
    return engine::no_answer(error, true);
}

FunctionAnswer throttled() {
    return engine::no_answer("answered 429", false);
}

FunctionAnswer named(std::size_t index) {
    return {.failed = index, .is_partial = true, .error = "the answer names it as failed"};
}

}  // namespace freshet::support
