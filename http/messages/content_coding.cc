#include "http/messages/content_coding.h"

#include <string>
#include <string_view>
#include <vector>

#include "engine/text/enum_words.h"

namespace freshet::http {

namespace {

std::vector<std::string_view> named_codings(const Request& request) {
    std::vector<std::string_view> names;
    for (const HeaderField& field : request.headers) {
        if (!equal_ignoring_case(field.name, "Content-Encoding")) continue;
        std::string_view list = field.value;
        while (const auto name = take_list_element(list)) {
            if (!name->empty()) names.push_back(*name);
        }
    }
    return names;
}

// Of those that begin with a mark; deflate has none.
std::optional<ContentCoding> coding_of(std::string_view begin) {
    if (begin.starts_with("\x1f\x8b")) return ContentCoding::gzip;
    if (begin.starts_with("\x28\xb5\x2f\xfd")) return ContentCoding::zstd;
    return std::nullopt;
}

tl::unexpected<Error> refused(const std::string& found) {
    return fail(Errc::refused, found +
                                   ": send the body with one Content-Encoding of gzip, deflate or "
                                   "zstd, or without any");
}

}  // namespace

Result<std::optional<ContentCoding>> content_coding(const Request& request) {
    const auto names = named_codings(request);
    if (names.empty()) return std::optional<ContentCoding>();
    if (names.size() > 1) {
        return refused("the body came in " + std::to_string(names.size()) + " codings");
    }
    std::string_view name = names.front();
    if (equal_ignoring_case(name, "identity")) return std::optional<ContentCoding>();
    if (equal_ignoring_case(name, "x-gzip")) name = "gzip";  // RFC 9110, section 8.4.1.3
    for (std::size_t i = 0; i < engine::enum_count<ContentCoding>; ++i) {
        if (equal_ignoring_case(name, engine::enum_words<ContentCoding>[i])) {
            return static_cast<ContentCoding>(i);
        }
    }
    return refused("the body came in a coding that is not known here");
}

std::optional<Answer> refuse_coding(const Request& request) {
    const auto coding = content_coding(request);
    if (coding) return std::nullopt;
    Answer answer = problem(415, coding.error().message);
    answer.set("Accept-Encoding", accepted_codings);
    return answer;
}

std::string packed_advice(std::string_view begin, bool is_decoded) {
    const auto coding = coding_of(begin);
    if (!coding) return "";
    const std::string name(engine::word_of(*coding));
    if (is_decoded) return "what the body was decoded to looks like " + name + ": compress it once";
    return "this looks like " + name + ": send Content-Encoding: " + name;
}

std::optional<Answer> refuse_packed(const Request& request) {
    if (!equal_ignoring_case(content_type(request), "application/json")) return std::nullopt;
    const auto coding = content_coding(request);
    const std::string advice = packed_advice(request.body, coding && coding->has_value());
    if (advice.empty()) return std::nullopt;
    return problem(400, "the body is no JSON: " + advice);
}

}  // namespace freshet::http
