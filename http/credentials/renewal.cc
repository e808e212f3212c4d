#include "http/credentials/renewal.h"

#include <algorithm>

#include "http/credentials/token.h"

namespace freshet::http {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds notice_max{60};

// Of a token's life, what is left at least when it is given again.
constexpr int fresh_part = 12;

// Of a token's life, the slack that a short one can afford; rounded up, as times are in seconds.
constexpr int slack_part = 4;

seconds slack_of(seconds life) {
    return std::min(token_leeway, (life + seconds(slack_part - 1)) / slack_part);
}

}  // namespace

sys_seconds expiring_at(sys_seconds begun, sys_seconds expires) {
    const seconds left = std::max(expires - begun, seconds(0));
    return expires - std::min(notice_max, left / 2);
}

sys_seconds given_again_until(sys_seconds issued, sys_seconds expires) {
    const seconds life = expires - issued;
    return std::min(expires - life / fresh_part, expiring_at(issued, expires) - slack_of(life));
}

}  // namespace freshet::http
