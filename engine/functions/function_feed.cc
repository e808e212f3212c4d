#include "engine/functions/function_feed.h"

#include <xxhash.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/catalog/item_key.h"
#include "engine/functions/function_event.h"
#include "engine/functions/marshalled_record.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::FunctionNote;
using storage::Notice;
using storage::NoticeKind;
using storage::ParkedAs;
using storage::Position;
using storage::Record;

constexpr Clock::TimePoint never = Clock::TimePoint::max();

// Between a failure and the next try, at first; then twice as long each time.
constexpr milliseconds pause_min{100};
constexpr milliseconds pause_max{30'000};
constexpr std::uint32_t doublings_max = 9;  // from the one to the other
constexpr seconds retry_after_max{900};
// Of a held record once it follows, where the function has no bound: others wait behind it.
constexpr std::uint32_t held_retries_max = 9;

// A place is noted after so long, and sooner where others append anyhow.
constexpr milliseconds note_interval{1'000};
constexpr milliseconds note_interval_with_others{100};
constexpr std::size_t notices_max = 1'000;  // in one batch
// Of records of other tables, after which a place is worth noting: so a start has not more to read.
constexpr std::uint64_t passed_max = 100'000;

constexpr milliseconds window_grace{200};

constexpr std::size_t error_bytes_max = 1'000;

milliseconds interval_of(FunctionFeed::NoteBy by) {
    switch (by) {
        case FunctionFeed::NoteBy::time:
            return note_interval;
        case FunctionFeed::NoteBy::others:
            return note_interval_with_others;
        case FunctionFeed::NoteBy::now:
            break;
    }
    return milliseconds(0);
}

}  // namespace

FunctionFeed::FunctionFeed(const Function& function, const Clock& clock, std::uint64_t epoch,
                           const FunctionPlace& place, const std::vector<ParkedRecord>& parked,
                           ReadRecord read_record)
    : function_(function),
      clock_(clock),
      epoch_(epoch),
      reset_(place.reset),
      read_record_(std::move(read_record)),
      random_(static_cast<std::minstd_rand::result_type>(
          XXH3_64bits(function.name.data(), function.name.size()) % std::minstd_rand::modulus)),
      parked_(function.hold),
      noted_place_(place.record),
      noted_at_(clock.now()) {
    for (std::size_t i = 0; i < function.lanes; ++i) {
        lanes_.push_back({.records = FunctionLane(function, place.record), .turn = {}});
        if (function.tumbling_window) lanes_.back().window.emplace(*function.tumbling_window);
    }
    for (const ParkedRecord& one : parked) put_parked(one);
    stop_if_too_many();
}

void FunctionFeed::put_parked(const ParkedRecord& parked) {
    parked_.put(parked.record, {.item = item_of(parked.keys.view()),
                                .status = parked.status,
                                .attempts = parked.attempts,
                                .noted = parked.noted,
                                .body = parked.body});
}

void FunctionFeed::learn(Position record, const std::optional<ParkedRecord>& parked) {
    if (is_busy_with(record)) {
        unlearned_.insert(record);
        return;
    }
    if (const auto own = unnoted_.find(record); own != unnoted_.end()) {
        const Position noted = parked ? parked->noted : Position{};
        if (own->second.function->replaces == noted) return;  // ours comes after that
        unnoted_.erase(own);
    }
    if (!parked) {
        release(record);
    } else if (function_.hold == Hold::item && !parked_.contains(record)) {
        return park_taken(*parked);
    } else {
        put_parked(*parked);
    }
    stop_if_too_many();
}

// It was taken, and an order to hand it over again came before that was noted. Then those of its
// item that have followed it wait again, once none of them is under way.
void FunctionFeed::park_taken(const ParkedRecord& parked) {
    const std::string item = item_of(parked.keys.view());
    Lane& lane = lane_of(item);
    if (lane.turn.call != 0) {
        unlearned_.insert(parked.record);
        return;
    }
    put_parked(parked);
    hold(lane.records.take_item(item));
    stop_if_too_many();
}

// After a start, its lane may still be on the way to it.
void FunctionFeed::release(Position record) {
    const ParkedRecords::Entry* entry = parked_.find(record);
    if (entry == nullptr) return;
    if (lane_of(entry->item).records.taken() < record) released_.insert(record);
    parked_.release(record);
}

std::vector<Position> FunctionFeed::take_unlearned() {
    std::vector<Position> taken;
    for (const Position record : unlearned_) {
        if (!is_busy_with(record)) taken.push_back(record);
    }
    for (const Position record : taken) unlearned_.erase(record);
    return taken;
}

bool FunctionFeed::is_noting(Position record) const {
    return noting_parked_.contains(record);
}

bool FunctionFeed::is_busy_with(Position record) const {
    if (is_noting(record)) return true;
    const auto call = calls_.find(again_.call);
    return call != calls_.end() && call->second.parked->position() == record;
}

std::optional<FunctionFeed::Pass> FunctionFeed::begin_pass() {
    std::optional<Pass> pass;
    for (Lane& lane : lanes_) {
        const Position taken = lane.records.taken();
        lane.is_in_pass = lane.records.has_room() && may_feed({taken.value + 1});
        if (!lane.is_in_pass) continue;
        if (!pass) pass = Pass{.after = taken, .room = 0};
        pass->after = std::min(pass->after, taken);
        pass->room += lane.records.room();
    }
    return pass;
}

Position FunctionFeed::first_of(const Lane& lane) {
    const Record* oldest = lane.records.oldest();
    return oldest != nullptr ? oldest->position() : Position{lane.records.taken().value + 1};
}

// What stands before parked records may come again after a start, and is not in their way then.
bool FunctionFeed::may_feed(Position first) const {
    return status_.stopped.empty() || first <= stopped_at_;
}

std::size_t FunctionFeed::lane_index(std::string_view item) const {
    return XXH3_64bits(item.data(), item.size()) % lanes_.size();
}

FunctionFeed::Lane& FunctionFeed::lane_of(std::string_view item) {
    return lanes_[lane_index(item)];
}

// In the bytes that are the same however a source spells the numbers of a key.
std::string FunctionFeed::item_of(storage::ImageView keys) const {
    auto key = item_key(*function_.table, keys);
    return key ? *std::move(key) : std::string(keys.bytes());
}

bool FunctionFeed::is_fed(const Record& record) const {
    return record.is_told() && takes(function_.filter, record);
}

bool FunctionFeed::take(const WatchedRecord& watched) {
    const Record& record = watched.record();
    const Position position = record.position();
    std::string item;
    Lane* own = nullptr;
    if (!record.is_notice()) {
        if (record.table() == function_.table->name) {
            item = item_of(record.keys());
            own = &lane_of(item);
        } else if (++passed_ >= passed_max) {
            make_worth(position);
        }
    }
    bool is_anybody_in_pass = false;
    for (Lane& lane : lanes_) {
        if (!lane.is_in_pass) continue;
        if (position <= lane.records.taken()) {
            is_anybody_in_pass = true;
            continue;
        }
        if (&lane == own && !lane.records.has_room()) {
            lane.is_in_pass = false;
            continue;
        }
        is_anybody_in_pass = true;
        if (&lane == own) {
            take_in(record, item, lane);
        } else {
            lane.records.pass(position);
        }
    }
    return is_anybody_in_pass && status_.stopped.empty();
}

FunctionRecord FunctionFeed::made_of(const Record& record, std::string item) const {
    return {.record = record,
            .item = std::move(item),
            .event = function_event(function_, record, epoch_),
            .taken = clock_.now()};
}

// What is parked already was so before the place was noted: it is not handed over by itself.
void FunctionFeed::take_in(const Record& record, const std::string& item, Lane& lane) {
    const Position position = record.position();
    if (parked_.contains(position) || released_.erase(position) > 0) {
        return lane.records.pass(position);
    }
    if (!is_fed(record)) {
        lane.records.pass(position);
        ++status_.left_out;
        return make_worth(position);
    }
    if (parked_.holds(item, position)) {
        lane.records.pass(position);
        hold({made_of(record, item)});
        return;
    }
    lane.records.push(made_of(record, item));
}

std::optional<FunctionCall> FunctionFeed::next() {
    const Clock::TimePoint now = clock_.now();
    auto parked = next_again(now);
    if (parked) return parked;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const std::size_t index = (next_lane_ + i) % lanes_.size();
        auto call = next_of(index, now);
        if (!call) continue;
        next_lane_ = index + 1;
        return call;
    }
    return std::nullopt;
}

