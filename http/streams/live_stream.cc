#include "http/streams/live_stream.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "engine/text/json.h"
#include "engine/watching/picture_json.h"
#include "http/streams/sse_frame.h"
#include "storage/invariant.h"

namespace freshet::http {

namespace {

using engine::LiveAnswer;
using engine::LiveCursor;
using storage::Position;
using Kind = LiveAnswer::Kind;

// How often the newest read point is asked for while others are shown later ones.
constexpr int looks_max = 4;

// Of all views together, in the order in which they were asked for.
std::uint64_t fingerprint_of(const std::vector<LiveRequest::View>& views) {
    std::vector<std::uint64_t> fingerprints;
    fingerprints.reserve(views.size());
    for (const LiveRequest::View& view : views) fingerprints.push_back(view.fingerprint);
    return XXH3_64bits(fingerprints.data(), fingerprints.size() * sizeof(std::uint64_t));
}

// What the client says that it has of the views; of position 0 if nothing follows from that.
SentViews views_had(const LiveRequest& asked, const storage::LogMark& head) {
    const SentViews none{Position{}, fingerprint_of(asked.views)};
    if (!asked.last_id) return none;
    const auto id = parse_event_id(*asked.last_id);
    if (!id || id->epoch != head.epoch || !id->views) return none;
    const bool is_same = id->views->fingerprint == none.fingerprint;
    return is_same && id->views->position <= head.position ? *id->views : none;
}

// What is asked for can be read no more, however often it is tried: its list is another now.
bool is_final(const Error& error) {
    return error.code == Errc::refused || error.code == Errc::malformed ||
           error.code == Errc::gone || error.code == Errc::forbidden;
}

std::size_t count(const std::vector<LiveAnswer>& answers, Kind kind) {
    return static_cast<std::size_t>(
        std::count_if(answers.begin(), answers.end(),
                      [kind](const LiveAnswer& answer) { return answer.kind == kind; }));
}

}  // namespace

LiveStream::LiveStream(const engine::Engine& engine, LiveRequest asked,
                       const engine::ReadPoint& newest)
    : engine_(engine),
      epoch_(newest.mark().epoch),
      names_views_(asked.names_views),
      form_(asked.form),
      named_bookmarks_(asked.named_bookmarks),
      every_(asked.every),
      seen_(newest.position()),
      sent_views_(views_had(asked, newest.mark())) {
    invariant(!asked.views.empty(), "who watches live views watches one at least");
    views_.reserve(asked.views.size());
    for (LiveRequest::View& view : asked.views) {
        views_.push_back({.name = std::move(view.name),
                          .watch = std::move(view.watch),
                          .cursor = {.position = sent_views_.position}});
    }
    if (asked.events) {
        asked.events->last_id = asked.last_id;
        asked.events->named_bookmarks = asked.named_bookmarks;
        events_.emplace(engine, *std::move(asked.events), newest);
        events_->set_views(sent_views_);
    }
    start_id_ = id_text();
}

EventId LiveStream::id() const {
    return {epoch_, events_ ? events_->position() : seen_, sent_views_};
}

std::string LiveStream::id_text() const {
    std::string text;
    append_event_id(text, id());
    return text;
}

// Views may be behind the events, where they are told with others. Those that rest are not waited
// for.
Position LiveStream::position() const {
    if (!events_) return seen_;
    return rests_until_ ? events_->position() : std::min(events_->position(), seen_);
}

std::optional<ResetReason> LiveStream::reset() const {
    return events_ ? events_->reset() : std::nullopt;
}

std::size_t LiveStream::sent() const {
    return sent_ + (events_ ? events_->sent() : 0);
}

bool LiveStream::has_ended() const {
    return !names_views_ && !views_.front().watch;
}

void LiveStream::begin(std::string& out) {
    if (events_) return events_->begin(out);
    append_hello(out, epoch_, seen_);
    append_bookmark(out);
}

void LiveStream::append_bookmark(std::string& out) const {
    Stream::append_bookmark(out, id(), named_bookmarks_);
}

// The views come first in the beginning: events may be long in coming.
Result<bool> LiveStream::fill(std::string& out, std::size_t bytes_max) {
    if (!events_) return tell_newest(out);
    if (!has_looked_) {
        auto is_told = tell_newest(out);
        if (!is_told || !*is_told) return is_told;
        if (out.size() >= bytes_max) return false;
    }
    auto has_all_events = events_->fill(out, bytes_max);
    if (!has_all_events) return has_all_events;
    if (out.size() >= bytes_max) return false;
    auto is_told = tell_newest(out);
    if (!is_told) return is_told;
    return *is_told && *has_all_events;
}

bool LiveStream::is_resting() {
    if (rests_until_ && std::chrono::steady_clock::now() >= *rests_until_) rests_until_.reset();
    return rests_until_.has_value();
}

// Until the next stretch of time begins.
void LiveStream::rest() {
    if (every_.count() == 0) return;
    const auto stretches = std::chrono::steady_clock::now().time_since_epoch() / every_;
    rests_until_ = TimePoint((stretches + 1) * every_);
}

// Returns false if others were shown later moments all the while.
Result<bool> LiveStream::tell_newest(std::string& out) {
    if (is_resting()) return true;
    engine::LivePoint& point = engine_.live_point();
    // Who begins has seen what was written before.
    auto at = has_looked_ ? point.current() : point.renewed();
    for (int i = 0; i < looks_max; ++i) {
        if (!at) return fail(at.error());
        auto is_told = tell(**at, out);
        if (!is_told || *is_told) return is_told;
        at = point.later_than((*at)->position());
    }
    return false;
}

bool LiveStream::may_have_changed(const engine::ReadPoint& read_point) const {
    return std::any_of(views_.begin(), views_.end(), [&](const Watched& watched) {
        return watched.watch && watched.watch->may_have_changed(read_point, watched.cursor);
    });
}

// A client that begins with the snapshot of one view begins with those of all.
Result<LiveStream::Answers> LiveStream::look(const engine::ReadPoint& read_point) {
    Answers answers;
    for (bool has_nothing = false;; has_nothing = true) {
        answers.clear();
        for (const Watched& watched : views_) {
            const LiveCursor from = has_nothing ? LiveCursor{} : watched.cursor;
            if (!watched.watch || !watched.watch->may_have_changed(read_point, from)) {
                answers.push_back({.cursor = from});
                continue;
            }
            auto answer = watched.watch->look(read_point, from);
            if (!answer && !is_final(answer.error())) return fail(answer.error());
            if (!answer) answer = LiveAnswer{.kind = Kind::ended, .cursor = from};
            answers.push_back(*std::move(answer));
        }
        const bool is_same = has_looked_ || has_nothing || sent_views_.position == Position{};
        if (is_same || count(answers, Kind::snapshot) == 0) return answers;
    }
}

// Appends what has changed of the views up to the read point. Returns false if others were shown a
// later one.
Result<bool> LiveStream::tell(const engine::ReadPoint& read_point, std::string& out) {
    const Position now = read_point.position();
    // Also where a look fails: it is tried again at the next tick, and not at once.
    seen_ = now;
    if (may_have_changed(read_point)) {
        const auto answers = look(read_point);
        if (!answers) return fail(answers.error());
        if (count(*answers, Kind::overtaken) > 0) return false;
        const std::size_t before = sent_;
        append(out, *answers, now);
        if (sent_ > before) rest();
    }
    has_looked_ = true;
    say_seen(now);
    return true;
}

// The views are as of that position, but for those that have ended.
void LiveStream::say_seen(Position position) {
    bool has_all = true;
    for (Watched& watched : views_) {
        watched.cursor.position = position;
        has_all = has_all && watched.watch;
    }
    sent_views_.position = has_all ? position : Position{};
    if (events_) events_->set_views(sent_views_);
}

void LiveStream::append(std::string& out, const Answers& answers, Position position) {
    const bool has_change = std::any_of(answers.begin(), answers.end(), [](const auto& answer) {
        return answer.change != nullptr;
    });
    std::size_t left = count(answers, Kind::snapshot) + (has_change ? 1 : 0);
    if (left > 1) {
        sent_views_.position = {};
        append_bookmark(out);
    }
    for (std::size_t i = 0; i < views_.size(); ++i) {
        views_[i].cursor = answers[i].cursor;
        if (answers[i].kind == Kind::ended) views_[i].watch.reset();
    }
    say_seen(position);
    const std::string last_id = id_text();
    const auto next_id = [&] { return --left == 0 ? std::string_view(last_id) : ""; };
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (answers[i].kind == Kind::snapshot) {
            append_snapshot(out, views_[i], answers[i], next_id());
        }
    }
    if (has_change) append_change(out, answers, next_id());
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (answers[i].kind == Kind::ended) append_ended(out, views_[i]);
    }
}

