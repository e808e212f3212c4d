#include "storage/sequence_number.h"

#include <algorithm>

namespace freshet::storage {
namespace {

std::string_view significant(std::string_view digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view{} : digits.substr(first);
}

}  // namespace

Result<SequenceNumber> SequenceNumber::parse(std::string_view text) {
    if (text.empty()) return fail(Errc::refused, "found no digits, expected a sequence number");
    if (text.size() > digits_max) {
        return fail(Errc::refused,
                    "found " + std::to_string(text.size()) +
                        " characters, expected a sequence number of at most 128 digits");
    }
    const bool all_digits =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!all_digits) {
        return fail(Errc::refused,
                    "found a character that is no digit, expected a sequence number");
    }
    return SequenceNumber(std::string(text));
}

std::strong_ordering SequenceNumber::operator<=>(const SequenceNumber& other) const {
    const std::string_view mine = significant(text_);
    const std::string_view theirs = significant(other.text_);
    if (mine.size() != theirs.size()) return mine.size() <=> theirs.size();
    return mine.compare(theirs) <=> 0;
}

}  // namespace freshet::storage
