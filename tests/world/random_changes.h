// Random histories of a source's tables, and random ways in which they are delivered.
//
//     Write (what is drawn)   ->  history(): the change records that the source sends
//     Step (likewise)         ->  which of them arrive when, in which batches, and what happens to
//                                 the server in between
//
// Both are small structs of numbers, so that rapidcheck can make a failing story shorter; what
// they stand for follows from them and from nothing else.
#pragma once

#include <rapidcheck.h>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/records/change_batch.h"
#include "storage/image.h"
#include "tests/world/model.h"

namespace freshet::support {

enum class Oddity : std::uint8_t {
    none,
    new_label,  // the source's stream was made anew: sequence numbers begin again
    no_arn,     // the record does not say where it comes from
    foreign,    // an additional record that comes from another source table
    broken,     // an additional record that is wrong in itself
};

// One change of one item.
struct Write {
    std::uint8_t item = 0;
    std::uint8_t act = 0;            // what is tried: mostly a MODIFY of what is there
    std::uint8_t view = 0;           // which images are sent: one of the four view types
    std::uint8_t magnitude = 0;      // of the distance to the item's last sequence number
    std::uint8_t leading_zeros = 0;  // of the sequence number
    Oddity oddity = Oddity::none;
    std::uint32_t look = 0;  // what the image is drawn from
};

enum class StepKind : std::uint8_t {
    deliver,       // the next records
    redeliver,     // records that were delivered, and perhaps some that were not
    rewind,        // go back: what was delivered will be once more
    skip,          // go forth: records that never arrive
    shuffle,       // records around here, the other way round
    import,        // an export of one table, with the images of records around here
    restart,       // close the server and open it again
    forget_state,  // likewise, with state/ deleted in between
};

struct Step {
    StepKind kind = StepKind::deliver;
    std::uint8_t count = 0;
    std::uint8_t back = 0;
    bool partial = false;  // admit what stands before the first wrong record
    bool as_json = false;  // by way of DynamoDB's JSON
    bool waits = false;    // for the next batch, to be of the same group
};

struct Story {
    std::vector<Write> writes;
    std::vector<Step> steps;
};

rc::Gen<Story> any_story();

// Likewise, but an item whose stream gets a new label always names it. A record that does not is
// taken to be of the newest stream, so once that has changed it cannot be told from a new record.
rc::Gen<Story> any_story_with_named_streams();

// The records that the source sends, each item's in order.
std::vector<SentRecord> history(const std::vector<Write>& writes);

// What an export of the first record's table says that was made among these: the items of their
// images after.
std::vector<SentRecord> export_of(const std::vector<SentRecord>& records);

// In the form of a Lambda event.
std::string dynamodb_json(const std::vector<SentRecord>& records);

// As decoding would hand them in.
engine::ChangeBatch batch_of(const std::vector<SentRecord>& records,
                             const engine::Catalog& catalog);

// The whole tree that a value holds.
Value value_of(storage::ValueView view);

// One text for each part of the key, as in a URL.
std::vector<std::string> url_parts(const std::string& table, const Attributes& keys);

std::ostream& operator<<(std::ostream& out, const Step& step);
std::ostream& operator<<(std::ostream& out, const Story& story);

}  // namespace freshet::support
