#include "engine/sequencing/group_writer.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "engine/catalog/item_key.h"
#include "engine/folding/lineage.h"
#include "engine/folding/projector.h"
#include "engine/folding/revocation_facts.h"
#include "engine/records/stream_arn.h"
#include "engine/text/excerpt.h"
#include "engine/values/same_value.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::Change;
using storage::ChangeKind;
using storage::ItemParts;

// Of a key as it is shown: more than one of DynamoDB's takes.
constexpr std::size_t told_key_bytes_max = 4'096;

// Whether the item is as an export has it, which is of another moment than the stream's records:
// nothing follows from comparing the two.
bool is_of_export(const ItemParts& known) {
    return known.imported || known.reconciled;
}

// Whether the image before that the source sent shows that we missed a change of this item.
bool shows_gap(const Change& change, const std::optional<ItemParts>& known) {
    if (change.reconciled || !known || known->stale || is_of_export(*known)) return false;
    if (change.kind == ChangeKind::insert) return known->image.has_value();
    if (!change.before) return false;
    return !known->image || !same_value(change.before->view(), *known->image);
}

// Whether a change that came by another stream than the item's newest record leaves it as it is:
// then it is what that record said already.
bool leaves_unchanged(const Change& change, const Judged& judged,
                      const std::optional<ItemParts>& known) {
    if (change.reconciled || !known || known->stale || is_of_export(*known)) return false;
    if (known->stream == judged.stream) return false;
    if (change.kind == ChangeKind::remove) return !known->image;
    return change.after && known->image && same_value(change.after->view(), *known->image);
}

// Whether a reconciled change finds the item as the export has it: a stream has told of it since
// the two were compared, or there is nothing to remove.
bool is_even_already(const Change& change, const std::optional<ItemParts>& known) {
    if (change.kind == ChangeKind::remove) return !known || !known->image;
    return known && known->image && !known->stale &&
           same_value(change.after->view(), *known->image);
}

// The reconciled change as what it is at its place.
Change at_its_place(const Change& change, const std::optional<ItemParts>& known) {
    Change placed = change;
    if (placed.kind == ChangeKind::remove) return placed;
    placed.kind = known && known->image ? ChangeKind::modify : ChangeKind::insert;
    return placed;
}

// Whether the item was hidden, since its time was over, and the change leaves that time as it was.
bool stays_hidden(const Change& change, const std::optional<ItemParts>& known) {
    if (!known || known->hidden_by.empty() || change.kind == ChangeKind::remove) return false;
    if (!change.after) return change.kind == ChangeKind::modify;  // the image stays, too
    const auto was = known->image->find(known->hidden_by);
    const auto is = change.after->view().find(known->hidden_by);
    return was && is && same_value(*was, *is);
}

// What the log adds to a change of an item that was `known`. Looks into all three.
storage::Admission admission_of(const Change& change, const Judged& judged,
                                const std::optional<ItemParts>& known, bool is_unchanged) {
    storage::Admission admission{.previous = known ? known->changed : storage::Position{},
                                 .before = std::nullopt,
                                 .stream = judged.stream,
                                 .joins = judged.joins,
                                 .unchanged = is_unchanged,
                                 .stays_hidden = stays_hidden(change, known)};
    if (change.before) {
        admission.before = change.before->view();
    } else if (known && change.kind != ChangeKind::insert &&
               (change.reconciled || !(is_of_export(*known) && change.after))) {
        // An export may be of a later moment than this record: it says nothing of what was before.
        admission.before = known->image;
    }
    return admission;
}

void add_outcome(Receipt& receipt, RecordOutcome outcome, bool tells_outcomes) {
    using enum Outcome;
    receipt.appended += outcome.outcome == appended ? 1 : 0;
    receipt.duplicates += outcome.outcome == duplicate ? 1 : 0;
    receipt.ignored += outcome.outcome == ignored ? 1 : 0;
    receipt.parked += outcome.outcome == parked ? 1 : 0;
    if (tells_outcomes) receipt.outcomes.push_back(std::move(outcome));
}

// Whether the notice would change nothing. A subject's always does: it goes up to now. A session
// ends when its token does, however often it is ended.
bool says_as_much(const Revocation& known, const storage::Notice& notice,
                  storage::AppendTime asked) {
    if (notice.revoked_by == storage::RevokedBy::subject) return false;
    if (!known.until) return true;
    if (*known.until <= asked) return false;
    const auto end = end_of(notice, asked);
    return notice.revoked_by == storage::RevokedBy::session || (end && *end <= *known.until);
}

