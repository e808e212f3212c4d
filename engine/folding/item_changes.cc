#include "engine/folding/item_changes.h"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::ImageView;
using storage::ItemParts;
using storage::Position;

constexpr std::size_t alignment = 8;
constexpr std::uint32_t no_image = std::numeric_limits<std::uint32_t>::max();

// What a history begins with. Behind it are the changes, and behind them the image.
struct HistoryHead {
    std::uint32_t changes_bytes = 0;
    std::uint32_t last_change = 0;  // where it begins among the changes
    std::uint32_t image_bytes = no_image;
    std::uint32_t spare = 0;
};

// Before the texts of a change. Nothing of it leaves this process.
struct ChangeHead {
    std::uint64_t position = 0;
    std::uint64_t begun = 0;
    std::int64_t time = 0;
    std::uint32_t stream = 0;
    std::uint32_t source_bytes = 0;
    std::uint32_t label_bytes = 0;
    std::uint32_t sequence_bytes = 0;
    std::uint32_t hides_by_bytes = 0;
    std::uint32_t spare = 0;
    ChangeKind kind = ChangeKind::insert;
    bool imported = false;
    bool reconciled = false;
    bool unchanged = false;
    bool has_time = false;
    bool has_image = false;
    bool of_its_items_stream = false;
    bool stays_hidden = false;
};
static_assert(sizeof(HistoryHead) % alignment == 0 && sizeof(ChangeHead) % alignment == 0);

template <class Head>
void append_head(std::string& bytes, const Head& head) {
    const std::size_t at = bytes.size();
    bytes.resize(at + sizeof head);
    std::memcpy(bytes.data() + at, &head, sizeof head);
}

template <class Head>
Head head_at(std::string_view bytes) {
    Head head;
    std::memcpy(&head, bytes.data(), sizeof head);
    return head;
}

std::size_t padded(std::size_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
}

// A history that is read.
struct Parts {
    HistoryHead head;
    std::string_view changes;
    std::optional<std::string_view> image;  // the newest; nothing if no change has one
};

Parts parts_of(std::string_view history) {
    Parts parts{.head = head_at<HistoryHead>(history), .changes = {}, .image = std::nullopt};
    parts.changes = history.substr(sizeof(HistoryHead), parts.head.changes_bytes);
    if (parts.head.image_bytes != no_image) {
        parts.image = history.substr(sizeof(HistoryHead) + parts.head.changes_bytes);
    }
    return parts;
}

struct ReadChange {
    ItemChange change;
    bool of_its_items_stream = false;
    std::size_t bytes = 0;
};

// The first of the changes. An image that it has is `image`, whichever it was: of one that is not
// the newest it counts that it was there.
ReadChange first_of(std::string_view changes, std::string_view image) {
    const auto head = head_at<ChangeHead>(changes);
    std::size_t at = sizeof head;
    const auto text = [&](std::size_t bytes) {
        const std::string_view taken = changes.substr(at, bytes);
        at += bytes;
        return taken;
    };
    ItemChange change{.source = text(head.source_bytes),
                      .label = text(head.label_bytes),
                      .sequence = text(head.sequence_bytes),
                      .position = Position{head.position},
                      .begun = Position{head.begun},
                      .kind = head.kind,
                      .imported = head.imported,
                      .reconciled = head.reconciled,
                      .unchanged = head.unchanged,
                      .stays_hidden = head.stays_hidden,
                      .hides_by = text(head.hides_by_bytes),
                      .stream = head.stream,
                      .time = std::nullopt,
                      .after = std::nullopt};
    if (head.has_time) change.time = storage::SourceTime(std::chrono::microseconds(head.time));
    if (head.has_image) change.after = ImageView(image);
    return {.change = change, .of_its_items_stream = head.of_its_items_stream, .bytes = padded(at)};
}

void append_change(std::string& bytes, const ItemChange& change, bool of_its_items_stream) {
    const std::size_t begin = bytes.size();
    append_head(bytes,
                ChangeHead{.position = change.position.value,
                           .begun = change.begun.value,
                           .time = change.time ? change.time->time_since_epoch().count() : 0,
                           .stream = change.stream,
                           .source_bytes = static_cast<std::uint32_t>(change.source.size()),
                           .label_bytes = static_cast<std::uint32_t>(change.label.size()),
                           .sequence_bytes = static_cast<std::uint32_t>(change.sequence.size()),
                           .hides_by_bytes = static_cast<std::uint32_t>(change.hides_by.size()),
                           .kind = change.kind,
                           .imported = change.imported,
                           .reconciled = change.reconciled,
                           .unchanged = change.unchanged,
                           .has_time = change.time.has_value(),
                           .has_image = change.after.has_value(),
                           .of_its_items_stream = of_its_items_stream,
                           .stays_hidden = change.stays_hidden});
    bytes.append(change.source).append(change.label).append(change.sequence);
    bytes.append(change.hides_by);
    bytes.resize(begin + padded(bytes.size() - begin));
}

// Writes the head over the one that the history begins with.
void set_head(std::string& history, const HistoryHead& head) {
    std::memcpy(history.data(), &head, sizeof head);
}

