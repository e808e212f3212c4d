// The path of one group of batches: into the log, into the state, and into view.
//
//     admit  ->  fold  ->  append, fsync  ->  show
//
// Each batch sees the effects of those before it, and the group is one synced write. If anything
// fails, nothing of the group is shown.
//
// Invariants
//   - A batch is admitted whole, or with `partial` up to its first wrong record, or not at all.
//   - For each item, positions increase in the order of its sequence numbers.
//   - Nothing is visible before it is durable: what is shown is what is in the log.
//   - What is acknowledged can be read: a receipt names no position that is not shown.
//
// Threads: one at a time, the one that shows. Those who read hold read points of their own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/access/revocation.h"
#include "engine/catalog/catalog.h"
#include "engine/clock.h"
#include "engine/commands/command.h"
#include "engine/commands/command_ruling.h"
#include "engine/folding/lineage.h"
#include "engine/folding/state_keeper.h"
#include "engine/observing/metrics.h"
#include "engine/observing/record_tally.h"
#include "engine/records/change_batch.h"
#include "engine/sequencing/batch_judgement.h"
#include "engine/sequencing/batch_queue.h"
#include "engine/sequencing/read_point_board.h"
#include "engine/views/read_point.h"
#include "engine/watching/live_board.h"
#include "engine/watching/record_tail.h"
#include "storage/data_folder.h"
#include "storage/item.h"
#include "storage/notice.h"
#include "storage/result.h"
#include "storage/time.h"

namespace freshet::engine {

class GroupWriter {
public:
    // What the group's writers are told, one receipt for each batch in order, and what the group
    // shows of the sources.
    struct Written {
        std::vector<Receipt> receipts;
        std::uint64_t gaps = 0;  // records that show that a change was missed upstream
        SuspiciousByTable suspicious;
        RefusedByTable refused;
        std::vector<std::string> adopted;     // families
        std::vector<Revocation> revocations;  // as the group leaves them
    };

    // Borrows all of them. The keeper must be that of the folder's state.
    GroupWriter(const Catalog& catalog, storage::DataFolder& folder, StateKeeper& keeper,
                RecordTail& tail, LiveBoard& live, ReadPointBoard& board, Metrics& metrics,
                const Clock& clock)
        : catalog_(catalog),
          folder_(folder),
          keeper_(keeper),
          tail_(tail),
          live_(live),
          board_(board),
          metrics_(metrics),
          clock_(clock) {}

    // Writes the group, whose batches can be read when this returns.
    //
    // Fails with busy       if the disk is too slow; nothing was written, and the group may be
    //                       sent again;
    //            disk_full  also where the folder is not out of room, which the group alone would
    //                       be too large for; nothing was written then.
    // Any other failure is a fault of the disk: some of the group may be in the log, so the log and
    // the state have to be opened again and brought up before the next.
    Result<Written> write(const std::vector<WaitingBatch>& waiting);

    // Shows the state as it is, which is the one that was shown before but for what was built.
    // Those who watch a live view begin again. Fails as read_point() does.
    Result<void> show();

    // Shows the state as it is, with what was folded since it was shown last, and nothing else.
    // Fails as read_point() does.
    Result<void> show_next();

    // A read point of the state as it is, whatever was known of it, to be shown next. Those who
    // watch a live view begin again.
    // Fails with unavailable  while the state is reopened; damaged_state; io.
    [[nodiscard]] Result<std::shared_ptr<const ReadPoint>> read_point();

    // Whether a read has met damaged bytes in the state since this was asked last.
    bool take_damage() { return damage_->exchange(false); }

private:
    // What is being made of the batches of one group.
    struct Group {
        storage::AppendTime now;   // the log's time
        storage::AppendTime wall;  // the clock's, which may have been set back
        storage::LogBatch log;
        storage::StateBatch state;
        Written written = {};
        RecordTally tally = {};
        bool changes_families = false;
    };

    Result<Receipt> admit(const ChangeBatch& batch, Group& group);
    Result<RecordOutcome> admit(const storage::Change& change, const Judged& judged, Group& group);
    Result<RecordOutcome> append(const storage::Change& change, const Judged& judged,
                                 const std::optional<storage::ItemParts>& known, Group& group);
    void tally_duplicate(const storage::Change& change, const Judged& judged,
                         storage::Position winner, Group& group) const;
    // Carries out all commands of the batch, each of another item, or none. In group_commands.cc.
    Result<void> carry_out(const ChangeBatch& batch, Group& group, Receipt& receipt);
    // Answers the batch's command as the one before it of the same name, if there is one: returns
    // whether it did.
    Result<bool> replay(const ChangeBatch& batch, Group& group, Receipt& receipt);
    Result<CommandDone> carry_out(const Command& command,
                                  const std::optional<storage::Idempotency>& idempotency,
                                  CommandRuling&& ruling, storage::StateBatch::KnownItem& known,
                                  Group& group);
    Result<void> join_stream(const std::string& table, const std::string& stream, Group& group,
                             Judged& judged);

    // Has those expire of which the time is over as the group has them: an item that is written
    // directly is removed, another one hidden. In group_expiry.cc.
    Result<void> expire(const DueItems& due, Group& group, Receipt& receipt);
    Result<void> remove_expired(const Table& table, const std::string& key,
                                storage::StateBatch::KnownItem& known, Group& group,
                                Receipt& receipt);
    Result<void> hide_expired(const Table& table, const std::string& key, Group& group,
                              Receipt& receipt);

    Result<void> take_in(const storage::Notice& notice, Group& group, Receipt& receipt);
    // Keeps a record that could not be understood, as the notice says, unless the same text is kept
    // already. In group_unread.cc, as discard().
    struct Kept {
        storage::Position position;
        bool is_new = false;
    };
    Result<Kept> keep(const storage::Notice& unread, Group& group);
    Result<void> discard(const storage::Notice& notice, Group& group, Receipt& receipt);
    // In group_functions.cc.
    Result<void> note_function(const storage::Notice& notice, Group& group, Receipt& receipt);
    Result<void> adopt(const storage::Notice& notice, Group& group, Receipt& receipt);
    Result<void> append_adoption(const storage::Notice& notice, const std::string& family,
                                 Group& group, Receipt& receipt);
    Result<void> revoke(const storage::Notice& notice, Group& group, Receipt& receipt);
    Result<void> append_notice(const storage::Notice& notice, Group& group, Receipt& receipt);
    Result<void> fold(const storage::Change& change, const Judged& judged,
                      const storage::Record& record, Group& group);
    Result<void> append(const storage::LogBatch& batch);
    [[nodiscard]] Result<std::shared_ptr<const ReadPoint>> next_read_point();

    const Catalog& catalog_;
    storage::DataFolder& folder_;
    StateKeeper& keeper_;
    RecordTail& tail_;
    LiveBoard& live_;
    ReadPointBoard& board_;
    Metrics& metrics_;
    const Clock& clock_;
    std::shared_ptr<const KnownFamilies> families_;  // of the state; null: to be read of it
    Lineages lineages_;
    const std::shared_ptr<DamageFlag> damage_ = std::make_shared<DamageFlag>(false);
};

}  // namespace freshet::engine
