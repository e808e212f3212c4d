#include "http/routes/token_route.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/access/grants.h"
#include "engine/text/json.h"
#include "engine/text/shown_text.h"
#include "http/credentials/credentials.h"
#include "http/messages/query.h"

namespace freshet::http {

namespace {

using engine::Caller;
using engine::Fault;
using engine::JsonNode;
using std::chrono::seconds;

constexpr std::string_view life_name = "ttl_s";

constexpr std::string_view claims_name = "claims";
constexpr std::array<std::string_view, 5> members{"sub", "role", "grants", claims_name, life_name};

Answer wrong(std::initializer_list<std::string_view> path, std::string detail) {
    std::string pointer;
    for (const std::string_view name : path) engine::append_pointer(pointer, name);
    return problem(422, "the body says something of the token that cannot be",
                   {Fault{std::move(pointer), std::move(detail)}});
}

OrAnswer<seconds> life_of(const JsonNode& body) {
    const JsonNode* life = body.find(life_name);
    if (life == nullptr) return vended_life_max;
    const std::string_view text = life->text();
    seconds::rep count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool whole = life->is(engine::JsonType::number) && error == std::errc() &&
                       end == text.data() + text.size();
    if (whole && count >= 1 && count <= vended_life_max.count()) return seconds(count);
    return tl::unexpected(wrong({life_name}, "expected a whole number of seconds from 1 to " +
                                                 std::to_string(vended_life_max.count())));
}

std::vector<engine::Grant> without_vending(std::vector<engine::Grant> grants) {
    std::erase_if(grants, [](const auto& grant) { return grant.right == engine::Right::vend; });
    return grants;
}

// Fills in what was left out. A token for somebody else has nothing of its maker but the bounds.
void complete(Caller& wanted, const JsonNode& body, const Caller& maker) {
    if (!wanted.grants && maker.grants) wanted.grants = without_vending(*maker.grants);
    if (body.find("sub") == nullptr) wanted.subject = maker.subject;
    if (wanted.subject != maker.subject) return;
    if (body.find("role") == nullptr) wanted.roles = maker.roles;
    wanted.claims.insert(maker.claims.begin(), maker.claims.end());  // but for those that are named
}

std::optional<Answer> refuse_unknown_members(const JsonNode& body) {
    for (const JsonNode& member : body) {
        const std::string_view name = member.name();
        if (std::find(members.begin(), members.end(), name) != members.end()) continue;
        return wrong({name},
                     "is not known: there are sub, role, grants, ttl_s, and claims, an "
                     "object of those of your own");
    }
    return std::nullopt;
}

// Takes the claims of the maker's own naming in.
std::optional<Answer> read_claims(const JsonNode& claims, Caller& wanted) {
    if (!claims.is(engine::JsonType::object)) {
        return wrong({claims_name}, "expected an object of claims");
    }
    for (const JsonNode& claim : claims) {
        auto texts = is_registered_claim(claim.name()) ? std::nullopt : compared_texts(claim);
        if (!texts) {
            return wrong({claims_name, claim.name()},
                         "expected a claim of your own: a text, a number, a boolean or an array of "
                         "them");
        }
        if (!wanted.claims.emplace(claim.name(), *std::move(texts)).second) {
            return wrong({claims_name, claim.name()}, "is there more than once");
        }
    }
    return std::nullopt;
}

// Its roles, grants and texts of claims.
std::size_t count_of(const Caller& caller) {
    std::size_t count = caller.roles.size() + (caller.grants ? caller.grants->size() : 0);
    for (const auto& [name, texts] : caller.claims) count += texts.size();
    return count;
}

OrAnswer<Caller> wanted_by(const JsonNode& body, const Identity& identity) {
    const Caller& maker = *identity.caller;
    if (auto refusal = refuse_unknown_members(body)) return tl::unexpected(*std::move(refusal));
    // A program that forgot to say whose token it is would make all of them its own.
    if (!identity.expires && body.find("sub") == nullptr) {
        return tl::unexpected(wrong({"sub"}, "expected whose token it is"));
    }
    auto wanted = caller_of(body);
    if (!wanted) return tl::unexpected(problem(422, wanted.error().message));
    wanted->claims.clear();
    if (const JsonNode* claims = body.find(claims_name)) {
        if (auto refusal = read_claims(*claims, *wanted)) return tl::unexpected(*refusal);
    }
    complete(*wanted, body, maker);
    if (count_of(*wanted) > vended_texts_max) {
        return tl::unexpected(
            problem(422, "the token would have more than " + std::to_string(vended_texts_max) +
                             " roles, grants and texts of claims, which servers keep in memory"));
    }
    return *std::move(wanted);
}

// Refuses those who may make no tokens at all.
std::optional<Answer> refuse_maker(const TokenVendor& vendor, const Request& request) {
    if (!vendor.can_vend()) {
        return problem(501,
                       "this server makes no tokens: sign_with in [auth] names the key to do so");
    }
    if (request.identity.by_cookie) {
        return problem(403,
                       "a session's cookie cannot be turned into a token: show the token itself");
    }
    if (!engine::may_vend(request.caller())) {
        return problem(403, "these credentials do not admit to making tokens");
    }
    return std::nullopt;
}

std::optional<Answer> refuse(const TokenVendor& vendor, const Request& request) {
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return refusal;
    if (auto refusal = refuse_maker(vendor, request)) return refusal;
    if (!equal_ignoring_case(content_type(request), "application/json")) {
        return problem(415, "the body must be of the type application/json");
    }
    if (request.body.size() <= token_bytes_max) return std::nullopt;
    return problem(413, "the body is longer than the " + std::to_string(token_bytes_max) +
                            " bytes that a token may have");
}

// For the audit log.
std::string action_of(const Caller& wanted, seconds life) {
    std::string action = "gave a token to " + engine::quoted_text(wanted.subject);
    for (const std::string& role : wanted.roles) action += ", role " + engine::quoted_text(role);
    return action + ", for " + std::to_string(life.count()) + " s";
}

}  // namespace

Answer post_tokens(TokenVendor& vendor, const Request& request, std::chrono::sys_seconds now) {
    if (auto refusal = refuse(vendor, request)) return *std::move(refusal);
    const auto body = parse_claims(request.body);
    if (!body) return problem(400, "the body must be a JSON object that has each name once");
    const auto life = life_of(body->root());
    if (!life) return life.error();
    const auto wanted = wanted_by(body->root(), request.identity);
    if (!wanted) return wanted.error();
    const auto vended = vendor.vend(request.identity, *wanted, *life, now);
    // Looked at last. If its maker was revoked, or its key taken out, before the vendor looked at
    // what is revoked, this shows it; and if later, the new token was issued before that.
    if (!request.identity.end(now).empty()) return ended(request.identity, now);
    if (!vended) return problem_of(vended.error());

    std::string json = R"({"token":")" + vended->token + R"(","exp":)";
    json += std::to_string(vended->expires.time_since_epoch().count()) + "}\n";
    Answer answer = json_answer(std::move(json));
    answer.set("Cache-Control", "no-store");
    if (!vended->is_new) return answer;
    return audited(std::move(answer), action_of(*wanted, vended->expires - now));
}

Answer audited(Answer answer, std::string action) {
    answer.deed = std::move(action);
    return answer;
}

std::optional<Answer> check_tokens(const Call& call) {
    return refuse_maker(*call.context.credentials.vendor(), call.request);
}

NextStep post_tokens(const Call& call) {
    return post_tokens(*call.context.credentials.vendor(), call.request, call.now);
}

}  // namespace freshet::http
