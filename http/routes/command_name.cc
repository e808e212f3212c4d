#include "http/routes/command_name.h"

#include <xxhash.h>

#include <string>
#include <utility>

#include "engine/access/caller.h"
#include "engine/text/hexadecimal.h"
#include "http/messages/idempotency_key.h"
#include "http/messages/target.h"

namespace freshet::http {
namespace {

// A machine may be called as a `sub` is, and is another caller: its name begins with a NUL. No
// `sub` that we take does.
constexpr char of_machine = '\0';

std::string named_caller(const Request& request) {
    const bool is_machine = request.identity.is_machine();
    return (is_machine ? std::string(1, of_machine) : std::string()) + request.caller().subject;
}

// What is asked for, in few characters.
std::string payload_of(const Request& request, std::string_view body) {
    const std::string text =
        std::string(request.method) + ' ' + format_target(request.target) + std::string(body);
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    std::string digits;
    engine::append_hexadecimal(digits, hash.high64, 16);
    engine::append_hexadecimal(digits, hash.low64, 16);
    return digits;
}

}  // namespace

OrAnswer<std::optional<storage::Idempotency>> command_name(const Request& request,
                                                           std::string_view body) {
    auto key = idempotency_key_of(request);
    if (!key) return tl::unexpected(std::move(key.error()));
    if (!*key) return std::optional<storage::Idempotency>();
    const engine::Caller& caller = request.caller();
    if (caller.subject.empty() && request.identity.caller != engine::everybody()) {
        return tl::unexpected(
            problem(400,
                    "an Idempotency-Key is kept for its caller, and these credentials do not "
                    "name one: they need a `sub`"));
    }
    return storage::Idempotency{.caller = named_caller(request),
                                .key = **std::move(key),
                                .payload = payload_of(request, body)};
}

}  // namespace freshet::http