// Tallies the records from the index-th on, and the one after them that could not be read.
void tally_refused(const ChangeBatch& batch, std::size_t index, RecordTally& tally) {
    for (std::size_t i = index; i < batch.records.size(); ++i) {
        const auto& change = batch.records[i].change;
        tally.add(change ? change->table : "", Fate::refused);
    }
    if (batch.refusal) tally.add("", Fate::refused);
}

}  // namespace

Result<GroupWriter::Written> GroupWriter::write(const std::vector<WaitingBatch>& waiting) {
    auto state = folder_.state().begin();
    if (!state) return fail(state.error());
    const auto now = std::chrono::time_point_cast<std::chrono::microseconds>(clock_.wall_now());
    storage::LogBatch log = folder_.log().begin(now);
    // A clock that was set back must not make all that comes look as if it were of the future.
    const storage::AppendTime log_time = log.appended();
    Group group{.now = log_time, .wall = now, .log = std::move(log), .state = *std::move(state)};

    for (const WaitingBatch& next : waiting) {
        auto receipt = admit(next.batch, group);
        if (!receipt) return fail(receipt.error());
        group.written.receipts.push_back(*std::move(receipt));
    }
    if (!group.log.empty()) {
        const auto appended = append(group.log);
        if (!appended) return fail(appended.error());
        live_.note(group.state, group.log.head().position);
        const auto committed = keeper_.commit(std::move(group.state), group.log.head());
        if (!committed) return fail(committed.error());
        tail_.publish(group.log.records());
        if (group.changes_families) families_ = nullptr;
        const auto shown = show_next();
        if (!shown) return fail(shown.error());
    }
    metrics_.count_records(group.tally);

    const storage::Position shown = board_.shown();
    for (const Receipt& receipt : group.written.receipts) {
        invariant(receipt.position <= shown, "what is acknowledged can be read");
    }
    return std::move(group.written);
}

// Judges the batch, and folds what it admits of it into the group.
Result<Receipt> GroupWriter::admit(const ChangeBatch& batch, Group& group) {
    auto judgement = judge_batch(batch, group.now, group.state, lineages_);
    if (!judgement) return fail(judgement.error());

    add(group.written.refused, judgement->foreign);
    if (batch.untaken) add(group.written.refused, {{"", *batch.untaken}});
    Receipt receipt;
    receipt.refusal = std::move(judgement->refusal);
    const bool is_admitted = !receipt.refusal || batch.partial;
    const std::size_t end = is_admitted ? judgement->end : 0;
    auto judged = judgement->changes.begin();
    for (std::size_t i = 0; i < end; ++i) {
        const BatchRecord& record = batch.records[i];
        RecordOutcome outcome{.outcome = Outcome::ignored, .sequence = {}, .position = {}};
        if (record.change) {
            auto admitted = admit(*record.change, *judged++, group);
            if (!admitted) return fail(admitted.error());
            outcome = *std::move(admitted);
        } else if (record.unread) {
            const auto kept = keep(*record.unread, group);
            if (!kept) return fail(kept.error());
            outcome.outcome = kept->is_new ? Outcome::parked : Outcome::duplicate;
            outcome.position = kept->position;
        } else {
            group.tally.add("", Fate::ignored);
        }
        if (batch.tells_outcomes) outcome.sequence = record.sequence;
        add_outcome(receipt, std::move(outcome), batch.tells_outcomes);
    }
    if (receipt.refusal) tally_refused(batch, end, group.tally);
    for (const storage::Notice& notice : batch.notices) {
        const std::size_t appended = receipt.appended;
        const auto taken = take_in(notice, group, receipt);
        if (!taken) return fail(taken.error());
        const bool is_there = receipt.appended > appended;
        receipt.notices.push_back(is_there ? group.log.head().position : storage::Position{});
    }
    if (!batch.commands.empty()) {
        const auto carried_out = carry_out(batch, group, receipt);
        if (!carried_out) return fail(carried_out.error());
    }
    if (batch.due) {
        const auto expired = expire(*batch.due, group, receipt);
        if (!expired) return fail(expired.error());
    }
    receipt.position = group.log.head().position;
    return receipt;
}