FunctionCall FunctionFeed::call_of(const std::vector<FunctionRecord>& records,
                                   std::uint32_t attempt, std::string_view members) {
    const BatchFrame frame = frame_of(function_);
    FunctionCall call{.number = ++last_call_, .body = std::string(frame.begin), .attempt = attempt};
    if (!records.empty()) {
        call.first = records.front().record.position();
        call.last = records.back().record.position();
    }
    std::size_t bytes = frame.begin.size() + frame.end.size() + members.size();
    for (const FunctionRecord& one : records) bytes += one.event.size() + 1;
    call.body.reserve(bytes);
    for (const FunctionRecord& one : records) {
        if (!call.identifiers.empty()) call.body += ',';
        call.body += one.event;
        call.identifiers.push_back(identifier_of(one.record));
        call.event_ids.push_back(event_id_of(one.record, epoch_));
    }
    call.body += frame.end;
    if (!members.empty()) call.body.insert(call.body.size() - 1, members);
    ++status_.calls;
    return call;
}

std::optional<FunctionCall> FunctionFeed::next_again(Clock::TimePoint now) {
    const auto position = parked_.next();
    if (!position || again_.call != 0 || again_.not_before > now || !is_its_turn(*position)) {
        return std::nullopt;
    }
    auto record = read_record_(*position);
    if (!record) {
        // The log is folded or mended: what is not parked need not wait for that.
        status_.error = record.error().message;
        back_off(again_, no_answer(record.error().message, false));
        return std::nullopt;
    }
    const ParkedRecords::Entry& entry = *parked_.find(*position);
    FunctionRecord again_record = made_of(*record, entry.item);
    if (!entry.body.empty()) again_record.event = entry.body;
    std::vector<FunctionRecord> records;
    records.push_back(std::move(again_record));
    FunctionCall call =
        call_of(records, entry.attempts + 1, members_of_own_window(*record, entry.item));
    call.ends_window = function_.tumbling_window.has_value();
    if (entry.status == ParkedAs::again) call.reason = std::to_string(entry.noted.value);
    again_.call = call.number;
    calls_[call.number] = {.lane = again, .parked = *std::move(record)};
    return call;
}

