#include "tests/readers/raw_json.h"

#include <cstddef>
#include <stdexcept>

#include "tests/readers/json_value.h"

namespace freshet::support {
namespace {

[[noreturn]] void fail_at(std::string_view what, std::string_view text) {
    throw std::runtime_error(std::string(what) + ": " + std::string(text));
}

// The parts between the commas of what stands between `open` and `close`, in compact JSON.
std::vector<std::string> parts_of(std::string_view text, char open, char close) {
    if (text.size() < 2 || text.front() != open || text.back() != close) fail_at("not so", text);
    std::vector<std::string> parts;
    std::size_t depth = 0;
    bool in_string = false;
    std::string part;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') part += text[i++];
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            --depth;
        } else if (c == ',' && depth == 0) {
            parts.push_back(std::move(part));
            part.clear();
            continue;
        }
        part += text[i];
    }
    if (in_string || depth != 0) fail_at("not whole", text);
    if (!part.empty()) parts.push_back(std::move(part));
    return parts;
}

std::string text_of(std::string_view json) {
    const auto value = JsonValue::parse(json);
    if (!value || value->type() != JsonValue::Type::string) fail_at("no string", json);
    return value->text();
}

std::string joined(const std::vector<std::string>& elements) {
    std::string out = "[";
    for (const std::string& element : elements) {
        if (out.size() > 1) out += ',';
        out += element;
    }
    return out + "]";
}

std::string joined(const RawMembers& members) {
    std::string out = "{";
    for (const auto& [name, value] : members) {
        if (out.size() > 1) out += ',';
        out.append("\"").append(name).append("\":").append(value);
    }
    return out + "}";
}

struct Operation {
    std::string name;
    std::string value;  // of add and replace
};

std::string applied(const std::string& document, std::string_view path, const Operation& operation);

std::string applied_to_array(const std::string& document, const std::string& token,
                             std::string_view rest, const Operation& operation) {
    auto elements = raw_elements(document);
    const std::size_t index = std::stoul(token);
    const bool adds = rest.empty() && operation.name == "add";
    if (std::to_string(index) != token || index >= elements.size() + (adds ? 1 : 0)) {
        fail_at("no such index", token);
    }
    const auto place = elements.begin() + static_cast<std::ptrdiff_t>(index);
    if (adds) {
        elements.insert(place, operation.value);
    } else if (rest.empty() && operation.name == "remove") {
        elements.erase(place);
    } else {
        *place = applied(*place, rest, operation);
    }
    return joined(elements);
}

std::string applied_to_object(const std::string& document, const std::string& token,
                              std::string_view rest, const Operation& operation) {
    auto members = raw_members(document);
    auto member = members.begin();
    while (member != members.end() && member->first != token) ++member;
    const bool is_there = member != members.end();
    if (rest.empty() && operation.name == "add" && !is_there) {
        members.emplace_back(token, operation.value);
    } else if (!is_there) {
        fail_at("no such member", token);
    } else if (rest.empty() && operation.name == "remove") {
        members.erase(member);
    } else {
        member->second = applied(member->second, rest, operation);
    }
    return joined(members);
}

// `path` needs no unescaping in what is tested.
std::string applied(const std::string& document, std::string_view path,
                    const Operation& operation) {
    if (path.empty()) {
        if (operation.name == "remove") fail_at("the whole cannot be removed", document);
        return operation.value;
    }
    if (path.front() != '/' || path.find('~') != std::string_view::npos) fail_at("no path", path);
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string token(path.substr(1, end - 1));
    const std::string_view rest = path.substr(end);
    return document.front() == '[' ? applied_to_array(document, token, rest, operation)
                                   : applied_to_object(document, token, rest, operation);
}

}  // namespace

std::vector<std::string> raw_elements(std::string_view array) {
    return parts_of(array, '[', ']');
}

RawMembers raw_members(std::string_view object) {
    RawMembers members;
    for (const std::string& part : parts_of(object, '{', '}')) {
        std::size_t end = 1;
        while (part.at(end) != '"') end += part[end] == '\\' ? 2 : 1;
        if (part.at(end + 1) != ':') fail_at("no member", part);
        members.emplace_back(text_of(part.substr(0, end + 1)), part.substr(end + 2));
    }
    return members;
}

std::optional<std::string> raw_member(const RawMembers& members, std::string_view name) {
    for (const auto& [known, value] : members) {
        if (known == name) return value;
    }
    return std::nullopt;
}

std::string patched(std::string document, std::string_view patch) {
    for (const std::string& element : raw_elements(patch)) {
        const RawMembers members = raw_members(element);
        const Operation operation{.name = text_of(raw_member(members, "op").value()),
                                  .value = raw_member(members, "value").value_or("")};
        const bool is_known =
            operation.name == "add" || operation.name == "remove" || operation.name == "replace";
        if (!is_known || (operation.name != "remove" && operation.value.empty())) {
            fail_at("no operation", element);
        }
        document = applied(document, text_of(raw_member(members, "path").value()), operation);
    }
    return document;
}

}  // namespace freshet::support
