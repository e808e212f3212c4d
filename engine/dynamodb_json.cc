#include "engine/dynamodb_json.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "engine/base64.h"
#include "engine/decimal.h"
#include "engine/item_key.h"
#include "engine/json.h"
#include "engine/same_value.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::ValueType;

constexpr std::array<std::pair<ValueType, std::string_view>, 10> type_tags{{
    {ValueType::string, "S"},
    {ValueType::number, "N"},
    {ValueType::binary, "B"},
    {ValueType::boolean, "BOOL"},
    {ValueType::null, "NULL"},
    {ValueType::string_set, "SS"},
    {ValueType::number_set, "NS"},
    {ValueType::binary_set, "BS"},
    {ValueType::list, "L"},
    {ValueType::map, "M"},
}};
constexpr std::string_view known_tags = "S, N, B, BOOL, NULL, SS, NS, BS, L, M";

constexpr std::array<std::pair<ChangeKind, std::string_view>, 3> event_names{{
    {ChangeKind::insert, "INSERT"},
    {ChangeKind::modify, "MODIFY"},
    {ChangeKind::remove, "REMOVE"},
}};

constexpr std::array<std::string_view, 4> stream_view_types{"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE",
                                                            "NEW_AND_OLD_IMAGES"};

template <class Names>
auto key_of(const Names& names, std::string_view text) {
    using Key = decltype(names[0].first);
    for (const auto& [key, name] : names) {
        if (name == text) return std::optional<std::remove_cvref_t<Key>>(key);
    }
    return std::optional<std::remove_cvref_t<Key>>();
}

template <class Names, class Key>
std::string_view name_in(const Names& names, Key key) {
    for (const auto& [candidate, name] : names) {
        if (candidate == key) return name;
    }
    return {};
}

// A piece of the body for a message: short, and not cut within a character.
std::string quoted(std::string_view text) {
    constexpr std::size_t bytes_max = 60;
    if (text.size() <= bytes_max) return "`" + std::string(text) + "`";
    std::size_t end = bytes_max;
    while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
    return "`" + std::string(text.substr(0, end)) + "…`";
}

std::string found(const JsonNode& node) {
    return "found " + std::string(name_of(node.type()));
}

// Where a value stands within its record. Kept on the stack while the value is read, and made text
// only if there is something to say about it.
class Place {
public:
    Place() = default;  // the record itself
    Place(const Place& outer, std::string_view name) : outer_(&outer), name_(name) {}
    Place(const Place& outer, std::size_t index) : outer_(&outer), index_(index) {}

    void append_to(std::string& pointer) const {
        if (outer_ == nullptr) return;
        outer_->append_to(pointer);
        if (index_) {
            pointer += '/' + std::to_string(*index_);
        } else {
            append_pointer(pointer, name_);
        }
    }

private:
    const Place* outer_ = nullptr;
    std::string_view name_;
    std::optional<std::size_t> index_;
};

// What is wrong with a body, in the order in which it is found.
class Faults {
public:
    // Whatever is added from now on stands in the record at `pointer`.
    void begin_record(std::string pointer) { record_ = std::move(pointer); }

    void add(const Place& place, std::string detail, std::string_view below = {}) {
        ++count_;
        if (full()) return;
        std::string pointer = record_;
        place.append_to(pointer);
        pointer += below;
        faults_.push_back({std::move(pointer), std::move(detail)});
    }

    // With those that are not kept any more.
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] bool full() const { return faults_.size() == faults_max; }
    std::vector<Fault> take() && { return std::move(faults_); }

private:
    std::string record_;
    std::vector<Fault> faults_;
    std::size_t count_ = 0;
};

// Reads images: objects of attributes, each an object of one type tag and the value.
class ImageReader {
public:
    explicit ImageReader(Faults& faults) : faults_(faults) {}

    // Nothing if there is a fault in it.
    std::optional<storage::Image> read(const JsonNode& image, const Place& place) {
        std::optional<storage::Image> result;
        if (push_attributes(image, place, 0)) {
            result = builder_.finish(values_);
        } else {
            builder_.clear();
        }
        attributes_.clear();
        values_.clear();
        return result;
    }

private:
    using Value = storage::ImageBuilder::Value;
    using MaybeValue = std::optional<Value>;  // nothing if there is a fault in it

    struct Attribute {
        std::string_view name;
        Value value;
    };

    MaybeValue refuse(const Place& place, std::string detail) {
        faults_.add(place, std::move(detail));
        return std::nullopt;
    }