// The window that it was of is over, or counts without it: so it is one of its own.
std::string FunctionFeed::members_of_own_window(const Record& record, std::string_view item) const {
    if (!function_.tumbling_window) return {};
    FunctionWindow window(*function_.tumbling_window);
    window.open(record);
    window.begin_end();
    return window.members(function_.table->name, lane_index(item));
}

// After a crash, records of its item that stand before it may come again: they come first.
bool FunctionFeed::is_its_turn(Position parked) const {
    if (function_.hold == Hold::none) return true;
    const FunctionLane& lane = lanes_[lane_index(parked_.find(parked)->item)].records;
    const Record* oldest = lane.oldest();
    return lane.taken() >= parked && (oldest == nullptr || oldest->position() > parked);
}

std::optional<FunctionCall> FunctionFeed::next_of(std::size_t index, Clock::TimePoint now) {
    Lane& lane = lanes_[index];
    if (lane.turn.call != 0 || lane.turn.not_before > now || !may_feed(first_of(lane))) {
        return std::nullopt;
    }
    park_too_old(lane, now);
    const FunctionLane::Batch* batch = front_of(lane, now);
    const bool is_final = batch == nullptr && is_final_call_due(lane);
    if (batch == nullptr && !is_final) return std::nullopt;
    if (is_final) lane.window->begin_end();
    const std::string members =
        lane.window ? lane.window->members(function_.table->name, index) : std::string();
    FunctionCall call = is_final ? call_of({}, lane.turn.failures + 1, members)
                                 : call_of(batch->records, batch->attempts + 1, members);
    if (is_final) {
        call.first = call.last = lane.window->first();
        call.reason = "final";
        call.ends_window = true;
    }
    lane.turn.call = call.number;
    calls_[call.number] = {.lane = index, .is_final = is_final};
    return call;
}

FunctionLane::Batch* FunctionFeed::front_of(Lane& lane, Clock::TimePoint now) const {
    if (!lane.window) return lane.records.front(now);
    FunctionWindow& window = *lane.window;
    const Record* oldest = lane.records.oldest();
    if (!window.is_open() && oldest != nullptr) window.open(*oldest);
    if (!window.is_open() || window.is_ending()) return nullptr;
    return lane.records.front(now, window.end(), is_over(window));
}

// A group of records has the time at which its writing began: it may be shown a moment later.
bool FunctionFeed::is_over(const FunctionWindow& window) const {
    return clock_.wall_now() >= window.end() + window_grace;
}

bool FunctionFeed::is_final_call_due(const Lane& lane) const {
    if (!lane.window || !lane.window->is_open()) return false;
    if (lane.window->is_ending()) return true;
    const Record* oldest = lane.records.oldest();
    if (oldest != nullptr) return oldest->appended() >= lane.window->end();
    return caught_up_ >= lane.window->end() + window_grace;
}

