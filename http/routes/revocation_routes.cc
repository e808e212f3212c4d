#include "http/routes/revocation_routes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "engine/text/base64.h"
#include "engine/text/enum_words.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "http/credentials/claims_writer.h"
#include "http/credentials/credentials.h"
#include "http/messages/query.h"
#include "http/routes/admin_refusal.h"

namespace freshet::http {

namespace {

using engine::JsonNode;
using engine::JsonType;
using engine::Revocation;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using storage::RevokedBy;

constexpr std::size_t page_limit_default = 100;
constexpr std::size_t page_limit_max = 1'000;
constexpr std::int64_t year_9999_ends = 253'402'300'799;

// What stands for admin:/tokens in a refusal.
constexpr std::string_view administered = "/tokens";

// As requests and answers call it, in the order of storage::RevokedBy.
constexpr std::array<std::string_view, engine::enum_count<RevokedBy>> member_names{
    "sub", "token_id", "session"};

std::string_view member_of(RevokedBy revoked_by) {
    return member_names.at(static_cast<std::size_t>(revoked_by));
}

Answer wrong(std::string_view member, std::string detail) {
    std::string pointer;
    if (!member.empty()) engine::append_pointer(pointer, member);
    return problem(422, "the body names no tokens that can be revoked",
                   {engine::Fault{std::move(pointer), std::move(detail)}});
}

// Which tokens the body names, and when they expire if it says so.
struct Named {
    RevokedBy revoked_by = RevokedBy::subject;
    std::string name;
    std::optional<sys_seconds> expires;
};

tl::expected<Named, Answer> read_name(const JsonNode& body) {
    const JsonNode* subject = body.find("sub");
    const JsonNode* id = body.find("token_id");
    if ((subject == nullptr) == (id == nullptr)) {
        return tl::unexpected(wrong("", R"(expected either "sub", whose tokens are to end, or )"
                                        R"("token_id", the jti of one)"));
    }
    Named named{.revoked_by = subject != nullptr ? RevokedBy::subject : RevokedBy::token_id,
                .name = {},
                .expires = std::nullopt};
    const JsonNode& name = subject != nullptr ? *subject : *id;
    // An empty text is mostly a variable that was not set: it must not end whatever has no sub.
    if (!name.is(JsonType::string) || name.text().empty()) {
        return tl::unexpected(
            wrong(name.name(), subject != nullptr
                                   ? "expected whose tokens are to end. Those without a sub end by "
                                     "their token_id, or by another key in [auth]"
                                   : "expected the jti of a token"));
    }
    if (name.text().size() > revoked_name_bytes_max) {
        return tl::unexpected(wrong(name.name(), "expected at most " +
                                                     std::to_string(revoked_name_bytes_max) +
                                                     " bytes: no token is longer"));
    }
    named.name = name.text();
    return named;
}

tl::expected<std::optional<sys_seconds>, Answer> read_end(const JsonNode& body, sys_seconds now) {
    const JsonNode* end = body.find("exp");
    if (end == nullptr) return std::optional<sys_seconds>();
    if (body.find("token_id") == nullptr) {
        return tl::unexpected(wrong("exp",
                                    "expected it beside token_id only: the tokens of a "
                                    "subject expire at different times"));
    }
    std::int64_t count = 0;
    const std::string_view text = end->text();
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool is_whole = end->is(JsonType::number) && error == std::errc() &&
                          rest == text.data() + text.size() && count <= year_9999_ends;
    if (!is_whole || sys_seconds(seconds(count)) + token_leeway < now) {
        return tl::unexpected(wrong("exp",
                                    "expected when the token expires, a whole number of "
                                    "seconds since 1970 that is still to come"));
    }
    return std::optional(sys_seconds(seconds(count)));
}

tl::expected<Named, Answer> read_body(std::string body, sys_seconds now) {
    const auto document = parse_claims(std::move(body));
    if (!document) {
        return tl::unexpected(
            problem(400, "the body must be a JSON object that has each name once"));
    }
    constexpr std::array<std::string_view, 3> known{"sub", "token_id", "exp"};
    for (const JsonNode& member : document->root()) {
        if (std::find(known.begin(), known.end(), member.name()) != known.end()) continue;
        return tl::unexpected(
            wrong(member.name(), "is not known: there are sub, token_id and exp"));
    }
    auto named = read_name(document->root());
    if (!named) return named;
    const auto expires = read_end(document->root(), now);
    if (!expires) return tl::unexpected(expires.error());
    named->expires = *expires;
    return named;
}

std::string end_text(const std::optional<storage::AppendTime>& until) {
    if (!until) return "null";
    return std::to_string(std::chrono::ceil<seconds>(*until).time_since_epoch().count());
}

// For the audit log.
std::string action_of(const storage::Notice& notice) {
    const bool by_subject = notice.revoked_by == RevokedBy::subject;
    return (by_subject ? "revoked the tokens of " : "revoked the token ") +
           engine::quoted_text(notice.name);
}

Answer answer_of(const Result<engine::Receipt>& receipt, const storage::Notice& notice,
                 Revocations& revocations) {
    if (!receipt) {
        Answer refused = problem_of({receipt.error().code,
                                     "the tokens are believed no more, but a restart would forget "
                                     "that: " +
                                         receipt.error().message + "; send this again"});
        refused.did(action_of(notice) + ", until a restart");
        return refused;
    }
    const std::string position = std::to_string(receipt->position.value);
    const auto revocation = revocations.find(notice.revoked_by, notice.name);
    std::string json = R"({"position":)" + position + R"(,"revoked":true,"until":)";
    json += end_text(revocation ? revocation->until : std::nullopt) + "}\n";
    Answer answer = json_answer(std::move(json));
    answer.set("Freshet-Position", position);
    answer.did(action_of(notice));
    return answer;
}

// ---- what is in force ----

// Where the page after this one begins.
std::string cursor_of(const Revocation& revocation) {
    std::string cursor;
    engine::append_base64url(
        cursor, std::string(engine::word_of(revocation.revoked_by)) + '/' + revocation.name);
    return cursor;
}

std::optional<Revocations::Name> name_in(std::string_view cursor) {
    const auto text = engine::decode_base64url(cursor);
    if (!text) return std::nullopt;
    const std::size_t slash = std::min(text->find('/'), text->size());
    for (std::size_t i = 0; i < engine::enum_count<RevokedBy>; ++i) {
        const auto revoked_by = static_cast<RevokedBy>(i);
        if (slash < text->size() && engine::word_of(revoked_by) == text->substr(0, slash)) {
            return Revocations::Name(revoked_by, text->substr(slash + 1));
        }
    }
    return std::nullopt;
}

void append_revocation(std::string& json, const Revocation& revocation) {
    json += "{\"";
    json += member_of(revocation.revoked_by);
    json += "\":";
    engine::append_quoted(json, revocation.name);
    json += R"(,"at":)" + numeric_date(revocation.at);
    json += R"(,"until":)" + end_text(revocation.until);
    json += R"(,"position":)";
    json += revocation.position.value == 0 ? "null" : std::to_string(revocation.position.value);
    if (!revocation.by.empty()) {
        json += R"(,"by":)";
        engine::append_quoted(json, revocation.by);
    }
    json += '}';
}

}  // namespace

std::optional<Answer> check_revoke(const Call& call) {
    return refuse_unless_admin(call.request, administered);
}

NextStep post_revoke(const Call& call) {
    Request& request = call.request;
    Credentials& credentials = call.context.credentials;
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *std::move(refusal);
    if (!credentials.are_asked_for()) {
        return problem(501, "this server believes no tokens: there is no [auth]");
    }
    if (!equal_ignoring_case(content_type(request), "application/json")) {
        return problem(415, "the body must be of the type application/json");
    }
    auto named = read_body(std::exchange(request.body, {}), call.now);
    if (!named) return named.error();
    storage::Notice notice{.kind = storage::NoticeKind::revocation,
                           .by = request.caller().subject,
                           .table = {},
                           .stream = {},
                           .revoked_by = named->revoked_by,
                           .name = std::move(named->name),
                           .kept = credentials.kept(named->expires, call.now),
                           .asked = call.now};
    if (const auto ended = credentials.revoke(notice, call.now); !ended) {
        return problem_of(ended.error());
    }
    engine::ChangeBatch batch;
    batch.bytes = notice.name.size();
    batch.notices.push_back(notice);
    return RecordsToAppend{.batch = std::move(batch),
                           .answer = [notice = std::move(notice),
                                      &credentials](const Result<engine::Receipt>& receipt) {
                               return answer_of(receipt, notice, credentials.revocations());
                           }};
}

NextStep get_revoked(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal = refuse_unknown_parameters(target, {"after", "limit"})) {
        return *std::move(refusal);
    }
    if (auto refusal = refuse_unless_admin(call.request, administered)) return *std::move(refusal);
    const auto limit = number_parameter(target, "limit", {1, page_limit_max}, page_limit_default);
    if (!limit) return limit.error();
    std::optional<Revocations::Name> after;
    if (const auto cursor = find_parameter(target, "after")) {
        after = name_in(*cursor);
        if (!after) return problem(400, "'after' is not the 'next' of a page of this path");
    }
    Revocations& revocations = call.context.credentials.revocations();
    if (!revocations.are_known()) {
        return problem_of({Errc::unavailable, "what is revoked is known once the log is folded"});
    }
    // One more than the page has, to know whether it is the last.
    auto page = revocations.after(after, static_cast<std::size_t>(*limit) + 1, call.now);
    const bool is_last = page.size() <= *limit;
    if (!is_last) page.pop_back();

    std::string json = R"({"revoked":[)";
    for (const Revocation& revocation : page) {
        if (&revocation != page.data()) json += ',';
        append_revocation(json, revocation);
    }
    json += ']';
    if (!is_last) json += R"(,"next":")" + cursor_of(page.back()) + '"';
    return json_answer(json + "}\n");
}

}  // namespace freshet::http