    MaybeValue value(const JsonNode& node, std::string_view name, const Place& place) {
        if (!node.is(JsonType::object)) {
            return refuse(place, found(node) + R"(, expected a typed value such as {"S":"text"})");
        }
        if (node.size() != 1) {
            return refuse(place, "found " + std::to_string(node.size()) +
                                     " type tags, expected exactly one of " +
                                     std::string(known_tags));
        }
        const JsonNode& content = *node.begin();
        const std::optional<ValueType> type = key_of(type_tags, content.name());
        if (!type) {
            return refuse(place, "found the type tag " + quoted(content.name()) +
                                     ", expected one of " + std::string(known_tags));
        }
        return content_of(*type, content, name, Place(place, content.name()));
    }

    MaybeValue content_of(ValueType type, const JsonNode& content, std::string_view name,
                          const Place& place) {
        switch (type) {
            case ValueType::string:
                return string(content, name, place);
            case ValueType::number:
                return number(content, name, place);
            case ValueType::binary:
                return binary(content, name, place);
            case ValueType::boolean:
                return boolean(content, name, place);
            case ValueType::null:
                return null(content, name, place);
            case ValueType::string_set:
            case ValueType::number_set:
            case ValueType::binary_set:
                return set(type, content, name, place);
            case ValueType::list:
                return list(content, name, place);
            case ValueType::map:
                return map(content, name, place);
        }
        return std::nullopt;
    }

    MaybeValue string(const JsonNode& content, std::string_view name, const Place& place) {
        if (!is_string(content, place)) return std::nullopt;
        return builder_.scalar(ValueType::string, name, content.text());
    }

    MaybeValue number(const JsonNode& content, std::string_view name, const Place& place) {
        if (!decimal(content, place)) return std::nullopt;
        return builder_.scalar(ValueType::number, name, content.text());
    }

    MaybeValue binary(const JsonNode& content, std::string_view name, const Place& place) {
        const std::optional<std::string> decoded = bytes(content, place);
        if (!decoded) return std::nullopt;
        return builder_.scalar(ValueType::binary, name, *decoded);
    }

    MaybeValue boolean(const JsonNode& content, std::string_view name, const Place& place) {
        if (!content.is(JsonType::boolean)) {
            return refuse(place, found(content) + ", expected true or false");
        }
        return builder_.boolean(name, content.truth());
    }

    MaybeValue null(const JsonNode& content, std::string_view name, const Place& place) {
        if (!content.is(JsonType::boolean)) {
            return refuse(place, found(content) + ", expected true");
        }
        if (!content.truth()) return refuse(place, "found false, expected true");
        return builder_.null(name);
    }

    MaybeValue set(ValueType type, const JsonNode& content, std::string_view name,
                   const Place& place) {
        if (!content.is(JsonType::array)) {
            return refuse(place, found(content) + ", expected an array of strings");
        }
        if (content.size() == 0) {
            return refuse(place, "found an empty array, expected at least one element of the set");
        }

        const std::size_t faults_before = faults_.count();
        std::vector<std::string_view> elements;
        std::vector<std::string> forms;  // of a number set canonical, of a binary set decoded
        elements.reserve(content.size());
        if (type != ValueType::string_set) forms.reserve(content.size());
        for (const JsonNode& element : content) {
            const Place at(place, elements.size());
            elements.push_back(element.text());
            if (type == ValueType::string_set) {
                is_string(element, at);
            } else if (type == ValueType::number_set) {
                const std::optional<Decimal> parsed = decimal(element, at);
                forms.push_back(parsed ? parsed->canonical() : "");
            } else {
                forms.push_back(bytes(element, at).value_or(""));
                elements.back() = forms.back();
            }
        }
        if (faults_.count() > faults_before) return std::nullopt;

        const std::vector<std::string_view> distinct(forms.begin(), forms.end());
        const auto repeated = repeated_in(type == ValueType::number_set ? distinct : elements);
        if (repeated) {
            return refuse(Place(place, *repeated), "the set holds this element already");
        }
        return builder_.set(type, name, elements);
    }

