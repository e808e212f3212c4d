#include "engine/text/text_pattern.h"

#include <re2/re2.h>

#include <cstdint>
#include <utility>

namespace freshet::engine {
namespace {

constexpr std::int64_t memory_max = std::int64_t{1} << 20U;  // of an expression, compiled

}  // namespace

Result<TextPattern> TextPattern::parse(const std::string& text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory_max);
    auto expression = std::make_shared<const re2::RE2>(text, options);
    if (!expression->ok()) return fail(Errc::refused, expression->error());
    return TextPattern(std::move(expression));
}

bool TextPattern::is_in(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

const std::string& TextPattern::text() const {
    return expression_->pattern();
}

}  // namespace freshet::engine
