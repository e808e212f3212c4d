#include "http/streams/live_stream.h"

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

// Of all views together, in the order in which they were asked for (FNV-1a).
std::uint64_t fingerprint_of(const std::vector<LiveRequest::View>& views) {
    std::uint64_t fingerprint = 0xcbf29ce484222325U;
    for (const LiveRequest::View& view : views) {
        fingerprint = (fingerprint ^ view.fingerprint) * 0x100000001b3U;
    }
    return fingerprint;
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
      seen_(newest.position()),
      sent_views_(views_had(asked, newest.mark())) {
    invariant(!asked.views.empty(), "who watches live views watches one at least");
    views_.reserve(asked.views.size());
    for (LiveRequest::View& view : asked.views) {
        views_.push_back({.view = std::move(view), .cursor = {.position = sent_views_.position}});
    }
    if (asked.events) {
        asked.events->last_id = asked.last_id;
        asked.events->named_bookmarks = asked.named_bookmarks;
        events_.emplace(engine, *std::move(asked.events), newest);
        events_->set_views(sent_views_);
    }
    resumes_ = sent_views_.position > Position{};
    start_id_ = id_text();
}

EventId LiveStream::id() const {
    return {epoch_, position(), sent_views_};
}

std::string LiveStream::id_text() const {
    std::string text;
    append_event_id(text, id());
    return text;
}

// Without events, what is up to date are the views.
Position LiveStream::position() const {
    return events_ ? events_->position() : seen_;
}

std::optional<ResetReason> LiveStream::reset() const {
    return events_ ? events_->reset() : std::nullopt;
}

std::size_t LiveStream::sent() const {
    return sent_ + (events_ ? events_->sent() : 0);
}

bool LiveStream::has_ended() const {
    return !names_views_ && views_.front().has_ended;
}

void LiveStream::begin(std::string& out) {
    if (events_) return events_->begin(out);
    append_hello(out, epoch_, seen_);
    append_bookmark(out);
}

void LiveStream::append_bookmark(std::string& out) const {
    Stream::append_bookmark(out, id(), named_bookmarks_);
}

Result<bool> LiveStream::fill(std::string& out, std::size_t bytes_max) {
    bool has_all_events = true;
    if (events_) {
        auto read = events_->fill(out, bytes_max);
        if (!read) return read;
        has_all_events = *read;
        if (out.size() >= bytes_max) return false;
    }
    for (int i = 0; i < looks_max; ++i) {
        const auto newest = engine_.read_point();
        if (!newest) return fail(newest.error());
        const auto is_told = tell(**newest, out);
        if (!is_told) return fail(is_told.error());
        if (*is_told) return has_all_events;
    }
    return false;
}

bool LiveStream::may_have_changed(const engine::ReadPoint& read_point) const {
    return std::any_of(views_.begin(), views_.end(), [&](const Watched& watched) {
        return !watched.has_ended &&
               watched.view.watch.may_have_changed(read_point, watched.cursor);
    });
}

// A client that begins with the snapshot of one view begins with those of all.
Result<LiveStream::Answers> LiveStream::look(const engine::ReadPoint& read_point) {
    Answers answers;
    for (bool has_nothing = false;; has_nothing = true) {
        answers.clear();
        for (const Watched& watched : views_) {
            if (watched.has_ended) {
                answers.push_back({.cursor = watched.cursor});
                continue;
            }
            const LiveCursor from = has_nothing ? LiveCursor{} : watched.cursor;
            auto answer = watched.view.watch.look(read_point, from);
            if (!answer) return fail(answer.error());
            answers.push_back(*std::move(answer));
        }
        if (has_nothing || !resumes_ || count(answers, Kind::snapshot) == 0) return answers;
    }
}

// Appends what has changed of the views up to the read point. Returns false if others were shown a
// later one.
Result<bool> LiveStream::tell(const engine::ReadPoint& read_point, std::string& out) {
    const Position now = read_point.position();
    if (may_have_changed(read_point)) {
        const auto answers = look(read_point);
        if (!answers) return fail(answers.error());
        if (count(*answers, Kind::overtaken) > 0) return false;
        seen_ = now;
        append(out, *answers, now);
    }
    seen_ = now;
    resumes_ = false;
    for (Watched& watched : views_) watched.cursor.position = now;
    sent_views_.position = now;
    if (events_) events_->set_views(sent_views_);
    return true;
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
    sent_views_.position = position;
    const std::string last_id = id_text();
    const auto next_id = [&] { return --left == 0 ? std::string_view(last_id) : ""; };
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (answers[i].kind == Kind::snapshot) {
            append_snapshot(out, views_[i], answers[i], next_id());
        }
    }
    if (has_change) append_change(out, answers, next_id());
    for (std::size_t i = 0; i < views_.size(); ++i) {
        views_[i].cursor = answers[i].cursor;
        if (answers[i].kind != Kind::ended || views_[i].has_ended) continue;
        views_[i].has_ended = true;
        append_ended(out, views_[i]);
    }
}

void LiveStream::append_snapshot(std::string& out, const Watched& watched, const LiveAnswer& answer,
                                 std::string_view id) {
    std::string data;
    if (names_views_) {
        data += R"({"view":)";
        engine::append_json_string(data, watched.view.name);
        data += R"(,"data":)";
    }
    data += form_ == LiveRequest::Form::patch ? engine::document_json(*answer.picture)
                                              : engine::snapshot_json(*answer.picture);
    if (names_views_) data += '}';
    append_frame(out, {.id = id, .event = "snapshot", .data = data});
    ++sent_;
}

void LiveStream::append_change(std::string& out, const Answers& answers, std::string_view id) {
    std::string data;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        const auto& change = answers[i].change;
        if (!change) continue;
        if (names_views_) {
            data += data.empty() ? '{' : ',';
            engine::append_json_string(data, views_[i].view.name);
            data += ':';
        }
        data += form_ == LiveRequest::Form::patch ? change->patch() : change->json();
    }
    if (names_views_) data += '}';
    append_frame(out, {.id = id, .event = "change", .data = data});
    ++sent_;
}

void LiveStream::append_ended(std::string& out, const Watched& watched) {
    std::string data = R"({"view":)";
    engine::append_json_string(data, watched.view.name);
    data += '}';
    append_frame(out, {.id = {}, .event = "ended", .data = data});
    ++sent_;
}

}  // namespace freshet::http
