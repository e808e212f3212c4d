// Which tokens have ended before their time, so that nobody believes them.
//
//     identify()  ->  watch()  ->  a flag that each request and stream of the token carries
//     end()       ->  the flag becomes true  ->  the next tick of each connection ends what is open
//     the engine  ->  take()   ->  the same
//
// A revocation names tokens by their subject, by their id, or, of a session, by the SHA-256 of the
// token (engine/access/revocation.h). The log keeps them; this is what of it is in force now. end()
// comes before the notice is appended: nobody can use a token between the two, and a session ends
// also where the disk refuses the notice. Then a restart would forget it, and the answer
// says so.
//
// A token of a subject has ended if it was issued at or before the revocation, or does not say when
// it was issued. So one that is issued later is believed, and tokens that are made here are given a
// time after the newest revocation of their subject: cut_of().
//
// Invariants
//   - Whether a token is revoked before or after it is watched, its flag becomes true.
//   - Before take() has brought what the log says, nothing is known: are_known().
//   - What is in force stays so until none of the tokens would be valid by itself, also where the
//     clock jumps ahead and back. What has had its day by the clock is only not counted and not
//     listed any more. It still ends its tokens, until the steady clock, too, has passed as much
//     as was promised and revocation_slack since it came here. So a clock that is wrong takes
//     nothing, be it for a moment or since the start.
//   - end() lets in no more than revocations_max sessions, and as many of all else, of which half
//   is
//     for admins alone: nobody else keeps an admin from revoking a token. Sessions whose token has
//     no subject, so that they cannot be told apart, take no more than half of the room for
//     sessions. What the log says is taken whatever its number. Of what has had its day, those that
//     had it last are remembered, twice revocations_max of them.
//
// Threads: any.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/access/revocation.h"
#include "engine/clock.h"
#include "engine/text/enum_words.h"
#include "http/credentials/digest.h"
#include "storage/result.h"
#include "storage/time.h"

namespace freshet::http {

inline constexpr std::size_t revocations_max = 100'000;

class Revocations {
public:
    // What of a token may be named to end it.
    struct Credential {
        Digest digest;
        std::string subject;
        std::optional<std::string> id;              // `jti`
        std::optional<storage::AppendTime> issued;  // `iat`
    };

    // By the machine's steady clock, or that of a test.
    explicit Revocations(const engine::Clock* clock = nullptr);

    // True once the token has ended before its time.
    using Flag = std::shared_ptr<const std::atomic<bool>>;

    using Name = std::pair<storage::RevokedBy, std::string>;

    // How many of each kind are in force.
    using Counts = std::array<std::size_t, engine::enum_count<storage::RevokedBy>>;

    // The flag of a token that is in use, as long as anybody keeps it.
    Flag watch(const Credential& credential);

    enum class Asker { admin, anybody };

    // Ends the tokens that it names from `now` on; again is as once.
    // Fails with unavailable  if as many as can be remembered have ended.
    Result<void> end(const engine::Revocation& revocation, std::chrono::sys_seconds now,
                     Asker asker = Asker::admin);

    // Takes in what the log says. From then on revocations are known.
    void take(const std::vector<engine::Revocation>& revocations);

    // From now on nothing is known until take().
    void await() { are_known_ = false; }
    [[nodiscard]] bool are_known() const { return are_known_; }

    // Up to when the tokens of the subject have ended that were issued until then; nothing if none
    // have. A token with an `iat` after that is believed.
    [[nodiscard]] std::optional<storage::AppendTime> cut_of(const std::string& subject);

    // Of the token of that session, which is in use: by which revocation it has ended, if it has;
    // and when it was issued, or 1970 if it does not say so.
    [[nodiscard]] std::optional<engine::Revocation> ending(const std::string& session);
    [[nodiscard]] storage::AppendTime issued(const std::string& session);

    // How many sessions of the subject are in force as ended.
    [[nodiscard]] std::size_t sessions_of(const std::string& subject, std::chrono::sys_seconds now);

    // What is known of that name; nothing if it is not revoked.
    [[nodiscard]] std::optional<engine::Revocation> find(storage::RevokedBy revoked_by,
                                                         const std::string& name);

    // At most `limit` of those that are in force and come after that name: subjects, then ids, then
    // sessions, each in the order of their names.
    [[nodiscard]] std::vector<engine::Revocation> after(const std::optional<Name>& name,
                                                        std::size_t limit,
                                                        std::chrono::sys_seconds now);

    [[nodiscard]] Counts counts(std::chrono::sys_seconds now);

private:
    struct Watched {
        std::weak_ptr<std::atomic<bool>> flag;
        Credential credential;
    };

    // By the steady clock. Its own resolution does not reach to the year 9999.
    using SteadyTime =
        std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;

    struct Known {
        engine::Revocation revocation;
        SteadyTime kept_until{};  // not forgotten before
    };

    // Of those with an end: by that, which tells whether they are in force.
    using ByEnd = std::set<std::pair<storage::AppendTime, Name>>;

    void put(const engine::Revocation& revocation);
    void raise_flags(const engine::Revocation& revocation);
    [[nodiscard]] const engine::Revocation* ending(const std::string& session,
                                                   const Credential& credential) const;
    [[nodiscard]] bool has_room(const engine::Revocation& revocation, Asker asker) const;
    [[nodiscard]] SteadyTime steady_now() const;
    void sort_out(std::chrono::sys_seconds now);
    void forget_ended();
    void count(const engine::Revocation& revocation);
    void discount(const engine::Revocation& revocation);
    void drop_unwatched();

    const engine::SystemClock system_clock_;
    const engine::Clock& clock_;
    std::atomic<bool> are_known_ = true;
    std::mutex mutex_;                                  // guards what follows
    std::unordered_map<std::string, Watched> watched_;  // by the token's name as a session
    std::size_t watched_max_ = 0;  // before those that nobody keeps any more are dropped
    std::map<Name, Known> revoked_;
    ByEnd in_force_;             // by the clock, when it was last asked
    ByEnd ended_;                // the others of those with an end
    std::size_t ended_max_ = 0;  // before those that are not kept any more are forgotten
    Counts counts_{};            // of those in force, and of those that have no end
    std::unordered_map<std::string, std::size_t> sessions_of_;  // of those, by subject
};

// By which a revocation names the session of that token.
std::string session_of(const Digest& digest);

}  // namespace freshet::http