void FunctionFeed::park_too_old(Lane& lane, Clock::TimePoint now) {
    if (!function_.record_age_max) return;
    const auto oldest = clock_.wall_now() - *function_.record_age_max;
    while (const FunctionLane::Batch* batch = front_of(lane, now)) {
        const auto is_young = [&](const FunctionRecord& one) {
            return one.record.appended() >= oldest;
        };
        const auto young = std::find_if(batch->records.begin(), batch->records.end(), is_young);
        if (young == batch->records.begin()) return;
        const std::uint32_t attempts = batch->attempts;
        park(lane.records.take_front(static_cast<std::size_t>(young - batch->records.begin())),
             "older than maximum_record_age_s allows", attempts);
    }
}

void FunctionFeed::answer(std::uint64_t call, const FunctionAnswer& answer) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    const UnderWay under_way = std::move(found->second);
    calls_.erase(found);
    if (answer.failed) {
        ++status_.failed_calls;
        if (!answer.is_attempt) ++status_.throttled_calls;
        status_.error = answer.error.substr(0, error_bytes_max);
    } else {
        status_.error.clear();
    }
    if (under_way.lane == again) return answer_again(under_way, answer);
    Lane& lane = lanes_[under_way.lane];
    lane.turn.call = 0;
    if (!under_way.is_final) return answer_lane(lane, answer);
    if (answer.failed) return back_off(lane.turn, answer);
    lane.turn = {};
    lane.window->close();
}

void FunctionFeed::answer_again(const UnderWay& call, const FunctionAnswer& answer) {
    again_.call = 0;
    const Record& record = *call.parked;
    if (!answer.failed) {
        again_ = {};
        ++status_.taken;
    } else {
        back_off(again_, answer);
    }
    if (unlearned_.contains(record.position())) return;  // the order that came meanwhile counts
    if (!answer.failed) return note_released(record.position());
    const ParkedRecords::Entry* entry = parked_.find(record.position());
    if (!answer.is_attempt || may_be_tried_again(*entry, record.position())) return;
    note_parked(
        record, entry->item,
        {.status = ParkedAs::failed,
         .attempts = entry->status == ParkedAs::held ? entry->attempts : entry->attempts + 1,
         .error = answer.error,
         .body = entry->body});
}

// What was held has its tries once it follows; what somebody has asked for has one.
bool FunctionFeed::may_be_tried_again(const ParkedRecords::Entry& entry, Position record) {
    if (entry.status != ParkedAs::held) return false;
    const std::uint32_t attempts = parked_.count_attempt(record);
    return attempts <= function_.retries_max.value_or(held_retries_max);
}

void FunctionFeed::answer_lane(Lane& lane, const FunctionAnswer& answer) {
    FunctionLane::Batch& batch = *lane.records.front(clock_.now());
    if (lane.window && !answer.state.empty()) lane.window->take_state(answer.state);
    if (!answer.failed) {
        lane.turn = {};
        return settle(lane.records.take_front(batch.records.size()));
    }
    // The record that failed is another one than before: it has its own attempts.
    const bool has_moved = answer.is_partial && *answer.failed > 0;
    if (has_moved) {
        settle(lane.records.take_front(*answer.failed));
        batch.attempts = 0;
        lane.turn.failures = 0;
    }
    if (!answer.is_attempt) return back_off(lane.turn, answer);
    if (function_.bisects && !answer.is_partial && batch.records.size() > 1) {
        lane.turn.not_before = {};
        return lane.records.split();
    }
    const std::uint32_t attempts = ++batch.attempts;
    if (function_.retries_max && attempts > *function_.retries_max) {
        return give_up(lane, answer, attempts);
    }
    back_off(lane.turn, answer);
}

// Of a batch whose failing record was named, that one is parked, and the rest continues.
void FunctionFeed::give_up(Lane& lane, const FunctionAnswer& answer, std::uint32_t attempts) {
    lane.turn = {};
    FunctionLane::Batch& batch = *lane.records.front(clock_.now());
    if (answer.is_partial && batch.records.size() > 1) {
        batch.attempts = 0;
        return park(lane.records.take_front(1), answer.error, attempts);
    }
    park(lane.records.take_front(batch.records.size()), answer.error, attempts);
}