    // The first element in the order of values that equals another one, by its later index.
    static std::optional<std::size_t> repeated_in(std::span<const std::string_view> elements) {
        std::vector<std::size_t> order(elements.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const int compared = elements[a].compare(elements[b]);
            return compared != 0 ? compared < 0 : a < b;
        });
        const auto pair = std::adjacent_find(
            order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return elements[a] == elements[b]; });
        if (pair == order.end()) return std::nullopt;
        return *(pair + 1);
    }

    MaybeValue list(const JsonNode& content, std::string_view name, const Place& place) {
        if (!content.is(JsonType::array)) {
            return refuse(place, found(content) + ", expected an array of typed values");
        }
        const std::size_t faults_before = faults_.count();
        const std::size_t first = values_.size();
        std::size_t index = 0;
        for (const JsonNode& element : content) {
            const MaybeValue read = value(element, {}, Place(place, index++));
            if (read) values_.push_back(*read);
        }
        MaybeValue result;
        if (faults_.count() == faults_before) result = builder_.list(name, values_from(first));
        values_.resize(first);
        return result;
    }

    MaybeValue map(const JsonNode& content, std::string_view name, const Place& place) {
        const std::size_t first_attribute = attributes_.size();
        const std::size_t first_value = values_.size();
        MaybeValue result;
        if (push_attributes(content, place, first_attribute)) {
            result = builder_.map(name, values_from(first_value));
        }
        attributes_.resize(first_attribute);
        values_.resize(first_value);
        return result;
    }

    // Puts the attributes on top of attributes_, where `first` is to be their first one, and their
    // values, sorted by name, on top of values_. False if there is a fault in them.
    bool push_attributes(const JsonNode& node, const Place& place, std::size_t first) {
        const std::size_t faults_before = faults_.count();
        if (!node.is(JsonType::object)) {
            faults_.add(place, found(node) + ", expected an object of attributes");
            return false;
        }
        for (const JsonNode& member : node) {
            const MaybeValue read = value(member, member.name(), Place(place, member.name()));
            if (read) attributes_.push_back({member.name(), *read});
        }
        sort_attributes(place, first);
        for (std::size_t i = first; i < attributes_.size(); ++i) {
            values_.push_back(attributes_[i].value);
        }
        return faults_.count() == faults_before;
    }

    void sort_attributes(const Place& place, std::size_t first) {
        const auto begin = attributes_.begin() + static_cast<std::ptrdiff_t>(first);
        const auto by_name = [](const Attribute& a, const Attribute& b) { return a.name < b.name; };
        if (!std::is_sorted(begin, attributes_.end(), by_name)) {
            std::sort(begin, attributes_.end(), by_name);
        }
        const auto same_name = [](const Attribute& a, const Attribute& b) {
            return a.name == b.name;
        };
        const auto repeated = std::adjacent_find(begin, attributes_.end(), same_name);
        if (repeated != attributes_.end()) {
            faults_.add(Place(place, repeated->name), "the attribute is there more than once");
        }
    }

    bool is_string(const JsonNode& node, const Place& place) {
        if (node.is(JsonType::string)) return true;
        faults_.add(place, found(node) + ", expected a string");
        return false;
    }

    std::optional<Decimal> decimal(const JsonNode& node, const Place& place) {
        if (!node.is(JsonType::string)) {
            faults_.add(place, found(node) + ", expected a number written as a string");
            return std::nullopt;
        }
        std::optional<Decimal> parsed = Decimal::parse(node.text());
        if (!parsed) faults_.add(place, "found " + quoted(node.text()) + ", expected a number");
        return parsed;
    }

    std::optional<std::string> bytes(const JsonNode& node, const Place& place) {
        if (!is_string(node, place)) return std::nullopt;
        std::optional<std::string> decoded = decode_base64(node.text());
        if (!decoded) faults_.add(place, "found " + quoted(node.text()) + ", expected base64");
        return decoded;
    }

    [[nodiscard]] std::span<const Value> values_from(std::size_t first) const {
        return std::span(values_).subspan(first);
    }

    Faults& faults_;
    storage::ImageBuilder builder_;
    // Both are stacks: what is read within a value stands above what is read of the outer one.
    std::vector<Attribute> attributes_;
    std::vector<Value> values_;
};

// The stream that a record comes from.
struct Stream {
    std::string_view source;
    std::string_view label;
};

