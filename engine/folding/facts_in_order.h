// Folds what of a log's records has to be folded in the order of the log (engine/folding/
// record_facts.h), while stretches of the log are read beside each other.
//
//     a stretch has its turn once all before it have ended   ->  its records are folded at once
//     before that   ->  notices and joining streams are kept until then; a record whose stream the
//                       lineage has to tell waits, and so does one for which there is no room
//
// There are few such records, so few wait. A log of a release before lineages has nothing else: it
// is read one stretch after the other. The names of writes have no order.
//
// Memory: kept_bytes_max of records for each stretch that waits for its turn.
//
// Invariants
//   - Whatever has an order is folded in that of the log.
//
// Threads: any, but for begin() and commit(); each stretch is of one. What is folded is guarded.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/folding/first_answers.h"
#include "storage/position.h"
#include "storage/record.h"
#include "storage/result.h"
#include "storage/state_store.h"

namespace freshet::engine {

class FactsInOrder {
public:
    static constexpr std::size_t kept_bytes_max = std::size_t{256} << 10U;

    // For so many stretches of the log that ends at `head`. Borrows the catalog and the state.
    FactsInOrder(const Catalog& catalog, storage::StateStore& state, const storage::LogMark& head,
                 std::size_t stretches);
    ~FactsInOrder();
    FactsInOrder(const FactsInOrder&) = delete;
    FactsInOrder& operator=(const FactsInOrder&) = delete;

    // To be called first. Fails as StateStore::begin() does.
    Result<void> begin();

    // The number of the record's stream, as fold_stream(); nothing once give_up() was called.
    // Fails as fold_stream() does, also for what was kept before.
    Result<std::optional<std::uint32_t>> stream_of(const storage::Record& record,
                                                   std::size_t stretch);

    // Takes in a notice. Returns false once give_up() was called. Fails as fold_notice() does, and
    // as writing the state does, also for what was kept before.
    Result<bool> take_notice(const storage::Record& record, std::size_t stretch);

    // Takes in the name of the write that made the record. What has come of names does not depend
    // on their order, so this waits for nothing. Fails as writing the state does.
    Result<void> take_first_answer(const FirstAnswerFact& fact);

    // Records of that table, which is not declared, were skipped.
    void skip(std::string_view table);

    // The stretch has ended, and the next one may have its turn. Fails as the others do.
    Result<void> end(std::size_t stretch);

    // A stretch does not come to its end: nobody waits for it any more.
    void give_up();

    // Commits what was folded, once all stretches have ended, as of the head, and as what is not
    // finished. Fails as StateStore::commit() does.
    Result<void> commit();

private:
    struct Stretch {
        std::vector<storage::Record> kept;
        std::size_t kept_bytes = 0;
        bool has_ended = false;
    };
    using Lock = std::unique_lock<std::mutex>;

    // Keeps the record, and returns true, if the stretch has to wait and there is room for it.
    Result<bool> keep(const storage::Record& record, std::size_t stretch);
    // Returns false if there is nothing to wait for any more.
    bool wait_for_turn(Lock& lock, std::size_t stretch);
    Result<void> begin_turns();
    Result<std::uint32_t> fold(const storage::Record& record);
    // Commits after many of them.
    Result<void> count_notice();
    Result<void> commit_as_of(const storage::LogMark& mark);

    const Catalog& catalog_;
    storage::StateStore& state_;
    const storage::LogMark head_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::vector<Stretch> stretches_;
    std::size_t turn_ = 0;  // of which stretch it is
    bool is_given_up_ = false;
    std::set<std::string, std::less<>> skipped_;
    std::unique_ptr<storage::StateBatch> batch_;
    std::size_t notices_ = 0;  // in the batch, and names of writes
    storage::LogMark turned_;  // up to where what has its turn was folded
};

}  // namespace freshet::engine