void FunctionFeed::settle(std::vector<FunctionRecord> done) {
    if (done.empty()) return;
    status_.taken += done.size();
    make_worth(done.back().record.position());
}

void FunctionFeed::park(std::vector<FunctionRecord> records, const std::string& error,
                        std::uint32_t attempts) {
    for (FunctionRecord& one : records) {
        if (parked_.holds(one.item, one.record.position())) {
            std::vector<FunctionRecord> waits;
            waits.push_back(std::move(one));
            hold(std::move(waits));
            continue;
        }
        const std::string item = one.item;
        note_parked(one.record, std::move(one.item),
                    {.status = ParkedAs::failed, .attempts = attempts, .error = error});
        if (function_.hold == Hold::item) hold(lane_of(item).records.take_item(item));
    }
}

void FunctionFeed::hold(std::vector<FunctionRecord> records) {
    for (FunctionRecord& one : records) {
        note_parked(one.record, std::move(one.item), {.status = ParkedAs::held});
    }
}

void FunctionFeed::note_parked(const Record& record, std::string item, FunctionNote note) {
    note.record = record.position();
    note.reset = reset_;
    note.replaces = noted_of(record.position());
    if (note.error.size() > error_bytes_max) note.error.resize(error_bytes_max);
    if (!parked_.contains(record.position())) ++status_.parked_ever;
    parked_.put(record.position(), {.item = std::move(item),
                                    .status = note.status,
                                    .attempts = note.attempts,
                                    .noted = note.replaces,
                                    .body = note.body});
    Notice parked = notice(NoticeKind::parked, std::move(note));
    parked.table = function_.table->name;
    parked.keys = storage::Image(record.keys());
    unnoted_[record.position()] = std::move(parked);
    make_worth(record.position());
    stop_if_too_many();
}

Position FunctionFeed::noted_of(Position record) const {
    const ParkedRecords::Entry* entry = parked_.find(record);
    return entry == nullptr ? Position{} : entry->noted;
}

// Of a record whose first notice was not on its way yet, there is nothing to say.
void FunctionFeed::note_released(Position record) {
    const Position noted = noted_of(record);
    release(record);
    if (noted.value == 0 && !is_noting(record)) {
        unnoted_.erase(record);
    } else {
        unnoted_[record] = notice(NoticeKind::released, {.record = record, .replaces = noted});
    }
    stop_if_too_many();
}

void FunctionFeed::back_off(Turn& turn, const FunctionAnswer& answer) {
    const std::uint32_t doublings = std::min(turn.failures, doublings_max);
    ++turn.failures;
    const auto longest = std::min(pause_min * (1U << doublings), pause_max);
    std::uniform_real_distribution<double> part(0.5, 1.0);
    auto pause = std::chrono::duration_cast<milliseconds>(longest * part(random_));
    if (answer.retry_after) {
        pause = std::max<milliseconds>(pause, std::min(*answer.retry_after, retry_after_max));
    }
    turn.not_before = clock_.now() + pause;
}

void FunctionFeed::stop_if_too_many() {
    const bool was_stopped = !status_.stopped.empty();
    status_.stopped.clear();
    if (parked_.held() > held_records_max) {
        status_.stopped = std::to_string(parked_.held()) +
                          " records wait for earlier ones of their items that are parked: hand "
                          "these over again or drop them";
    } else if (parked_.size() >= parked_records_max) {
        status_.stopped = std::to_string(parked_.size()) +
                          " records are parked: hand them over again or drop them";
    }
    if (!was_stopped) stopped_at_ = parked_.last();
}

Position FunctionFeed::place() const {
    Position place = lanes_.front().records.taken();
    for (const Lane& lane : lanes_) {
        if (lane.window && lane.window->is_open()) {
            place = std::min(place, Position{lane.window->first().value - 1});
        }
        const Record* oldest = lane.records.oldest();
        place = std::min(place, oldest == nullptr ? lane.records.taken()
                                                  : Position{oldest->position().value - 1});
    }
    return place;
}

void FunctionFeed::make_worth(Position settled) {
    worth_ = std::max(worth_, settled);
}

bool FunctionFeed::is_place_unnoted() const {
    return worth_ > noted_place_ && place() > noted_place_;
}

Notice FunctionFeed::notice(NoticeKind kind, FunctionNote note) const {
    return {.kind = kind,
            .by = {},
            .table = {},
            .stream = {},
            .name = function_.name,
            .function = std::move(note)};
}

