#include "engine/watching/picture_json.h"

#include <cstddef>
#include <string_view>

#include "engine/text/json.h"
#include "engine/text/json_object.h"

namespace freshet::engine {
namespace {

// Elements of an array, with commas between them.
class JsonArray {
public:
    explicit JsonArray(std::string& out) : out_(out) { out_ += '['; }

    // Begins an element. Returns the text to which it is to be appended.
    std::string& element() {
        if (!is_empty_) out_ += ',';
        is_empty_ = false;
        return out_;
    }
    void close() { out_ += ']'; }

private:
    std::string& out_;
    bool is_empty_ = true;
};

std::string_view one_of(const Picture& picture) {
    return picture.entries.empty() ? "null" : std::string_view(picture.entries.front().json);
}

// Room for the whole text, so that a page of a megabyte is not copied again and again.
std::string room_for(const Picture& picture) {
    std::string out;
    std::size_t bytes = 64 + picture.next.size();
    for (const PictureEntry& entry : picture.entries) {
        bytes += 8 + entry.key.size() + entry.json.size();
    }
    out.reserve(bytes);
    return out;
}

void add_items(JsonObject& object, const Picture& page) {
    JsonArray items(object.member("items"));
    for (const PictureEntry& entry : page.entries) items.element() += entry.json;
    items.close();
    if (!page.next.empty()) append_json_string(object.member("next"), page.next);
}

// The operations of a patch.
class Patch {
public:
    explicit Patch(std::string& out) : operations_(out) {}

    void remove(std::string_view path) { operation("remove", path).close(); }
    void add(std::string_view path, std::string_view value) { with_value("add", path, value); }
    void replace(std::string_view path, std::string_view value) {
        with_value("replace", path, value);
    }
    void close() { operations_.close(); }

private:
    JsonObject operation(std::string_view name, std::string_view path) {
        JsonObject object(operations_.element());
        append_json_string(object.member("op"), name);
        append_json_string(object.member("path"), path);
        return object;
    }
    void with_value(std::string_view name, std::string_view path, std::string_view value) {
        JsonObject object = operation(name, path);
        object.member("value") += value;
        object.close();
    }

    JsonArray operations_;
};

std::string path_of(std::size_t index) {
    return "/items/" + std::to_string(index);
}

void patch_next(Patch& patch, const Difference& difference, const Picture& after) {
    if (!difference.changes_next) return;
    if (after.next.empty()) return patch.remove("/next");
    std::string next;
    append_json_string(next, after.next);
    if (difference.next_before.empty()) return patch.add("/next", next);
    patch.replace("/next", next);
}

}  // namespace

std::string snapshot_json(const Picture& picture) {
    if (picture.kind == Picture::Kind::one) return std::string(one_of(picture));
    std::string out = room_for(picture);
    JsonObject object(out);
    JsonArray keys(object.member("keys"));
    for (const PictureEntry& entry : picture.entries) append_json_string(keys.element(), entry.key);
    keys.close();
    add_items(object, picture);
    object.close();
    return out;
}

std::string document_json(const Picture& picture) {
    if (picture.kind == Picture::Kind::one) return std::string(one_of(picture));
    std::string out = room_for(picture);
    JsonObject object(out);
    add_items(object, picture);
    object.close();
    return out;
}

std::string change_json(const Difference& difference, const Picture& after) {
    std::string out;
    JsonObject object(out);
    JsonArray removed(object.member("remove"));
    for (const Difference::Taken& taken : difference.taken) {
        if (!taken.comes_back) append_json_string(removed.element(), taken.key);
    }
    removed.close();
    JsonArray put(object.member("put"));
    for (const Difference::Shown& shown : difference.shown) {
        const PictureEntry& entry = after.entries[shown.index];
        JsonObject row(put.element());
        append_json_string(row.member("key"), entry.key);
        row.member("index") += std::to_string(shown.index);
        row.member("item") += entry.json;
        row.close();
    }
    put.close();
    if (difference.changes_next) {
        std::string& next = object.member("next");
        if (after.next.empty()) {
            next += "null";
        } else {
            append_json_string(next, after.next);
        }
    }
    object.close();
    return out;
}

std::string patch_json(const Difference& difference, const Picture& after) {
    std::string out;
    Patch patch(out);
    if (after.kind == Picture::Kind::one) {
        if (!difference.empty()) patch.replace("", one_of(after));
        patch.close();
        return out;
    }
    // From the last to the first, so that no index is moved by what was taken out before.
    for (auto taken = difference.taken.rbegin(); taken != difference.taken.rend(); ++taken) {
        patch.remove(path_of(taken->index));
    }
    for (const Difference::Shown& shown : difference.shown) {
        const std::string& json = after.entries[shown.index].json;
        if (shown.is_put_in) patch.add(path_of(shown.index), json);
    }
    for (const Difference::Shown& shown : difference.shown) {
        const std::string& json = after.entries[shown.index].json;
        if (!shown.is_put_in) patch.replace(path_of(shown.index), json);
    }
    patch_next(patch, difference, after);
    patch.close();
    return out;
}

}  // namespace freshet::engine