// Adds a change that is next to the group; a duplicate changes nothing.
Result<RecordOutcome> GroupWriter::admit(const Change& change, const Judged& judged, Group& group) {
    std::optional<ItemParts> known;  // until the change is folded
    if (judged.known->item()) known = judged.known->item()->parts();
    const storage::Position winner = known ? known->changed : storage::Position{};
    const RecordOutcome duplicate{
        .outcome = Outcome::duplicate, .sequence = {}, .position = winner};
    if (judged.ruling.verdict != Verdict::next) {
        const bool is_overtaken = judged.ruling.verdict == Verdict::overtaken;
        invariant(known || is_overtaken, "a duplicate is of an item that is known");
        tally_duplicate(change, judged, winner, group);
        return duplicate;
    }

    if (!change.reconciled) return append(change, judged, known, group);
    if (is_even_already(change, known)) {
        group.tally.add(change.table, Fate::duplicate);
        return duplicate;
    }
    group.tally.add(change.table, Fate::reconciled);
    return append(at_its_place(change, known), judged, known, group);
}

// Takes the change into the group, whose item was `known`.
Result<RecordOutcome> GroupWriter::append(const Change& change, const Judged& judged,
                                          const std::optional<ItemParts>& known, Group& group) {
    group.tally.add(change.table, Fate::appended);
    if (judged.joins) group.changes_families = true;
    const bool is_unchanged = leaves_unchanged(change, judged, known);
    if (!is_unchanged && shows_gap(change, known)) {
        ++group.written.gaps;
        group.tally.add(change.table, Fate::gap);
    }
    if (change.kind == ChangeKind::modify && !known && !change.reconciled) {
        group.tally.add(change.table, Fate::late_join);
    }
    if (change.kind != ChangeKind::remove && !change.after) {
        group.tally.add(change.table, Fate::without_image);
    }
    const storage::Record& record =
        group.log.add(change, admission_of(change, judged, known, is_unchanged));
    const auto folded = fold(change, judged, record, group);
    if (!folded) return fail(folded.error());
    return RecordOutcome{
        .outcome = Outcome::appended, .sequence = {}, .position = record.position()};
}

void GroupWriter::tally_duplicate(const Change& change, const Judged& judged,
                                  storage::Position winner, Group& group) const {
    const bool is_overtaken = judged.ruling.verdict == Verdict::overtaken;
    group.tally.add(change.table, is_overtaken ? Fate::overtaken : Fate::duplicate);
    if (!judged.ruling.is_suspicious) return;
    group.tally.add(change.table, Fate::suspicious);
    const Table* table = catalog_.table(change.table);
    invariant(table != nullptr && change.keys, "a change is of a declared table and has its keys");
    const std::string key = item_key_text(*table, change.keys->view());
    add(group.written.suspicious, {{change.table,
                                    {.count = 1,
                                     .key = key.size() > told_key_bytes_max ? excerpt(key) : key,
                                     .stream = text_of(stream_name(change)),
                                     .sequence = change.sequence.text(),
                                     .winner = winner}}});
}

// Adds a notice to the group, unless it is an adoption or a revocation that says what is so
// already.
Result<void> GroupWriter::take_in(const storage::Notice& notice, Group& group, Receipt& receipt) {
    switch (notice.kind) {
        case storage::NoticeKind::adoption:
            return adopt(notice, group, receipt);
        case storage::NoticeKind::revocation:
            return revoke(notice, group, receipt);
        case storage::NoticeKind::reconciliation:
            return append_notice(notice, group, receipt);
        case storage::NoticeKind::place:
        case storage::NoticeKind::parked:
        case storage::NoticeKind::released:
        case storage::NoticeKind::paused:
            return note_function(notice, group, receipt);
        case storage::NoticeKind::discarded:
            return discard(notice, group, receipt);
        case storage::NoticeKind::unread:
        case storage::NoticeKind::idempotency:
        case storage::NoticeKind::expiry:
            invariant(false, "what is noted of a write, an item or a record comes with that");
    }
    return {};
}

