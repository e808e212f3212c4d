#include "tests/readers/live_client.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include "tests/readers/json_value.h"
#include "tests/readers/raw_json.h"

namespace freshet::support {
namespace {

std::string text_of(const std::string& json) {
    return JsonValue::parse(json).value().text();
}

// Of an object with these two members, or these three.
bool is_page(const std::string_view data) {
    if (!data.starts_with(R"({"keys":[)")) return false;
    const RawMembers members = raw_members(data);
    return members.size() >= 2 && members[1].first == "items";
}

}  // namespace

void LiveClient::take_snapshot(std::string_view data) {
    keys_.clear();
    items_.clear();
    next_.clear();
    is_page_ = is_page(data);
    if (!is_page_) {
        // The key of what a snapshot shows alone is told with its changes.
        keys_ = {""};
        items_ = {std::string(data)};
        if (data == "null") take_out("");
        return;
    }
    const RawMembers members = raw_members(data);
    for (const std::string& key : raw_elements(members[0].second)) keys_.push_back(text_of(key));
    items_ = raw_elements(members[1].second);
    next_ = raw_member(members, "next").value_or("");
    if (keys_.size() != items_.size()) throw std::runtime_error("a key is that of an item");
}

void LiveClient::take_change(std::string_view data) {
    const RawMembers members = raw_members(data);
    for (const std::string& key : raw_elements(raw_member(members, "remove").value())) {
        if (is_page_ && std::find(keys_.begin(), keys_.end(), text_of(key)) == keys_.end()) {
            throw std::runtime_error("what is removed was not there: " + key);
        }
        take_out(is_page_ ? text_of(key) : "");
    }
    std::vector<RawMembers> put;
    for (const std::string& entry : raw_elements(raw_member(members, "put").value())) {
        put.push_back(raw_members(entry));
        take_out(is_page_ ? text_of(raw_member(put.back(), "key").value()) : "");
    }
    for (const RawMembers& entry : put) {
        const std::size_t index = std::stoul(raw_member(entry, "index").value());
        if (index > items_.size()) throw std::runtime_error("there is no such index");
        const auto at = static_cast<std::ptrdiff_t>(index);
        const std::string key = text_of(raw_member(entry, "key").value());
        keys_.insert(keys_.begin() + at, is_page_ ? key : "");
        items_.insert(items_.begin() + at, raw_member(entry, "item").value());
    }
    const auto next = raw_member(members, "next");
    if (next) next_ = *next == "null" ? "" : *next;
}

void LiveClient::take_out(const std::string& key) {
    const auto found = std::find(keys_.begin(), keys_.end(), key);
    if (found == keys_.end()) return;
    items_.erase(items_.begin() + (found - keys_.begin()));
    keys_.erase(found);
}

std::string LiveClient::document() const {
    if (!is_page_) return items_.empty() ? "null" : items_.front();
    std::string out = R"({"items":[)";
    for (const std::string& item : items_) {
        if (&item != items_.data()) out += ',';
        out += item;
    }
    out += ']';
    if (!next_.empty()) out += R"(,"next":)" + next_;
    return out + '}';
}

}  // namespace freshet::support
