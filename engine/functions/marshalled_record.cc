#include "engine/functions/marshalled_record.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/records/item_body.h"
#include "engine/values/dynamodb_words.h"

namespace freshet::engine {
namespace {

using storage::ImageBuilder;
using storage::Record;
using storage::ValueType;
using storage::ValueView;
using Value = ImageBuilder::Value;
// By name, in the order that a map has them.
using Members = std::map<std::string_view, Value>;

std::vector<Value> values_of(const Members& members) {
    std::vector<Value> values;
    values.reserve(members.size());
    for (const auto& [name, value] : members) values.push_back(value);
    return values;
}

Value attributes_of(ImageBuilder& builder, std::string_view name, ValueView map);

// What stands under the type tag.
Value content_of(ImageBuilder& builder, ValueView value) {
    const std::string_view tag = name_in(type_tags, value.type());
    switch (value.type()) {
        case ValueType::null:
            return builder.boolean(tag, true);
        case ValueType::map:
            return attributes_of(builder, tag, value);
        case ValueType::list: {
            std::vector<Value> elements;
            for (std::size_t i = 0; i < value.size(); ++i) {
                const std::array content{content_of(builder, value.at(i))};
                elements.push_back(builder.map("", content));
            }
            return builder.list(tag, elements);
        }
        default:
            return builder.copy(value, tag);
    }
}

Value attributes_of(ImageBuilder& builder, std::string_view name, ValueView map) {
    std::vector<Value> attributes;
    for (std::size_t i = 0; i < map.size(); ++i) {
        const ValueView attribute = map.at(i);
        const std::array content{content_of(builder, attribute)};
        attributes.push_back(builder.map(attribute.name(), content));
    }
    return builder.map(name, attributes);
}

// The members that an envelope has; nothing if it is not what we wrote.
std::optional<storage::Image> read_envelope(std::string_view envelope) {
    auto read = read_document('{' + std::string(envelope) + '}', ItemForm::plain);
    if (!read || !*read) return std::nullopt;
    return **std::move(read);
}

// Copies the members beside those that are there.
void add_members(const std::optional<storage::Image>& image, ImageBuilder& builder,
                 Members& members) {
    if (!image) return;
    for (std::size_t i = 0; i < image->view().size(); ++i) {
        const ValueView member = image->view().at(i);
        if (!members.contains(member.name())) members[member.name()] = builder.copy(member);
    }
}

bool is_plain(const Pattern& pattern, bool is_stream_part) {
    constexpr std::array<std::string_view, 5> known = {"eventName", "Keys", "NewImage", "OldImage",
                                                       "SequenceNumber"};
    return std::all_of(pattern.rules().begin(), pattern.rules().end(), [&](const auto& rule) {
        if (!rule.alternatives.empty()) {
            return std::all_of(rule.alternatives.begin(), rule.alternatives.end(),
                               [&](const Pattern& one) { return is_plain(one, is_stream_part); });
        }
        if (!is_stream_part && rule.attribute == "dynamodb") {
            return !rule.inner || is_plain(*rule.inner, true);
        }
        return std::find(known.begin(), known.end(), rule.attribute) != known.end();
    });
}

}  // namespace

storage::Image marshalled(const Record& record, bool with_envelope) {
    ImageBuilder builder;
    std::optional<storage::Image> envelope;
    std::optional<storage::Image> stream_envelope;
    if (with_envelope) {
        envelope = read_envelope(record.envelope());
        stream_envelope = read_envelope(record.stream_envelope());
    }
    Members stream;
    stream["Keys"] = attributes_of(builder, "Keys", record.keys());
    if (const auto after = record.after()) {
        stream["NewImage"] = attributes_of(builder, "NewImage", *after);
    }
    const auto before = record.before_was_sent() ? record.before() : std::nullopt;
    if (before) stream["OldImage"] = attributes_of(builder, "OldImage", before->view());
    stream["SequenceNumber"] =
        builder.scalar(ValueType::string, "SequenceNumber", record.sequence());
    add_members(stream_envelope, builder, stream);

    Members members;
    members["dynamodb"] = builder.map("dynamodb", values_of(stream));
    members["eventName"] =
        builder.scalar(ValueType::string, "eventName", name_in(event_names, record.kind()));
    add_members(envelope, builder, members);
    return builder.finish(values_of(members));
}

bool takes(const Pattern& filter, const Record& record) {
    if (filter.empty()) return true;
    const storage::Image image = marshalled(record, !is_plain(filter, false));
    return filter.matches(image.view());
}

}  // namespace freshet::engine