Result<void> GroupWriter::adopt(const storage::Notice& notice, Group& group, Receipt& receipt) {
    auto lineage = Lineage::of(notice.table, group.state);
    if (!lineage) return fail(lineage.error());
    if (lineage->is_nameless()) {
        // It may be the same stream: its records would be taken a second time.
        receipt.refusal =
            Refusal{.faults = {{.pointer = "/stream",
                                .detail = "the records of table " + notice.table +
                                          " do not say their stream so far: let one come with its "
                                          "eventSourceARN first, which gives the stream its name"}},
                    .sequence = {}};
        return {};
    }
    const std::string family = stream_name(notice.stream).family;
    if (!lineage->has_room_for_family(family)) {
        receipt.refusal =
            Refusal{.faults = {{.pointer = "/stream",
                                .detail = "table " + notice.table + " has come from " +
                                          std::to_string(lineage_families_max) +
                                          " sources already, and a table may come from no more: "
                                          "import it into a new data folder"}},
                    .sequence = {}};
        return {};
    }
    if (lineage->adopt(family)) return append_adoption(notice, family, group, receipt);
    group.written.adopted.push_back(family);
    return {};
}

// Of a family that is not the latest yet.
Result<void> GroupWriter::append_adoption(const storage::Notice& notice, const std::string& family,
                                          Group& group, Receipt& receipt) {
    group.written.adopted.push_back(family);
    group.changes_families = true;
    return append_notice(notice, group, receipt);
}

// No token was dated later than the later of the two: when it was asked for, and now.
Result<void> GroupWriter::revoke(const storage::Notice& notice, Group& group, Receipt& receipt) {
    storage::Notice dated = notice;
    dated.asked = std::max(notice.asked.value_or(group.wall), group.wall);
    const auto known = find_revocation(notice.revoked_by, notice.name, group.state);
    if (!known) return fail(known.error());
    if (*known && says_as_much(**known, dated, *dated.asked)) return {};
    auto appended = append_notice(dated, group, receipt);
    if (!appended) return appended;
    auto revocation = find_revocation(notice.revoked_by, notice.name, group.state);
    if (!revocation) return fail(revocation.error());
    invariant(revocation->has_value(), "what was just revoked is known");
    group.written.revocations.push_back(**std::move(revocation));
    return {};
}

Result<void> GroupWriter::append_notice(const storage::Notice& notice, Group& group,
                                        Receipt& receipt) {
    const storage::Record& record = group.log.add(notice);
    const auto folded = Projector(catalog_).apply(record, keeper_.contents(), group.state);
    if (!folded) return fail(folded.error());
    ++receipt.appended;
    return {};
}

Result<void> GroupWriter::fold(const Change& change, const Judged& judged,
                               const storage::Record& record, Group& group) {
    const Table* table = catalog_.table(change.table);
    invariant(table != nullptr, "a change is of a declared table");
    return Projector::apply_to(*table, change.key, *judged.known, record, keeper_.contents(),
                               group.state);
}

Result<void> GroupWriter::append(const storage::LogBatch& batch) {
    // Before the log has to find out, which it would have to be opened again after; and before the
    // state does, which would leave in the log what nobody was told is there.
    if (folder_.is_out_of_room()) return storage::no_room();
    if (auto room = folder_.check_room(2 * batch.bytes()); !room) return room;
    const Clock::TimePoint begin = clock_.now();
    auto appended = folder_.log().append(batch);
    if (!appended) return appended;
    const double seconds = std::chrono::duration<double>(clock_.now() - begin).count();
    metrics_.observe_log_write(seconds, batch.records().size());
    return {};
}

Result<void> GroupWriter::show() {
    live_.forget(keeper_.folded().position);
    return show_next();
}

Result<void> GroupWriter::show_next() {
    auto shown = next_read_point();
    if (!shown) return fail(shown.error());
    board_.put_up(*std::move(shown));
    board_.wake();
    return {};
}

Result<std::shared_ptr<const ReadPoint>> GroupWriter::read_point() {
    families_ = nullptr;
    live_.forget(keeper_.folded().position);
    return next_read_point();
}

Result<std::shared_ptr<const ReadPoint>> GroupWriter::next_read_point() {
    invariant(keeper_.folded() == folder_.log().head(), "what is shown is what is in the log");
    auto state = folder_.state().snapshot();
    if (!state) return fail(state.error());
    if (!families_) {
        auto families = known_families(catalog_, **state);
        if (!families) return fail(families.error());
        families_ = std::make_shared<const KnownFamilies>(*std::move(families));
    }
    return std::make_shared<const ReadPoint>(keeper_.folded(), *std::move(state),
                                             keeper_.contents().whole, families_, damage_);
}

}  // namespace freshet::engine