// Nothing if `arn` is not of the form arn:…:table/NAME or arn:…:table/NAME/stream/LABEL.
std::optional<Stream> stream_of(std::string_view arn) {
    constexpr std::string_view table_mark = ":table/";
    constexpr std::string_view stream_mark = "/stream/";
    const std::size_t mark = arn.find(table_mark);
    if (!arn.starts_with("arn:") || mark == std::string_view::npos) return std::nullopt;

    const std::string_view resource = arn.substr(mark + table_mark.size());
    const std::string_view name = resource.substr(0, resource.find('/'));
    if (name.empty()) return std::nullopt;
    const std::string_view rest = resource.substr(name.size());
    if (rest.empty()) return Stream{name, {}};
    if (!rest.starts_with(stream_mark)) return std::nullopt;
    const std::string_view label = rest.substr(stream_mark.size());
    if (label.empty() || label.find('/') != std::string_view::npos) return std::nullopt;
    return Stream{name, label};
}

void append_member(std::string& members, const JsonNode& member) {
    if (!members.empty()) members += ',';
    append_json_string(members, member.name());
    members += ':';
    append_json(members, member);
}

// Reads records, one after the other.
class RecordReader {
public:
    RecordReader(const Catalog& catalog, const DecodeOptions& options, Faults& faults)
        : catalog_(catalog), options_(options), faults_(faults), images_(faults) {}

    // Nothing if there is a fault in it.
    std::optional<BatchRecord> read(const JsonNode& node) {
        const std::size_t faults_before = faults_.count();
        if (!node.is(JsonType::object)) {
            faults_.add(record_, found(node) + ", expected an object: a record");
            return std::nullopt;
        }

        storage::Change change;
        const RecordMembers members = sort_members(node, change);
        read_kind(members.event_name, change);
        read_source(members.arn, change);
        if (members.stream != nullptr && members.stream->is(JsonType::object)) {
            read_stream(*members.stream, change);
        } else {
            refuse_type(stream_, members.stream, "an object");
        }
        const Table* table = route(change);
        if (faults_.count() > faults_before) return std::nullopt;

        BatchRecord record;
        record.sequence = change.sequence.text();
        if (table != nullptr) record.change = std::move(change);
        return record;
    }

private:
    struct RecordMembers {
        const JsonNode* event_name = nullptr;
        const JsonNode* stream = nullptr;
        const JsonNode* arn = nullptr;
    };
    struct StreamMembers {
        const JsonNode* keys = nullptr;
        const JsonNode* after = nullptr;
        const JsonNode* before = nullptr;
        const JsonNode* sequence = nullptr;
        const JsonNode* view_type = nullptr;
    };

    void refuse_type(const Place& place, const JsonNode* node, const std::string& expected) {
        faults_.add(place,
                    (node == nullptr ? "is missing" : found(*node)) + ", expected " + expected);
    }

    void take(const JsonNode*& member, const JsonNode& node, const Place& place) {
        if (member != nullptr) faults_.add(place, "is there more than once");
        member = &node;
    }

    // Parts what is read from what is only kept.
    RecordMembers sort_members(const JsonNode& record, storage::Change& change) {
        RecordMembers members;
        for (const JsonNode& member : record) {
            const std::string_view name = member.name();
            if (name == "position" || name == "table") continue;  // ours, from append_record_json()
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

    StreamMembers sort_stream_members(const JsonNode& stream, storage::Change& change) {
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
                append_member(change.stream_envelope, member);
            }
        }
        return members;
    }

    void read_kind(const JsonNode* node, storage::Change& change) {
        constexpr const char* expected = "INSERT, MODIFY or REMOVE";
        if (node == nullptr || !node->is(JsonType::string)) {
            refuse_type(event_name_, node, expected);
            return;
        }
        const std::optional<ChangeKind> kind = key_of(event_names, node->text());
        if (!kind) {
            faults_.add(event_name_, "found " + quoted(node->text()) + ", expected " + expected);
            return;
        }
        change.kind = *kind;
    }

    void read_source(const JsonNode* node, storage::Change& change) {
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
        const std::optional<Stream> stream = stream_of(node->text());
        if (!stream) {
            faults_.add(arn_, "found " + quoted(node->text()) + ", expected " + expected);
            return;
        }
        change.source = stream->source;
        change.label = stream->label;
        if (options_.table == nullptr && !catalog_.knows_source(change.source)) {
            faults_.add(arn_, "no table takes from the source table " + quoted(change.source) +
                                  "; known are " + known_sources());
        }
    }

    [[nodiscard]] std::string known_sources() const {
        std::set<std::string_view> sources;
        for (const auto& table : catalog_.tables()) sources.insert(table->from);
        std::string text;
        for (const std::string_view source : sources) {
            text += (text.empty() ? "" : ", ") + quoted(source);
        }
        return text.empty() ? "none" : text;
    }

