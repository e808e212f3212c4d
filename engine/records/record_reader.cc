#include "engine/records/record_reader.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/records/source_time.h"
#include "engine/records/stream_arn.h"
#include "engine/records/view_type.h"
#include "engine/text/shown_text.h"
#include "engine/values/dynamodb_words.h"
#include "engine/values/same_value.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;

void append_member(std::string& members, const JsonNode& member) {
    if (!members.empty()) members += ',';
    append_json_string(members, member.name());
    members += ':';
    append_json(members, member);
}

bool is_empty(const JsonNode& image) {
    return image.is(JsonType::object) && image.size() == 0;
}

// No item is without its key attributes, so an object without members stands for no image. Some
// sources write it where DynamoDB leaves the member out.
bool is_given(const JsonNode* image) {
    return image != nullptr && !image->is(JsonType::null) && !is_empty(*image);
}

bool is_true(const JsonNode& node) {
    return node.is(JsonType::boolean) && node.truth();
}

// Whether append_record_json() has added it, rather than the source.
bool is_ours(const JsonNode& member) {
    const std::string_view name = member.name();
    if (name == "position" || name == "table") return true;
    const bool is_mark =
        name == "expired" || name == "imported" || name == "reconciled" || name == "told";
    return is_mark && is_true(member);
}

// The attributes of the table's key, as far as the item has them.
storage::Image keys_in(const Table& table, storage::ImageView item) {
    std::vector<storage::ValueView> found;
    for (const KeyPart& part : table.key) {
        if (const auto value = item.find(part.name)) found.push_back(*value);
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.name() < b.name(); });
    storage::ImageBuilder builder;
    std::vector<storage::ImageBuilder::Value> values;
    values.reserve(found.size());
    for (const storage::ValueView value : found) values.push_back(builder.copy(value));
    return builder.finish(values);
}

enum class Form : std::uint8_t {
    record,
    item,         // a line of an export of the whole table
    incremental,  // of one of what has changed in some time
};

Form form_of(const JsonNode& node) {
    if (node.find("dynamodb") != nullptr || node.find("eventName") != nullptr) return Form::record;
    if (node.find("Item") != nullptr) return Form::item;
    return node.find("Keys") != nullptr ? Form::incremental : Form::record;
}

}  // namespace

std::optional<BatchRecord> RecordReader::read(const JsonNode& node) {
    const std::size_t faults_before = faults_.count();
    is_records_fault_ = true;
    if (!node.is(JsonType::object)) {
        faults_.add(record_, found(node) + ", expected an object: a record");
        return std::nullopt;
    }

    storage::Change change;
    const Table* table = nullptr;
    switch (form_of(node)) {
        case Form::record:
            table = read_record(node, change);
            break;
        case Form::item:
            table = read_item(node, change);
            break;
        case Form::incremental:
            is_records_fault_ = false;
            faults_.add(record_,
                        R"(found a line of an incremental export, expected {"Item":{…}}, one of )"
                        "an export of the whole table: export it anew as FULL_EXPORT");
            break;
    }
    if (table != nullptr && !may_ingest(*options_.caller, table->name)) {
        refuse_as(Errc::forbidden);
        faults_.add(record_,
                    "these credentials do not admit to appending to table " + quote(table->name));
    }
    if (table != nullptr && change.reconciled && !may_administer(*options_.caller, table->name)) {
        refuse_as(Errc::forbidden);
        faults_.add(reconciled_,
                    "only an admin of table " + quote(table->name) + " may say what an export has");
    }
    if (table != nullptr && table->is_direct && !change.imported) {
        refuse_as(Errc::conflict);
        faults_.add(record_, "table " + quote(table->name) +
                                 " is written directly (source = \"direct\"), and takes no records "
                                 "of a stream: write its items under /tables/" +
                                 table->name + "/items");
    }
    if (faults_.count() > faults_before) return std::nullopt;

    BatchRecord record;
    record.sequence = change.sequence.text();
    if (table != nullptr) record.change = std::move(change);
    return record;
}

const Table* RecordReader::read_record(const JsonNode& record, storage::Change& change) {
    const RecordMembers members = sort_members(record, change);
    read_kind(members.event_name, change);
    read_source(members.arn, change);
    if (members.stream != nullptr && members.stream->is(JsonType::object)) {
        read_stream(*members.stream, change);
    } else {
        refuse_type(stream_, members.stream, "an object");
    }
    check_import(change);
    check_reconciled(change);
    return route(change);
}

