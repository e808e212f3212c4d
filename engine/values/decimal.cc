#include "engine/values/decimal.h"

#include <algorithm>

namespace freshet::engine {

namespace {

constexpr std::size_t plain_digits_max = 40;

// Far beyond exponent_max and every length of a text, and far from overflow.
constexpr std::int64_t exponent_saturated = 1'000'000'000'000'000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes the digits at the front of `text` off it and returns them.
std::string_view take_digits(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

// Takes a sign off the front of `text`, if there is one, and returns whether it was a minus.
bool take_sign(std::string_view& text) {
    if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
    const bool negative = text.front() == '-';
    text.remove_prefix(1);
    return negative;
}

// The value of `e+12`, the whole of `text`; 0 for no text. Larger values than can matter are
// saturated, since an exponent may have any number of digits.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
    if (text.empty()) return 0;
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    text.remove_prefix(1);
    const bool negative = take_sign(text);
    const std::string_view digits = take_digits(text);
    if (digits.empty() || !text.empty()) return std::nullopt;

    std::int64_t magnitude = 0;
    for (const char digit : digits) {
        magnitude = std::min(magnitude * 10 + (digit - '0'), exponent_saturated);
    }
    return negative ? -magnitude : magnitude;
}

}  // namespace

Decimal Decimal::trimmed(bool negative, std::string_view digits, std::int64_t exponent) {
    Decimal result;
    const std::size_t first = digits.find_first_not_of('0');
    if (first == std::string_view::npos) return result;  // every zero is the one without a sign

    const std::size_t last = digits.find_last_not_of('0');
    result.negative_ = negative;
    result.digits_ = digits.substr(first, last - first + 1);
    result.exponent_ = exponent - static_cast<std::int64_t>(first);
    return result;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    Decimal result;
    result.negative_ = take_sign(text);
    const std::string_view whole = take_digits(text);
    std::string_view fraction;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        fraction = take_digits(text);
    }
    if (whole.empty() && fraction.empty()) return std::nullopt;
    const auto exponent = parse_exponent(text);
    if (!exponent) return std::nullopt;

    std::string digits;
    digits.reserve(whole.size() + fraction.size());
    digits.append(whole).append(fraction);
    result = trimmed(result.negative_, digits, *exponent + static_cast<std::int64_t>(whole.size()));
    if (result.exponent_ > exponent_max || result.exponent_ < -exponent_max) return std::nullopt;
    return result;
}

std::string Decimal::canonical() const {
    if (zero()) return "0";
    const auto count = static_cast<std::int64_t>(digits_.size());
    std::string text = negative_ ? "-" : "";

    const std::int64_t plain = exponent_ <= 0 ? 1 - exponent_ + count : std::max(exponent_, count);
    if (plain > static_cast<std::int64_t>(plain_digits_max)) {
        text += digits_.front();
        if (count > 1) text.append(".").append(digits_, 1);
        return text.append("e").append(std::to_string(exponent_ - 1));
    }
    if (exponent_ <= 0) {
        return text.append("0.").append(static_cast<std::size_t>(-exponent_), '0').append(digits_);
    }
    const auto whole = static_cast<std::size_t>(exponent_);
    if (exponent_ >= count) return text.append(digits_).append(whole - digits_.size(), '0');
    return text.append(digits_, 0, whole).append(".").append(digits_, whole);
}

Decimal Decimal::operator-() const {
    Decimal result = *this;
    result.negative_ = !negative_ && !zero();
    return result;
}

Decimal Decimal::operator+(const Decimal& other) const {
    if (zero()) return other;
    if (other.zero()) return *this;
    const bool keeps = compare_magnitude(other) >= 0;
    const Decimal& larger = keeps ? *this : other;
    const Decimal& smaller = keeps ? other : *this;

    // The larger one's digits, with room for both and one for what is carried.
    const std::int64_t exponent = larger.exponent_ + 1;
    const std::int64_t lowest = std::min(larger.lowest(), smaller.lowest());
    std::string digits(static_cast<std::size_t>(exponent - lowest), '0');
    digits.replace(1, larger.digits_.size(), larger.digits_);

    // From the smaller one's last digit on, and further for as long as there is something to carry.
    const auto first = static_cast<std::size_t>(exponent - smaller.exponent_);
    const int sign = negative_ == other.negative_ ? 1 : -1;
    int carried = 0;
    for (std::size_t i = first + smaller.digits_.size(); i > first || carried > 0;) {
        --i;
        const int digit = i >= first ? smaller.digits_[i - first] - '0' : 0;
        const int value = digits[i] - '0' + sign * (digit + carried);
        carried = value < 0 || value > 9 ? 1 : 0;
        digits[i] = static_cast<char>('0' + value - sign * carried * 10);
    }
    return trimmed(larger.negative_, digits, exponent);
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
    const auto sign = [](const Decimal& number) {
        if (number.zero()) return 0;
        return number.negative_ ? -1 : 1;
    };
    if (const auto order = sign(*this) <=> sign(other); order != 0) return order;

    return negative_ ? other.compare_magnitude(*this) : compare_magnitude(other);
}

std::strong_ordering Decimal::compare_magnitude(const Decimal& other) const {
    if (const auto order = exponent_ <=> other.exponent_; order != 0) return order;
    // Without zeros at the end, digits after the point compare as text: 0.75 > 0.7.
    return digits_.compare(other.digits_) <=> 0;
}

}  // namespace freshet::engine
