// O2 of functions: whatever is written, however a function behaves, and wherever the server ends,
// each record is taken or parked at least once, of each item in order, and the place that is noted
// passes nothing that is neither.
//
// A story is drawn from one number, so that one that fails can be told again. The same checks must
// find what is broken on purpose.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/watching/watched_record.h"
#include "tests/properties/draws.h"
#include "tests/support/must.h"
#include "tests/world/fed_function.h"

namespace freshet::properties {
namespace {

using engine::FunctionAnswer;
using engine::FunctionCall;
using engine::FunctionFeed;
using engine::Hold;
using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::Notice;
using storage::NoticeKind;
using storage::ParkedAs;
using storage::Position;
using support::must;

constexpr storage::AppendTime noon{seconds(1'800'000'000)};
constexpr std::size_t moves = 250;
constexpr std::size_t turns_max = 5'000;  // until everything has settled

// What is wrong around the function, on purpose.
enum class Broken : std::uint8_t {
    nothing,
    place,    // a start begins where the function was, and not where that was noted
    parked,   // what is parked is not noted with the place
    reading,  // a record of the log is missed now and then
    answers,  // every call is answered as if it were taken
    orders    // what is noted of a parked record counts though an order has come first
};

struct Drawn {
    std::uint64_t seed;

    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random() % limit); }
    bool one_in(std::size_t count) { return below(count) == 0; }
    std::mt19937_64 random{seed};
};

std::string lines_of(Drawn& drawn) {
    const std::vector<int> sizes{1, 2, 3, 5, 10, 100};
    std::string lines = "batch_size = " + std::to_string(sizes[drawn.below(sizes.size())]);
    lines += "\nparallelization_factor = " + std::to_string(1 + drawn.below(4));
    lines += "\nbatching_window_s = " + std::to_string(drawn.below(2));
    lines += "\nmaximum_retry_attempts = " + std::to_string(static_cast<int>(drawn.below(5)) - 1);
    if (drawn.one_in(3)) lines += "\nmaximum_record_age_s = 60";
    if (drawn.one_in(2)) lines += "\nbisect_batch_on_function_error = true";
    if (drawn.one_in(2)) lines += "\nreport_batch_item_failures = true";
    if (drawn.one_in(2)) lines += "\nhold = 'item'";
    if (drawn.one_in(3)) {
        lines += "\nfilter = { dynamodb = { NewImage = { status = { S = ['OPEN'] } } } }";
    }
    return lines;
}

class Story {
public:
    explicit Story(std::uint64_t seed, Broken broken = Broken::nothing)
        : drawn_{seed}, broken_(broken), log_(lines_of(drawn_)), fed_(log_, clock_) {
        fed_.takes_what_is_late = broken_ == Broken::orders;
        pass(milliseconds(0));
    }

    // What has gone wrong first; empty if nothing has.
    std::string run() {
        for (std::size_t move = 0; move < moves && fault_.empty(); ++move) play();
        if (fault_.empty()) settle();
        if (fault_.empty()) check_end();
        if (fault_.empty()) ask_for_all_again();
        return fault_;
    }

private:
    // A record that the function is to get.
    struct Told {
        std::string order;
        storage::AppendTime appended;
        bool is_poison = false;  // as long as the function is not well, it fails with it
        bool is_taken = false;
        bool was_parked = false;
        bool is_dropped = false;   // and has not come again, as it may after a crash
        std::size_t failures = 0;  // calls that have counted
    };
    struct UnderWay {
        FunctionCall call;
        FunctionAnswer answer;
    };
    // How far what is to be noted has come.
    enum class Noting : std::uint8_t { none, on_its_way, in_the_log };

    [[nodiscard]] const engine::Function& function() const { return log_.function(); }
    FunctionFeed& feed() { return fed_.feed(); }

    void fail(const std::string& what, Position position = {}) {
        if (!fault_.empty()) return;
        fault_ = what + (position.value == 0 ? "" : " at " + std::to_string(position.value));
    }

    void pass(milliseconds time) {
        clock_.advance(time);
        elapsed_ += time;
        clock_.set_wall(noon + elapsed_);
        log_.set_time(noon + elapsed_);
    }

