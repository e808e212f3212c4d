#include "engine/records/image_reader.h"

#include <algorithm>
#include <utility>

#include "engine/records/repeated_element.h"
#include "engine/text/base64.h"
#include "engine/values/dynamodb_number.h"
#include "engine/values/dynamodb_words.h"

namespace freshet::engine {
namespace {

using storage::ValueType;

}  // namespace

std::optional<storage::Image> ImageReader::read(const JsonNode& image, const Place& place) {
    values_read_ = 0;
    bool whole = push_attributes(image, place, 0);
    if (values_read_ > storage::image_values_max) {
        whole = false;
        faults_.add(place, "more than " + std::to_string(storage::image_values_max) +
                               " values in one image");
    }

    std::optional<storage::Image> result;
    if (whole) {
        result = builder_.finish(values_);
    } else {
        builder_.clear();
    }
    attributes_.clear();
    values_.clear();
    return result;
}

ImageReader::MaybeValue ImageReader::refuse(const Place& place, std::string detail) {
    faults_.add(place, std::move(detail));
    return std::nullopt;
}

ImageReader::MaybeValue ImageReader::value(const JsonNode& node, std::string_view name,
                                           const Place& place) {
    // Those beyond the bound are counted and not built: read() refuses the image.
    if (++values_read_ > storage::image_values_max) return std::nullopt;
    if (form_ == ItemForm::plain) return plain_value(node, name, place);
    if (!node.is(JsonType::object)) {
        return refuse(place, found(node) + R"(, expected a typed value such as {"S":"text"})");
    }
    if (node.size() != 1) {
        return refuse(place, "found " + std::to_string(node.size()) +
                                 " type tags, expected exactly one of " + std::string(known_tags));
    }
    const JsonNode& content = *node.begin();
    const std::optional<ValueType> type = key_of(type_tags, content.name());
    if (!type) {
        return refuse(place, "found the type tag " + quote(content.name()) + ", expected one of " +
                                 std::string(known_tags));
    }
    return content_of(*type, content, name, Place(place, content.name()));
}

ImageReader::MaybeValue ImageReader::plain_value(const JsonNode& node, std::string_view name,
                                                 const Place& place) {
    switch (node.type()) {
        case JsonType::null:
            return builder_.null(name);
        case JsonType::boolean:
            return builder_.boolean(name, node.truth());
        case JsonType::number:
            return plain_number(node, name, place);
        case JsonType::string:
            return builder_.scalar(ValueType::string, name, node.text());
        case JsonType::array:
            return list(node, name, place);
        case JsonType::object:
            return map(node, name, place);
    }
    return std::nullopt;
}

ImageReader::MaybeValue ImageReader::plain_number(const JsonNode& node, std::string_view name,
                                                  const Place& place) {
    const auto parsed = Decimal::parse(node.text());
    if (!parsed) {
        return refuse(place, "found " + quote(node.text()) + ", whose exponent is too large");
    }
    if (!is_taken(*parsed, node, place)) return std::nullopt;
    return builder_.scalar(ValueType::number, name, node.text());
}

ImageReader::MaybeValue ImageReader::content_of(ValueType type, const JsonNode& content,
                                                std::string_view name, const Place& place) {
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

ImageReader::MaybeValue ImageReader::string(const JsonNode& content, std::string_view name,
                                            const Place& place) {
    if (!is_string(content, place)) return std::nullopt;
    return builder_.scalar(ValueType::string, name, content.text());
}

ImageReader::MaybeValue ImageReader::number(const JsonNode& content, std::string_view name,
                                            const Place& place) {
    if (!decimal(content, place)) return std::nullopt;
    return builder_.scalar(ValueType::number, name, content.text());
}

ImageReader::MaybeValue ImageReader::binary(const JsonNode& content, std::string_view name,
                                            const Place& place) {
    const std::optional<std::string> decoded = bytes(content, place);
    if (!decoded) return std::nullopt;
    return builder_.scalar(ValueType::binary, name, *decoded);
}

ImageReader::MaybeValue ImageReader::boolean(const JsonNode& content, std::string_view name,
                                             const Place& place) {
    if (!content.is(JsonType::boolean)) {
        return refuse(place, found(content) + ", expected true or false");
    }
    return builder_.boolean(name, content.truth());
}

ImageReader::MaybeValue ImageReader::null(const JsonNode& content, std::string_view name,
                                          const Place& place) {
    // The tag says it all: some sources write false, and the SDKs take both.
    if (!content.is(JsonType::boolean)) {
        return refuse(place, found(content) + ", expected true");
    }
    return builder_.null(name);
}

ImageReader::MaybeValue ImageReader::set(ValueType type, const JsonNode& content,
                                         std::string_view name, const Place& place) {
    if (!content.is(JsonType::array)) {
        return refuse(place, found(content) + ", expected an array of strings");
    }
    if (taken_ == Taken::of_dynamodb && content.size() == 0) {
        return refuse(place, "is a set without elements, expected one at least, or no attribute");
    }
    values_read_ += content.size();
    if (values_read_ > storage::image_values_max) return std::nullopt;
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

ImageReader::MaybeValue ImageReader::list(const JsonNode& content, std::string_view name,
                                          const Place& place) {
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

ImageReader::MaybeValue ImageReader::map(const JsonNode& content, std::string_view name,
                                         const Place& place) {
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

bool ImageReader::push_attributes(const JsonNode& node, const Place& place, std::size_t first) {
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

void ImageReader::sort_attributes(const Place& place, std::size_t first) {
    const auto begin = attributes_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto by_name = [](const Attribute& a, const Attribute& b) { return a.name < b.name; };
    if (!std::is_sorted(begin, attributes_.end(), by_name)) {
        std::sort(begin, attributes_.end(), by_name);
    }
    const auto same_name = [](const Attribute& a, const Attribute& b) { return a.name == b.name; };
    const auto repeated = std::adjacent_find(begin, attributes_.end(), same_name);
    if (repeated != attributes_.end()) {
        faults_.add(Place(place, repeated->name), "the attribute is there more than once");
    }
}

bool ImageReader::is_string(const JsonNode& node, const Place& place) {
    if (node.is(JsonType::string)) return true;
    faults_.add(place, found(node) + ", expected a string");
    return false;
}

std::optional<Decimal> ImageReader::decimal(const JsonNode& node, const Place& place) {
    if (!node.is(JsonType::string)) {
        faults_.add(place, found(node) + ", expected a number written as a string");
        return std::nullopt;
    }
    std::optional<Decimal> parsed = Decimal::parse(node.text());
    if (!parsed) {
        faults_.add(place, "found " + quote(node.text()) + ", expected a number");
        return std::nullopt;
    }
    return is_taken(*parsed, node, place) ? parsed : std::nullopt;
}

bool ImageReader::is_taken(const Decimal& number, const JsonNode& node, const Place& place) {
    if (taken_ == Taken::any || is_dynamodb_number(number)) return true;
    faults_.add(place, "found " + quote(node.text()) + ", expected a " +
                           std::string(dynamodb_numbers) + ", as DynamoDB has them");
    return false;
}

std::optional<std::string> ImageReader::bytes(const JsonNode& node, const Place& place) {
    if (!is_string(node, place)) return std::nullopt;
    std::optional<std::string> decoded = decode_base64(node.text());
    if (!decoded) faults_.add(place, "found " + quote(node.text()) + ", expected base64");
    return decoded;
}

std::span<const ImageReader::Value> ImageReader::values_from(std::size_t first) const {
    return std::span(values_).subspan(first);
}

}  // namespace freshet::engine
