#include "http/credentials/revocations.h"

#include <algorithm>

#include "http/credentials/token.h"

namespace freshet::http {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::size_t watched_min = 1'024;

// From when on nobody would believe the credential in any case. What its end has below a second
// was cut off.
sys_seconds forgotten_at(sys_seconds expires) {
    return expires + token_leeway + seconds(1);
}

}  // namespace

Revocations::Flag Revocations::watch(const Credential& credential) {
    const std::lock_guard lock(mutex_);
    if (watched_.size() >= watched_max_) drop_unwatched();
    std::weak_ptr<std::atomic<bool>>& known = watched_[credential.digest];
    if (auto flag = known.lock()) return flag;
    auto flag = std::make_shared<std::atomic<bool>>(ended_.contains(credential.digest));
    known = flag;
    return flag;
}

// Most of those that are dropped are known no more because their requests were answered. Until as
// many have come again, nothing is looked at.
void Revocations::drop_unwatched() {
    std::erase_if(watched_, [](const auto& watched) { return watched.second.expired(); });
    watched_max_ = std::max(watched_min, 2 * watched_.size());
}

Result<void> Revocations::end(const Credential& credential, sys_seconds now) {
    const std::lock_guard lock(mutex_);
    forget(now);
    if (ended_.contains(credential.digest)) return {};
    if (ended_.size() >= revocations_max) {
        return fail(Errc::unavailable,
                    "too many credentials have ended before their time: try again once some of "
                    "them have expired");
    }
    ended_.insert(credential.digest);
    forgotten_at_.emplace(forgotten_at(credential.expires), credential.digest);
    const auto found = watched_.find(credential.digest);
    if (found == watched_.end()) return {};
    if (const auto flag = found->second.lock()) *flag = true;
    return {};
}

void Revocations::forget(sys_seconds now) {
    while (!forgotten_at_.empty() && forgotten_at_.begin()->first <= now) {
        ended_.erase(forgotten_at_.begin()->second);
        forgotten_at_.erase(forgotten_at_.begin());
    }
}

std::size_t Revocations::count(sys_seconds now) {
    const std::lock_guard lock(mutex_);
    forget(now);
    return ended_.size();
}

}  // namespace freshet::http
