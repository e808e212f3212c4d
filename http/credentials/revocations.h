// Which credentials have ended before their time.
//
//     identify()  ->  watch()  ->  a flag that each request and stream of the credential carries
//     end()       ->  the flag becomes true  ->  the next tick of each connection ends what is open
//
// A credential is named by its hash: that of a session that was ended. Whatever else is to end
// credentials, all of a subject for example, adds what it names them by to Credential, and an end()
// of its own that walks those that are watched.
//
// Invariants
//   - Whether a credential ends before or after it is watched, its flag becomes true.
//   - What has ended stays so for as long as the credential would be valid by itself; then it is
//     forgotten. Never are more than revocations_max remembered.
//   - It lasts as long as the process: a restart forgets it.
//
// Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "http/credentials/digest.h"
#include "storage/result.h"

namespace freshet::http {

inline constexpr std::size_t revocations_max = 100'000;

class Revocations {
public:
    // What of a credential may be named to end it.
    struct Credential {
        Digest digest;
        std::chrono::sys_seconds expires;
    };

    // True once the credential has ended before its time.
    using Flag = std::shared_ptr<const std::atomic<bool>>;

    // The flag of a credential that is in use, as long as anybody keeps it.
    Flag watch(const Credential& credential);

    // Ends the credential from `now` on; again is as once.
    // Fails with unavailable  if as many as can be remembered have ended.
    Result<void> end(const Credential& credential, std::chrono::sys_seconds now);

    // How many are remembered at the time `now`.
    [[nodiscard]] std::size_t count(std::chrono::sys_seconds now);

private:
    void forget(std::chrono::sys_seconds now);
    void drop_unwatched();

    std::mutex mutex_;  // guards what follows
    std::unordered_map<Digest, std::weak_ptr<std::atomic<bool>>, DigestHash> watched_;
    std::size_t watched_max_ = 0;  // before those that nobody keeps any more are dropped
    std::unordered_set<Digest, DigestHash> ended_;
    std::set<std::pair<std::chrono::sys_seconds, Digest>> forgotten_at_;  // of each in ended_
};

}  // namespace freshet::http
