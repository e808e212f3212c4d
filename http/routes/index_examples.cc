#include "http/routes/index_examples.h"

#include <string_view>

#include "engine/catalog/seen_image.h"
#include "engine/text/base64.h"
#include "engine/values/value_text.h"

namespace freshet::http {

namespace {

using Parts = std::vector<std::string>;

// The key attributes as a path takes them; none if one is missing.
Parts key_parts(const engine::Table& table, storage::ImageView attributes) {
    Parts parts;
    for (const engine::KeyPart& part : table.key) {
        const auto value = attributes.find(part.name);
        if (!value || value->type() != part.type) return {};
        std::string& text = parts.emplace_back();
        if (part.type == storage::ValueType::binary) {
            engine::append_base64url(text, value->text());
        } else {
            text = value->text();
        }
    }
    return parts;
}

}  // namespace

std::vector<std::string> IndexExamples::key(const engine::Table& table) {
    if (!read_point_) return {};
    for (const engine::ListView& list : table.lists) {
        const auto image = first_item(list);
        if (!image) continue;
        if (Parts parts = key_parts(table, image->view()); !parts.empty()) return parts;
    }
    const std::vector<storage::Record>& records = newest_records();
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        if (record->table() != table.name) continue;
        Parts parts = key_parts(table, record->keys());
        if (!parts.empty() && is_there(table, parts)) return parts;
    }
    return {};
}

std::vector<std::string> IndexExamples::partition(const engine::ListView& list) const {
    if (!read_point_) return {};
    const auto definition = read_point_->definition_of(list);
    if (!definition || (*definition)->by.empty()) return {};
    const auto image = first_item(**definition);
    if (!image) return {};
    const engine::SeenImage seen((*definition)->table->derive, image->view());
    Parts parts;
    for (const engine::AttributePath& by : (*definition)->by) {
        auto text = engine::value_text(seen.find(by));
        if (!text) return {};
        parts.push_back(*std::move(text));
    }
    return parts;
}

std::vector<std::string> IndexExamples::group(const engine::TotalView& total) const {
    if (!read_point_) return {};
    const auto group = read_point_->first_group(total);
    return group && *group ? **group : Parts();
}

std::optional<storage::Image> IndexExamples::first_item(const engine::ListView& list) const {
    std::string key;
    const auto take_first = [&key](std::string_view /*place*/,
                                   std::string_view row_key) -> Result<bool> {
        key = row_key;
        return false;
    };
    const auto read = read_point_->state().rows(list.rows, "", "", take_first);
    if (!read || key.empty()) return std::nullopt;
    const auto item = read_point_->state().item(list.table->name, key);
    if (!item || !*item || !(*item)->parts().image) return std::nullopt;
    return storage::Image(*(*item)->parts().image);
}

bool IndexExamples::is_there(const engine::Table& table, const Parts& key) const {
    const auto found = read_point_->item(table, key, *engine::everybody());
    return found && found->has_value();
}

const std::vector<storage::Record>& IndexExamples::newest_records() {
    if (newest_) return *newest_;
    const std::uint64_t head = read_point_->position().value;
    const storage::Position after{head > example_records_max ? head - example_records_max : 0};
    auto records = engine_.records_after(*read_point_, after, {.records = example_records_max});
    newest_ = records ? std::move(*records) : std::vector<storage::Record>();
    return *newest_;
}

}  // namespace freshet::http
