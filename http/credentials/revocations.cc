#include "http/credentials/revocations.h"

#include <algorithm>

namespace freshet::http {

namespace {

using engine::Revocation;
using std::chrono::sys_seconds;
using storage::RevokedBy;

constexpr std::size_t watched_min = 1'024;

// Whether one of the subject ends a token that says that it was issued then.
bool reaches(const Revocation& revocation, const std::optional<storage::AppendTime>& issued) {
    return !issued || *issued <= revocation.at;
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

Revocations::Flag Revocations::watch(const Credential& credential) {
    const std::lock_guard lock(mutex_);
    if (watched_.size() >= watched_max_) drop_unwatched();
    const std::string session = session_of(credential.digest);
    Watched& known = watched_[session];
    if (auto flag = known.flag.lock()) return flag;
    auto flag = std::make_shared<std::atomic<bool>>(has_ended(session, credential));
    known = {.flag = flag,
             .subject = credential.subject,
             .id = credential.id,
             .issued = credential.issued};
    return flag;
}

bool Revocations::has_ended(const std::string& session, const Credential& credential) const {
    if (revoked_.contains({RevokedBy::session, session})) return true;
    if (credential.id && revoked_.contains({RevokedBy::token_id, *credential.id})) return true;
    const auto subject = revoked_.find({RevokedBy::subject, credential.subject});
    return subject != revoked_.end() && reaches(subject->second, credential.issued);
}

// Most of those that are dropped are known no more because their requests were answered. Until as
// many have come again, nothing is looked at.
void Revocations::drop_unwatched() {
    std::erase_if(watched_, [](const auto& watched) { return watched.second.flag.expired(); });
    watched_max_ = std::max(watched_min, 2 * watched_.size());
}

Result<void> Revocations::end(const Revocation& revocation, sys_seconds now) {
    const std::lock_guard lock(mutex_);
    forget(now);
    const auto known = revoked_.find({revocation.revoked_by, revocation.name});
    if (known == revoked_.end()) {
        const std::size_t sessions = counts_[static_cast<std::size_t>(RevokedBy::session)];
        const std::size_t count =
            revocation.revoked_by == RevokedBy::session ? sessions : revoked_.size() - sessions;
        if (count >= revocations_max) {
            return fail(Errc::unavailable,
                        "there are " + std::to_string(count) +
                            " revocations, and no room for more: try again once some of them have "
                            "had their day, or change the key that signs the tokens");
        }
    }
    Revocation next = revocation;
    // As the log will have it: further than what was made after the last one.
    constexpr std::chrono::microseconds least{1};
    if (known != revoked_.end()) next.at = std::max(next.at, known->second.at + least);
    put(next);
    return {};
}

void Revocations::take(const std::vector<Revocation>& revocations) {
    const std::lock_guard lock(mutex_);
    for (const Revocation& revocation : revocations) put(revocation);
    are_known_ = true;
}

void Revocations::put(const Revocation& revocation) {
    const Name name{revocation.revoked_by, revocation.name};
    const auto [found, is_new] = revoked_.try_emplace(name, revocation);
    if (!is_new) {
        Revocation merged = found->second;
        engine::merge(merged, revocation);
        if (merged == found->second) return;  // and everybody has heard of it
        if (found->second.until) forgotten_at_.erase({*found->second.until, name});
        found->second = std::move(merged);
    } else {
        ++counts_[static_cast<std::size_t>(revocation.revoked_by)];
    }
    if (found->second.until) forgotten_at_.emplace(*found->second.until, name);
    raise_flags(found->second);
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
        const bool is_meant =
            revocation.revoked_by == RevokedBy::token_id
                ? watched.id == revocation.name
                : watched.subject == revocation.name && reaches(revocation, watched.issued);
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
    return found == revoked_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Revocation> Revocations::after(const std::optional<Name>& name, std::size_t limit,
                                           sys_seconds now) {
    const std::lock_guard lock(mutex_);
    forget(now);
    std::vector<Revocation> page;
    auto next = name ? revoked_.upper_bound(*name) : revoked_.begin();
    for (; next != revoked_.end() && page.size() < limit; ++next) page.push_back(next->second);
    return page;
}

void Revocations::forget(sys_seconds now) {
    while (!forgotten_at_.empty() && forgotten_at_.begin()->first <= now) {
        const Name& name = forgotten_at_.begin()->second;
        --counts_[static_cast<std::size_t>(name.first)];
        revoked_.erase(name);
        forgotten_at_.erase(forgotten_at_.begin());
    }
}

Revocations::Counts Revocations::counts(sys_seconds now) {
    const std::lock_guard lock(mutex_);
    forget(now);
    return counts_;
}

}  // namespace freshet::http
