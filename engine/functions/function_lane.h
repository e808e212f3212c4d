// A lane of a function: the records of some items on their way to one call after the other.
//
//     take  ->  waiting  ->  batches (one, or what it was split into)  ->  the call under way
//
// A function has `parallelization_factor` lanes, and an item is always in the same one: so its
// changes stay in order. A lane that is full takes no more, and knows from where it has to be read
// again: the log is the queue, and no lane waits for another.
//
// Invariants
//   - Records are in the order of the log, from the batches to what waits.
//   - What is taken is taken once, and nothing before it is missing.
//
// Threads: belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/function.h"
#include "engine/clock.h"
#include "storage/position.h"
#include "storage/record.h"

namespace freshet::engine {

// A record that is to be handed over.
struct FunctionRecord {
    storage::Record record;
    std::string item;   // its key, in order-preserving bytes
    std::string event;  // as the function gets it
    Clock::TimePoint taken{};
};

class FunctionLane {
public:
    // Takes in what stands behind `after`. Borrows the function.
    FunctionLane(const Function& function, storage::Position after)
        : function_(function), taken_(after) {}

    struct Batch {
        std::vector<FunctionRecord> records;
        std::uint32_t attempts = 0;  // that failed and count
    };

    // Up to where it has taken in what the log has for it.
    [[nodiscard]] storage::Position taken() const { return taken_; }
    [[nodiscard]] bool has_room() const { return room() > 0; }
    // For how many records there is room, as far as their number tells.
    [[nodiscard]] std::size_t room() const;

    // The record is none for this lane.
    void pass(storage::Position position) { taken_ = position; }
    void push(FunctionRecord record);

    // The batch to be handed over next; null if there is none yet: then it may be one at due().
    // A batch that is made now is of records that were appended before `until` alone, and if there
    // are some at once if it `is_closing`.
    Batch* front(Clock::TimePoint now, storage::AppendTime until = storage::AppendTime::max(),
                 bool is_closing = false);
    [[nodiscard]] bool has_batch() const { return !batches_.empty(); }
    // When what waits becomes a batch whatever comes; the end of time if nothing waits.
    [[nodiscard]] Clock::TimePoint due() const;

    // The first `count` records of the front batch are done with; so may be the batch.
    std::vector<FunctionRecord> take_front(std::size_t count);
    // Cuts the front batch, which has several records, into halves.
    void split();

    // Takes out the records of that item, in their order: they wait for an earlier one.
    std::vector<FunctionRecord> take_item(std::string_view item);

    // The oldest record that is not done with; null if there is none.
    [[nodiscard]] const storage::Record* oldest() const;
    [[nodiscard]] std::size_t size() const;

private:
    [[nodiscard]] bool is_full_batch() const;

    const Function& function_;
    storage::Position taken_;
    std::deque<FunctionRecord> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::deque<Batch> batches_;
};

}  // namespace freshet::engine
