// One function's records, from the log to its calls, and what is to be noted of them.
//
//     begin_pass, take  ->  FunctionLane (by item)  ->  next()  ->  the call  ->  answer()
//                                                                                  │
//                    taken, left out, parked  ->  notes()  ->  the log  ->  noted() ┘
//
// A batch that fails is handed over again, as often as the function's settings allow: whole, or
// with `bisect_batch_on_function_error` in halves, or from the record on that the answer names.
// What has failed too often, or is too old, is parked: noted in the log with its error, together
// with the place of the function behind it. So nothing vanishes, and nothing is in the way.
//
// What is handed over but not noted yet is handed over again after a crash: at least once, and of
// each item in order.
//
// Invariants
//   - The place that is noted has behind it every record that was not taken, left out or parked.
//   - A place is noted only if something was: an idle log stays as it is.
//   - At most one call of a lane is under way, and one of what is handed over again.
//
// Threads: belongs to one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog/function.h"
#include "engine/clock.h"
#include "engine/folding/function_facts.h"
#include "engine/functions/function_answer.h"
#include "engine/functions/function_call.h"
#include "engine/functions/function_lane.h"
#include "engine/functions/function_window.h"
#include "engine/functions/parked_records.h"
#include "engine/observing/function_status.h"
#include "engine/watching/watched_record.h"
#include "storage/notice.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"

namespace freshet::engine {

class FunctionFeed {
public:
    // The log's record at a position.
    using ReadRecord = std::function<Result<storage::Record>(storage::Position position)>;

    // Feeds what stands behind the place, of the log of that epoch. `parked` is what the state has.
    // Borrows function and clock.
    FunctionFeed(const Function& function, const Clock& clock, std::uint64_t epoch,
                 const FunctionPlace& place, const std::vector<ParkedRecord>& parked,
                 ReadRecord read_record);

    // From where the log is to be read, behind this position, and for how many records there is
    // room. Nothing if there is none.
    struct Pass {
        storage::Position after;
        std::size_t room;
    };
    [[nodiscard]] std::optional<Pass> begin_pass();
    // Takes in the next record of the pass. Returns whether there is room for more.
    bool take(const WatchedRecord& watched);

    // Everything that was appended up to now has been taken in.
    void note_caught_up() { caught_up_ = clock_.wall_now(); }

    // The next call that is to be made now.
    [[nodiscard]] std::optional<FunctionCall> next();
    // What became of the call of that number.
    void answer(std::uint64_t call, const FunctionAnswer& answer);

    // How soon a place is to be noted. What is parked or released is at once, whatever this says.
    enum class NoteBy {
        time,    // a second after the last
        others,  // sooner: others append anyhow
        now
    };
    // What is to be appended as one batch now. Empty if there is nothing, or the last is not
    // noted() yet.
    [[nodiscard]] std::vector<storage::Notice> notes(NoteBy by);
    // The batch was appended: each notice at its position, or 0 where an order came before it. Or,
    // if there are no positions, it was not, and comes again.
    void noted(const std::optional<std::vector<storage::Position>>& positions);

    // When next() or notes() may have something without anything else; the end of time if never.
    [[nodiscard]] Clock::TimePoint due() const;

    // The same for notes() alone.
    [[nodiscard]] Clock::TimePoint note_due() const;

    // An order was about that record, and this is what the state has of it by now.
    void learn(storage::Position record, const std::optional<ParkedRecord>& parked);
    // Those of which orders came before what is under way, or to be noted, of them: what the state
    // has of them by now is to be learned.
    [[nodiscard]] std::vector<storage::Position> take_unlearned();

    // The notice that has put the function to where this feed began; 0 if none has.
    [[nodiscard]] storage::Position reset() const { return reset_; }
    // What an earlier feed of the function has counted belongs to its counts.
    void count_on(const FeedStatus& earlier);
    [[nodiscard]] FeedStatus status() const;

private:
    // Of a lane, or of what is handed over again.
    struct Turn {
        std::uint64_t call = 0;  // under way; 0: none is
        Clock::TimePoint not_before{};
        std::uint32_t failures = 0;  // in a row
    };
    struct Lane {
        FunctionLane records;
        Turn turn;
        std::optional<FunctionWindow> window = std::nullopt;  // nothing: the function has none
        bool is_in_pass = false;  // it takes in what comes; else it is read again, from where it is
    };
    static constexpr std::size_t again = ~std::size_t{0};  // in place of the number of a lane

    struct UnderWay {
        std::size_t lane = again;
        std::optional<storage::Record> parked = std::nullopt;  // what is handed over again
        bool is_final = false;                                 // the last call of a window
    };

