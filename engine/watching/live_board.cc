#include "engine/watching/live_board.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <variant>

#include "engine/watching/picture_reading.h"
#include "storage/invariant.h"

namespace freshet::engine {

using storage::Position;
using storage::StateBatch;

// A live view and those who watch it.
struct LiveWatch::Watched {
    Watched(LiveQuery asked, std::size_t reserved, TouchIndex::Number its_number,
            const HistoryLimit& limit)
        : query(std::move(asked)),
          number(its_number),
          bytes_least(reserved),
          bytes(reserved),
          view(limit) {}

    // How many steps lead from the client's picture to the newest one; nothing if the two cannot be
    // related. In an earlier generation, up to `began`, a position may have shown something else.
    [[nodiscard]] std::optional<std::size_t> steps_after(const LiveCursor& from,
                                                         Position began) const
        FRESHET_REQUIRES(mutex) {
        const bool is_of_now = from.knowledge != 0 && from.knowledge == knowledge;
        if (!is_of_now && from.position <= began) return std::nullopt;
        return view.steps_after(from.position);
    }

    // What leads there. The picture must be there.
    LiveAnswer answer_to(const LiveCursor& from, Position began) FRESHET_REQUIRES(mutex) {
        LiveAnswer answer;
        const auto steps = steps_after(from, began);
        if (steps && *steps > 0) answer.change = view.change_over(*steps);
        if (view.picture()->has_ended) {
            answer.kind = LiveAnswer::Kind::ended;
        } else if (!steps) {
            answer.kind = LiveAnswer::Kind::snapshot;
            answer.picture = view.picture();
        } else if (answer.change) {
            answer.kind = LiveAnswer::Kind::change;
        }
        return answer;
    }

    const LiveQuery query;
    const TouchIndex::Number number;
    const std::size_t bytes_least;  // charged for it whatever is known of it

    // Guarded by the board's mutex.
    std::size_t watchers = 0;
    bool is_in_left = false;
    std::chrono::steady_clock::time_point known_until;  // while nobody watches it
    std::size_t bytes;
    Footprint footprint;
    Position looked_at;
    Position until;  // nothing touched it from looked_at to here, if it is touched since

    // Written with the lock that is named, and read without one.
    std::atomic<std::uint64_t> touched = 0;     // the board's: the position of the newest group
    std::atomic<std::uint64_t> knowledge = 0;   // the view's
    std::atomic<std::uint64_t> generation = 0;  // the view's: that of what is known
    std::atomic<const ProjectionSet*> read_by = nullptr;  // the view's: `projections`

