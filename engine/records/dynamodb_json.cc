#include "engine/records/dynamodb_json.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/access/revocation.h"
#include "engine/records/body_faults.h"
#include "engine/records/expiry.h"
#include "engine/records/plain_reader.h"
#include "engine/records/record_reader.h"
#include "engine/records/record_size.h"
#include "engine/records/unread_record.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/values/dynamodb_words.h"
#include "engine/values/time_text.h"
#include "engine/values/typed_json.h"

namespace freshet::engine {
namespace {

// The records of a body, in whichever form they came.
struct Records {
    const JsonNode* node;  // an array of records; or the only one
    BatchForm form;

    [[nodiscard]] std::size_t count() const { return form == BatchForm::record ? 1 : node->size(); }
};

// Any of them tells a record, or a line of an export, from a body that holds several.
constexpr std::array record_names{"dynamodb", "eventName", "Item", "Keys"};

tl::expected<Records, Fault> records_of(const JsonNode& root) {
    if (root.is(JsonType::array)) return Records{&root, BatchForm::array};
    const bool is_record =
        std::any_of(record_names.begin(), record_names.end(),
                    [&](const char* name) { return root.find(name) != nullptr; });
    if (is_record) return Records{&root, BatchForm::record};
    const JsonNode* records = nullptr;
    for (const JsonNode& member : root) {
        if (member.name() != "Records") continue;
        if (records != nullptr) return tl::unexpected(Fault{"/Records", "is there more than once"});
        records = &member;
    }
    if (records != nullptr) {
        if (records->is(JsonType::array)) return Records{records, BatchForm::event};
        return tl::unexpected(
            Fault{"/Records", found(*records) + ", expected an array of records"});
    }
    const char* detail = root.is(JsonType::object) ? " with neither Records nor dynamodb" : "";
    return tl::unexpected(
        Fault{"", found(root) + detail +
                      R"(, expected {"Records":[…]}, one record, or an array of records)"});
}

// As it was sent, if it is text.
std::string sequence_of(const JsonNode& record) {
    const JsonNode* stream = record.find("dynamodb");
    const JsonNode* sequence = stream == nullptr ? nullptr : stream->find("SequenceNumber");
    if (sequence == nullptr || !sequence->is(JsonType::string)) return "";
    return std::string(sequence->text());
}

// Reads on after a fault, to name them all, but keeps only what stands before the first. What is to
// be parked is no fault.
class BatchReader {
public:
    BatchReader(const JsonDocument& document, ChangeBatch& batch, const Catalog& catalog,
                const DecodeOptions& options)
        : document_(document),
          options_(options),
          batch_(batch),
          faults_(batch),
          reader_(catalog, options, faults_),
          index_(batch.records.size()) {}

    void read(const JsonNode& record) {
        if (faults_.full()) return;
        const Faults::Mark before = faults_.mark();
        faults_.begin_record(index_++);
        std::optional<BatchRecord> read = reader_.read(record);
        if (!read && !refused_) read = park(record, before);
        if (!read && !refused_) {
            refused_ = true;
            sequence_ = sequence_of(record);
        }
        if (!refused_) batch_.records.push_back(std::move(*read));
    }

    void finish() && {
        if (reader_.untaken()) batch_.untaken = reader_.untaken();
        if (!refused_) return;
        batch_.refusal =
            Refusal{std::move(faults_).take(), std::move(sequence_), reader_.refused_as()};
    }

private:
    // The record, which was read last and is wrong, as what is to be kept of it; nothing if it is
    // not to be kept.
    std::optional<BatchRecord> park(const JsonNode& record, const Faults::Mark& before) {
        if (!parks_unread(options_) || !reader_.is_records_fault()) return std::nullopt;
        const std::string_view text = document_.text_of(record);
        if (text.size() > unread_text_max) {
            faults_.add(Place(), "has " + std::to_string(text.size()) +
                                     " bytes, and what cannot be understood is parked only up to " +
                                     std::to_string(unread_text_max));
            return std::nullopt;
        }
        Fault fault = faults_.forget_since(before);
        fault.pointer.erase(0, batch_.place(index_ - 1).pointer.size());
        return unread_record(text, sequence_of(record), std::move(fault), *options_.caller);
    }

