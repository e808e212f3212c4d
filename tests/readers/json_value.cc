#include "tests/readers/json_value.h"

#include <algorithm>
#include <charconv>
#include <regex>
#include <utility>

namespace freshet::support {

namespace {

constexpr std::size_t depth_max = 200;

void append_utf8(std::string& out, unsigned code) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

// Each call reads what stands at the beginning of rest_ and says whether it was right.
class JsonValueParser {
public:
    explicit JsonValueParser(std::string_view text) : rest_(text) {}

    bool whole(JsonValue& value) {
        if (!read(value, 0)) return false;
        skip_space();
        return rest_.empty();
    }

private:
    using Type = JsonValue::Type;

    bool read(JsonValue& value, std::size_t depth) {
        skip_space();
        if (rest_.empty() || depth > depth_max) return false;
        switch (rest_.front()) {
            case '{':
                return object(value, depth + 1);
            case '[':
                return array(value, depth + 1);
            case '"':
                value.type_ = Type::string;
                return string(value.text_);
            default:
                return word(value);
        }
    }

    bool object(JsonValue& value, std::size_t depth) {
        value.type_ = Type::object;
        take('{');
        skip_space();
        if (take('}')) return true;
        do {
            skip_space();
            std::string name;
            JsonValue member;
            if (!string(name)) return false;
            skip_space();
            if (!take(':') || !read(member, depth)) return false;
            if (!value.members_.emplace(std::move(name), std::move(member)).second) return false;
            skip_space();
        } while (take(','));
        return take('}');
    }

    bool array(JsonValue& value, std::size_t depth) {
        value.type_ = Type::array;
        take('[');
        skip_space();
        if (take(']')) return true;
        do {
            if (!read(value.elements_.emplace_back(), depth)) return false;
            skip_space();
        } while (take(','));
        return take(']');
    }

    bool string(std::string& out) {
        if (!take('"')) return false;
        while (!rest_.empty()) {
            if (take('"')) return true;
            if (static_cast<unsigned char>(rest_.front()) < 0x20) return false;
            if (rest_.front() == '\\') {
                if (!escape(out)) return false;
                continue;
            }
            out += rest_.front();
            rest_.remove_prefix(1);
        }
        return false;
    }

    bool escape(std::string& out) {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        take('\\');
        if (take('u')) return unicode(out);
        if (rest_.empty()) return false;
        const std::size_t which = names.find(rest_.front());
        if (which == std::string_view::npos) return false;
        out += meanings[which];
        return take(rest_.front());
    }

    bool unicode(std::string& out) {
        auto code = unit();
        if (!code) return false;
        if (*code >= 0xD800 && *code < 0xDC00) {
            if (!take('\\') || !take('u')) return false;
            const auto low = unit();
            if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
            code = 0x10000U + ((*code - 0xD800U) << 10U) + (*low - 0xDC00U);
        }
        append_utf8(out, *code);
        return true;
    }

    std::optional<unsigned> unit() {
        unsigned code = 0;
        if (rest_.size() < 4) return std::nullopt;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
        if (error != std::errc() || end != rest_.data() + 4) return std::nullopt;
        rest_.remove_prefix(4);
        return code;
    }

    bool word(JsonValue& value) {
        static const std::regex number(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
        value.text_ = rest_.substr(0, rest_.find_first_of(",]} \t\r\n"));
        rest_.remove_prefix(value.text_.size());
        if (value.text_ == "null") {
            value.type_ = Type::null;
        } else if (value.text_ == "true" || value.text_ == "false") {
            value.type_ = Type::boolean;
        } else {
            value.type_ = Type::number;
            return std::regex_match(value.text_, number);
        }
        return true;
    }

    void skip_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }

    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view rest_;
};

std::optional<JsonValue> JsonValue::parse(std::string_view text) {
    JsonValue value;
    if (!JsonValueParser(text).whole(value)) return std::nullopt;
    return value;
}

const JsonValue& JsonValue::operator[](std::string_view name) const {
    static const JsonValue absent;
    const auto member = members_.find(std::string(name));
    return member == members_.end() ? absent : member->second;
}

const JsonValue& JsonValue::operator[](std::size_t index) const {
    static const JsonValue absent;
    return index < elements_.size() ? elements_[index] : absent;
}

JsonValue JsonValue::without(const std::vector<std::string>& names) const {
    JsonValue rest = *this;
    for (const std::string& name : names) rest.members_.erase(name);
    return rest;
}

std::ostream& operator<<(std::ostream& out, const JsonValue& value) {
    using Type = JsonValue::Type;
    const char* separator = "";
    switch (value.type_) {
        case Type::absent:
            return out << "(absent)";
        case Type::string:
            return out << '"' << value.text_ << '"';
        case Type::array:
            out << '[';
            for (const JsonValue& element : value.elements_) {
                out << separator << element;
                separator = ",";
            }
            return out << ']';
        case Type::object:
            out << '{';
            for (const auto& [name, member] : value.members_) {
                out << separator << '"' << name << "\":" << member;
                separator = ",";
            }
            return out << '}';
        default:
            return out << value.text_;
    }
}

}  // namespace freshet::support
