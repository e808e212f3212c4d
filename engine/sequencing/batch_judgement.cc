#include "engine/sequencing/batch_judgement.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory_resource>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/folding/lineage.h"
#include "engine/folding/unread_facts.h"
#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"
#include "engine/text/shown_text.h"
#include "engine/values/time_text.h"

namespace freshet::engine {
namespace {

using storage::Change;

constexpr auto future_max = std::chrono::hours(24);
constexpr auto export_future_max = std::chrono::minutes(1);

// An item's head while a batch is judged: that of the state, or after a change of the batch.
class Head {
public:
    Head() = default;
    explicit Head(std::optional<ItemHead> first) : first_(std::move(first)) {}

    [[nodiscard]] const std::optional<ItemHead>& now() const { return moved_ ? *moved_ : first_; }
    // Borrows `head`.
    void move_to(const std::optional<ItemHead>& head) { moved_ = &head; }

private:
    std::optional<ItemHead> first_;
    const std::optional<ItemHead>* moved_ = nullptr;
};

using Heads = std::pmr::unordered_map<const storage::StateBatch::KnownItem*, Head>;

Result<storage::SequenceNumber> number_of(std::string_view text) {
    auto number = storage::SequenceNumber::parse(text);
    if (!number) return fail(Errc::damaged_state, "an item has no sequence number");
    return number;
}

// Nothing if `item` is null. Fails with damaged_state  if it has no sequence number, or is of a
// stream that is none of the table's.
Result<std::optional<ItemHead>> head_of(const std::shared_ptr<const storage::Item>& item,
                                        const Lineage& lineage) {
    if (!item) return std::optional<ItemHead>();
    const storage::ItemParts parts = item->parts();
    const bool has_stream = 0 < parts.stream && parts.stream <= lineage.streams().size();
    if (!parts.imported && !has_stream) {
        return fail(Errc::damaged_state, "an item is of a stream that its table does not have");
    }
    auto sequence = number_of(parts.sequence);
    if (!sequence) return fail(sequence.error());
    ItemHead head{.stream = parts.stream,
                  .sequence = *std::move(sequence),
                  .time = parts.time,
                  .imported = parts.imported,
                  .reconciled = parts.reconciled,
                  .undated = parts.undated,
                  .others = {},
                  .changed = parts.changed};
    std::vector<ItemHead::Other> others;
    others.reserve(parts.others.size());
    for (const storage::StreamHead& other : parts.others) {
        auto last = number_of(other.sequence);
        if (!last) return fail(last.error());
        others.push_back({.stream = other.stream, .sequence = *std::move(last)});
    }
    if (!others.empty()) {
        head.others = std::make_shared<const std::vector<ItemHead::Other>>(std::move(others));
    }
    return std::optional(std::move(head));
}

std::string families_of(const Lineage& lineage) {
    std::string text;
    for (const std::string& family : lineage.families()) {
        text += (text.empty() ? "" : ", ") + text_of(StreamName{.family = family, .label = {}});
    }
    return text;
}

std::string foreign_stream(const Change& change, const Lineage& lineage) {
    const std::string stream = text_of(stream_name(change));
    return "found a record of " + stream + ", but table " + change.table + " takes from " +
           families_of(lineage) +
           ": if this stream continues where those end (a replica in another region, a restored "
           "table), adopt it with freshet adopt --table " +
           change.table + " --stream " + shell_word(stream);
}

std::string ambiguous_stream(const Change& change, const Lineage& lineage) {
    return "does not say its stream, and table " + change.table + " takes from " +
           families_of(lineage) + ": send the record with the eventSourceARN that it came with";
}

std::string too_many_streams(const Change& change) {
    return "found a record of " + text_of(stream_name(change)) + ", but table " + change.table +
           " has come from " + std::to_string(lineage_streams_max) +
           " streams already, and a table may come from no more: if this stream is right, import "
           "the table into a new data folder";
}

std::string too_late(storage::SourceTime time, storage::SourceTime now) {
    return "found " + text_of(time) + ", which is more than a day after the server's " +
           text_of(now) + ": whatever came later would be taken for overtaken";
}

// Whether the item came after that export or was gone by then, an import does not say.
std::string late_import(const Change& change, const Lineage::Reconciled& even) {
    return "is not known, and table " + change.table + " is even with the export of " +
           text_of(even.moment) +
           ": import a later export with freshet import --reconcile, which can tell whether the "
           "item is new or was removed";
}

// A record that could not be understood, when too many are kept already.
std::string no_room_for(const storage::UnreadNote& note, const UnreadTotal& kept) {
    return note.error + "; and it cannot be parked, as " + std::to_string(kept.records) +
           " records of " + std::to_string(kept.bytes) + " bytes are parked already, of at most " +
           std::to_string(unread_records_max) + " and " + std::to_string(unread_bytes_max) +
           ": drop those that are done with (GET /records/parked)";
}

// What is wrong with a batch, besides what decoding found.
class Wrongs {
public:
    Wrongs(const ChangeBatch& batch, Judgement& judgement) : batch_(batch), judgement_(judgement) {}

