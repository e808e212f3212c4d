// What a read of a live query shows at one read point, and how one picture becomes another.
//
//     before  --  take out `taken`, then put in and show again `shown`, each at its index  -> after
//
// What stays keeps its order, so a client that applies the difference to the picture before has
// the one after, entry by entry. As few entries are taken out as can be.
//
// Invariants
//   - An entry's key is in a picture once.
//   - A picture that has ended has no entries: who watches may not read it any more. One that is
//     empty may be read, and shows nothing.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::engine {

struct PictureEntry {
    std::string key;  // of the item, or the texts of the group, as in a path
    std::string json;

    bool operator==(const PictureEntry&) const = default;
};

struct Picture {
    enum class Kind : std::uint8_t {
        one,   // an item or a group, or none
        page,  // of a list
    };

    Kind kind = Kind::one;
    bool has_ended = false;
    std::vector<PictureEntry> entries;
    std::string next;  // of a page, the cursor that follows it; empty at the end

    bool operator==(const Picture&) const = default;

    // Of memory, about.
    [[nodiscard]] std::size_t bytes() const;
};

// Without the entries themselves, which are those of the picture after.
struct Difference {
    // An entry that leaves, or that moves past one that stays.
    struct Taken {
        std::size_t index;  // in the picture before
        std::string key;
        bool comes_back;  // it moves

        bool operator==(const Taken&) const = default;
    };
    // An entry to be shown.
    struct Shown {
        std::size_t index;  // in the picture after
        bool is_put_in;     // it is new or moves; otherwise it stays, and its JSON is another

        bool operator==(const Shown&) const = default;
    };

    std::vector<Taken> taken;   // by rising index
    std::vector<Shown> shown;   // by rising index
    std::string next_before;    // what Picture::next was
    bool changes_next = false;  // it is another now

    bool operator==(const Difference&) const = default;

    [[nodiscard]] bool empty() const { return taken.empty() && shown.empty() && !changes_next; }
};

Difference difference(const Picture& before, const Picture& after);

// The order of a picture's entries and the cursor after them, without what they show. It looks into
// the texts of others.
struct PictureOrder {
    std::vector<std::string_view> keys;
    std::string_view next;

    bool operator==(const PictureOrder&) const = default;
};

PictureOrder order_of(const Picture& picture);

// From a picture of which only the order is known, and the keys of entries that may show something
// else now.
Difference difference(const PictureOrder& before, const std::set<std::string, std::less<>>& changed,
                      const Picture& after);

}  // namespace freshet::engine
