// Exact decimal numbers of any size, read from text.
//
// DynamoDB numbers have up to 38 digits and exponents to 125; a double has 15. So numbers are
// kept as their text, and compared, ordered and made canonical here without ever being rounded.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::engine {

// Which text is a number: an optional sign, digits with an optional point (at least one digit),
// an optional exponent `e` or `E` with an optional sign and digits.
class Decimal {
public:
    static constexpr std::int64_t exponent_max = 1'000'000;  // in magnitude, once canonical

    // Nothing if `text` is not a number or its exponent is beyond exponent_max.
    static std::optional<Decimal> parse(std::string_view text);

    [[nodiscard]] bool negative() const { return negative_; }
    [[nodiscard]] bool zero() const { return digits_.empty(); }
    // The significant digits, without zeros at either end: the value is 0.DIGITS x 10^exponent.
    [[nodiscard]] const std::string& digits() const { return digits_; }
    [[nodiscard]] std::int64_t exponent() const { return exponent_; }
    // The power of ten that the last digit counts: -2 of 7.25.
    [[nodiscard]] std::int64_t lowest() const {
        return exponent_ - static_cast<std::int64_t>(digits_.size());
    }

    // The one text of all that have this value: `7.5` of `7.50` and `75e-1`. Without an exponent
    // where that takes at most 40 digits.
    [[nodiscard]] std::string canonical() const;

    // Exact: nothing is rounded. A sum takes as many digits as lie between the highest and the
    // lowest digit of the two, so whoever adds numbers from outside bounds their exponents.
    Decimal operator-() const;
    Decimal operator+(const Decimal& other) const;

    std::strong_ordering operator<=>(const Decimal& other) const;
    bool operator==(const Decimal& other) const { return (*this <=> other) == 0; }

private:
    // That of 0.DIGITS x 10^exponent, where zeros may stand at either end.
    static Decimal trimmed(bool negative, std::string_view digits, std::int64_t exponent);

    // Without the signs.
    [[nodiscard]] std::strong_ordering compare_magnitude(const Decimal& other) const;

    bool negative_ = false;
    std::string digits_;
    std::int64_t exponent_ = 0;
};

}  // namespace freshet::engine