    const JsonDocument& document_;
    const DecodeOptions& options_;
    ChangeBatch& batch_;
    Faults faults_;
    RecordReader reader_;
    std::size_t index_;
    bool refused_ = false;
    std::string sequence_;  // of the first record that is wrong
};

void append_image(std::string& out, std::string_view name, storage::ImageView image) {
    out += ",\"";
    out += name;
    out += "\":";
    append_typed_attributes(out, image);
}

// A source that says the size is believed. The envelope is our own spelling of what came.
bool says_size(std::string_view stream_envelope) {
    return stream_envelope.find(R"("SizeBytes":)") != std::string_view::npos;
}

// Which function, which record, and what became of it.
void append_function_note(std::string& out, const storage::Notice& notice) {
    const storage::FunctionNote& note = *notice.function;
    out += R"(,"function":)";
    append_json_string(out, notice.name);
    if (notice.kind == storage::NoticeKind::paused) {
        out += note.is_paused ? R"(,"is_paused":true)" : R"(,"is_paused":false)";
        return;
    }
    out += R"(,"record":)" + std::to_string(note.record.value);
    if (note.is_reset) out += R"(,"reset":true)";
    if (notice.kind == storage::NoticeKind::released) {
        out += note.is_dropped ? R"(,"dropped":true)" : R"(,"dropped":false)";
    }
    if (notice.kind != storage::NoticeKind::parked) return;
    append_image(out, "Keys", notice.keys->view());
    out += R"(,"status":")" + std::string(word_of(note.status));
    out += R"(","attempts":)" + std::to_string(note.attempts);
    if (!note.error.empty()) {
        out += R"(,"error":)";
        append_json_string(out, note.error);
    }
    out += note.body.empty() ? "" : R"(,"edited":true)";
}

// What was wrong with the record, or which one it is; not the record itself, which may be long.
void append_unread_note(std::string& out, const storage::Notice& notice) {
    const storage::UnreadNote& note = *notice.unread;
    if (notice.kind == storage::NoticeKind::discarded) {
        out += R"(,"record":)" + std::to_string(note.record.value);
        return;
    }
    const auto append_member = [&out](std::string_view name, const std::string& text) {
        out += ",\"" + std::string(name) + "\":";
        append_json_string(out, text);
    };
    if (!note.sequence.empty()) append_member("sequence", note.sequence);
    append_member("error", note.error);
    append_member("pointer", note.pointer);
    out += R"(,"bytes":)" + std::to_string(note.text.size());
}

void append_notice_json(std::string& out, const storage::Record& record) {
    const auto notice = record.notice();
    out += R"({"position":)" + std::to_string(record.position().value);
    out += R"(,"notice":")";
    out += notice ? word_of(notice->kind) : "unknown";
    out += '"';
    const auto append_member = [&out](std::string_view name, const std::string& text) {
        if (text.empty()) return;
        out += ",\"" + std::string(name) + "\":";
        append_json_string(out, text);
    };
    if (notice) {
        append_member("table", notice->table);
        append_member("stream", notice->stream);
        if (notice->kind == storage::NoticeKind::revocation) {
            append_member(word_of(notice->revoked_by), notice->name);
        }
        if (notice->idempotency) append_member("key", notice->idempotency->key);
        if (notice->kind == storage::NoticeKind::expiry) {
            append_image(out, "Keys", notice->keys->view());
            append_member("expires", notice->name);
        }
        if (notice->function) append_function_note(out, *notice);
        if (notice->unread) append_unread_note(out, *notice);
        if (notice->moment) append_member("moment", text_of(*notice->moment));
        append_member("by", notice->by);
    }
    append_member("at", text_of(record.appended()));
    const auto until = notice ? end_of(*notice, record.appended()) : std::nullopt;
    if (until) append_member("until", text_of(*until));
    out += '}';
}