    Mutex mutex;
    LiveView view FRESHET_GUARDED_BY(mutex);
    std::shared_ptr<const ProjectionSet> projections FRESHET_GUARDED_BY(mutex);
};

namespace {

// What a view takes beside its picture and history, at most: itself and what it is made of.
std::size_t bytes_reserved(const LiveQuery& query) {
    constexpr std::size_t itself = 2'048;  // with its place on the board
    std::size_t items = 1;
    if (const auto* page = std::get_if<LiveQuery::Page>(&query.asked())) {
        items = page->request.limit;
    } else if (const auto* group = std::get_if<LiveQuery::Group>(&query.asked())) {
        items = group->total->values.size();
    }
    return itself + 4 * query.id().size() + items * Footprint::bytes_an_item;
}

}  // namespace

// ---- a watch ----

LiveWatch::LiveWatch(LiveBoard& board, std::shared_ptr<Watched> watched)
    : board_(&board), watched_(std::move(watched)) {}

LiveWatch::LiveWatch(LiveWatch&& other) noexcept
    : board_(other.board_), watched_(std::move(other.watched_)) {}

LiveWatch& LiveWatch::operator=(LiveWatch&& other) noexcept {
    if (this == &other) return *this;
    leave();
    board_ = other.board_;
    watched_ = std::move(other.watched_);
    return *this;
}

LiveWatch::~LiveWatch() {
    leave();
}

void LiveWatch::leave() {
    if (watched_) board_->leave(*watched_);
    watched_.reset();
}

bool LiveWatch::may_have_changed(const ReadPoint& read_point, const LiveCursor& from) const {
    const bool is_of_now = from.knowledge != 0 && from.knowledge == watched_->knowledge &&
                           watched_->generation == board_->generation_ &&
                           watched_->read_by == read_point.projections().get();
    if (!is_of_now || read_point.position() < from.position) return true;
    return read_point.position() > from.position && watched_->touched > from.position.value;
}

Result<LiveAnswer> LiveWatch::look(const ReadPoint& read_point, const LiveCursor& from) const {
    return board_->look(*watched_, read_point, from);
}

// ---- who watches ----

Result<LiveWatch> LiveBoard::watch(LiveQuery query) {
    const MutexLock lock(mutex_);
    const auto found = by_id_.find(query.id());
    const std::size_t reserved = bytes_reserved(query);
    while (found == by_id_.end() &&
           (by_id_.size() >= limits_.views || bytes_ + reserved > limits_.bytes)) {
        if (make_room()) continue;
        ++refused_;
        return fail(Errc::busy, by_id_.size() >= limits_.views
                                    ? "the server watches " + std::to_string(limits_.views) +
                                          " different views, which is as many as it can"
                                    : "the pictures of live views take all of live_bytes");
    }
    std::shared_ptr<Watched> watched;
    if (found != by_id_.end()) {
        watched = found->second;
    } else {
        watched =
            std::make_shared<Watched>(std::move(query), reserved, ++numbers_, limits_.history);
        bytes_ += reserved;
        by_id_.emplace(watched->query.id(), watched);
        by_number_.emplace(watched->number, watched.get());
    }
    ++watched->watchers;
    ++watches_;
    drop_left(std::chrono::steady_clock::now());
    return LiveWatch(*this, std::move(watched));
}

// The watch that leaves holds the view yet.
void LiveBoard::leave(const Watched& leaving) {
    const MutexLock lock(mutex_);
    const auto found = by_id_.find(leaving.query.id());
    invariant(found != by_id_.end() && watches_ > 0, "a live view is there while it is watched");
    Watched& watched = *found->second;
    --watches_;
    if (--watched.watchers > 0) return;
    const TimePoint now = std::chrono::steady_clock::now();
    watched.known_until = now + limits_.linger;
    if (!std::exchange(watched.is_in_left, true)) left_.push_back(watched.number);
    drop_left(now);
}

// A bounded number at a time: a writer may be waiting.
void LiveBoard::drop_left(TimePoint now) {
    constexpr int looked_at_max = 64;
    for (int i = 0; i < looked_at_max && !left_.empty(); ++i) {
        Watched& first = *by_number_.at(left_.front());
        const bool is_watched = first.watchers > 0;
        if (!is_watched && first.known_until > now) return;
        left_.pop_front();
        first.is_in_left = false;
        if (!is_watched) drop(first);
    }
}

bool LiveBoard::make_room() {
    while (!left_.empty()) {
        Watched& first = *by_number_.at(left_.front());
        left_.pop_front();
        first.is_in_left = false;
        if (first.watchers > 0) continue;
        drop(first);
        return true;
    }
    return false;
}

void LiveBoard::drop(Watched& watched) {
    index_.move(watched.number, watched.footprint, {});
    bytes_ -= watched.bytes;
    by_number_.erase(watched.number);
    by_id_.erase(by_id_.find(watched.query.id()));  // and with it the view
}

LiveBoard::Load LiveBoard::load() const {
    const MutexLock lock(mutex_);
    Load load{.views = by_id_.size(),
              .views_max = limits_.views,
              .watches = watches_,
              .bytes = bytes_,
              .bytes_max = limits_.bytes,
              .reads = reads_,
              .refused = refused_};
    // Those whose time is over are dropped when a group is noted or somebody comes, which may be
    // long from now.
    const TimePoint now = std::chrono::steady_clock::now();
    for (const Number number : left_) {
        const Watched& left = *by_number_.at(number);
        if (left.watchers > 0 || left.known_until > now) continue;
        --load.views;
        load.bytes -= left.bytes;
    }
    return load;
}

// ---- what is written ----

void LiveBoard::note(const StateBatch& state, Position head) {
    const MutexLock lock(mutex_);
    const Position before = std::exchange(noted_, head);
    if (!left_.empty()) drop_left(std::chrono::steady_clock::now());
    if (index_.empty()) return;
    // It is given what the lock guards, since to clang it does not hold the lock.
    const auto mark_all = [&](TouchIndex& index, const auto& by_number) {
        const auto mark = [&](Number number) {
            Watched& watched = *by_number.at(number);
            if (watched.touched <= watched.looked_at.value) {
                watched.until = std::max(before, watched.looked_at);
            }
            watched.touched = head.value;
        };
        state.visit_entries([&](StateBatch::EntryKind kind, std::string_view entry) {
            index.find(kind, entry, head.value, mark);
        });
    };
    mark_all(index_, by_number_);
}

void LiveBoard::forget(Position head) {
    const MutexLock lock(mutex_);
    ++generation_;
    began_ = noted_ = head;
    for (const auto& [number, watched] : by_number_) {
        watched->touched = std::max(watched->touched.load(), head.value);
        watched->until = watched->looked_at;
    }
}

// ---- who looks ----

LiveBoard::Marks LiveBoard::marks_of(const Watched& watched) const {
    const MutexLock lock(mutex_);
    return {.generation = generation_,
            .began = began_,
            .touched = Position{watched.touched},
            .until = watched.until};
}

// It is at `position` what it was when it was looked at last.
void LiveBoard::stay(Watched& watched, Position position) {
    const MutexLock lock(mutex_);
    watched.looked_at = position;
}

// It was read at `position`, and found to be made of that.
void LiveBoard::settle(Watched& watched, Footprint footprint, Position position) {
    const MutexLock lock(mutex_);
    const bool has_more = index_.move(watched.number, watched.footprint, footprint);
    watched.footprint = std::move(footprint);
    watched.looked_at = position;
    watched.until = std::max(watched.until, position);
    if (!has_more || noted_ <= position) return;
    // A group that was noted since may have touched what was not in the index then.
    watched.touched = noted_.value;
    watched.until = position;
}

std::uint64_t LiveBoard::new_knowledge() {
    const MutexLock lock(mutex_);
    return ++knowledge_;
}

bool LiveBoard::charge(Watched& watched, std::size_t bytes) {
    const MutexLock lock(mutex_);
    bytes += watched.bytes_least;
    bytes_ = bytes_ - watched.bytes + bytes;
    watched.bytes = bytes;
    while (bytes_ > limits_.bytes && make_room()) {
    }
    return bytes_ <= limits_.bytes;
}

Result<LiveAnswer> LiveBoard::look(Watched& watched, const ReadPoint& read_point,
                                   const LiveCursor& from) {
    const MutexLock looking(watched.mutex);
    LiveView& view = watched.view;
    const Position now = read_point.position();
    const Marks marks = marks_of(watched);
    if (watched.generation != marks.generation || watched.projections != read_point.projections()) {
        view.forget();
        watched.knowledge = 0;
    }
    const bool is_overtaken =
        (view.is_known() && view.position() > now) || (from.knowledge != 0 && from.position > now);
    if (is_overtaken) return LiveAnswer{.kind = LiveAnswer::Kind::overtaken, .cursor = from};

    // A group that was noted since may be after this read point.
    const bool is_touched =
        view.is_known() && view.position() < now && marks.touched > view.position();
    if (view.is_known() && !is_touched && view.position() < now) {
        view.stay(now);
        stay(watched, now);
    }
    // Who has what is shown needs no picture, also where that was let go of.
    const bool has_same = !is_touched && watched.steps_after(from, marks.began) == std::size_t{0};
    if (is_touched || (!has_same && !view.picture())) {
        ++reads_;
        auto read = read_picture(watched.query, read_point);
        if (!read) return fail(read.error());
        settle(watched, std::move(read->footprint), now);
        const bool continues =
            view.is_known() && (view.picture() ? !view.picture()->has_ended : !is_touched);
        if (!continues) {
            view.begin(std::move(read->picture), now);
            watched.knowledge = new_knowledge();
            watched.generation = marks.generation;
            watched.projections = read_point.projections();
            watched.read_by = watched.projections.get();
        } else if (is_touched) {
            view.change(std::move(read->picture), std::min(marks.until, now), now);
        } else {
            view.recall(std::move(read->picture), now);
        }
    }
    LiveAnswer answer;
    if (view.picture()) answer = watched.answer_to(from, marks.began);
    answer.cursor = {.position = now, .knowledge = watched.knowledge};
    // What has ended takes little, and is not to be taken for what has not changed.
    if (!charge(watched, view.bytes()) && view.picture() && !view.picture()->has_ended) {
        view.let_go();
        charge(watched, view.bytes());
    }
    return answer;
}

}  // namespace freshet::engine
