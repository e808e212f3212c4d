#include "engine/records/item_body.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/commands/merge_patch.h"
#include "engine/records/body_faults.h"
#include "engine/records/change_batch.h"
#include "engine/records/image_reader.h"
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

std::size_t depth_of(ValueView value) {
    std::size_t depth = 0;
    if (value.type() != ValueType::map && value.type() != ValueType::list) return depth;
    for (std::size_t i = 0; i < value.size(); ++i) depth = std::max(depth, depth_of(value.at(i)));
    return depth + 1;
}

std::string too_deep() {
    return "has lists and maps within each other on more than " + std::to_string(item_depth_max) +
           " levels";
}

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

// Reads the members of an update.
class UpdateReader {
public:
    UpdateReader(const Table& table, Faults& faults, ItemForm form)
        : table_(table), faults_(faults), reader_(faults, form) {}

    void read(const JsonNode& member, ItemUpdate& update) {
        std::optional<Image>* part = part_of(member.name(), update);
        const Place place(root_, member.name());
        if (part == nullptr) {
            faults_.add(place, "is not known, expected set, add or delete");
            return;
        }
        if (*part) faults_.add(place, "is there twice");
        *part = reader_.read(member, place);
        if (*part) check(part->value().view(), place);
    }

private:
    static std::optional<Image>* part_of(std::string_view name, ItemUpdate& update) {
        if (name == update_set) return &update.set;
        if (name == update_add) return &update.add;
        if (name == update_delete) return &update.taken;
        return nullptr;
    }

    void check(ImageView image, const Place& place) {
        if (depth_of(image) > item_depth_max + 1) faults_.add(place, too_deep());
        for (const KeyPart& part : table_.key) {
            if (!image.find(part.name)) continue;
            faults_.add(Place(place, part.name), "is of the key, which does not change");
        }
    }

    const Table& table_;
    Faults& faults_;
    ImageReader reader_;
    const Place root_;
};

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
    ChangeBatch batch;  // which the faults are of: one text
    batch.parts.push_back({.begin = 0, .line = 0, .form = BatchForm::record});
    Faults faults(batch);
    ImageReader reader(faults, form);
    auto image = reader.read(parsed->root(), Place());
    if (image && depth_of(image->view()) > item_depth_max + 1) {
        faults.add(Place(), too_deep());
    }
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
    ChangeBatch batch;  // which the faults are of: one text
    batch.parts.push_back({.begin = 0, .line = 0, .form = BatchForm::record});
    Faults faults(batch);
    const JsonNode& root = parsed->root();
    if (!root.is(JsonType::object) || root.size() == 0) {
        faults.add(Place(), found(root) + ", expected an object with set, add or delete");
    }
    ItemUpdate update;
    UpdateReader reader(table, faults, form);
    for (const JsonNode& member : root) {
        if (root.is(JsonType::object)) reader.read(member, update);
    }
    if (faults.count() == 0) {
        auto more = faults_of(update);
        if (more.empty()) return UpdateOr(std::move(update));
        return UpdateOr(tl::unexpected(std::move(more)));
    }
    return UpdateOr(tl::unexpected(std::move(faults).take()));
}

tl::expected<ItemName, std::vector<Fault>> item_made(const Table& table, ImageView document,
                                                     const std::function<std::string()>& make) {
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
    if (faults.empty() && !is_made) {
        faults.push_back({.pointer = {},
                          .detail = "has its whole key: PUT writes the item of a key, POST makes "
                                    "the attribute of it that is missing"});
    }
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    std::vector<ImageBuilder::Value> values;
    values.reserve(attributes.size());
    for (const auto& [name, value] : attributes) values.push_back(value);
    Image keys = builder.finish(values);
    auto key = taken_key(table, keys.view());
    if (!key) return tl::unexpected(std::vector{std::move(key.error())});
    return ItemName{.key = *std::move(key), .keys = std::move(keys)};
}

}  // namespace freshet::engine