    // `detail` says what is wrong; where enough is kept, it is not asked.
    template <class Detail>
    void add(std::size_t index, std::string_view member, const Detail& detail) {
        // It comes before whatever decoding found wrong, which follows the last record.
        if (judgement_.end > index) {
            judgement_.end = index;
            judgement_.refusal = Refusal{.faults = {}, .sequence = batch_.records[index].sequence};
            const Errc code = batch_.refusal ? batch_.refusal->code : Errc::refused;
            if (code == Errc::forbidden || code == Errc::conflict) {
                judgement_.refusal->code = code;
            }
        }
        if (judgement_.refusal->faults.size() >= faults_max) return;
        RecordPlace place = batch_.place(index);
        judgement_.refusal->faults.push_back(
            {.pointer = place.pointer.append(member), .detail = detail(), .line = place.line});
    }

    // A batch that is refused as a whole is told everything that is wrong with it.
    void add_those_of_decoding() {
        if (!batch_.refusal || judgement_.end == batch_.records.size()) return;
        auto& faults = judgement_.refusal->faults;
        faults.insert(faults.end(), batch_.refusal->faults.begin(), batch_.refusal->faults.end());
        if (faults.size() > faults_max) faults.resize(faults_max);
    }

private:
    const ChangeBatch& batch_;
    Judgement& judgement_;
};

// Judges one batch, record by record.
class Judge {
public:
    Judge(const ChangeBatch& batch, storage::SourceTime now, storage::StateBatch& state,
          Lineages& lineages)
        : batch_(batch),
          now_(now),
          state_(state),
          known_lineages_(lineages),
          judgement_{.changes = {}, .end = batch.records.size(), .refusal = batch.refusal} {}

    Result<Judgement> run() {
        judgement_.changes.reserve(batch_.records.size());
        heads_.reserve(batch_.records.size());
        for (std::size_t i = 0; i < batch_.records.size(); ++i) {
            const BatchRecord& record = batch_.records[i];
            if (!record.change && !record.unread) continue;
            const auto is_right =
                record.change ? judge_change(i, *record.change) : judge_unread(i, *record.unread);
            if (!is_right) return fail(is_right.error());
            if (!*is_right && batch_.partial) return std::move(judgement_);
        }
        wrongs_.add_those_of_decoding();
        return std::move(judgement_);
    }

private:
    // Returns whether the change is right; if not, it is among the wrongs.
    Result<bool> judge_change(std::size_t index, const Change& change) {
        const auto later_max =
            change.reconciled ? std::chrono::duration_cast<std::chrono::seconds>(export_future_max)
                              : std::chrono::duration_cast<std::chrono::seconds>(future_max);
        if (change.time && *change.time > now_ + later_max) {
            wrongs_.add(index, "/dynamodb/" + std::string(time_name),
                        [&] { return too_late(*change.time, now_); });
            return false;
        }
        const auto lineage = lineage_of(change.table);
        if (!lineage) return fail(lineage.error());
        Judged judged;
        if (is_of_last_stream(change)) {
            judged.stream = last_stream_;
        } else if (!change.imported && !change.reconciled) {
            const StreamName name = stream_name(change);
            const Lineage::Finding finding = (*lineage)->find(name);
            if (!is_taken_from(index, change, **lineage, finding)) return false;
            judged.stream = finding.number;
            if (finding.kind == Lineage::Finding::Kind::joins) {
                judged.stream = (*lineage)->number_of_next(name);
                judged.joins = true;
            } else {
                last_of_known_ = &change;
                last_stream_ = judged.stream;
            }
        }

        const auto known = state_.known_item(change.table, change.key);
        if (!known) return fail(known.error());
        const auto [entry, is_new] = heads_.try_emplace(*known);
        Head& head = entry->second;
        if (is_new) {
            auto first = head_of((*known)->item(), **lineage);
            if (!first) return fail(first.error());
            head = Head(*std::move(first));
        }
        if (change.imported && !head.now() && (*lineage)->reconciled()) {
            wrongs_.add(index, "", [&] { return late_import(change, *(*lineage)->reconciled()); });
            return false;
        }
        judged.known = *known;
        judged.ruling = judge(head.now(), change, judged.stream, **lineage, judged.joins);
        const bool is_next = judged.ruling.verdict == Verdict::next;
        if (is_next) judged.head = head_after(head.now(), change, judged.stream);
        if (is_next && judged.joins) {
            (*lineage)->join(stream_name(change));
            last_of_known_ = nullptr;  // to another name, the lineage may say something else now
            known_lineages_.distrust(change.table);  // the batch may not be admitted
        }
        judgement_.changes.push_back(std::move(judged));
        if (is_next) head.move_to(judgement_.changes.back().head);
        return true;
    }