// Makes of the first change that one, which differs from it in how a life begins, and whether it
// stays hidden, alone.
void set_begin(std::string& history, const ItemChange& change) {
    auto head = head_at<ChangeHead>(std::string_view(history).substr(sizeof(HistoryHead)));
    head.begun = change.begun.value;
    head.kind = change.kind;
    head.unchanged = change.unchanged;
    head.stays_hidden = change.stays_hidden;
    std::memcpy(history.data() + sizeof(HistoryHead), &head, sizeof head);
}

// Whether the change follows what an item is: else it says all of it.
bool follows(const ItemChange& change) {
    return change.kind == ChangeKind::modify || change.unchanged;
}

bool are_alike(const ItemChange& earlier, const ItemChange& later) {
    const bool are_of_stream = !earlier.imported && !earlier.reconciled && !later.imported &&
                               !later.reconciled && earlier.stream == later.stream;
    // Else the time is that of the earlier one, and said to be.
    return are_of_stream && (later.time || !earlier.time);
}

// Makes one of the last two for as long as that is possible.
void merge_last(std::vector<ReadChange>& changes) {
    while (changes.size() > 1) {
        ReadChange& earlier = changes[changes.size() - 2];
        const ReadChange& later = changes.back();
        if (earlier.of_its_items_stream || later.of_its_items_stream) return;
        const auto both = merged(earlier.change, later.change);
        if (!both) return;
        earlier.change = *both;
        changes.pop_back();
    }
}

}  // namespace

std::optional<ItemChange> merged(const ItemChange& earlier, const ItemChange& later) {
    if (!later.hides_by.empty()) return std::nullopt;
    if (!earlier.hides_by.empty()) {
        return later.stays_hidden ? std::nullopt : std::optional(later);
    }
    if (!are_alike(earlier, later)) return std::nullopt;
    ItemChange both = later;
    both.stays_hidden = earlier.stays_hidden && later.stays_hidden;
    if (!follows(later)) return both;
    if (earlier.after) {
        // The life that the earlier one began, or continued, is continued.
        if (!later.after) return std::nullopt;
        both.begun = earlier.begun;
        both.kind = earlier.kind;
        both.unchanged = earlier.unchanged;
        return both;
    }
    if (follows(earlier)) return both;  // it left the image that there was, if any, and its life
    // The earlier one left no image that could be followed.
    if (later.kind == ChangeKind::remove) return std::nullopt;
    both.kind = ChangeKind::insert;
    both.unchanged = false;
    return both;
}

void write_changes(std::string& history, const ItemChange& change, bool of_its_items_stream) {
    history.assign(sizeof(HistoryHead), '\0');
    append_change(history, change, of_its_items_stream);
    HistoryHead head{.changes_bytes =
                         static_cast<std::uint32_t>(history.size() - sizeof(HistoryHead))};
    if (change.after) {
        const std::string_view image = change.after->bytes();
        head.image_bytes = static_cast<std::uint32_t>(image.size());
        history.append(image);
    }
    set_head(history, head);
}

void join_changes(std::string& earlier, std::string_view later) {
    const Parts first = parts_of(earlier);
    const Parts second = parts_of(later);
    const ReadChange last =
        first_of(first.changes.substr(first.head.last_change), first.image.value_or(""));
    const ReadChange next = first_of(second.changes, second.image.value_or(""));
    const bool tell_their_streams = !last.of_its_items_stream && !next.of_its_items_stream;
    const auto both = tell_their_streams ? merged(last.change, next.change) : std::nullopt;

    if (both && first.head.last_change == 0) {
        // What is left of the earlier ones stands in the head of the next.
        earlier.assign(later);
        set_begin(earlier, *both);
        return;
    }
    // A change that two have become may be one with those before it, too.
    std::vector<ReadChange> changes;
    for (const Parts* parts : {&first, &second}) {
        for (std::string_view rest = parts->changes; !rest.empty();) {
            changes.push_back(first_of(rest, parts->image.value_or("")));
            rest.remove_prefix(changes.back().bytes);
            merge_last(changes);
        }
    }
    std::string joined(sizeof(HistoryHead), '\0');
    HistoryHead head;
    bool has_image = false;
    for (const ReadChange& one : changes) {
        head.last_change = static_cast<std::uint32_t>(joined.size() - sizeof head);
        append_change(joined, one.change, one.of_its_items_stream);
        has_image = has_image || one.change.after;
    }
    head.changes_bytes = static_cast<std::uint32_t>(joined.size() - sizeof head);
    const auto image = second.image ? second.image : first.image;
    if (image && has_image) {
        head.image_bytes = static_cast<std::uint32_t>(image->size());
        joined.append(*image);
    }
    set_head(joined, head);
    earlier = std::move(joined);
}

Result<ItemParts> fold_changes(std::string_view history) {
    const Parts parts = parts_of(history);
    invariant(!parts.changes.empty(), "a history has changes");
    std::optional<ItemParts> known;
    for (std::string_view changes = parts.changes; !changes.empty();) {
        ReadChange next = first_of(changes, parts.image.value_or(""));
        if (next.of_its_items_stream && known && known->stream != 0) {
            next.change.stream = known->stream;
        }
        if (!next.change.hides_by.empty() && !(known && known->image)) {
            return fail(Errc::damaged_state, "an item that is not there has expired at position " +
                                                 std::to_string(next.change.position.value));
        }
        known = fold_item(next.change, known);
        changes.remove_prefix(next.bytes);
    }
    return *known;
}

}  // namespace freshet::engine
