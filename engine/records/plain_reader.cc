#include "engine/records/plain_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/access/grants.h"
#include "engine/config/largest_batch.h"
#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"
#include "engine/records/view_type.h"
#include "engine/values/dynamodb_words.h"
#include "engine/values/same_value.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;

// Those that RecordReader leaves out of the envelope, or asks what they hold.
constexpr std::array<std::string_view, 6> our_names{"position", "table",      "expired",
                                                    "imported", "reconciled", "told"};

// Whether the image has the key attributes, as far as it has attributes of these names.
bool has_keys(storage::ImageView image, storage::ImageView keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const storage::ValueView key = keys.at(i);
        const auto attribute = image.find(key.name());
        if (attribute && !same_value(key, *attribute)) return false;
    }
    return true;
}

bool take_once(bool& seen) {
    return !std::exchange(seen, true);
}

TokenWalk& walk_of_thread() {
    thread_local TokenWalk walk;
    return walk;
}

}  // namespace

// What has been there of a record.
struct PlainReader::StreamMembers {
    bool event_name = false;
    bool arn = false;
    bool stream = false;
    bool keys = false;
    bool after = false;
    bool before = false;
    bool sequence = false;
    std::string_view view_type;
};

PlainReader::PlainReader(const Catalog& catalog, const DecodeOptions& options)
    : options_(options), router_(catalog, options), walk_(walk_of_thread()), images_(walk_) {}

PlainReader::~PlainReader() {
    walk_.end();
    images_.end();
}

void PlainReader::begin(std::string_view text) {
    readable_ = walk_.begin(text);
}

bool PlainReader::read(std::string_view part, std::uint64_t line, ChangeBatch& batch) {
    if (!readable_) return false;
    const char* const end = part.data() + part.size();
    walk_.skip_to(part.data());
    if (!walk_.is_before(end)) return false;

    const TokenWalk::Token begin = walk_.here();
    const std::size_t first = batch.records.size();
    const std::optional<BatchForm> form = read_records(batch);
    if (!form || !walk_.was_before(end) || walk_.is_before(end)) {
        walk_.go_back_to(begin);
        batch.records.erase(batch.records.begin() + static_cast<std::ptrdiff_t>(first),
                            batch.records.end());
        return false;
    }
    batch.bytes += part.size();
    batch.parts.push_back({.begin = first, .line = line, .form = *form});
    return true;
}

std::optional<BatchForm> PlainReader::read_records(ChangeBatch& batch) {
    const TokenWalk::Token begin = walk_.here();
    if (walk_.peek() == '[') {
        return read_array(batch) ? std::optional(BatchForm::array) : std::nullopt;
    }
    std::string_view name;
    if (!walk_.take('{') || !walk_.take_name(name)) return std::nullopt;
    if (name == "Records") {
        const bool read = read_array(batch) && walk_.take('}');
        return read ? std::optional(BatchForm::event) : std::nullopt;
    }
    walk_.go_back_to(begin);
    return read_record(batch) ? std::optional(BatchForm::record) : std::nullopt;
}

bool PlainReader::read_array(ChangeBatch& batch) {
    const TokenWalk::Token begin = walk_.here();
    if (!walk_.take('[')) return false;
    std::size_t count = 0;
    do {
        if (++count > batch_records_max || !read_record(batch)) return false;
        // The others are about as long as the first.
        if (count == 1) {
            const std::size_t others = walk_.bytes_left() / walk_.bytes_from(begin);
            batch.records.reserve(batch.records.size() + std::min(others, batch_records_max));
        }
    } while (walk_.take(','));
    return walk_.take(']');
}

bool PlainReader::read_record(ChangeBatch& batch) {
    BatchRecord& record = batch.records.emplace_back();
    storage::Change& change = record.change.emplace();
    change.envelope.reserve(envelope_bytes_);
    change.stream_envelope.reserve(stream_envelope_bytes_);
    StreamMembers seen;
    if (!walk_.take('{')) return false;
    do {
        const TokenWalk::Token begin = walk_.here();
        std::string_view name;
        if (!walk_.take_name(name) || !read_member(name, begin, change, seen)) return false;
    } while (walk_.take(','));
    if (!walk_.take('}') || !is_whole(change, seen)) return false;
    constexpr std::size_t expected_max = 1'024;
    envelope_bytes_ = std::min(change.envelope.size(), expected_max);
    stream_envelope_bytes_ = std::min(change.stream_envelope.size(), expected_max);
    return route(record);
}

bool PlainReader::read_member(std::string_view name, TokenWalk::Token begin,
                              storage::Change& change, StreamMembers& seen) {
    if (name == "eventName") return take_once(seen.event_name) && read_kind(change);
    if (name == "dynamodb") return take_once(seen.stream) && read_stream(change, seen);
    if (name == "eventSourceARN") {
        return take_once(seen.arn) && read_source(change) && keep(change.envelope, begin);
    }
    if (std::find(our_names.begin(), our_names.end(), name) != our_names.end()) return false;
    return walk_.skip_value() && keep(change.envelope, begin);
}