    void play() {
        const std::size_t move = drawn_.below(100);
        if (move < 22) {
            write();
        } else if (move < 40) {
            read(1 + drawn_.below(20));
        } else if (move < 60) {
            call();
        } else if (move < 78) {
            answer_one();
        } else if (move < 86) {
            note();
        } else if (move < 94) {
            const std::vector<int> times{10, 100, 1'000, 5'000, 40'000};
            pass(milliseconds(times[drawn_.below(times.size())]));
        } else if (move < 95) {
            crash();
        } else if (move < 98) {
            ask_again();
        } else {
            drop();
        }
    }

    // ---- the log ----

    void write() {
        if (drawn_.one_in(8)) return add_what_is_not_told();
        const std::string order = "order-" + std::to_string(drawn_.below(6));
        const std::size_t count = drawn_.one_in(6) ? 1 + drawn_.below(15) : 1;
        for (std::size_t i = 0; i < count; ++i) {
            const bool is_open = function().filter.empty() || !drawn_.one_in(3);
            const Position position = log_.add(order, {{"status", is_open ? "OPEN" : "NEW"}});
            if (!is_open) continue;
            told_[position] = {
                .order = order, .appended = noon + elapsed_, .is_poison = drawn_.one_in(10)};
        }
    }

    void add_what_is_not_told() {
        switch (drawn_.below(3)) {
            case 0:
                log_.add_of_another_table();
                return;
            case 1:
                log_.add_import("order-1");
                return;
            default:
                log_.note({.kind = NoticeKind::revocation, .by = "ann", .name = "bob"});
        }
    }

    // As http/functions/function_driver.cc does.
    bool read(std::size_t count) {
        const auto pass = feed().begin_pass();
        if (!pass || pass->after >= log_.head()) return false;
        for (const storage::Record& record : log_.records()) {
            if (record.position() <= pass->after) continue;
            if (broken_ == Broken::reading && drawn_.one_in(40)) continue;
            if (count-- == 0) break;
            if (!feed().take(engine::WatchedRecord(record, log_.catalog()))) break;
        }
        return true;
    }

    // ---- the function ----

    bool call() {
        auto call = feed().next();
        if (!call) return false;
        check_call(*call);
        FunctionAnswer answer = answer_to(*call);
        under_way_.push_back({.call = *std::move(call), .answer = std::move(answer)});
        return true;
    }

    void check_call(const FunctionCall& call) {
        std::set<std::string> orders;
        Position last;
        for (const Position position : support::positions_of(call)) {
            const auto told = told_.find(position);
            if (told == told_.end()) return fail("what it is not told of is handed over", position);
            if (position <= last) return fail("a batch is out of order", position);
            if (told->second.is_dropped) return fail("what was dropped comes again", position);
            last = position;
            orders.insert(told->second.order);
        }
        if (call.identifiers.size() > function().batch_size) fail("a batch is too large");
        if (function().hold != Hold::item) return;
        for (const UnderWay& other : under_way_) {
            for (const Position position : support::positions_of(other.call)) {
                if (orders.contains(told_.at(position).order)) {
                    fail("an item is under way twice", position);
                }
            }
        }
    }

    // What the function does with the batch, and what it is understood to have said.
    FunctionAnswer answer_to(const FunctionCall& call) {
        const std::vector<Position> positions = support::positions_of(call);
        if (is_well_) return take(positions, positions.size(), support::taken());
        for (std::size_t i = 0; i < positions.size(); ++i) {
            if (!told_.at(positions[i]).is_poison) continue;
            if (function().reports_failures && drawn_.one_in(2)) return name(positions, i);
            return fail_from(positions, 0, support::failed());
        }
        const std::size_t fate = drawn_.below(100);
        if (fate < 8) return fail_from(positions, 0, support::failed());
        if (fate < 16) return support::throttled();
        if (fate < 22) {  // the answer comes too late
            take(positions, positions.size(), support::taken());
            return fail_from(positions, 0, support::failed("no answer"));
        }
        if (fate < 30 && function().reports_failures) {
            return name(positions, drawn_.below(positions.size()));
        }
        return take(positions, positions.size(), support::taken());
    }

    FunctionAnswer name(const std::vector<Position>& positions, std::size_t index) {
        take(positions, index, support::taken());
        return fail_from(positions, index, support::named(index));
    }

    FunctionAnswer fail_from(const std::vector<Position>& positions, std::size_t begin,
                             FunctionAnswer answer) {
        for (std::size_t i = begin; i < positions.size(); ++i) ++told_.at(positions[i]).failures;
        return broken_ == Broken::answers ? support::taken() : std::move(answer);
    }

    FunctionAnswer take(const std::vector<Position>& positions, std::size_t count,
                        FunctionAnswer answer) {
        for (std::size_t i = 0; i < count; ++i) {
            Told& told = told_.at(positions[i]);
            if (!told.is_taken) check_order(positions[i], told);
            told.is_taken = true;
        }
        return answer;
    }

    [[nodiscard]] bool is_too_old(const Told& told) const {
        return function().record_age_max &&
               told.appended + *function().record_age_max < noon + elapsed_;
    }

    // Of what is taken for the first time.
    void check_order(Position position, const Told& taken) {
        for (const auto& [earlier, told] : told_) {
            if (earlier >= position) return;
            if (told.order != taken.order || is_seen_to(told)) continue;
            const bool may_be_parked = told.failures > 0 || is_too_old(told);
            if (function().hold == Hold::item || !may_be_parked) {
                return fail("a record overtakes an earlier one of its item", position);
            }
        }
    }

    void answer_one() {
        if (under_way_.empty()) return;
        const auto one =
            under_way_.begin() + static_cast<std::ptrdiff_t>(drawn_.below(under_way_.size()));
        const UnderWay answered = std::move(*one);
        under_way_.erase(one);
        fed_.answer(answered.call, answered.answer);
    }

    // ---- what is noted ----

    // Each step may be the last for a while, so that others come between.
    void note() {
        if (noting_ == Noting::none) {
            take_notes(static_cast<FunctionFeed::NoteBy>(drawn_.below(3)));
            if (drawn_.one_in(4)) return;
        }
        if (noting_ == Noting::on_its_way) {
            if (drawn_.one_in(4)) drop_one_on_its_way();
            if (drawn_.one_in(6)) {
                noting_ = Noting::none;
                return fed_.fail_notes();
            }
            append_notes();
            if (drawn_.one_in(3)) return;
        }
        hear_notes();
    }

    void take_notes(FunctionFeed::NoteBy by) {
        notices_ = fed_.take_notes(by);
        if (!notices_.empty()) noting_ = Noting::on_its_way;
    }

    void append_notes() {
        const Position before = fed_.place.record;
        fed_.append_notes();
        noting_ = Noting::in_the_log;
        for (const Notice& notice : notices_) {
            const Position record = notice.function->record;
            if (notice.kind == NoticeKind::parked) {
                if (told_.contains(record)) told_.at(record).was_parked = true;
                if (broken_ == Broken::parked && drawn_.one_in(3)) fed_.parked.erase(record);
            }
        }
        for (const Notice& notice : notices_) check_notice(notice, before);
    }

    // To the end, if there are any. Returns whether there were.
    bool hear_notes() {
        if (noting_ == Noting::on_its_way) append_notes();
        if (noting_ == Noting::none) return false;
        noting_ = Noting::none;
        fed_.hear_notes();
        return true;
    }

    void check_notice(const Notice& notice, Position before) {
        const Position record = notice.function->record;
        if (notice.kind == NoticeKind::place) return check_place(before, record);
        const auto found = told_.find(record);
        if (found == told_.end()) return fail("what it is not told of is noted", record);
        const Told& told = found->second;
        if (notice.kind == NoticeKind::released) {
            if (!told.is_taken) fail("what is not taken is released", record);
            return;
        }
        if (notice.function->status == ParkedAs::held) return check_held(record, told);
        if (notice.function->status != ParkedAs::failed) return fail("it asks for itself", record);
        if (is_too_old(told)) return;
        // What was held follows by itself, and is then tried once.
        if (function().hold == Hold::item && told.failures > 0) return;
        if (!function().retries_max) return fail("what may be tried for ever is parked", record);
        if (told.failures < *function().retries_max + std::size_t{1}) {
            fail("what has not failed often enough is parked", record);
        }
    }

    void check_held(Position record, const Told& told) {
        if (function().hold != Hold::item) return fail("nothing is to be held", record);
        // It may also be before that one: after a crash it comes again, and is the next.
        const bool waits = std::any_of(told_.begin(), told_.end(), [&](const auto& other) {
            return other.first != record && other.second.order == told.order &&
                   other.second.was_parked;
        });
        if (!waits) fail("a record is held for none", record);
    }

    void check_place(Position before, Position place) {
        if (place <= before) fail("the place does not move on", place);
        for (const auto& [position, told] : told_) {
            if (position > place) return;
            if (!is_seen_to(told) && !fed_.parked.contains(position)) {
                return fail("the place passes what is neither taken nor parked", position);
            }
        }
    }

    static bool is_seen_to(const Told& told) { return told.is_taken || told.is_dropped; }

    // ---- from outside ----

    void crash() {
        under_way_.clear();
        noting_ = Noting::none;
        for (auto& [position, told] : told_) {
            if (position > fed_.place.record) told.is_dropped = false;
        }
        engine::FunctionPlace from = fed_.place;
        if (broken_ == Broken::place) from.record = feed().status().place;
        fed_.crash(from);
    }

    [[nodiscard]] std::vector<Position> parked_as(const std::set<ParkedAs>& statuses) const {
        std::vector<Position> records;
        for (const auto& [position, record] : fed_.parked) {
            if (statuses.contains(record.status)) records.push_back(position);
        }
        return records;
    }

    void ask_again() {
        const auto some = parked_as({ParkedAs::failed, ParkedAs::again});
        if (!some.empty()) fed_.ask_again(some[drawn_.below(some.size())]);
    }

    // What is dropped while it is handed over may be taken.
    void drop() {
        const auto some = parked_as({ParkedAs::failed, ParkedAs::again, ParkedAs::held});
        if (some.empty()) return;
        drop(some[drawn_.below(some.size())]);
    }

    void drop(Position record) {
        fed_.drop(record);
        told_.at(record).is_dropped = true;
    }

    // An order that comes before what the function has to say of the same record.
    void drop_one_on_its_way() {
        for (const Notice& notice : notices_) {
            if (fed_.parked.contains(notice.function->record)) {
                return drop(notice.function->record);
            }
        }
    }

    // ---- the end ----

    bool sleep() {
        const auto due = feed().due();
        if (due == engine::Clock::TimePoint::max()) return false;
        const auto left = std::chrono::ceil<milliseconds>(due - clock_.now());
        pass(std::max(left, milliseconds(0)));
        return true;
    }

    // From now on the function takes everything.
    void settle() {
        is_well_ = true;
        while (!under_way_.empty()) answer_one();
        hear_notes();
        for (std::size_t turn = 0; turn < turns_max && fault_.empty(); ++turn) {
            bool is_busy = false;
            while (read(50)) is_busy = true;
            while (call()) {
                is_busy = true;
                answer_one();
            }
            take_notes(FunctionFeed::NoteBy::time);
            if (hear_notes()) is_busy = true;
            if (!is_busy && !sleep()) return;
        }
        fail("it does not settle");
    }

    void check_end() {
        const engine::FeedStatus status = feed().status();
        if (status.waiting + status.under_way > 0) fail("something still waits");
        for (const auto& [position, record] : told_) {
            if (position > fed_.place.record && !fed_.parked.contains(position)) {
                fail("what is settled would come again", position);
            }
        }
        if (status.parked != fed_.parked.size()) fail("what is parked is not what is noted");
        for (const auto& [position, told] : told_) {
            if (!is_seen_to(told) && !fed_.parked.contains(position)) {
                fail("a record is lost", position);
            }
        }
    }

    void ask_for_all_again() {
        for (std::size_t round = 0; !fed_.parked.empty(); ++round) {
            if (round > told_.size()) return fail("what is asked for stays parked");
            for (const Position position : parked_as({ParkedAs::failed})) {
                fed_.ask_again(position);
            }
            settle();
            if (!fault_.empty()) return;
        }
        for (const auto& [position, told] : told_) {
            if (!is_seen_to(told)) fail("a record is never taken", position);
        }
    }

    Drawn drawn_;
    const Broken broken_;
    support::HeldClock clock_;
    milliseconds elapsed_{0};
    support::FunctionLog log_;
    support::FedFunction fed_;
    std::map<Position, Told> told_;
    std::vector<UnderWay> under_way_;
    Noting noting_ = Noting::none;
    std::vector<Notice> notices_;
    bool is_well_ = false;
    std::string fault_;
};

TEST(Functions, O2_EveryRecordIsTakenOrParkedAtLeastOnceInOrderPerItem) {
    EXPECT_TRUE(rc::check("functions, failures and crashes", [] {
        const std::uint64_t seed = below(1'000'000'000);
        const std::string fault = Story(seed).run();
        RC_LOG() << "the story of " << seed << ": " << fault;
        RC_ASSERT(fault.empty());
    }));
}

class BrokenFunctions : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenFunctions, AreFoundByStoriesThatAreRightWithoutThat) {
    constexpr std::uint64_t stories = 40;
    std::size_t found = 0;

    for (std::uint64_t seed = 1; seed <= stories; ++seed) {
        found += Story(seed, GetParam()).run().empty() ? 0 : 1;
        EXPECT_EQ(Story(seed).run(), "") << seed;
    }

    EXPECT_GT(found, 0U);
}

INSTANTIATE_TEST_SUITE_P(Functions, BrokenFunctions,
                         ::testing::Values(Broken::place, Broken::parked, Broken::reading,
                                           Broken::answers, Broken::orders));

}  // namespace
}  // namespace freshet::properties
