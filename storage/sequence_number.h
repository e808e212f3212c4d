// The number by which a source orders the changes of one item.
//
// Invariants
//   - It has 1 to 128 digits and nothing else. parse() is the only way in from text, so nothing has
//     to be checked later.
//
// Threads: values.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "storage/result.h"

namespace freshet::storage {

// A decimal integer. DynamoDB Streams documents 21 to 40 digits, LocalStack sends 56. It is kept as
// it was written, leading zeros included, and compared as the integer it is: no machine word holds
// it, and as text "9" would come after "10".
class SequenceNumber {
public:
    static constexpr std::size_t digits_max = 128;

    SequenceNumber() = default;  // zero

    // Fails with refused  if `text` is empty, longer than digits_max or has anything but digits.
    static Result<SequenceNumber> parse(std::string_view text);

    // As the source wrote it.
    [[nodiscard]] const std::string& text() const { return text_; }

    std::strong_ordering operator<=>(const SequenceNumber& other) const;
    bool operator==(const SequenceNumber& other) const { return (*this <=> other) == 0; }

private:
    explicit SequenceNumber(std::string text) : text_(std::move(text)) {}

    std::string text_ = "0";
};

}  // namespace freshet::storage
