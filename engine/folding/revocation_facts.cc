#include "engine/folding/revocation_facts.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/text/enum_words.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::AppendTime;
using storage::RevokedBy;
using storage::StateBatch;

constexpr std::string_view revoked_fact = "revoked/";
constexpr std::string_view until_fact = "revoked-until/";
constexpr std::string_view dropped_fact = "revoked-dropped";
constexpr std::size_t time_digits = 20;  // so that the order of texts is that of times

// What stands behind the kind of a fact: `subject/ann`.
std::string label_of(RevokedBy revoked_by, std::string_view name) {
    return std::string(word_of(revoked_by)) + '/' + std::string(name);
}

std::string fact_of(std::string_view label) {
    return std::string(revoked_fact) + std::string(label);
}

std::string until_of(AppendTime time, std::string_view label = {}) {
    const std::string digits = std::to_string(time.time_since_epoch().count());
    std::string name(until_fact);
    name.append(time_digits - digits.size(), '0').append(digits);
    if (!label.empty()) name.append("/").append(label);
    return name;
}

// The label in a name that until_of() has made.
std::string_view label_in(std::string_view name) {
    return name.substr(until_fact.size() + time_digits + 1);
}

AppendTime time_of(std::int64_t microseconds) {
    return AppendTime(std::chrono::microseconds(microseconds));
}

// Takes a number and the blank behind it off the front.
std::optional<std::int64_t> take_number(std::string_view& bytes) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
    const auto digits = static_cast<std::size_t>(end - bytes.data());
    if (error != std::errc() || number < 0 || digits == bytes.size() || *end != ' ') {
        return std::nullopt;
    }
    bytes.remove_prefix(digits + 1);
    return number;
}

// `AT UNTIL POSITION BY`; UNTIL is 0 of what is kept for ever.
std::string bytes_of(const Revocation& revocation) {
    const auto until = revocation.until.value_or(AppendTime()).time_since_epoch().count();
    return std::to_string(revocation.at.time_since_epoch().count()) + ' ' + std::to_string(until) +
           ' ' + std::to_string(revocation.position.value) + ' ' + revocation.by;
}

Error damaged() {
    return {Errc::damaged_state, "the state's fact about revoked tokens cannot be read"};
}

Result<Revocation> read(RevokedBy revoked_by, std::string_view name, std::string_view bytes) {
    const auto at = take_number(bytes);
    const auto until = at ? take_number(bytes) : std::nullopt;
    const auto position = until ? take_number(bytes) : std::nullopt;
    if (!position) return fail(damaged());
    Revocation revocation{.revoked_by = revoked_by,
                          .name = std::string(name),
                          .at = time_of(*at),
                          .until = std::nullopt,
                          .position = {static_cast<std::uint64_t>(*position)},
                          .by = std::string(bytes)};
    if (*until != 0) revocation.until = time_of(*until);
    return revocation;
}

// Reads the fact of that name, whose label tells of what the revocation is.
Result<Revocation> read_fact(std::string_view fact, std::string_view bytes) {
    std::string_view label = fact.substr(revoked_fact.size());
    for (std::size_t i = 0; i < enum_count<RevokedBy>; ++i) {
        const auto revoked_by = static_cast<RevokedBy>(i);
        const std::string_view word = word_of(revoked_by);
        if (!label.starts_with(word) || !label.substr(word.size()).starts_with('/')) continue;
        return read(revoked_by, label.substr(word.size() + 1), bytes);
    }
    return fail(damaged());
}

// Drops what has ended by `now`. What ended before the last time is gone already, and so is never
// looked at again, however much of it there was.
Result<void> drop_ended(AppendTime now, StateBatch& state) {
    const auto known = state.fact(dropped_fact);
    if (!known) return fail(known.error());
    std::string begin = until_of({});
    if (*known) begin = std::string(until_fact) + std::string(**known);
    const std::string end = until_of(now + std::chrono::microseconds(1));
    const auto ended = state.fact_names(begin, end);
    if (!ended) return fail(ended.error());
    for (const std::string& name : *ended) {
        state.erase_fact(fact_of(label_in(name)));
        state.erase_fact(name);
    }
    state.put_fact(dropped_fact, end.substr(until_fact.size()));
    return {};
}

}  // namespace

Result<std::optional<Revocation>> find_revocation(RevokedBy revoked_by, std::string_view name,
                                                  StateBatch& state) {
    const auto bytes = state.fact(fact_of(label_of(revoked_by, name)));
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::optional<Revocation>();
    auto found = read(revoked_by, name, **bytes);
    if (!found) return fail(found.error());
    return std::optional(*std::move(found));
}

Result<void> fold_revocation(const storage::Record& record, const storage::Notice& notice,
                             StateBatch& state) {
    const AppendTime now = record.appended();
    auto dropped = drop_ended(now, state);
    if (!dropped) return dropped;
    const auto known = find_revocation(notice.revoked_by, notice.name, state);
    if (!known) return fail(known.error());

    // A token that was made after the last revocation has a time after it, also where the log's
    // time stands still since a clock was set back. This one is later, so that it reaches it.
    constexpr std::chrono::microseconds least{1};
    const AppendTime at = *known ? std::max(now, (*known)->at + least) : now;
    const std::string label = label_of(notice.revoked_by, notice.name);
    const Revocation next{.revoked_by = notice.revoked_by,
                          .name = notice.name,
                          .at = at,
                          .until = end_of(notice, now),
                          .position = record.position(),
                          // A session's is its own subject, which the notice tells.
                          .by = notice.revoked_by == RevokedBy::session ? "" : notice.by};
    Revocation merged = known->value_or(next);
    merge(merged, next);
    invariant(!merged.until || now < *merged.until, "what is added has not had its day");
    if (*known && (*known)->until) state.erase_fact(until_of(*(*known)->until, label));
    if (merged.until) state.put_fact(until_of(*merged.until, label), "");
    state.put_fact(fact_of(label), bytes_of(merged));
    return {};
}

Result<std::vector<Revocation>> revocations_in(const storage::StateSnapshot& state) {
    std::vector<Revocation> all;
    Result<void> outcome;
    const auto visited =
        state.facts(revoked_fact, [&](std::string_view name, std::string_view bytes) {
            auto revocation = read_fact(name, bytes);
            if (revocation) {
                all.push_back(*std::move(revocation));
            } else {
                outcome = fail(revocation.error());
            }
        });
    if (!visited) return fail(visited.error());
    if (!outcome) return fail(outcome.error());
    return all;
}

}  // namespace freshet::engine