// The members of a record as its source sent it, with that envelope and number.
void append_members(std::string& out, const storage::Record& record, std::string_view envelope,
                    std::string_view sequence) {
    out += envelope;
    if (!envelope.empty()) out += ',';
    out += R"("eventName":")";
    out += name_in(event_names, record.kind());
    out += R"(","dynamodb":{"Keys":)";
    append_typed_attributes(out, record.keys());
    if (const auto after = record.after(); after) append_image(out, "NewImage", *after);
    if (record.before_was_sent()) {
        if (const auto before = record.before(); before) {
            append_image(out, "OldImage", before->view());
        }
    }
    out += R"(,"SequenceNumber":)";
    append_json_string(out, sequence);
    if (!says_size(record.stream_envelope())) {
        out += R"(,"SizeBytes":)" + std::to_string(record_size(record));
    }
    if (!record.stream_envelope().empty()) out += ',';
    out += record.stream_envelope();
    out += '}';
}

}  // namespace

Result<ChangeBatch> decode_records(std::string body, const Catalog& catalog,
                                   const DecodeOptions& options) {
    ChangeBatch batch;
    batch.partial = options.partial;
    const auto decoded = decode_text(std::move(body), 0, catalog, options, batch);
    if (!decoded) return fail(decoded.error());
    // Without any record there is none that the writer could begin again from.
    if (batch.parts.empty()) batch.partial = false;
    return batch;
}

Result<void> decode_text(std::string text, std::uint64_t line, const Catalog& catalog,
                         const DecodeOptions& options, ChangeBatch& batch) {
    {
        PlainReader reader(catalog, options);
        reader.begin(text);
        if (reader.read(text, line, batch)) return {};
    }
    return decode_with_care(std::move(text), line, catalog, options, batch);
}

Result<void> decode_with_care(std::string text, std::uint64_t line, const Catalog& catalog,
                              const DecodeOptions& options, ChangeBatch& batch) {
    const Result<JsonDocument> document =
        JsonDocument::parse(std::move(text), std::max<std::uint64_t>(line, 1));
    if (!document) return fail(document.error());

    tl::expected<Records, Fault> records = records_of(document->root());
    if (!records) {
        const std::string_view whole = document->text_of(document->root());
        if (park_text(whole, line, records.error(), options, batch)) return {};
        records.error().line = line;
        batch.refusal = Refusal{{std::move(records.error())}, ""};
        return {};
    }
    const std::size_t count = records->count();
    if (count > batch_records_max) {
        return fail(Errc::too_large, std::to_string(count) + " records in one batch; at most " +
                                         std::to_string(batch_records_max) + " are taken");
    }
    if (count == 0) return {};
    batch.bytes += document->bytes();
    batch.parts.push_back({.begin = batch.records.size(), .line = line, .form = records->form});
    if (batch.records.empty()) batch.records.reserve(count);

    BatchReader reader(*document, batch, catalog, options);
    if (records->form == BatchForm::record) {
        reader.read(*records->node);
    } else {
        for (const JsonNode& record : *records->node) reader.read(record);
    }
    std::move(reader).finish();
    return {};
}

void append_record_json(std::string& out, const storage::Record& record) {
    if (record.is_notice()) return append_notice_json(out, record);
    out += "{\"position\":" + std::to_string(record.position().value) + ",\"table\":";
    append_json_string(out, record.table());
    if (is_expiry(record)) out += R"(,"expired":true)";
    if (record.imported()) out += R"(,"imported":true)";
    if (record.reconciled()) out += R"(,"reconciled":true)";
    if (record.reconciled() && record.is_told()) out += R"(,"told":true)";
    out += ',';
    append_members(out, record, record.envelope(), record.sequence());
    out += '}';
}

void append_event_record(std::string& out, const storage::Record& record, std::string_view envelope,
                         std::string_view sequence) {
    out += '{';
    append_members(out, record, envelope, sequence);
    out += '}';
}

}  // namespace freshet::engine