    void read_stream(const JsonNode& stream, storage::Change& change) {
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
    }

    static bool is_given(const JsonNode* image) {
        return image != nullptr && !image->is(JsonType::null);
    }

    std::optional<storage::Image> read_image(const JsonNode* node, const Place& place,
                                             const storage::Change& change) {
        if (!is_given(node)) return std::nullopt;
        std::optional<storage::Image> image = images_.read(*node, place);
        if (image && change.keys) check_keys(change.keys->view(), image->view(), place);
        return image;
    }

    void check_keys(storage::ImageView keys, storage::ImageView image, const Place& place) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const storage::ValueView key = keys.at(i);
            const std::optional<storage::ValueView> attribute = image.find(key.name());
            if (!attribute || same_value(key, *attribute)) continue;
            faults_.add(Place(place, key.name()), "the key attribute differs from that in Keys");
        }
    }

    void read_sequence(const JsonNode* node, storage::Change& change) {
        constexpr const char* expected = "a string of 1 to 40 digits";
        if (node == nullptr || !node->is(JsonType::string)) {
            refuse_type(sequence_, node, expected);
            return;
        }
        Result<storage::SequenceNumber> sequence = storage::SequenceNumber::parse(node->text());
        if (!sequence) {
            faults_.add(sequence_, "found " + quoted(node->text()) + ", expected " + expected);
            return;
        }
        change.sequence = std::move(*sequence);
    }

    void check_view_type(const JsonNode* node) {
        constexpr const char* expected = "KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES";
        if (node == nullptr) return;
        if (!node->is(JsonType::string)) {
            refuse_type(view_type_, node, expected);
            return;
        }
        const auto known =
            std::find(stream_view_types.begin(), stream_view_types.end(), node->text());
        if (known == stream_view_types.end()) {
            faults_.add(view_type_, "found " + quoted(node->text()) + ", expected " + expected);
        }
    }

    // The table that takes the change; null if none does, or a fault keeps us from knowing.
    const Table* route(storage::Change& change) {
        if (!change.keys) return nullptr;
        const storage::ImageView keys = change.keys->view();
        const Table* table = options_.table;
        if (table == nullptr) {
            table = catalog_.route(change.source, keys);
        } else if (!table->where.matches(keys)) {
            table = nullptr;
        }
        if (table == nullptr) return nullptr;

        tl::expected<std::string, Fault> key = item_key(*table, keys);
        if (!key) {
            faults_.add(keys_, std::move(key.error().detail), key.error().pointer);
            return nullptr;
        }
        change.table = table->name;
        change.key = std::move(*key);
        return table;
    }

    const Catalog& catalog_;
    const DecodeOptions& options_;
    Faults& faults_;
    ImageReader images_;

    const Place record_;
    const Place event_name_{record_, "eventName"};
    const Place arn_{record_, "eventSourceARN"};
    const Place stream_{record_, "dynamodb"};
    const Place keys_{stream_, "Keys"};
    const Place after_{stream_, "NewImage"};
    const Place before_{stream_, "OldImage"};
    const Place sequence_{stream_, "SequenceNumber"};
    const Place view_type_{stream_, "StreamViewType"};
};

// The records of a body, in whichever form they came.
struct Records {
    const JsonNode* node;  // an array of records; or the only one
    std::string pointer_prefix;
    bool single;
};

