#include "http/credentials/revocations.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace freshet::http {

namespace {

using engine::Revocation;
using engine::revocation_slack;
using std::chrono::sys_seconds;
using storage::RevokedBy;

constexpr std::size_t watched_min = 1'024;
constexpr std::size_t ended_min = 1'024;
// All that were in force before a clock jumps ahead, and no more.
constexpr std::size_t ended_most = 2 * revocations_max;

// Whether one of the subject ends a token that says that it was issued then.
bool reaches(const Revocation& revocation, const std::optional<storage::AppendTime>& issued) {
    return !issued || *issued <= revocation.at;
}

// Where it stands among those with an end.
std::pair<storage::AppendTime, Revocations::Name> place_of(const Revocation& revocation,
                                                           const Revocations::Name& name) {
    return {revocation.until.value_or(storage::AppendTime()), name};
}

}  // namespace

std::string session_of(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name;
    for (const unsigned char byte : digest) {
        name += digits[byte >> 4U];
        name += digits[byte & 0xFU];
    }
    return name;
}

Revocations::Revocations(const engine::Clock* clock)
    : clock_(clock != nullptr ? *clock : system_clock_) {}

Revocations::Flag Revocations::watch(const Credential& credential) {
    const std::lock_guard lock(mutex_);
    if (watched_.size() >= watched_max_) drop_unwatched();
    const std::string session = session_of(credential.digest);
    Watched& known = watched_[session];
    if (auto flag = known.flag.lock()) return flag;
    auto flag = std::make_shared<std::atomic<bool>>(ending(session, credential) != nullptr);
    known = {.flag = flag, .credential = credential};
    return flag;
}

const Revocation* Revocations::ending(const std::string& session,
                                      const Credential& credential) const {
    const auto said_of = [this](RevokedBy revoked_by, const std::string& name) {
        const auto found = revoked_.find({revoked_by, name});
        return found == revoked_.end() ? nullptr : &found->second.revocation;
    };
    if (const Revocation* by_session = said_of(RevokedBy::session, session)) return by_session;
    if (credential.id) {
        if (const Revocation* by_id = said_of(RevokedBy::token_id, *credential.id)) return by_id;
    }
    const Revocation* by_subject = said_of(RevokedBy::subject, credential.subject);
    return by_subject != nullptr && reaches(*by_subject, credential.issued) ? by_subject : nullptr;
}