const Table* RecordReader::read_item(const JsonNode& line, storage::Change& change) {
    const JsonNode* item = nullptr;
    const JsonNode* arn = nullptr;
    for (const JsonNode& member : line) {
        if (member.name() == "Item") {
            take(item, member, item_);
            continue;
        }
        if (is_ours(member)) continue;
        if (member.name() == "eventSourceARN") take(arn, member, arn_);
        append_member(change.envelope, member);
    }
    invariant(item != nullptr, "a line with an item is read as one");
    if (arn != nullptr) read_source(arn, change);
    change.imported = true;
    change.after = images_.read(*item, item_);
    if (options_.table == nullptr) {
        is_records_fault_ = false;
        faults_.add(record_, "an item of an export does not say its table: name it with ?table=");
        return nullptr;
    }
    if (!change.after) return nullptr;

    const Table& table = *options_.table;
    change.keys = keys_in(table, change.after->view());
    tl::expected<std::string, Fault> key = taken_key(table, change.keys->view());
    if (!key) {
        faults_.add(item_, std::move(key.error().detail), key.error().pointer);
        return nullptr;
    }
    // An item is of the table that the stream's records of it go to.
    const bool is_routed = catalog_.route(table.from, change.keys->view()) == &table;
    if (!table.is_direct && !is_routed) return nullptr;
    change.table = table.name;
    change.key = std::move(*key);
    return &table;
}

// For what is no fault of the record.
void RecordReader::refuse_as(Errc code) {
    is_records_fault_ = false;
    if (code == Errc::forbidden || refused_as_ == Errc::refused) refused_as_ = code;
}

void RecordReader::refuse_type(const Place& place, const JsonNode* node,
                               const std::string& expected) {
    faults_.add(place, (node == nullptr ? "is missing" : found(*node)) + ", expected " + expected);
}

void RecordReader::take(const JsonNode*& member, const JsonNode& node, const Place& place) {
    if (member != nullptr) faults_.add(place, "is there more than once");
    member = &node;
}

RecordReader::RecordMembers RecordReader::sort_members(const JsonNode& record,
                                                       storage::Change& change) {
    RecordMembers members;
    for (const JsonNode& member : record) {
        const std::string_view name = member.name();
        if (is_ours(member)) {
            change.imported = change.imported || name == "imported";
            change.reconciled = change.reconciled || name == "reconciled";
            change.told = change.told || name == "told";
            continue;
        }
        if (name == "eventName") {
            take(members.event_name, member, event_name_);
            continue;
        }
        if (name == "dynamodb") {
            take(members.stream, member, stream_);
            continue;
        }
        if (name == "eventSourceARN") take(members.arn, member, arn_);
        append_member(change.envelope, member);
    }
    return members;
}

RecordReader::StreamMembers RecordReader::sort_stream_members(const JsonNode& stream,
                                                              storage::Change& change) {
    StreamMembers members;
    for (const JsonNode& member : stream) {
        const std::string_view name = member.name();
        if (name == "Keys") {
            take(members.keys, member, keys_);
        } else if (name == "NewImage") {
            take(members.after, member, after_);
        } else if (name == "OldImage") {
            take(members.before, member, before_);
        } else if (name == "SequenceNumber") {
            take(members.sequence, member, sequence_);
        } else {
            if (name == "StreamViewType") take(members.view_type, member, view_type_);
            if (name == time_name) change.time = source_time(member);
            append_member(change.stream_envelope, member);
        }
    }
    return members;
}

void RecordReader::read_kind(const JsonNode* node, storage::Change& change) {
    constexpr const char* expected = "INSERT, MODIFY or REMOVE";
    if (node == nullptr || !node->is(JsonType::string)) {
        refuse_type(event_name_, node, expected);
        return;
    }
    const std::optional<ChangeKind> kind = key_of(event_names, node->text());
    if (!kind) {
        faults_.add(event_name_, "found " + quote(node->text()) + ", expected " + expected);
        return;
    }
    change.kind = *kind;
}

void RecordReader::read_source(const JsonNode* node, storage::Change& change) {
    constexpr const char* expected =
        "a stream such as arn:aws:dynamodb:eu-west-1:123456789012:table/NAME/stream/LABEL";
    if (node == nullptr) {
        if (options_.table != nullptr) return;
        faults_.add(arn_, "is missing: without it, name the table with ?table=");
        return;
    }
    if (!node->is(JsonType::string)) {
        refuse_type(arn_, node, expected);
        return;
    }
    if (node->text().size() > stream_name_bytes_max) {
        faults_.add(arn_, "found a name of " + std::to_string(node->text().size()) +
                              " bytes, expected at most " + std::to_string(stream_name_bytes_max));
        return;
    }
    const std::optional<StreamArn> stream = parse_stream_arn(node->text());
    if (stream) {
        change.origin = stream->origin;
        change.source = stream->source;
        change.label = stream->label;
    } else if (options_.table != nullptr && !node->text().empty()) {
        change.source = node->text();  // some sources have names of their own
    } else {
        faults_.add(arn_, "found " + quote(node->text()) + ", expected " + expected +
                              "; a source with names of another form needs ?table=");
        return;
    }
    if (options_.table == nullptr && !router_.knows(change.source)) refuse_source(change);
}