tl::expected<Records, Fault> records_of(const JsonNode& root) {
    if (root.is(JsonType::array)) return Records{&root, "/", false};
    const JsonNode* records = nullptr;
    for (const JsonNode& member : root) {
        if (member.name() != "Records") continue;
        if (records != nullptr) return tl::unexpected(Fault{"/Records", "is there more than once"});
        records = &member;
    }
    if (records != nullptr) {
        if (records->is(JsonType::array)) return Records{records, "/Records/", false};
        return tl::unexpected(
            Fault{"/Records", found(*records) + ", expected an array of records"});
    }
    if (root.find("dynamodb") != nullptr || root.find("eventName") != nullptr) {
        return Records{&root, "", true};
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

// Reads on after a fault, to name them all, but keeps only what stands before the first.
class BatchReader {
public:
    BatchReader(ChangeBatch& batch, const Catalog& catalog, const DecodeOptions& options)
        : batch_(batch), reader_(catalog, options, faults_) {}

    void read(const JsonNode& record) {
        if (faults_.full()) return;
        faults_.begin_record(batch_.pointer(index_++));
        std::optional<BatchRecord> read = reader_.read(record);
        if (!read && !refused_) {
            refused_ = true;
            sequence_ = sequence_of(record);
        }
        if (!refused_) batch_.records.push_back(std::move(*read));
    }

    void finish() && {
        if (refused_) batch_.refusal = Refusal{std::move(faults_).take(), std::move(sequence_)};
    }

private:
    ChangeBatch& batch_;
    Faults faults_;
    RecordReader reader_;
    std::size_t index_ = 0;
    bool refused_ = false;
    std::string sequence_;  // of the first record that is wrong
};

void append_attributes(std::string& out, storage::ValueView map) {
    out += '{';
    for (std::size_t i = 0; i < map.size(); ++i) {
        const storage::ValueView attribute = map.at(i);
        if (i > 0) out += ',';
        append_json_string(out, attribute.name());
        out += ':';
        append_typed_json(out, attribute);
    }
    out += '}';
}

void append_quoted_base64(std::string& out, std::string_view bytes) {
    out += '"';
    append_base64(out, bytes);
    out += '"';
}

void append_elements(std::string& out, storage::ValueView set) {
    out += '[';
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (i > 0) out += ',';
        if (set.type() == ValueType::binary_set) {
            append_quoted_base64(out, set.element(i));
        } else {
            append_json_string(out, set.element(i));
        }
    }
    out += ']';
}

void append_values(std::string& out, storage::ValueView list) {
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) out += ',';
        append_typed_json(out, list.at(i));
    }
    out += ']';
}

void append_content(std::string& out, storage::ValueView value) {
    switch (value.type()) {
        case ValueType::string:
        case ValueType::number:
            append_json_string(out, value.text());
            return;
        case ValueType::binary:
            append_quoted_base64(out, value.text());
            return;
        case ValueType::boolean:
            out += value.truth() ? "true" : "false";
            return;
        case ValueType::null:
            out += "true";
            return;
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            append_elements(out, value);
            return;
        case ValueType::list:
            append_values(out, value);
            return;
        case ValueType::map:
            append_attributes(out, value);
            return;
    }
}

void append_image(std::string& out, std::string_view name, storage::ImageView image) {
    out += ",\"";
    out += name;
    out += "\":";
    append_attributes(out, image);
}

}  // namespace

Result<ChangeBatch> decode_records(std::string body, const Catalog& catalog,
                                   const DecodeOptions& options) {
    const Result<JsonDocument> document = JsonDocument::parse(std::move(body));
    if (!document) return fail(document.error());

    ChangeBatch batch;
    batch.partial = options.partial;
    batch.bytes = document->bytes();
    tl::expected<Records, Fault> records = records_of(document->root());
    if (!records) {
        batch.refusal = Refusal{{std::move(records.error())}, ""};
        return batch;
    }

    const std::size_t count = records->single ? 1 : records->node->size();
    if (count > batch_records_max) {
        return fail(Errc::too_large, std::to_string(count) + " records in one batch; at most " +
                                         std::to_string(batch_records_max) + " are taken");
    }
    batch.pointer_prefix = std::move(records->pointer_prefix);
    batch.single = records->single;
    batch.records.reserve(count);

    BatchReader reader(batch, catalog, options);
    if (batch.single) {
        reader.read(*records->node);
    } else {
        for (const JsonNode& record : *records->node) reader.read(record);
    }
    std::move(reader).finish();
    return batch;
}

void append_record_json(std::string& out, const storage::Record& record) {
    out += "{\"position\":" + std::to_string(record.position().value) + ",\"table\":";
    append_json_string(out, record.table());
    if (!record.envelope().empty()) out += ',';
    out += record.envelope();
    out += ",\"eventName\":\"";
    out += name_in(event_names, record.kind());
    out += R"(","dynamodb":{"Keys":)";
    append_attributes(out, record.keys());
    if (const auto after = record.after(); after) append_image(out, "NewImage", *after);
    if (record.before_was_sent()) {
        if (const auto before = record.before(); before) {
            append_image(out, "OldImage", before->view());
        }
    }
    out += R"(,"SequenceNumber":)";
    append_json_string(out, record.sequence());
    if (!record.stream_envelope().empty()) out += ',';
    out += record.stream_envelope();
    out += "}}";
}

void append_typed_json(std::string& out, storage::ValueView value) {
    out += "{\"";
    out += name_in(type_tags, value.type());
    out += "\":";
    append_content(out, value);
    out += '}';
}

}  // namespace freshet::engine
