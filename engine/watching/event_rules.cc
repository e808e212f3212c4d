#include "engine/watching/event_rules.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <variant>

#include "engine/catalog/seen_image.h"
#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "engine/text/overloaded.h"
#include "engine/values/decimal.h"
#include "engine/values/plain_json.h"
#include "engine/values/same_value.h"

namespace freshet::engine {

namespace {

using storage::ChangeKind;
using storage::Image;
using storage::Record;
using storage::ValueType;
using storage::ValueView;

constexpr std::string_view before_name = "before";

using Names = std::span<const std::string>;

std::optional<ValueView> find(const SeenImage* image, Names names) {
    return image == nullptr ? std::nullopt : image->find(names);
}

// What rules read of one record. The image before is put together from what the record holds of
// it: once, and only if a rule asks for it. So is a derived attribute.
class Images {
public:
    Images(const Table& table, const Record& record)
        : table_(table), record_(record), keys_(record.keys()) {}

    [[nodiscard]] ChangeKind kind() const { return record_.kind(); }

    // The image after; of a REMOVE the one before.
    const SeenImage* newest() { return removed() ? before() : after(); }

    bool changed(const AttributePath& path) {
        const auto was = find(before(), path.names());
        const auto is = find(removed() ? nullptr : after(), path.names());
        if (!was || !is) return was.has_value() != is.has_value();
        return !same_value(*was, *is);
    }

    // The attribute that a field or a topic names.
    std::optional<ValueView> value(const AttributePath& path) {
        const Names names = path.names();
        if (names.size() > 1 && names.front() == before_name) {
            return find(before(), names.subspan(1));
        }
        return newest_value(path);
    }

    // The attribute of that path in the image that the change left, or of a REMOVE found.
    std::optional<ValueView> newest_value(const AttributePath& path) {
        const SeenImage* image = newest();
        return find(image != nullptr ? image : &keys_, path.names());
    }

private:
    [[nodiscard]] bool removed() const { return kind() == ChangeKind::remove; }

    const SeenImage* before() {
        if (!before_resolved_) before_stored_ = record_.before();
        if (!before_resolved_ && before_stored_) {
            before_.emplace(table_.derive, before_stored_->view());
        }
        before_resolved_ = true;
        return before_ ? &*before_ : nullptr;
    }

    const SeenImage* after() {
        const auto stored = record_.after();
        if (!stored) return nullptr;
        if (!after_) after_.emplace(table_.derive, *stored);
        return &*after_;
    }

    const Table& table_;
    const Record& record_;
    const SeenImage keys_;
    std::optional<Image> before_stored_;
    std::optional<SeenImage> before_;
    std::optional<SeenImage> after_;
    bool before_resolved_ = false;
};

bool matches(const EventRule& rule, Images& images) {
    if (rule.on && *rule.on != images.kind()) return false;
    if (rule.changed.empty() && rule.where.empty()) return true;
    const SeenImage* newest = images.newest();
    if (newest == nullptr || !rule.where.matches(*newest)) return false;
    return rule.changed.empty() ||
           std::any_of(rule.changed.begin(), rule.changed.end(),
                       [&](const AttributePath& path) { return images.changed(path); });
}

void append_topic_text(std::string& topic, ValueView value) {
    switch (value.type()) {
        case ValueType::string:
            topic += value.text();
            return;
        case ValueType::number:
            topic += Decimal::parse(value.text()).value_or(Decimal()).canonical();
            return;
        case ValueType::binary:
            append_base64url(topic, value.text());
            return;
        default:
            append_plain_json(topic, value);
            return;
    }
}

std::string topic_of(const EventRule& rule, Images& images) {
    if (rule.topic.parts.empty()) return rule.type;
    std::string topic;
    const Overloaded append{
        [&](const std::string& text) { topic += text; },
        [&](const AttributePath& path) {
            if (const auto value = images.value(path)) append_topic_text(topic, *value);
        },
    };
    for (const TopicTemplate::Part& part : rule.topic.parts) std::visit(append, part);
    return topic;
}

}  // namespace

std::optional<Event> event_of(const Table& table, const Record& record) {
    if (!record.is_told()) return std::nullopt;
    Images images(table, record);
    for (const EventRule& rule : table.events) {
        if (!matches(rule, images)) continue;
        const auto find = [&](const AttributePath& path) { return images.newest_value(path); };
        return Event{.rule = &rule,
                     .topic = topic_of(rule, images),
                     .access_texts = access_texts(rule.access, find)};
    }
    return std::nullopt;
}

std::string event_data(const EventRule& rule, const Table& table, const Record& record) {
    Images images(table, record);
    std::string data = "{";
    for (const Field& field : rule.data) {
        const auto value = images.value(field.path);
        if (!value) continue;
        if (data.size() > 1) data += ',';
        append_json_string(data, field.name);
        data += ':';
        append_plain_json(data, *value);
    }
    data += '}';
    return data;
}

}  // namespace freshet::engine
