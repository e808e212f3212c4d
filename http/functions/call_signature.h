// By what a function knows that a call is Freshet's, and of this moment: the headers of Standard
// Webhooks, for which there are libraries in most languages.
//
//     Webhook-Id: 5f3c.101-200             the same for each attempt
//     Webhook-Timestamp: 1800000000        seconds since 1970; a receiver refuses old ones
//     Webhook-Signature: v1,K5oZfzN95Z…    base64 of HMAC-SHA256(secret, "ID.TIMESTAMP.BODY")
//
// Threads: any, once made.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/catalog/function.h"
#include "storage/result.h"

namespace freshet::http {

class CallSignature {
public:
    static constexpr std::size_t secret_bytes_min = 16;

    // Reads the secret: `whsec_` and base64, or the text itself.
    // Fails with refused  if there is none, or one that is too short; io.
    static Result<CallSignature> load(const engine::SecretSettings& settings);

    ~CallSignature();
    CallSignature(const CallSignature&) = default;
    CallSignature& operator=(const CallSignature&) = default;
    CallSignature(CallSignature&&) noexcept = default;
    CallSignature& operator=(CallSignature&&) noexcept = default;

    // The value of Webhook-Signature.
    [[nodiscard]] std::string sign(std::string_view id, std::chrono::sys_seconds time,
                                   std::string_view body) const;

private:
    explicit CallSignature(std::string secret) : secret_(std::move(secret)) {}

    std::string secret_;
};

}  // namespace freshet::http
