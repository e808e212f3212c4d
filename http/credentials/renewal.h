// When a token that is about to end is renewed: one rule for the stream that asks for it and for
// the vendor that answers. Pure.
//
//     issued ─── given again ───┤ slack ├─── a stream says `expiring` ───┤ expires
//
// Invariants
//   - Once a stream under a token may say `expiring`, the token is not given again. So a page that
//     renews then gets one that lasts longer.
//
// Threads: any.
#pragma once

#include <chrono>

namespace freshet::http {

// When a stream that began at `begun` says that its credential is expiring: a minute before the
// end, or when half of what was left is over if that is later. Not before it began.
std::chrono::sys_seconds expiring_at(std::chrono::sys_seconds begun,
                                     std::chrono::sys_seconds expires);

// Until when a token that was issued at `issued` is given again to those who ask for the same: as
// long as a twelfth of its life is left, and no stream under it says `expiring`, by any clock that
// differs by less than the slack. Of the shortest lives, that is not at all.
std::chrono::sys_seconds given_again_until(std::chrono::sys_seconds issued,
                                           std::chrono::sys_seconds expires);

}  // namespace freshet::http