    [[nodiscard]] std::size_t lane_index(std::string_view item) const;
    [[nodiscard]] Lane& lane_of(std::string_view item);
    [[nodiscard]] std::string item_of(storage::ImageView keys) const;
    // Whether the function is to be fed with a record of its table.
    [[nodiscard]] bool is_fed(const storage::Record& record) const;
    void take_in(const storage::Record& record, const std::string& item, Lane& lane);
    FunctionRecord made_of(const storage::Record& record, std::string item) const;
    // `members` are those of a window.
    FunctionCall call_of(const std::vector<FunctionRecord>& records, std::uint32_t attempt,
                         std::string_view members = {});
    [[nodiscard]] std::optional<FunctionCall> next_again(Clock::TimePoint now);
    // Of a record that is handed over again, if the function has windows; else empty.
    [[nodiscard]] std::string members_of_own_window(const storage::Record& record,
                                                    std::string_view item) const;
    [[nodiscard]] bool is_its_turn(storage::Position parked) const;
    // The first record that the lane has, or would have.
    [[nodiscard]] static storage::Position first_of(const Lane& lane);
    // Whether what begins there may be handed over, though the function may have stopped.
    [[nodiscard]] bool may_feed(storage::Position first) const;
    [[nodiscard]] bool may_be_tried_again(const ParkedRecords::Entry& entry,
                                          storage::Position record);
    [[nodiscard]] std::optional<FunctionCall> next_of(std::size_t index, Clock::TimePoint now);
    // The batch that the lane is to hand over now; null if it has none.
    FunctionLane::Batch* front_of(Lane& lane, Clock::TimePoint now) const;
    // Whether nothing more can come that belongs to the window.
    [[nodiscard]] bool is_over(const FunctionWindow& window) const;
    [[nodiscard]] bool is_final_call_due(const Lane& lane) const;
    [[nodiscard]] Clock::TimePoint due_of(const Lane& lane) const;
    void park_too_old(Lane& lane, Clock::TimePoint now);
    void answer_again(const UnderWay& call, const FunctionAnswer& answer);
    void answer_lane(Lane& lane, const FunctionAnswer& answer);
    void give_up(Lane& lane, const FunctionAnswer& answer, std::uint32_t attempts);
    void settle(std::vector<FunctionRecord> done);
    void park(std::vector<FunctionRecord> records, const std::string& error,
              std::uint32_t attempts);
    void hold(std::vector<FunctionRecord> records);
    void note_parked(const storage::Record& record, std::string item, storage::FunctionNote note);
    void back_off(Turn& turn, const FunctionAnswer& answer);
    void put_parked(const ParkedRecord& parked);
    void park_taken(const ParkedRecord& parked);
    void release(storage::Position record);
    // The notice in the log, or on its way, that the next one of the record rests on.
    [[nodiscard]] storage::Position noted_of(storage::Position record) const;
    [[nodiscard]] bool is_noting(storage::Position record) const;
    // Whether an answer or an append about the record is still to come.
    [[nodiscard]] bool is_busy_with(storage::Position record) const;
    void note_released(storage::Position record);
    // The notice stands at that position; 0: an order came before it.
    void take_noted(const storage::Notice& notice, storage::Position noted);
    void stop_if_too_many();
    // Up to where everything is done with, but for what is to be noted of `unnoted` and behind.
    [[nodiscard]] storage::Position place() const;
    // A record up to there was taken, left out or parked.
    void make_worth(storage::Position settled);
    [[nodiscard]] bool is_place_unnoted() const;
    [[nodiscard]] storage::Notice notice(storage::NoticeKind kind,
                                         storage::FunctionNote note) const;

    const Function& function_;
    const Clock& clock_;
    const std::uint64_t epoch_;
    storage::Position reset_;
    const ReadRecord read_record_;
    std::minstd_rand random_;
    std::chrono::system_clock::time_point caught_up_;

    std::vector<Lane> lanes_;
    ParkedRecords parked_;
    std::set<storage::Position> released_;  // before their lanes have come to them
    Turn again_;
    std::map<std::uint64_t, UnderWay> calls_;
    std::uint64_t last_call_ = 0;
    std::size_t next_lane_ = 0;

    // To be noted: what is parked or released, by record.
    std::map<storage::Position, storage::Notice> unnoted_;
    std::set<storage::Position> unlearned_;
    std::uint64_t passed_ = 0;  // records of other tables since a place was noted
    storage::Position noted_place_;
    storage::Position worth_;  // the last record that makes a place behind it worth noting
    std::vector<storage::Notice> noting_;        // the batch that is being appended
    std::set<storage::Position> noting_parked_;  // the parked records of which it is
    bool is_noting_ = false;
    Clock::TimePoint noted_at_;
    Clock::TimePoint note_not_before_{};

    FeedStatus status_;
    storage::Position stopped_at_;  // the last record that was parked when it stopped
};

}  // namespace freshet::engine
