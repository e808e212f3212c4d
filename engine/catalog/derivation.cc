#include "engine/catalog/derivation.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "engine/text/letter_case.h"
#include "engine/text/text_count.h"
#include "engine/values/decimal.h"

namespace freshet::engine {

namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ImageView;
using storage::ValueType;
using storage::ValueView;
using Function = Derivation::Function;

thread_local std::uint64_t derivations_of_this_thread = 0;

// A string, or a number in its one spelling.
std::optional<std::string> text_of(std::optional<ValueView> value) {
    if (!value) return std::nullopt;
    if (value->type() == ValueType::string) return std::string(value->text());
    if (value->type() != ValueType::number) return std::nullopt;
    const auto number = Decimal::parse(value->text());
    if (!number) return std::nullopt;
    return number->canonical();
}

std::optional<std::size_t> count(const Derivation& derivation, ValueView value) {
    const bool is_string = value.type() == ValueType::string;
    switch (derivation.function) {
        case Function::words:
            if (!is_string) return std::nullopt;
            return derivation.text.empty() ? count_words(value.text())
                                           : count_pieces(value.text(), derivation.text);
        case Function::length:
            if (value.type() == ValueType::binary) return value.text().size();
            if (!is_string) return std::nullopt;
            return count_characters(value.text());
        case Function::size:
            if (is_string || value.type() <= ValueType::null) return std::nullopt;
            return value.size();
        default:
            return std::nullopt;
    }
}

std::optional<std::size_t> index_of(const Derivation& derivation, ValueView value) {
    const auto place_of = [&](std::string_view text) -> std::optional<std::size_t> {
        const auto found = std::find(derivation.in.begin(), derivation.in.end(), text);
        if (found == derivation.in.end()) return std::nullopt;
        return static_cast<std::size_t>(found - derivation.in.begin());
    };
    if (value.type() == ValueType::string) return place_of(value.text());
    const auto text = text_of(value);
    return text ? place_of(*text) : std::nullopt;
}

// Works one derived attribute out and puts it into an image under construction.
class Deriver {
public:
    Deriver(ImageBuilder& builder, ImageView image) : builder_(builder), image_(image) {}

    std::optional<ImageBuilder::Value> derive(const Derivation& derivation) {
        if (derivation.function == Function::concat) return concat(derivation);
        if (derivation.function == Function::coalesce) return coalesce(derivation);
        const auto value = derivation.of.front().find(image_);
        if (!value) return std::nullopt;
        switch (derivation.function) {
            case Function::upper:
            case Function::lower:
                return change_case(derivation, *value);
            case Function::index:
                return number(derivation, index_of(derivation, *value));
            default:
                return number(derivation, count(derivation, *value));
        }
    }

private:
    std::optional<ImageBuilder::Value> number(const Derivation& derivation,
                                              std::optional<std::size_t> number) {
        if (!number) return std::nullopt;
        return builder_.scalar(ValueType::number, derivation.name, std::to_string(*number));
    }

    std::optional<ImageBuilder::Value> change_case(const Derivation& derivation, ValueView value) {
        if (value.type() != ValueType::string) return std::nullopt;
        const bool upper = derivation.function == Function::upper;
        return builder_.scalar(ValueType::string, derivation.name,
                               upper ? in_upper_case(value.text()) : in_lower_case(value.text()));
    }

    std::optional<ImageBuilder::Value> concat(const Derivation& derivation) {
        std::string whole;
        for (const AttributePath& path : derivation.of) {
            const auto text = text_of(path.find(image_));
            if (!text) return std::nullopt;
            if (&path != derivation.of.data()) whole += derivation.text;
            whole += *text;
        }
        return builder_.scalar(ValueType::string, derivation.name, whole);
    }

    std::optional<ImageBuilder::Value> coalesce(const Derivation& derivation) {
        for (const AttributePath& path : derivation.of) {
            const auto value = path.find(image_);
            if (!value || value->type() == ValueType::null) continue;
            return builder_.copy(*value, derivation.name);
        }
        return std::nullopt;
    }

    ImageBuilder& builder_;
    ImageView image_;
};

}  // namespace

std::optional<Image> derive(const Derivation& derivation, ImageView stored) {
    ++derivations_of_this_thread;
    ImageBuilder builder;
    const auto value = Deriver(builder, stored).derive(derivation);
    if (!value) return std::nullopt;
    return builder.finish({&*value, 1});
}

std::uint64_t derivations_done() {
    return derivations_of_this_thread;
}

}  // namespace freshet::engine