void RecordReader::refuse_source(const storage::Change& change) {
    const StreamName name = stream_name(change);
    is_records_fault_ = false;
    faults_.add(arn_, "no table takes from the source table " + quote(change.source) +
                          "; known are " + router_.known_sources() +
                          ". If it continues one of these (it was restored, or copied), adopt its "
                          "stream: freshet adopt --table TABLE --stream " +
                          shell_word(name.family) +
                          "; a table of its own is declared with it as `name` or `from`");
    note_refused(untaken_, name);
}

void RecordReader::read_stream(const JsonNode& stream, storage::Change& change) {
    const StreamMembers members = sort_stream_members(stream, change);
    if (members.keys == nullptr) {
        refuse_type(keys_, nullptr, "an object of the key attributes");
    } else {
        change.keys = images_.read(*members.keys, keys_);
    }
    change.after = read_image(members.after, after_, change);
    change.before = read_image(members.before, before_, change);
    if (change.kind == ChangeKind::remove && is_given(members.after)) {
        faults_.add(after_, "a REMOVE leaves no new image");
    }
    if (change.kind == ChangeKind::insert && is_given(members.before)) {
        faults_.add(before_, "an INSERT has no old image");
    }
    read_sequence(members.sequence, change);
    check_view_type(members.view_type);
    if (change.kind != ChangeKind::remove) check_promised(members);
}

// A change that loses its image on the way would leave the view as it was, or empty, without a
// word.
void RecordReader::check_promised(const StreamMembers& members) {
    if (is_given(members.after)) return;
    const JsonNode* type = members.view_type;
    if (type != nullptr && type->is(JsonType::string)) {
        if (!promises_after(type->text())) return;
        faults_.add(after_, (members.after == nullptr ? "is missing" : "is empty") +
                                std::string(", expected the item's attributes: StreamViewType ") +
                                std::string(type->text()) + " sends them with every change");
    } else if (members.after != nullptr && is_empty(*members.after)) {
        faults_.add(after_, "is empty, expected the item's attributes");
    }
}

std::optional<storage::Image> RecordReader::read_image(const JsonNode* node, const Place& place,
                                                       const storage::Change& change) {
    if (!is_given(node)) return std::nullopt;
    std::optional<storage::Image> image = images_.read(*node, place);
    if (image && change.keys) check_keys(change.keys->view(), image->view(), place);
    return image;
}

void RecordReader::check_keys(storage::ImageView keys, storage::ImageView image,
                              const Place& place) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const storage::ValueView key = keys.at(i);
        const std::optional<storage::ValueView> attribute = image.find(key.name());
        if (!attribute || same_value(key, *attribute)) continue;
        faults_.add(Place(place, key.name()), "the key attribute differs from that in Keys");
    }
}

void RecordReader::read_sequence(const JsonNode* node, storage::Change& change) {
    constexpr const char* expected = "a string of 1 to 128 digits";
    if (node == nullptr || !node->is(JsonType::string)) {
        refuse_type(sequence_, node, expected);
        return;
    }
    Result<storage::SequenceNumber> sequence = storage::SequenceNumber::parse(node->text());
    if (!sequence) {
        faults_.add(sequence_, "found " + quote(node->text()) + ", expected " + expected);
        return;
    }
    change.sequence = std::move(*sequence);
}

void RecordReader::check_view_type(const JsonNode* node) {
    constexpr const char* expected = "KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES";
    if (node == nullptr) return;
    if (!node->is(JsonType::string)) {
        refuse_type(view_type_, node, expected);
        return;
    }
    if (!is_view_type(node->text())) {
        faults_.add(view_type_, "found " + quote(node->text()) + ", expected " + expected);
    }
}

void RecordReader::check_import(const storage::Change& change) {
    if (!change.imported || (change.kind == ChangeKind::insert && change.after)) return;
    faults_.add(imported_, "only an INSERT with its NewImage can be an import");
}

void RecordReader::check_reconciled(const storage::Change& change) {
    if (!change.reconciled) return;
    if (change.imported) faults_.add(reconciled_, "an import is not reconciled");
    if (change.kind != ChangeKind::remove && !change.after) {
        faults_.add(reconciled_, "what is reconciled has its NewImage, or is a REMOVE");
    }
    if (!change.time) {
        faults_.add(reconciled_,
                    "needs the moment of the export, as its " + std::string(time_name));
    }
}

const Table* RecordReader::route(storage::Change& change) {
    if (!change.keys) return nullptr;
    const storage::ImageView keys = change.keys->view();
    const Table* table = router_.table_for(change.source, stream_name(change).family, keys);
    if (table == nullptr) {
        if (auto fault = router_.fault_of(change.source, keys)) {
            faults_.add(keys_, std::move(fault->detail), fault->pointer);
        }
        return nullptr;
    }

    tl::expected<std::string, Fault> key = taken_key(*table, keys);
    if (!key) {
        faults_.add(keys_, std::move(key.error().detail), key.error().pointer);
        return nullptr;
    }
    change.table = table->name;
    change.key = std::move(*key);
    return table;
}

}  // namespace freshet::engine
