#include "engine/records/item_body.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/commands/merge_patch.h"
#include "engine/records/body_faults.h"
#include "engine/records/item_reader.h"
#include "engine/records/record_router.h"
#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "engine/values/dynamodb_words.h"
#include "engine/values/same_value.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ImageView;
using storage::ValueType;
using storage::ValueView;

Fault fault_at(std::string_view name, std::string detail) {
    std::string pointer;
    append_pointer(pointer, name);
    return {.pointer = std::move(pointer), .detail = std::move(detail)};
}

// The value as one of that type: plain JSON shows a binary as the text of its base64.
std::optional<ImageBuilder::Value> key_value(ImageBuilder& builder, const KeyPart& part,
                                             ValueView value) {
    if (value.type() == part.type) return builder.copy(value);
    if (part.type != ValueType::binary || value.type() != ValueType::string) return std::nullopt;
    const auto bytes = decode_base64(value.text());
    if (!bytes) return std::nullopt;
    return builder.scalar(ValueType::binary, part.name, *bytes);
}

bool is_same(const KeyPart& part, ValueView key, ValueView value) {
    ImageBuilder builder;
    const auto read = key_value(builder, part, value);
    if (!read) return false;
    const Image image = builder.finish({&*read, 1});
    return same_value(key, image.view().at(0));
}

bool is_key_part(const Table& table, std::string_view name) {
    return std::any_of(table.key.begin(), table.key.end(),
                       [name](const KeyPart& part) { return part.name == name; });
}

std::vector<Fault> other_keys(const Table& table, ImageView keys, ImageView document) {
    std::vector<Fault> faults;
    for (const KeyPart& part : table.key) {
        const auto key = keys.find(part.name);
        const auto value = document.find(part.name);
        if (!value || (key && is_same(part, *key, *value))) continue;
        faults.push_back(fault_at(part.name,
                                  "is not the key that the path names: leave it out, or write it "
                                  "as a GET of the item shows it"));
    }
    return faults;
}

Image without_keys(const Table& table, ImageView document) {
    ImageBuilder builder;
    std::vector<ImageBuilder::Value> values;
    for (std::size_t i = 0; i < document.size(); ++i) {
        if (!is_key_part(table, document.at(i).name())) {
            values.push_back(builder.copy(document.at(i)));
        }
    }
    return builder.finish(values);
}

}  // namespace

Result<DocumentOr> read_document(std::string body, ItemForm form) {
    const auto parsed = JsonDocument::parse(std::move(body));
    if (!parsed) return fail(parsed.error());
    Faults faults;
    auto image = ItemReader(faults, form).document(parsed->root(), Place());
    if (faults.count() > 0) return DocumentOr(tl::unexpected(std::move(faults).take()));
    return DocumentOr(*std::move(image));
}

DocumentOr document_of(const Table& table, ImageView keys, ImageView document) {
    auto faults = other_keys(table, keys, document);
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    return merge_patch(document, keys);
}

DocumentOr patch_of(const Table& table, ImageView keys, ImageView patch) {
    auto faults = other_keys(table, keys, patch);
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    return without_keys(table, patch);
}

Result<UpdateOr> read_update(const Table& table, std::string body, ItemForm form) {
    const auto parsed = JsonDocument::parse(std::move(body));
    if (!parsed) return fail(parsed.error());
    Faults faults;
    const JsonNode& root = parsed->root();
    if (!root.is(JsonType::object) || root.size() == 0) {
        faults.add(Place(), found(root) + ", expected an object with set, add or delete");
    }
    ItemUpdate update;
    ItemReader reader(faults, form);
    const Place top;
    for (const JsonNode& member : root) {
        if (!root.is(JsonType::object) || reader.update_part(table, member, top, update)) continue;
        faults.add(Place(top, member.name()), "is not known, expected set, add or delete");
    }
    if (faults.count() == 0) {
        auto more = faults_of(update);
        if (more.empty()) return UpdateOr(std::move(update));
        return UpdateOr(tl::unexpected(std::move(more)));
    }
    return UpdateOr(tl::unexpected(std::move(faults).take()));
}

tl::expected<NamedItem, std::vector<Fault>> item_named_in(
    const Table& table, ImageView document, const std::function<std::string()>& make) {
    ImageBuilder builder;
    std::map<std::string_view, ImageBuilder::Value> attributes;  // in the order of names
    std::vector<Fault> faults;
    bool is_made = false;
    for (const KeyPart& part : table.key) {
        const auto value = document.find(part.name);
        std::optional<ImageBuilder::Value> key;
        if (value) key = key_value(builder, part, *value);
        if (!value && part.type == ValueType::string && !is_made) {
            is_made = true;
            key = builder.scalar(ValueType::string, part.name, make());
        }
        if (key) {
            attributes.emplace(part.name, *key);
        } else {
            faults.push_back(
                fault_at(part.name, "is an attribute of the key, expected one of the type " +
                                        std::string(name_in(type_tags, part.type))));
        }
    }
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    std::vector<ImageBuilder::Value> values;
    values.reserve(attributes.size());
    for (const auto& [name, value] : attributes) values.push_back(value);
    Image keys = builder.finish(values);
    auto key = taken_key(table, keys.view());
    if (!key) return tl::unexpected(std::vector{std::move(key.error())});
    return NamedItem{.name = {.key = *std::move(key), .keys = std::move(keys)}, .is_made = is_made};
}

tl::expected<ItemName, std::vector<Fault>> item_made(const Table& table, ImageView document,
                                                     const std::function<std::string()>& make) {
    auto named = item_named_in(table, document, make);
    if (!named) return tl::unexpected(std::move(named.error()));
    if (named->is_made) return std::move(named->name);
    return tl::unexpected(
        std::vector{Fault{.pointer = {},
                          .detail = "has its whole key: PUT writes the item of a key, POST makes "
                                    "the attribute of it that is missing"}});
}

}  // namespace freshet::engine
