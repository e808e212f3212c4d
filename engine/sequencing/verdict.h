// Whether a change is next for its item, a duplicate, or wrong. Pure.
//
// Each item keeps a head, also after REMOVE: the source table, the stream's label and the last
// sequence number. Sequence numbers mean something only within one stream of one item: a newer
// label supersedes, an older one is a duplicate. A change that does not say its source or label is
// taken to be of the head's, and a head that does not know them learns them from the change.
//
// An import is taken only of an item of which nothing is known, not even that it was removed, and
// any record of a stream is newer than it: an export is of one moment, the stream tells what came
// before and after it, and which of them arrives first does not matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/record.h"
#include "storage/sequence_number.h"

namespace freshet::engine {

struct ItemHead {
    std::string source;
    std::string label;
    storage::SequenceNumber sequence;
    bool imported = false;  // it is that of an import
};

enum class Verdict {
    next,           // newer than everything known of the item
    duplicate,      // has taken effect before, or is older than something that has
    foreign_source  // of another source table than the item's: wrong
};

Verdict judge(const std::optional<ItemHead>& head, const storage::Change& change);

// The head once `change` has been admitted after `head`.
ItemHead head_after(const std::optional<ItemHead>& head, const storage::Change& change);

}  // namespace freshet::engine