bool PlainReader::read_kind(storage::Change& change) {
    std::string_view text;
    if (!walk_.take_string(text)) return false;
    const std::optional<ChangeKind> kind = key_of(event_names, text);
    if (kind) change.kind = *kind;
    return kind.has_value();
}

bool PlainReader::read_source(storage::Change& change) {
    std::string_view text;
    if (!walk_.take_string(text)) return false;
    if (text != arn_) {
        arn_.clear();
        if (text.empty() || text.size() > stream_name_bytes_max) return false;
        const auto arn = parse_stream_arn(text);
        if (!arn && options_.table == nullptr) return false;
        origin_ = arn ? arn->origin : "";
        source_ = arn ? arn->source : text;
        label_ = arn ? arn->label : "";
        if (options_.table == nullptr && !router_.knows(source_)) return false;
        family_ = origin_ + source_;
        arn_ = text;
    }
    change.origin = origin_;
    change.source = source_;
    change.label = label_;
    return !arn_.empty();
}

bool PlainReader::read_stream(storage::Change& change, StreamMembers& seen) {
    if (!walk_.take('{')) return false;
    do {
        const TokenWalk::Token begin = walk_.here();
        std::string_view name;
        if (!walk_.take_name(name) || !read_stream_member(name, begin, change, seen)) return false;
    } while (walk_.take(','));
    return walk_.take('}');
}

bool PlainReader::read_stream_member(std::string_view name, TokenWalk::Token begin,
                                     storage::Change& change, StreamMembers& seen) {
    if (name == "Keys") return take_once(seen.keys) && images_.read(change.keys);
    if (name == "NewImage") return take_once(seen.after) && images_.read(change.after);
    if (name == "OldImage") return take_once(seen.before) && images_.read(change.before);
    if (name == "SequenceNumber") {
        std::string_view text;
        if (!take_once(seen.sequence) || !walk_.take_string(text)) return false;
        Result<storage::SequenceNumber> sequence = storage::SequenceNumber::parse(text);
        if (sequence) change.sequence = std::move(*sequence);
        return sequence.has_value();
    }
    if (name == "StreamViewType") {
        const bool first = seen.view_type.empty();
        if (!first || !walk_.take_string(seen.view_type)) return false;
        return is_view_type(seen.view_type) && keep(change.stream_envelope, begin);
    }
    if (name == time_name) return read_time(change) && keep(change.stream_envelope, begin);
    return walk_.skip_value() && keep(change.stream_envelope, begin);
}

// As source_time(): what is neither a number nor a text says nothing.
bool PlainReader::read_time(storage::Change& change) {
    std::string_view text;
    if (walk_.peek() == '"') {
        if (!walk_.take_string(text)) return false;
        change.time = time_of_text(text);
        return true;
    }
    if (!walk_.take_word(text)) return false;
    change.time = time_of_number(text);
    return true;
}

// The member that begins there is kept as it is.
bool PlainReader::keep(std::string& members, TokenWalk::Token begin) {
    if (!members.empty()) members += ',';
    return walk_.append_compact(members, begin);
}

bool PlainReader::is_whole(const storage::Change& change, const StreamMembers& seen) const {
    if (!seen.event_name || !seen.stream || !seen.keys || !seen.sequence) return false;
    if (!seen.arn && options_.table == nullptr) return false;
    if (change.kind == ChangeKind::remove && seen.after) return false;
    if (change.kind == ChangeKind::insert && seen.before) return false;
    if (change.kind != ChangeKind::remove && !seen.after && promises_after(seen.view_type)) {
        return false;
    }
    const storage::ImageView keys = change.keys->view();
    return (!change.after || has_keys(change.after->view(), keys)) &&
           (!change.before || has_keys(change.before->view(), keys));
}

bool PlainReader::route(BatchRecord& record) {
    storage::Change& change = *record.change;
    const storage::ImageView keys = change.keys->view();
    const std::string_view family = change.source.empty() ? std::string_view{} : family_;
    record.sequence = change.sequence.text();
    const Table* table = router_.table_for(change.source, family, keys);
    if (table == nullptr) {
        if (router_.fault_of(change.source, keys)) return false;
        record.change.reset();
        return true;
    }
    if (table->is_direct || !may_append(*table)) return false;
    tl::expected<std::string, Fault> key = taken_key(*table, keys);
    if (!key) return false;
    change.table = table->name;
    change.key = std::move(*key);
    return true;
}

bool PlainReader::may_append(const Table& table) {
    if (allowed_ != &table && !may_ingest(*options_.caller, table.name)) return false;
    allowed_ = &table;
    return true;
}

}  // namespace freshet::engine
