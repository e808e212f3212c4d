// One request, as the gate and the routes see it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/caller.h"
#include "http/messages/target.h"

namespace freshet::http {

struct HeaderField {
    std::string_view name;  // as it was sent
    std::string_view value;
};

// Why a credential ends that has not expired.
inline constexpr std::string_view believed_no_more = "the credential is believed no more";

// Whose request it is, as far as that is known.
struct Identity {
    std::shared_ptr<const engine::Caller> caller;     // null: nobody's that is known
    std::optional<std::chrono::sys_seconds> expires;  // of the credential; nothing: not by itself
    // Becomes true when the key or machine is believed no more; null: it always is.
    std::shared_ptr<const std::atomic<bool>> revoked = nullptr;
    // Becomes true when this credential has ended before its time; null: it cannot.
    std::shared_ptr<const std::atomic<bool>> ended = nullptr;
    bool by_cookie = false;  // which a browser sends along, whoever makes it send a request

    // Whether it is known that no credential was shown.
    [[nodiscard]] bool is_anonymous() const { return caller && caller->is_anonymous; }

    // Whether it is the static key of a machine, which alone has a name and does not expire.
    [[nodiscard]] bool is_machine() const { return caller && !caller->subject.empty() && !expires; }

    // Whether it is believed no more, though its time is not over.
    [[nodiscard]] bool is_revoked() const { return (revoked && *revoked) || (ended && *ended); }

    // Why the credential, which was good, is not at the time `now`; empty if it still is.
    [[nodiscard]] std::string_view end(std::chrono::sys_seconds now) const;
};

// Method and headers are views into the bytes that came; whoever read them keeps those.
struct Request {
    std::string_view method;
    std::string_view raw_target;  // as it was sent
    int version = 11;             // 10 or 11: HTTP/1.0 or HTTP/1.1
    bool keep_alive = true;
    bool secure = false;   // came by https
    std::string prefix{};  // of the path under which the client reaches this server's; or empty
    std::vector<HeaderField> headers;
    Target target;
    std::string body;
    std::optional<std::string> query_token;  // taken out of the target by who looked at it
    Identity identity;  // once the credentials are looked at (http/credentials/credentials.h)

    // Who asks; must be known.
    [[nodiscard]] const engine::Caller& caller() const { return *identity.caller; }

    // The value of the first header of that name; nothing if there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;

    // The host that the client means, with its port: that of a target in absolute form goes before
    // the header (RFC 9112, section 3.2.2).
    [[nodiscard]] std::optional<std::string_view> host() const;

    // The server as the client has named it, without a slash at the end: http://localhost:8080, or
    // with the prefix.
    [[nodiscard]] std::string server_url() const;
};

// GET or HEAD.
bool is_read(const Request& request);

// The type of the body without its parameters, such as charset; empty unless there is exactly one.
std::string_view content_type(const Request& request);

// Whether Accept names that very type, and not as one that is unwanted.
bool accepts(const Request& request, std::string_view media_type);

bool equal_ignoring_case(std::string_view a, std::string_view b);

// Without the spaces and tabs at both ends.
std::string_view trim(std::string_view text);

// Takes the text up to the next comma off `list` and returns it trimmed; nothing at the end.
// Commas inside of double quotes do not count.
std::optional<std::string_view> take_list_element(std::string_view& list);

}  // namespace freshet::http
