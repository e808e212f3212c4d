#include "engine/text/json_tokens.h"

#include <simdjson.h>

#include <algorithm>

namespace freshet::engine {
namespace {

constexpr std::size_t capacity_min = 16U << 10U;
constexpr std::size_t capacity_kept = 256U << 10U;  // four bytes each

}  // namespace

struct JsonTokens::Scanner {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    std::size_t capacity = 0;

    bool make_room(std::size_t bytes) {
        if (bytes <= capacity) return true;
        const std::size_t wanted = std::max({bytes, capacity_min, 2 * capacity});
        parser.reset();
        capacity = 0;
        // What only a tree would need has the least size there is.
        constexpr std::size_t depth = 1;
        const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
            wanted, depth, parser);
        if (error != simdjson::SUCCESS) return false;
        capacity = wanted;
        return true;
    }
};

JsonTokens::JsonTokens() : scanner_(std::make_unique<Scanner>()) {}
JsonTokens::~JsonTokens() = default;

bool JsonTokens::read(std::string_view text) {
    places_ = {};
    if (text.empty() || text.size() > bytes_max || !scanner_->make_room(text.size())) return false;
    auto& parser = *scanner_->parser;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    if (parser.stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
        return false;
    }
    places_ = {parser.structural_indexes.get(), parser.n_structural_indexes};
    return true;
}

void JsonTokens::shrink() {
    if (scanner_->capacity <= capacity_kept) return;
    places_ = {};
    scanner_->parser.reset();
    scanner_->capacity = 0;
}

}  // namespace freshet::engine
