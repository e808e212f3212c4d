#include "http/routes/session_route.h"

#include <algorithm>
#include <string>
#include <utility>

#include "http/credentials/cookie.h"
#include "http/credentials/credentials.h"
#include "http/messages/query.h"
#include "http/routes/token_route.h"

namespace freshet::http {

namespace {

// Of its name and value, by RFC 6265bis; longer ones are dropped without a word.
constexpr std::size_t cookie_bytes_max = 4'096;

constexpr std::string_view attributes = "/; Secure; HttpOnly; SameSite=Strict; Max-Age=";

// The browser shows it to nothing else of its host than is under the prefix.
Answer with_cookie(const std::string& prefix, std::string_view token, std::chrono::seconds life,
                   std::string_view action) {
    Answer answer(204);
    std::string cookie(cookie_name);
    cookie += '=';
    cookie += token;
    cookie += "; Path=" + prefix;
    cookie += attributes;
    cookie += std::to_string(life.count());
    answer.set("Set-Cookie", cookie);
    answer.set("Cache-Control", "no-store");
    answer.deed = action;
    return answer;
}

// For the audit log.
std::string_view ending_of(const storage::Notice& notice) {
    return notice.revoked_by == storage::RevokedBy::session ? "ended a session"
                                                            : "ended all sessions of the subject";
}

// What the client is told once the log has it, or has not.
Answer session_ended(const std::string& prefix, const Result<engine::Receipt>& receipt,
                     std::string_view action) {
    if (receipt) {
        return with_cookie(prefix, "", std::chrono::seconds(0),
                           receipt->appended > 0 ? action : "");
    }
    Answer refused = problem_of(
        {receipt.error().code, "the session has ended, but a restart would forget that: " +
                                   receipt.error().message + "; send this again"});
    return audited(std::move(refused), std::string(action) + ", until a restart");
}

}  // namespace

NextStep post_session(const Call& call) {
    const Request& request = call.request;
    if (auto refusal = refuse_unknown_parameters(request.target, {})) return *std::move(refusal);
    const auto header = request.header("Authorization");
    if (!header || !request.identity.expires) {
        return problem(400,
                       "a session begins with a token in the header Authorization; the key of a "
                       "machine belongs into no browser");
    }
    if (!request.identity.end(call.now).empty()) return ended(request.identity, call.now);
    const std::string_view token =
        trim(header->substr(std::min(header->find(' '), header->size())));
    if (cookie_name.size() + token.size() > cookie_bytes_max) {
        return problem(422, "the token is too long for a cookie: browsers keep " +
                                std::to_string(cookie_bytes_max) + " bytes");
    }
    const auto life = std::max(*request.identity.expires - call.now, std::chrono::seconds(0));
    return with_cookie(request.prefix, token, life, "began a session");
}

NextStep delete_session(const Call& call) {
    if (auto refusal = refuse_unknown_parameters(call.request.target, {})) {
        return *std::move(refusal);
    }
    if (cookie_tokens(call.request).size() > 1) {
        return problem(400, "there is more than one cookie " + std::string(cookie_name) +
                                ", so that nobody can tell which session is meant, and none has "
                                "ended: delete those that other pages of this domain have set, and "
                                "send this again");
    }
    auto ended = call.context.credentials.end_session(call.request, call.now);
    if (!ended) return problem_of(ended.error());
    const std::string& prefix = call.request.prefix;
    if (!*ended) return with_cookie(prefix, "", std::chrono::seconds(0), "");
    engine::ChangeBatch batch;
    batch.bytes = (*ended)->name.size() + (*ended)->by.size();
    auto answer = [prefix, action = ending_of(**ended)](const Result<engine::Receipt>& receipt) {
        return session_ended(prefix, receipt, action);
    };
    batch.notices.push_back(**std::move(ended));
    return RecordsToAppend{.batch = std::move(batch), .answer = std::move(answer)};
}

}  // namespace freshet::http
