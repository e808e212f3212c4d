// A table's source lineage: from which streams its records came, and which of two is the later one.
//
// A sequence number means something within one stream only. Between streams of one family the
// label decides, which is the time at which the stream was begun. Families stand in the order in
// which they were taken: the first record of the table begins the lineage, and every later family
// is adopted by somebody who knows that it continues where the last one ended: a replica that took
// over, a table that was restored. To adopt a family again moves it to the end.
//
// A stream keeps its number for good, so that an item needs no more than that of each stream.
// Streams of a log that is older than lineages stand in the order in which they first appear.
//
// It also knows up to which moment the table was made even with an export
// (engine/reconciling/reconciliation.h): what a stream made before it is known.
//
// What a record costs grows with the streams of its table, so the sequencer lets no more than
// lineage_streams_max of them join, and has no more than lineage_families_max families adopted. A
// log that an earlier release wrote may hold more, and is folded as ever.
//
// Invariants
//   - Numbers count from 1 without gaps, in the order in which streams joined.
//   - Each family of a stream stands once in the order of families.
//   - It is never copied: a batch whose records each brought a copy would cost the square of them.
//
// Threads: values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/records/known_families.h"
#include "engine/records/stream_arn.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/state_store.h"
#include "storage/time.h"

namespace freshet::engine {

// A table gets another stream only when its source's is switched off and on again.
inline constexpr std::size_t lineage_streams_max = 100;
inline constexpr std::size_t lineage_families_max = 100;

class Lineage {
public:
    Lineage() = default;
    Lineage(Lineage&&) = default;
    Lineage& operator=(Lineage&&) = default;
    Lineage(const Lineage&) = delete;
    Lineage& operator=(const Lineage&) = delete;

    // The name under which a state keeps that of a table.
    static std::string fact_of(std::string_view table);
    // That of a table, as the batch leaves it; empty before its first record.
    // Fails with damaged_state or io.
    static Result<Lineage> of(std::string_view table, storage::StateBatch& state);
    // The same as of a moment.
    static Result<Lineage> of(std::string_view table, const storage::StateSnapshot& state);

    static Result<Lineage> from_bytes(std::string_view bytes);
    [[nodiscard]] std::string bytes() const;

    [[nodiscard]] bool empty() const { return families_.empty(); }
    // In the order of their numbers.
    [[nodiscard]] const std::vector<StreamName>& streams() const { return streams_; }
    // From the earliest to the latest.
    [[nodiscard]] const std::vector<std::string>& families() const { return families_; }

    // What the lineage says to a record of that stream.
    struct Finding {
        enum class Kind {
            known,
            joins,      // by itself: it is the first, or of a known family
            foreign,    // its family has to be adopted first
            ambiguous,  // it does not say its stream, and there are several
        };
        Kind kind;
        std::uint32_t number = 0;  // known: that of the stream
    };
    [[nodiscard]] Finding find(const StreamName& name) const;

    // Takes the stream in and returns its number. A stream that had no name, or no label, so far
    // gets this one and keeps its number. A family that is new becomes the latest.
    std::uint32_t join(const StreamName& name);
    // The number that it would get.
    [[nodiscard]] std::uint32_t number_of_next(const StreamName& name) const;
    // Whether it has room for that stream, which is to join.
    [[nodiscard]] bool has_room_for(const StreamName& name) const {
        return number_of_next(name) <= std::max(lineage_streams_max, streams_.size());
    }
    // Whether it has room for that family, which is to be adopted: one that it knows takes none.
    [[nodiscard]] bool has_room_for_family(std::string_view family) const {
        return place_of(family) < families_.size() || families_.size() < lineage_families_max;
    }

    // Whether all that it knows is a source that does not say its stream.
    [[nodiscard]] bool is_nameless() const {
        return families_.size() == 1 && families_.front().empty();
    }

    // Makes the family the latest. Returns false, having changed nothing, if it is that already.
    bool adopt(std::string_view family);

    // That every item of the table, as it was at a position of the log, was made even with an
    // export of a moment.
    struct Reconciled {
        storage::SourceTime moment;
        storage::Position begun;

        bool operator==(const Reconciled&) const = default;
    };
    // With the newest export there was.
    [[nodiscard]] const std::optional<Reconciled>& reconciled() const { return reconciled_; }
    void reconcile(const Reconciled& reconciled);

    enum class Order { same, earlier_label, earlier_family, later };
    // How the first stream stands to the second.
    [[nodiscard]] Order order(std::uint32_t stream, std::uint32_t other) const;
    // The same of one that is about to join by that name.
    [[nodiscard]] Order order_of_next(const StreamName& name, std::uint32_t other) const;

private:
    [[nodiscard]] std::size_t place_of(std::string_view family) const;
    [[nodiscard]] Order order(const StreamName& mine, const StreamName& theirs) const;

    std::vector<StreamName> streams_;
    std::vector<std::string> families_;
    std::optional<Reconciled> reconciled_;
};

// Whether the table's items are ours to remove: it is written directly, and what it has of another
// stream was continued here already, by a first write. Until then it may go back to its source.
bool is_written_here(const Table& table, const Lineage& lineage);

// The lineages that one batch after the other is judged by: each is read again only once the state
// says something else of its table.
//
// Threads: one at a time.
class Lineages {
public:
    // That of the table, as the batch of the state leaves it. It may be changed by those who then
    // call distrust(). Valid until it is asked for again. Fails as Lineage::of() does.
    Result<Lineage*> of(const std::string& table, storage::StateBatch& state);
    // It is not as the state has it: the next call reads it.
    void distrust(const std::string& table);

    // How many were read, so far.
    [[nodiscard]] std::size_t read() const { return read_; }

private:
    struct Known {
        std::optional<std::string> bytes;  // of which it was read; nothing: not as the state has it
        Lineage lineage;
    };
    std::map<std::string, Known, std::less<>> known_;
    std::size_t read_ = 0;
};

// The families of all tables' lineages. Fails with damaged_state or io.
Result<KnownFamilies> known_families(const Catalog& catalog, const storage::StateSnapshot& state);

}  // namespace freshet::engine