std::vector<Notice> FunctionFeed::notes(NoteBy by) {
    const Clock::TimePoint now = clock_.now();
    if (is_noting_ || note_not_before_ > now) return {};
    const bool is_place_due = is_place_unnoted() && now - noted_at_ >= interval_of(by);
    if (unnoted_.empty() && !is_place_due) return {};

    Position up_to = place();
    while (!unnoted_.empty() && noting_.size() < notices_max) {
        noting_parked_.insert(unnoted_.begin()->first);
        noting_.push_back(std::move(unnoted_.begin()->second));
        unnoted_.erase(unnoted_.begin());
    }
    // What is parked must not be behind the place before it is noted.
    if (!unnoted_.empty()) up_to = std::min(up_to, Position{unnoted_.begin()->first.value - 1});
    if (up_to > noted_place_) {
        noting_.push_back(notice(NoticeKind::place, {.record = up_to, .reset = reset_}));
    }
    passed_ = 0;
    noted_at_ = now;
    is_noting_ = !noting_.empty();
    return noting_;
}

void FunctionFeed::noted(const std::optional<std::vector<Position>>& positions) {
    is_noting_ = false;
    noting_parked_.clear();
    std::vector<Notice> noted = std::exchange(noting_, {});
    if (!positions) {
        for (Notice& notice : noted) {
            const Position record = notice.function->record;
            if (notice.kind != NoticeKind::place) unnoted_.try_emplace(record, std::move(notice));
        }
        note_not_before_ = clock_.now() + note_interval;
        return;
    }
    invariant(positions->size() == noted.size(), "each notice has its position");
    for (std::size_t i = 0; i < noted.size(); ++i) take_noted(noted[i], (*positions)[i]);
}

void FunctionFeed::take_noted(const Notice& notice, Position noted) {
    const Position record = notice.function->record;
    if (notice.kind == NoticeKind::place) {
        noted_place_ = record;
        return;
    }
    if (noted.value == 0) {
        unlearned_.insert(record);
        return;
    }
    parked_.note(record, noted);
    const auto next = unnoted_.find(record);
    if (next != unnoted_.end()) next->second.function->replaces = noted;
}

Clock::TimePoint FunctionFeed::note_due() const {
    if (is_noting_) return never;
    if (!unnoted_.empty()) return note_not_before_;
    if (is_place_unnoted()) return std::max(note_not_before_, noted_at_ + note_interval);
    return never;
}

Clock::TimePoint FunctionFeed::due() const {
    Clock::TimePoint due = note_due();
    const auto parked = parked_.next();
    if (parked && again_.call == 0 && is_its_turn(*parked)) {
        due = std::min(due, again_.not_before);
    }
    for (const Lane& lane : lanes_) {
        if (lane.turn.call != 0 || !may_feed(first_of(lane))) continue;
        const Clock::TimePoint next = due_of(lane);
        if (next != never) due = std::min(due, std::max(next, lane.turn.not_before));
    }
    return due;
}

// When the lane has a call without anything else.
Clock::TimePoint FunctionFeed::due_of(const Lane& lane) const {
    constexpr Clock::TimePoint at_once{};
    if (lane.records.has_batch() || is_final_call_due(lane)) return at_once;
    if (!lane.window || !lane.window->is_open()) return lane.records.due();
    // At the end of the window; a moment later, while it is not read up to there.
    const auto left = std::chrono::duration_cast<Clock::TimePoint::duration>(
        lane.window->end() + window_grace - clock_.wall_now());
    const Clock::TimePoint end =
        clock_.now() + std::max<Clock::TimePoint::duration>(left, window_grace);
    return std::min(lane.records.due(), end);
}

void FunctionFeed::count_on(const FeedStatus& earlier) {
    status_.calls += earlier.calls;
    status_.failed_calls += earlier.failed_calls;
    status_.throttled_calls += earlier.throttled_calls;
    status_.taken += earlier.taken;
    status_.left_out += earlier.left_out;
    status_.parked_ever += earlier.parked_ever;
}

FeedStatus FunctionFeed::status() const {
    FeedStatus status = status_;
    status.place = place();
    status.under_way = calls_.size();
    status.parked = parked_.size();
    status.held = parked_.held();
    for (const Lane& lane : lanes_) {
        status.waiting += lane.records.size();
        status.failures = std::max(status.failures, lane.turn.failures);
        const Record* oldest = lane.records.oldest();
        if (oldest == nullptr) continue;
        status.oldest = std::min(status.oldest.value_or(oldest->appended()), oldest->appended());
    }
    return status;
}

}  // namespace freshet::engine