    // Returns whether there is room for what is to be kept of the record; if not, that it could not
    // be understood is among the wrongs.
    Result<bool> judge_unread(std::size_t index, const storage::Notice& unread) {
        const storage::UnreadNote& note = *unread.unread;
        const std::string hash = hash_of_unread(note.text);
        if (unread_hashes_.contains(hash)) return true;
        const auto known = find_unread(hash, state_);
        if (!known) return fail(known.error());
        if (*known) return true;
        if (unread_hashes_.empty()) {
            const auto total = unread_total(state_);
            if (!total) return fail(total.error());
            unread_total_ = *total;
        }
        const std::uint64_t bytes = unread_total_.bytes + note.text.size();
        if (unread_total_.records >= unread_records_max || bytes > unread_bytes_max) {
            wrongs_.add(index, note.pointer, [&] { return no_room_for(note, unread_total_); });
            return false;
        }
        ++unread_total_.records;
        unread_total_.bytes = bytes;
        unread_hashes_.insert(hash);
        return true;
    }

    // Whether it comes by the stream that was found last, as most do.
    [[nodiscard]] bool is_of_last_stream(const Change& change) const {
        return last_of_known_ != nullptr && !change.imported && !change.reconciled &&
               change.label == last_of_known_->label && change.source == last_of_known_->source &&
               change.origin == last_of_known_->origin && change.table == last_of_known_->table;
    }

    // Whether the table takes from the stream that was found; if not, that is among the wrongs.
    bool is_taken_from(std::size_t index, const Change& change, const Lineage& lineage,
                       const Lineage::Finding& finding) {
        if (finding.kind == Lineage::Finding::Kind::foreign) {
            wrongs_.add(index, arn_member, [&] { return foreign_stream(change, lineage); });
            note_foreign(change);
            return false;
        }
        if (finding.kind == Lineage::Finding::Kind::ambiguous) {
            wrongs_.add(index, arn_member, [&] { return ambiguous_stream(change, lineage); });
            return false;
        }
        const bool joins = finding.kind == Lineage::Finding::Kind::joins;
        if (joins && !lineage.has_room_for(stream_name(change))) {
            wrongs_.add(index, arn_member, [&] { return too_many_streams(change); });
            return false;
        }
        return true;
    }

    void note_foreign(const Change& change) {
        std::optional<RefusedStream> refused;
        note_refused(refused, stream_name(change));
        if (refused) add(judgement_.foreign, {{change.table, *std::move(refused)}});
    }

    // As the records before leave it.
    Result<Lineage*> lineage_of(const std::string& table) {
        if (last_table_ != nullptr && last_table_->first == table) return last_table_->second;
        const auto [found, is_new] = lineages_.try_emplace(table, nullptr);
        if (is_new) {
            auto lineage = known_lineages_.of(table, state_);
            if (!lineage) return lineage;
            found->second = *lineage;
        }
        last_table_ = &*found;
        return found->second;
    }

    static constexpr std::string_view arn_member = "/eventSourceARN";

    const ChangeBatch& batch_;
    const storage::SourceTime now_;
    storage::StateBatch& state_;
    Lineages& known_lineages_;
    Judgement judgement_;
    Wrongs wrongs_{batch_, judgement_};
    std::pmr::monotonic_buffer_resource memory_;  // of the heads
    Heads heads_{&memory_};
    std::unordered_map<std::string, Lineage*> lineages_;  // by table
    // Those that the last change came by: mostly the next one does, too.
    const std::pair<const std::string, Lineage*>* last_table_ = nullptr;
    const Change* last_of_known_ = nullptr;  // a change by a stream that had joined
    std::uint32_t last_stream_ = 0;          // its number
    // What is kept of records that could not be understood, with the batch, and what is new of
    // that.
    UnreadTotal unread_total_;
    std::set<std::string> unread_hashes_;
};

}  // namespace

Result<Judgement> judge_batch(const ChangeBatch& batch, storage::SourceTime now,
                              storage::StateBatch& state, Lineages& lineages) {
    return Judge(batch, now, state, lineages).run();
}

}  // namespace freshet::engine
