#include "http/functions/function_driver.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "engine/folding/function_facts.h"
#include "engine/functions/function_event.h"
#include "engine/text/hexadecimal.h"
#include "engine/version.h"
#include "http/functions/function_caller.h"
#include "http/functions/function_process.h"

namespace freshet::http {
namespace {

using engine::FunctionCall;
using engine::FunctionFeed;
using engine::FunctionState;
using storage::Position;

constexpr std::chrono::hours sleep_max{1};
constexpr std::size_t parked_page = 1'000;
// At once, of which some may be of other tables.
constexpr std::size_t read_records_min = 32;
constexpr std::size_t read_records_max = 500;
constexpr std::size_t read_bytes_max = 256U << 10U;

std::string range_of(const FunctionCall& call) {
    return std::to_string(call.first.value) + '-' + std::to_string(call.last.value);
}

}  // namespace

Result<FunctionDriver::Credentials> FunctionDriver::load(const engine::Function& function) {
    Credentials credentials;
    if (function.secret) {
        auto signature = CallSignature::load(*function.secret);
        if (!signature) {
            return fail(signature.error().code, "the secret of function " + function.name + ": " +
                                                    signature.error().message);
        }
        credentials.signature = *std::move(signature);
    }
    auto trust = make_call_trust(function);
    if (!trust) return fail(trust.error());
    credentials.trust = *std::move(trust);
    return credentials;
}

FunctionDriver::FunctionDriver(const Loop& loop, const engine::Function& function,
                               Credentials credentials)
    : loop_(loop), function_(function), credentials_(std::move(credentials)), timer_(loop.io) {}

Awaitable<void> FunctionDriver::run(std::shared_ptr<FunctionDriver> self) {
    while (!self->is_ended_) {
        self->is_pending_ = false;
        try {
            self->work();
        } catch (const std::exception& error) {
            self->restart_after(error);
        }
        if (self->is_ended_) break;
        if (self->is_pending_) {
            co_await asio::post(self->loop_.io.get_executor(), as_value);
            continue;
        }
        self->timer_.expires_at(self->due());
        co_await self->timer_.async_wait(as_value);
    }
    self->abort();
    self->tell();
}

void FunctionDriver::wake() {
    is_pending_ = true;
    timer_.cancel();
}

void FunctionDriver::note_order(const std::vector<Position>& parked) {
    is_ordered_ = true;
    ordered_.insert(parked.begin(), parked.end());
    wake();
}

void FunctionDriver::stop() {
    is_stopping_ = true;
    wake();
}

void FunctionDriver::abort() {
    for (const auto& channel : busy_) channel->abort();
}

void FunctionDriver::restart_after(const std::exception& error) {
    is_broken_ = true;
    is_restarting_ = true;
    abort();
    retry_later();
    loop_.log.error("function " + function_.name + " continues after: ", error.what());
}

TimePoint FunctionDriver::due() const {
    // What has failed would only fail again at once.
    if (retry_at_ != TimePoint::max()) return retry_at_;
    TimePoint due = now() + sleep_max;
    if (feed_ && may_call()) due = std::min(due, feed_->due());
    if (feed_ && !may_call()) due = std::min(due, feed_->note_due());
    return due;
}

bool FunctionDriver::may_call() const {
    return !is_stopping_ && !is_paused_ && !is_restarting_;
}

void FunctionDriver::work() {
    if (retry_at_ <= now()) retry_at_ = TimePoint::max();
    if (prepare()) {
        if (!is_stopping_) read_some();
        make_calls();
        note(is_stopping_ ? FunctionFeed::NoteBy::now
             : has_news_  ? FunctionFeed::NoteBy::others
                          : FunctionFeed::NoteBy::time);
    }
    is_ended_ = is_stopping_ && is_idle();
    tell();
}

bool FunctionDriver::is_idle() const {
    return busy_.empty() && !is_appending_;
}

bool FunctionDriver::prepare() {
    if (feed_ && !is_broken_ && !take_orders()) retry_later();
    if (feed_ && is_restarting_) end_feed();
    if (feed_) return !is_restarting_;
    if (is_appending_ || is_stopping_ || (is_resting_ && !is_ordered_)) return false;
    const auto read_point = loop_.engine.read_point();
    if (read_point && begin(**read_point)) return true;
    if (!is_appending_ && !is_resting_) retry_later();
    return false;
}

void FunctionDriver::end_feed() {
    if (!is_idle()) return;
    if (!is_broken_) before_ = feed_->status();
    feed_.reset();
    is_broken_ = false;
}

// A function that begins behind the newest record, as the start of the server finds it, says so in
// the log first: what comes after that is fed, whatever happens meanwhile.
bool FunctionDriver::begin(const engine::ReadPoint& read_point) {
    const auto place = engine::find_place(function_.name, read_point.state());
    if (!place) return false;
    if (!*place && std::holds_alternative<engine::Latest>(function_.start)) {
        note_start(loop_.engine.opened_at_position());
        return false;
    }
    const auto parked = all_parked(read_point);
    const auto paused = engine::is_paused(function_.name, read_point.state());
    if (!parked || !paused) return false;
    is_ordered_ = false;
    ordered_.clear();
    if (!function_.is_enabled) {
        rest(place->value_or(engine::FunctionPlace{}).record, *parked);
        return false;
    }
    engine::FunctionPlace from = place->value_or(engine::FunctionPlace{});
    if (!*place) {
        const auto start = start_of(read_point);
        if (!start) return false;
        from.record = *start;
    }
    is_paused_ = *paused;
    is_restarting_ = false;
    epoch_ = read_point.mark().epoch;
    feed_.emplace(function_, loop_.engine.clock(), epoch_, from, *parked,
                  [this](Position position) { return record_at(position); });
    feed_->count_on(before_);
    return true;
}

void FunctionDriver::rest(Position place, const std::vector<engine::ParkedRecord>& parked) {
    is_resting_ = true;
    before_.place = place;
    before_.parked = parked.size();
    before_.held = static_cast<std::size_t>(std::count_if(
        parked.begin(), parked.end(),
        [](const engine::ParkedRecord& one) { return one.status == storage::ParkedAs::held; }));
}

Result<Position> FunctionDriver::start_of(const engine::ReadPoint& read_point) const {
    if (const auto* position = std::get_if<Position>(&function_.start)) return *position;
    if (const auto* time = std::get_if<storage::AppendTime>(&function_.start)) {
        if (*time > loop_.engine.clock().wall_now()) return fail(Errc::unavailable, "not yet");
        return loop_.engine.position_before(read_point, *time);
    }
    return Position{};
}

void FunctionDriver::note_start(Position place) {
    storage::Notice notice{.kind = storage::NoticeKind::place, .by = {}, .table = {}, .stream = {}};
    notice.name = function_.name;
    notice.function = storage::FunctionNote{.record = place};
    append({std::move(notice)});
}

bool FunctionDriver::take_orders() {
    for (const Position record : feed_->take_unlearned()) {
        ordered_.insert(record);
        is_ordered_ = true;
    }
    if (!is_ordered_) return true;
    const auto read_point = loop_.engine.read_point();
    if (!read_point) return false;
    const auto& state = (*read_point)->state();
    const auto place = engine::find_place(function_.name, state);
    const auto paused = engine::is_paused(function_.name, state);
    if (!place || !paused) return false;
    while (!ordered_.empty()) {
        const Position record = *ordered_.begin();
        const auto parked = engine::find_parked(function_.name, record, state);
        if (!parked) return false;
        feed_->learn(record, *parked);
        ordered_.erase(ordered_.begin());
    }
    is_paused_ = *paused;
    is_restarting_ = is_restarting_ || (*place && (*place)->reset != feed_->reset());
    is_ordered_ = false;
    return true;
}

Result<std::vector<engine::ParkedRecord>> FunctionDriver::all_parked(
    const engine::ReadPoint& read_point) const {
    std::vector<engine::ParkedRecord> all;
    Position after;
    while (true) {
        auto page = engine::parked_after(function_.name, after, parked_page, read_point.state());
        if (!page) return fail(page.error());
        const bool is_last = page->size() < parked_page;
        for (engine::ParkedRecord& one : *page) {
            one.error = {};  // which nobody asks for here, and of many takes much room
            all.push_back(std::move(one));
        }
        if (is_last) return all;
        after = all.back().record;
    }
}

Result<storage::Record> FunctionDriver::record_at(Position position) const {
    const auto read_point = loop_.engine.read_point();
    if (!read_point) return fail(read_point.error());
    auto record = loop_.engine.record_at(**read_point, position);
    if (!record) return fail(record.error());
    if (*record) return **std::move(record);
    return fail(Errc::corrupt, "the log has no record at position " +
                                   std::to_string(position.value) + ", which is parked");
}

// A slice of the log, so that others have their turn.
void FunctionDriver::read_some() {
    const auto pass = feed_->begin_pass();
    if (!pass) return;
    const auto read_point = loop_.engine.read_point();
    if (!read_point) return retry_later();
    const Position head = (*read_point)->position();
    if (pass->after >= head) {
        feed_->note_caught_up();
        return loop_.watch(head);
    }
    const auto records = loop_.engine.watched_after(
        **read_point, pass->after,
        {.records = std::clamp(pass->room, read_records_min, read_records_max),
         .bytes = read_bytes_max});
    if (!records) return retry_later();
    for (const auto& watched : *records) {
        has_news_ = has_news_ || !watched->record().is_notice();
        if (!feed_->take(*watched)) break;
    }
    is_pending_ = true;
}

void FunctionDriver::make_calls() {
    while (may_call()) {
        auto call = feed_->next();
        if (!call) return;
        asio::co_spawn(loop_.io, deliver(shared_from_this(), *std::move(call)), asio::detached);
    }
}

void FunctionDriver::note(FunctionFeed::NoteBy by) {
    auto notices = feed_->notes(by);
    if (notices.empty()) return;
    has_news_ = false;
    append(std::move(notices));
}

void FunctionDriver::append(std::vector<storage::Notice> notices) {
    engine::ChangeBatch batch;
    batch.notices = std::move(notices);
    batch.tells_outcomes = false;
    loop_.engine.append(std::move(batch),
                        [postbox = loop_.postbox, self = weak_from_this()](const auto& receipt) {
                            postbox->post_surely([self, receipt] {
                                if (const auto driver = self.lock()) driver->heard(receipt);
                            });
                        });
    is_appending_ = true;  // and heard() comes later, whatever thread answers
}

void FunctionDriver::heard(const Result<engine::Receipt>& receipt) {
    is_appending_ = false;
    if (feed_ && is_broken_) return wake();
    if (feed_) {
        feed_->noted(receipt ? std::optional(receipt->notices) : std::nullopt);
    } else if (!receipt) {
        retry_later();
    }
    wake();
}

std::string FunctionDriver::head_of(const FunctionCall& call) const {
    const std::string epoch = engine::hexadecimal(epoch_);
    std::string id = epoch + '.' + range_of(call);
    if (!call.reason.empty()) id += '.' + call.reason;
    std::string head;
    const auto add = [&head](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    add("Content-Type", engine::frame_of(function_).content_type);
    add("Content-Length", std::to_string(call.body.size()));
    add("User-Agent", "Freshet/" + std::string(engine::version()));
    add("Freshet-Function", function_.name);
    add("Freshet-Epoch", epoch);
    add("Freshet-Positions", range_of(call));
    add("Freshet-Attempt", std::to_string(call.attempt));
    if (!credentials_.signature) return head;
    const auto time = wall_clock_now();
    add("Webhook-Id", id);
    add("Webhook-Timestamp", std::to_string(time.time_since_epoch().count()));
    add("Webhook-Signature", credentials_.signature->sign(id, time, call.body));
    return head;
}

std::shared_ptr<FunctionChannel> FunctionDriver::make_channel() const {
    if (function_.command.empty()) {
        return std::make_shared<FunctionCaller>(loop_.io, function_, credentials_.trust);
    }
    return std::make_shared<FunctionProcess>(loop_.io, function_, loop_.log);
}

std::shared_ptr<FunctionChannel> FunctionDriver::lend_channel() {
    if (idle_.empty()) idle_.push_back(make_channel());
    busy_.push_back(idle_.back());
    idle_.pop_back();
    idle_.reserve(idle_.size() + busy_.size());  // so that all of them can be taken back
    return busy_.back();
}

void FunctionDriver::take_back(const std::shared_ptr<FunctionChannel>& channel) {
    if (!channel) return;
    std::erase(busy_, channel);
    idle_.push_back(channel);
}

Awaitable<void> FunctionDriver::deliver(std::shared_ptr<FunctionDriver> self, FunctionCall call) {
    std::shared_ptr<FunctionChannel> channel;
    CallOutcome outcome;
    const TimePoint begin = now();
    try {
        channel = self->lend_channel();
        outcome = co_await channel->call(self->head_of(call), std::move(call.body));
    } catch (const std::exception& error) {
        outcome.error = error.what();
        outcome.is_attempt = false;
    }
    self->take_back(channel);
    self->durations_.add(std::chrono::duration<double>(now() - begin).count());
    try {
        self->take_outcome(call, outcome);
    } catch (const std::exception& error) {
        self->restart_after(error);
    }
    self->wake();
}

void FunctionDriver::take_outcome(const FunctionCall& call, const CallOutcome& outcome) {
    if (!feed_ || is_broken_) return;
    if (!outcome.error.empty()) {
        return feed_->answer(call.number, engine::no_answer(outcome.error, outcome.is_attempt));
    }
    const engine::FunctionReply reply{.status = outcome.status,
                                      .body = outcome.body,
                                      .says_error = outcome.says_error,
                                      .retry_after = outcome.retry_after,
                                      .ends_window = call.ends_window};
    feed_->answer(call.number,
                  engine::read_answer(function_, reply, call.identifiers, call.event_ids));
}

FunctionState FunctionDriver::state(const engine::FeedStatus& status) const {
    if (!function_.is_enabled) return FunctionState::disabled;
    if (!feed_) return FunctionState::starting;
    if (is_paused_) return FunctionState::paused;
    if (!status.stopped.empty()) return FunctionState::stopped;
    return status.failures > 0 ? FunctionState::failing : FunctionState::running;
}

void FunctionDriver::tell() {
    engine::FunctionStatus status;
    if (feed_ && !is_broken_) before_ = feed_->status();
    status.feed = before_;
    status.state = state(status.feed);
    status.durations = durations_;
    tell_log(status.feed);
    loop_.engine.functions().tell(function_, std::move(status));
}

// Says what somebody should know, each once.
void FunctionDriver::tell_log(const engine::FeedStatus& status) {
    const std::string name = "function " + function_.name;
    const bool is_failing = status.failures > 0;
    if (is_failing && !was_failing_) {
        loop_.log.warn(name + " fails, and is tried again: ", status.error);
    }
    if (!is_failing && was_failing_) loop_.log.info(name + " continues");
    was_failing_ = is_failing;
    if (const auto parked = status.parked_ever - told_parked_; parked > 0) {
        loop_.log.warn(name + ": " + std::to_string(parked) +
                       (parked == 1 ? " record was" : " records were") +
                       " parked; to see them: freshet parked list " + function_.name);
    }
    told_parked_ = status.parked_ever;
    if (status.stopped != told_stopped_ && !status.stopped.empty()) {
        loop_.log.error(name + " has stopped: ", status.stopped);
    }
    told_stopped_ = status.stopped;
}

}  // namespace freshet::http
