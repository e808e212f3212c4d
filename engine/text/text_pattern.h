// A regular expression, as a schema names one: in the syntax of RE2, which takes time in proportion
// to the text, whatever the expression is.
//
// Threads: values; matching is pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/result.h"

namespace re2 {
class RE2;
}

namespace freshet::engine {

class TextPattern {
public:
    // Fails with refused  if `text` is no expression, or one that is too large.
    static Result<TextPattern> parse(const std::string& text);

    // Whether it is found anywhere in `text`.
    [[nodiscard]] bool is_in(std::string_view text) const;
    [[nodiscard]] const std::string& text() const;

private:
    explicit TextPattern(std::shared_ptr<const re2::RE2> expression)
        : expression_(std::move(expression)) {}

    std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace freshet::engine
