// A change before and after it is in the log. A record may also be a notice (storage/notice.h).
//
// Two names for two sides of the truth: a Change is asked for, a Record has happened. A function's
// parameter type tells on which side it stands.
//
// Invariants
//   - A record has the keys of its item, and that of a removal has no image after it. A notice has
//     neither.
//   - A record's bytes never change.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/idempotency.h"
#include "storage/image.h"
#include "storage/notice.h"
#include "storage/position.h"
#include "storage/result.h"
#include "storage/sequence_number.h"
#include "storage/time.h"

namespace freshet::storage {

enum class ChangeKind : std::uint8_t { insert, modify, remove };

// A change of one item that somebody asks to record, as its source sent it.
struct Change {
    std::string table;
    std::string key;  // the item's key in order-preserving bytes (engine/catalog/item_key.h)
    ChangeKind kind = ChangeKind::insert;
    std::string origin;  // of the source table: what stands before its name in the stream's ARN
    std::string source;  // the source table's name; empty where the source did not say
    std::string label;   // the source stream's label; empty where the source did not say
    std::optional<SourceTime> time;  // nothing where the source did not say
    SequenceNumber sequence;
    std::optional<Image> keys;    // the key attributes as sent; always there once decoded
    std::optional<Image> after;   // NewImage
    std::optional<Image> before;  // OldImage

    // Whether it is an import: what an export of the table says of the item. It stands for all that
    // happened to the item before, and is itself no change that anybody made.
    bool imported = false;

    // Whether it is reconciled: what a later export says of an item of which a record was missed.
    // `time` is the moment of the export. It has no number of its own.
    bool reconciled = false;
    bool told = false;  // of a reconciled one: whether it is told to those who watch

    // What the source's record holds besides, as opaque text: the members of the record itself
    // and those of the part that holds the images. Kept so that it can be given back whole.
    std::string envelope;
    std::string stream_envelope;

    std::optional<Idempotency> idempotency = std::nullopt;  // of a direct write that has a name
};

// What the log adds to a change when it takes it in.
struct Admission {
    Position previous;                // the item's previous record; Position{} if there is none
    std::optional<ImageView> before;  // OldImage, or else what was known of the item
    std::uint32_t stream = 0;         // its stream's number in its table's lineage; 0 of an export
    bool joins = false;               // the stream joins the lineage, or gets its name, with it
    bool unchanged = false;           // it came by another stream, and the item is as it was
    bool stays_hidden = false;        // the item was hidden (Item::parts()), and is so after it
};

// A change that has happened. Owns its bytes, which are exactly those in the log; copies share
// them, and so may others that were read together.
class Record {
public:
    // Fails with corrupt  if `bytes` are not those of a record.
    static Result<Record> from_bytes(Position position, std::uint64_t chain, std::string bytes);
    // The same of bytes that lie in a text of many, which it keeps.
    static Result<Record> within(Position position, std::uint64_t chain,
                                 std::shared_ptr<const std::string> text, std::string_view bytes);

    [[nodiscard]] Position position() const { return position_; }
    // A hash over this record and every one before it.
    [[nodiscard]] std::uint64_t chain() const { return chain_; }
    [[nodiscard]] std::string_view bytes() const { return bytes_; }

    // When it was appended: never before the record before it. The clock's epoch if its release did
    // not keep the time.
    [[nodiscard]] AppendTime appended() const;

    // Whether it has no item. Of the rest, a notice has a table only, if it is about one.
    [[nodiscard]] bool is_notice() const;
    // Only of a notice. Nothing if a later release wrote one of a kind that this one does not know,
    // or a revocation that names tokens by something else.
    [[nodiscard]] std::optional<Notice> notice() const;

    [[nodiscard]] std::string_view table() const;
    [[nodiscard]] ChangeKind kind() const;
    [[nodiscard]] std::string_view source() const;
    [[nodiscard]] std::string_view label() const;
    [[nodiscard]] std::string_view sequence() const;  // as the source wrote it
    // Its stream's number in its table's lineage; 0 of what an export says, and if its release did
    // not keep it.
    [[nodiscard]] std::uint32_t stream() const;
    [[nodiscard]] bool joins() const;  // as Admission::joins
    [[nodiscard]] std::optional<SourceTime> time() const;
    [[nodiscard]] Position previous() const;
    [[nodiscard]] ImageView keys() const;
    [[nodiscard]] std::optional<ImageView> after() const;

    // The image before the change, resolved; nothing if the item was not there or not known.
    [[nodiscard]] std::optional<Image> before() const;
    // Whether the source sent the image before, so that it is given back in the source's form.
    [[nodiscard]] bool before_was_sent() const;

    [[nodiscard]] bool imported() const;    // as Change::imported
    [[nodiscard]] bool reconciled() const;  // as Change::reconciled
    // Whether those who watch the table hear of it: it is a change that somebody made, or a
    // reconciled one that is told.
    [[nodiscard]] bool is_told() const;
    [[nodiscard]] bool unchanged() const;     // as Admission::unchanged
    [[nodiscard]] bool stays_hidden() const;  // as Admission::stays_hidden

    // Of the write that made it; nothing if that had no name.
    [[nodiscard]] std::optional<Idempotency> idempotency() const;
    [[nodiscard]] bool has_idempotency() const;

    [[nodiscard]] std::string_view envelope() const;
    [[nodiscard]] std::string_view stream_envelope() const;

private:
    friend class LogBatch;
    Record(Position position, std::uint64_t chain, std::shared_ptr<const std::string> text)
        : position_(position), chain_(chain), text_(std::move(text)), bytes_(*text_) {}
    Record(Position position, std::uint64_t chain, std::shared_ptr<const std::string> text,
           std::string_view bytes)
        : position_(position), chain_(chain), text_(std::move(text)), bytes_(bytes) {}

    Position position_;
    std::uint64_t chain_;
    std::shared_ptr<const std::string> text_;
    std::string_view bytes_;  // in it
};

}  // namespace freshet::storage