void LiveStream::append_snapshot(std::string& out, const Watched& watched, const LiveAnswer& answer,
                                 std::string_view id) {
    std::string data;
    if (names_views_) {
        data += R"({"view":)";
        engine::append_json_string(data, watched.name);
        data += R"(,"data":)";
    }
    data += form_ == LiveRequest::Form::patch ? engine::document_json(*answer.picture)
                                              : engine::snapshot_json(*answer.picture);
    if (names_views_) data += '}';
    append_frame(out, {.id = id, .event = "snapshot", .data = data});
    ++sent_;
}

const std::string& LiveStream::json_of(const engine::LiveChange& change) const {
    return form_ == LiveRequest::Form::patch ? change.patch() : change.json();
}

void LiveStream::append_change(std::string& out, const Answers& answers, std::string_view id) {
    ++sent_;
    if (!names_views_) {
        const std::string& data = json_of(*answers.front().change);
        return append_frame(out, {.id = id, .event = "change", .data = data});
    }
    std::string data;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        const auto& change = answers[i].change;
        if (!change) continue;
        data += data.empty() ? '{' : ',';
        engine::append_json_string(data, views_[i].name);
        data += ':';
        data += json_of(*change);
    }
    data += '}';
    append_frame(out, {.id = id, .event = "change", .data = data});
}

void LiveStream::append_ended(std::string& out, const Watched& watched) {
    std::string data = R"({"view":)";
    engine::append_json_string(data, watched.name);
    data += '}';
    append_frame(out, {.id = {}, .event = "ended", .data = data});
    ++sent_;
}

}  // namespace freshet::http
