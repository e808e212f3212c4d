// Drives one function: reads the log into its feed, makes the calls that the feed wants, and
// appends what is to be noted.
//
//     the log  ->  FunctionFeed  ->  FunctionChannel, one for each call under way  ->  answer
//                       └──────  notices  ->  Engine::append
//
// It is woken when the log has grown, when a call or an append is answered, when there was an order
// about the function, and when the feed is due; then it does what can be done, and sleeps.
//
// What fails in the middle of that, as for want of memory, may leave the feed half done. Then the
// calls are ended, and another feed begins from what the log has: each record comes once more
// rather than not at all.
//
// Invariants
//   - Nothing is handed over before the log is folded, nor while the function is paused.
//   - After somebody has put the function to another place, nothing of the new one is handed over
//     before the calls of the old one are answered.
//
// Threads: that of its event loop.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "engine/engine.h"
#include "engine/functions/function_board.h"
#include "engine/functions/function_feed.h"
#include "http/functions/call_signature.h"
#include "http/functions/function_caller.h"
#include "http/observing/server_log.h"
#include "http/serving/asio_types.h"
#include "http/serving/postbox.h"

namespace freshet::http {

class FunctionDriver : public std::enable_shared_from_this<FunctionDriver> {
public:
    // What all drivers of one event loop share. The references outlive them.
    struct Loop {
        asio::io_context& io;
        std::shared_ptr<Postbox> postbox;
        engine::Engine& engine;
        ServerLog& log;
        std::function<void(storage::Position position)> watch;  // has all woken when it is shown
    };

    // By what calls are signed, and who is believed.
    struct Credentials {
        std::optional<CallSignature> signature;
        std::shared_ptr<CallTrust> trust;
    };

    // Fails with refused  if a file or a variable that the function names cannot be read.
    static Result<Credentials> load(const engine::Function& function);

    FunctionDriver(const Loop& loop, const engine::Function& function, Credentials credentials);

    // Runs until stop(), and what was under way is answered.
    static Awaitable<void> run(std::shared_ptr<FunctionDriver> self);

    void wake();
    // An order about the function was answered: about those parked records, if any.
    void note_order(const std::vector<storage::Position>& parked);
    // Begins no more calls, and notes the place once those under way are answered.
    void stop();
    // Ends those that are.
    void abort();

    [[nodiscard]] const engine::Function& function() const { return function_; }

private:
    using ReadPointPtr = std::shared_ptr<const engine::ReadPoint>;

    void work();
    // Whether there is a feed, made of what the state says.
    bool prepare();
    // Ends the feed, if another one is to begin and nothing of this one is under way.
    void end_feed();
    bool begin(const engine::ReadPoint& read_point);
    // Makes known where a function is that is not fed.
    void rest(storage::Position place, const std::vector<engine::ParkedRecord>& parked);
    // Where a function begins that has no place. Fails with unavailable  if that is a time that has
    // not come yet.
    [[nodiscard]] Result<storage::Position> start_of(const engine::ReadPoint& read_point) const;
    void note_start(storage::Position place);
    // Takes in what orders have changed, if there were any. Returns whether it could be read.
    bool take_orders();
    [[nodiscard]] Result<std::vector<engine::ParkedRecord>> all_parked(
        const engine::ReadPoint& read_point) const;
    [[nodiscard]] Result<storage::Record> record_at(storage::Position position) const;
    void read_some();
    void make_calls();
    void note(engine::FunctionFeed::NoteBy by);
    void append(std::vector<storage::Notice> notices);
    void heard(const Result<engine::Receipt>& receipt);
    static Awaitable<void> deliver(std::shared_ptr<FunctionDriver> self, engine::FunctionCall call);
    [[nodiscard]] std::shared_ptr<FunctionChannel> lend_channel();
    [[nodiscard]] std::shared_ptr<FunctionChannel> make_channel() const;
    void take_back(const std::shared_ptr<FunctionChannel>& channel);
    void restart_after(const std::exception& error);
    // Whether nothing is under way that has to be answered.
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] std::string head_of(const engine::FunctionCall& call) const;
    void take_outcome(const engine::FunctionCall& call, const CallOutcome& outcome);
    void tell();
    void tell_log(const engine::FeedStatus& status);
    [[nodiscard]] engine::FunctionState state(const engine::FeedStatus& status) const;
    [[nodiscard]] bool may_call() const;
    void retry_later() { retry_at_ = now() + std::chrono::seconds(1); }
    [[nodiscard]] TimePoint due() const;

    const Loop loop_;
    const engine::Function& function_;
    const Credentials credentials_;
    Timer timer_;
    bool is_pending_ = true;  // there is something to do
    bool is_stopping_ = false;
    bool is_ended_ = false;                // stopped, with everything answered and its place noted
    bool is_ordered_ = false;              // there were orders that are not taken in yet
    std::set<storage::Position> ordered_;  // parked records that they are about
    bool is_paused_ = false;
    bool is_resting_ = false;     // it is disabled, and has its place
    bool is_restarting_ = false;  // the feed is to end, and another one to begin
    bool is_broken_ = false;      // the feed may be half done: nothing more is asked of it
    bool is_appending_ = false;   // a batch of notices
    bool has_news_ = false;       // others have appended since the place was noted
    TimePoint retry_at_ = TimePoint::max();
    std::uint64_t epoch_ = 0;
    std::optional<engine::FunctionFeed> feed_;
    engine::FeedStatus before_;  // what is known without a feed, and what earlier ones have counted
    std::vector<std::shared_ptr<FunctionChannel>> idle_;
    std::vector<std::shared_ptr<FunctionChannel>> busy_;
    engine::CallDurations durations_;
    bool was_failing_ = false;
    std::string told_stopped_;
    std::uint64_t told_parked_ = 0;
};

}  // namespace freshet::http
