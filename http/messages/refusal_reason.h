// Why a request was refused with 401 or 403. The names are what the audit log and the metrics say.
//
// Threads: values.
#pragma once

#include <cstdint>

namespace freshet::http {

enum class RefusalReason : std::uint8_t {
    none,             // no credential was shown
    malformed,        // what was shown is no credential, or more than one
    unknown_key,      // a machine's key, or the key that signed a token, is not known here
    wrong_algorithm,  // a token is signed in a way that is not accepted
    bad_signature,    // a token is not what its key has signed
    expired,
    not_yet_valid,   // a token is issued for later
    wrong_issuer,    // a token is not from the issuer that is asked for
    wrong_audience,  // a token is meant for others
    lives_too_long,  // a token expires later after it was issued than one may here
    revoked,         // a credential ended before its time
    origin,          // a page of this origin may not ask, or another Host was meant
    not_allowed      // the credential is valid, but not for this
};

}  // namespace freshet::http
