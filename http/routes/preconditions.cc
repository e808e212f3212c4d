#include "http/routes/preconditions.h"

#include <string>
#include <utility>

#include "engine/records/pattern_json.h"
#include "http/messages/entity_tag.h"

namespace freshet::http {
namespace {

// `"1042-9f3c"`, or `W/"…"` (RFC 9110, section 8.8.3).
bool is_entity_tag(std::string_view text) {
    if (text.starts_with("W/")) text.remove_prefix(2);
    // It would be taken for the star that it is no more.
    if (text == "\"*\"") return false;
    return text.size() >= 2 && text.front() == '"' && text.find('"', 1) == text.size() - 1;
}

// Which state of the item the client expects (RFC 9110, section 13.1). A state in other words than
// ours matches nothing; one that is no tag at all is a slip, which would never match either.
OrAnswer<engine::Precondition> expected_state(const Request& request) {
    engine::Precondition expected;
    for (const HeaderField& field : request.headers) {
        const bool is_match = equal_ignoring_case(field.name, "If-Match");
        if (!is_match && !equal_ignoring_case(field.name, "If-None-Match")) continue;
        if (take_tags(expected, is_match, field.value)) continue;
        return tl::unexpected(
            problem(400, std::string(is_match ? "If-Match" : "If-None-Match") +
                             " has no entity tag: it is written in quotation marks, as ETag has it "
                             "(\"1042-9f3c\"), or is * without them"));
    }
    return expected;
}

}  // namespace

bool take_tags(engine::Precondition& expected, bool is_match, std::string_view tags) {
    bool are_tags = false;
    bool is_other = false;
    if (is_match && !expected.match && !expected.must_exist) expected.match.emplace();
    while (const auto element = take_list_element(tags)) {
        if (element->empty()) continue;  // RFC 9110, section 5.6.1
        are_tags = true;
        if (*element == "*") {
            (is_match ? expected.must_exist : expected.must_be_absent) = true;
            continue;
        }
        const auto state = state_named_by(*element);
        if (!state) is_other = is_other || !is_entity_tag(*element);
        if (!state) continue;
        if (!is_match) {
            expected.none_match.push_back(*state);
        } else if (expected.match) {
            expected.match->push_back(*state);
        }
    }
    if (expected.must_exist) expected.match.reset();
    return are_tags && !is_other;
}

OrAnswer<engine::Precondition> precondition_of(const Request& request) {
    auto expected = expected_state(request);
    if (!expected) return expected;
    const auto text = find_parameter(request.target, "if");
    if (!text) return expected;
    auto pattern = engine::read_pattern_json(std::string(*text), "if");
    if (!pattern) return tl::unexpected(problem_of(pattern.error()));
    if (!*pattern) {
        return tl::unexpected(
            problem(400, count_of(pattern->error()) + " in `if`", pattern->error()));
    }
    expected->condition = **std::move(pattern);
    return expected;
}

bool names_state(const Request& request) {
    const auto expected = expected_state(request);
    return !expected || expected->names_state();
}

}  // namespace freshet::http