std::optional<Revocation> Revocations::ending(const std::string& session) {
    const std::lock_guard lock(mutex_);
    const auto watched = watched_.find(session);
    if (watched == watched_.end()) return std::nullopt;
    const Revocation* found = ending(session, watched->second.credential);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

storage::AppendTime Revocations::issued(const std::string& session) {
    const std::lock_guard lock(mutex_);
    const auto watched = watched_.find(session);
    if (watched == watched_.end()) return {};
    return watched->second.credential.issued.value_or(storage::AppendTime());
}

std::size_t Revocations::sessions_of(const std::string& subject, sys_seconds now) {
    const std::lock_guard lock(mutex_);
    sort_out(now);
    const auto found = sessions_of_.find(subject);
    return found == sessions_of_.end() ? 0 : found->second;
}

// Most of those that are dropped are known no more because their requests were answered. Until as
// many have come again, nothing is looked at.
void Revocations::drop_unwatched() {
    std::erase_if(watched_, [](const auto& watched) { return watched.second.flag.expired(); });
    watched_max_ = std::max(watched_min, 2 * watched_.size());
}

Result<void> Revocations::end(const Revocation& revocation, sys_seconds now, Asker asker) {
    const std::lock_guard lock(mutex_);
    sort_out(now);
    const Name name{revocation.revoked_by, revocation.name};
    const auto known = revoked_.find(name);
    const bool is_in_force =
        known != revoked_.end() && !ended_.contains(place_of(known->second.revocation, name));
    if (!is_in_force && !has_room(revocation, asker)) {
        return fail(Errc::unavailable,
                    "there are as many revocations as there is room for: try again once some of "
                    "them have had their day, or change the key that signs the tokens");
    }
    Revocation next = revocation;
    // As the log will have it: further than what was made after the last one.
    constexpr std::chrono::microseconds least{1};
    const auto before = known == revoked_.end() ? std::optional<Revocation>()
                                                : std::optional(known->second.revocation);
    if (before) next.at = std::max(next.at, before->at + least);
    put(next);
    // What the log has is not this: a restart would forget it until the notice is there.
    Revocation& now_known = revoked_.at(name).revocation;
    const bool says_more =
        !before || revocation.revoked_by == RevokedBy::subject || now_known.until != before->until;
    if (says_more) now_known.position = {};
    return {};
}

bool Revocations::has_room(const Revocation& revocation, Asker asker) const {
    const std::size_t sessions = counts_[static_cast<std::size_t>(RevokedBy::session)];
    if (revocation.revoked_by == RevokedBy::session) {
        const auto nameless = sessions_of_.find("");
        const bool is_full = revocation.by.empty() && nameless != sessions_of_.end() &&
                             nameless->second >= revocations_max / 2;
        return sessions < revocations_max && !is_full;
    }
    const std::size_t all = std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
    return all - sessions < (asker == Asker::admin ? revocations_max : revocations_max / 2);
}

void Revocations::take(const std::vector<Revocation>& revocations) {
    const std::lock_guard lock(mutex_);
    for (const Revocation& revocation : revocations) put(revocation);
    are_known_ = true;
}

void Revocations::put(const Revocation& revocation) {
    const Name name{revocation.revoked_by, revocation.name};
    const auto [found, is_new] = revoked_.try_emplace(name, Known{.revocation = revocation});
    Known& known = found->second;
    if (!is_new) {
        Revocation merged = known.revocation;
        engine::merge(merged, revocation);
        if (merged == known.revocation) return;  // and everybody has heard of it
        const bool has_ended = ended_.erase(place_of(known.revocation, name)) > 0;
        if (!has_ended) {
            in_force_.erase(place_of(known.revocation, name));
            discount(known.revocation);
        }
        known.revocation = std::move(merged);
    }
    // Whether it has ended already is found when the clock is asked next.
    count(known.revocation);
    if (known.revocation.until) {
        in_force_.insert(place_of(known.revocation, name));
        const auto promised = *known.revocation.until - known.revocation.at;
        known.kept_until = std::max(known.kept_until, steady_now() + promised + revocation_slack);
    }
    raise_flags(known.revocation);
}

void Revocations::count(const Revocation& revocation) {
    ++counts_[static_cast<std::size_t>(revocation.revoked_by)];
    if (revocation.revoked_by == RevokedBy::session) ++sessions_of_[revocation.by];
}

void Revocations::discount(const Revocation& revocation) {
    --counts_[static_cast<std::size_t>(revocation.revoked_by)];
    if (revocation.revoked_by != RevokedBy::session) return;
    const auto found = sessions_of_.find(revocation.by);
    if (--found->second == 0) sessions_of_.erase(found);
}

void Revocations::raise_flags(const Revocation& revocation) {
    const auto raise = [](const Watched& watched) {
        if (const auto flag = watched.flag.lock()) *flag = true;
    };
    if (revocation.revoked_by == RevokedBy::session) {
        const auto found = watched_.find(revocation.name);
        if (found != watched_.end()) raise(found->second);
        return;
    }
    for (const auto& [session, watched] : watched_) {
        const Credential& credential = watched.credential;
        const bool is_meant =
            revocation.revoked_by == RevokedBy::token_id
                ? credential.id == revocation.name
                : credential.subject == revocation.name && reaches(revocation, credential.issued);
        if (is_meant) raise(watched);
    }
}

std::optional<storage::AppendTime> Revocations::cut_of(const std::string& subject) {
    const auto revocation = find(RevokedBy::subject, subject);
    return revocation ? std::optional(revocation->at) : std::nullopt;
}

std::optional<Revocation> Revocations::find(RevokedBy revoked_by, const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = revoked_.find({revoked_by, name});
    return found == revoked_.end() ? std::nullopt : std::optional(found->second.revocation);
}

std::vector<Revocation> Revocations::after(const std::optional<Name>& name, std::size_t limit,
                                           sys_seconds now) {
    const std::lock_guard lock(mutex_);
    std::vector<Revocation> page;
    auto next = name ? revoked_.upper_bound(*name) : revoked_.begin();
    for (; next != revoked_.end() && page.size() < limit; ++next) {
        const Revocation& revocation = next->second.revocation;
        if (!revocation.until || *revocation.until > now) page.push_back(revocation);
    }
    return page;
}

// Tells those in force from those that have ended, as the clock has it now. However it moves,
// only those are looked at that this is about.
void Revocations::sort_out(sys_seconds now) {
    while (!in_force_.empty() && in_force_.begin()->first <= now) {
        discount(revoked_.at(in_force_.begin()->second).revocation);
        ended_.insert(in_force_.extract(in_force_.begin()));
    }
    while (!ended_.empty() && ended_.rbegin()->first > now) {
        const auto last = std::prev(ended_.end());
        count(revoked_.at(last->second).revocation);
        in_force_.insert(ended_.extract(last));
    }
    if (ended_.size() >= ended_max_) forget_ended();
    while (ended_.size() > ended_most) {
        revoked_.erase(ended_.begin()->second);
        ended_.erase(ended_.begin());
    }
}

// Until as many have ended again, nothing is looked at.
void Revocations::forget_ended() {
    const SteadyTime now = steady_now();
    std::erase_if(ended_, [&](const auto& ended) {
        const auto known = revoked_.find(ended.second);
        if (known->second.kept_until > now) return false;
        revoked_.erase(known);
        return true;
    });
    ended_max_ = std::max(ended_min, 2 * ended_.size());
}

Revocations::SteadyTime Revocations::steady_now() const {
    return std::chrono::time_point_cast<std::chrono::microseconds>(clock_.now());
}

Revocations::Counts Revocations::counts(sys_seconds now) {
    const std::lock_guard lock(mutex_);
    sort_out(now);
    return counts_;
}

}  // namespace freshet::http
