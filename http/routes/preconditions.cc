#include "http/routes/preconditions.h"

#include <string>
#include <utility>

#include "engine/records/pattern_json.h"
#include "http/messages/entity_tag.h"

namespace freshet::http {
namespace {

// Which state of the item the client expects (RFC 9110, section 13.1).
engine::Precondition expected_state(const Request& request) {
    engine::Precondition expected;
    for (const HeaderField& field : request.headers) {
        const bool is_match = equal_ignoring_case(field.name, "If-Match");
        if (!is_match && !equal_ignoring_case(field.name, "If-None-Match")) continue;
        take_tags(expected, is_match, field.value);
    }
    return expected;
}

}  // namespace

void take_tags(engine::Precondition& expected, bool is_match, std::string_view tags) {
    if (is_match && !expected.match && !expected.must_exist) expected.match.emplace();
    while (const auto element = take_list_element(tags)) {
        if (*element == "*") {
            (is_match ? expected.must_exist : expected.must_be_absent) = true;
            continue;
        }
        // A tag that is none of ours names no state.
        const auto state = state_named_by(*element);
        if (!state) continue;
        if (!is_match) {
            expected.none_match.push_back(*state);
        } else if (expected.match) {
            expected.match->push_back(*state);
        }
    }
    if (expected.must_exist) expected.match.reset();
}

OrAnswer<engine::Precondition> precondition_of(const Request& request) {
    engine::Precondition expected = expected_state(request);
    const auto text = find_parameter(request.target, "if");
    if (!text) return expected;
    auto pattern = engine::read_pattern_json(std::string(*text), "if");
    if (!pattern) return tl::unexpected(problem_of(pattern.error()));
    if (!*pattern) {
        return tl::unexpected(
            problem(400, count_of(pattern->error()) + " in `if`", pattern->error()));
    }
    expected.condition = **std::move(pattern);
    return expected;
}

bool names_state(const Request& request) {
    return expected_state(request).names_state();
}

}  // namespace freshet::http
