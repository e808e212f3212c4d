#include "engine/folding/revocation_facts.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
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
constexpr std::string_view asked_fact = "revoked-asked";
constexpr std::size_t time_digits = 20;  // so that the order of texts is that of times
constexpr std::chrono::microseconds least{1};

// What stands behind the kind of a fact: `subject/ann`.
std::string label_of(RevokedBy revoked_by, std::string_view name) {
    return std::string(word_of(revoked_by)) + '/' + std::string(name);
}

std::string fact_of(std::string_view label) {
    return std::string(revoked_fact) + std::string(label);
}

std::string digits_of(AppendTime time) {
    const std::string digits = std::to_string(time.time_since_epoch().count());
    return std::string(time_digits - digits.size(), '0') + digits;
}

std::string until_of(AppendTime time, std::string_view label = {}) {
    std::string name(until_fact);
    name.append(digits_of(time));
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

// A revocation, and the counted time at which it is dropped.
struct Kept {
    Revocation revocation;
    std::optional<AppendTime> dropped;  // nothing: never, as it has no end
};

// Takes a number off the front, and the byte behind it, which must be that one.
std::optional<std::int64_t> take_number(std::string_view& bytes, char behind = ' ') {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
    const auto digits = static_cast<std::size_t>(end - bytes.data());
    if (error != std::errc() || number < 0 || digits == bytes.size() || *end != behind) {
        return std::nullopt;
    }
    bytes.remove_prefix(digits + 1);
    return number;
}

// `AT UNTIL/DROPPED POSITION BY`. UNTIL is 0 of what is kept for ever; DROPPED is left out if it is
// the same.
std::string bytes_of(const Kept& kept) {
    const Revocation& revocation = kept.revocation;
    const auto count = [](AppendTime time) {
        return std::to_string(time.time_since_epoch().count());
    };
    std::string bytes = count(revocation.at) + ' ' + count(revocation.until.value_or(AppendTime()));
    if (kept.dropped != revocation.until) bytes += '/' + count(*kept.dropped);
    return bytes + ' ' + std::to_string(revocation.position.value) + ' ' + revocation.by;
}

Error damaged() {
    return {Errc::damaged_state, "the state's fact about revoked tokens cannot be read"};
}

Result<Kept> read(RevokedBy revoked_by, std::string_view name, std::string_view bytes) {
    const auto at = take_number(bytes);
    auto until = at ? take_number(bytes, '/') : std::nullopt;
    std::optional<std::int64_t> dropped;
    if (until) {
        dropped = take_number(bytes);
    } else if (at) {
        dropped = until = take_number(bytes);
    }
    const auto position = dropped ? take_number(bytes) : std::nullopt;
    if (!position) return fail(damaged());
    Kept kept{.revocation = {.revoked_by = revoked_by,
                             .name = std::string(name),
                             .at = time_of(*at),
                             .until = std::nullopt,
                             .position = {static_cast<std::uint64_t>(*position)},
                             .by = std::string(bytes)},
              .dropped = std::nullopt};
    if (*until != 0) {
        kept.revocation.until = time_of(*until);
        kept.dropped = time_of(*dropped);
    }
    return kept;
}

// Reads the fact of that name, whose label tells of what the revocation is.
Result<Revocation> read_fact(std::string_view fact, std::string_view bytes) {
    std::string_view label = fact.substr(revoked_fact.size());
    for (std::size_t i = 0; i < enum_count<RevokedBy>; ++i) {
        const auto revoked_by = static_cast<RevokedBy>(i);
        const std::string_view word = word_of(revoked_by);
        if (!label.starts_with(word) || !label.substr(word.size()).starts_with('/')) continue;
        auto kept = read(revoked_by, label.substr(word.size() + 1), bytes);
        if (!kept) return fail(kept.error());
        return std::move(kept->revocation);
    }
    return fail(damaged());
}

Result<std::optional<Kept>> find_kept(RevokedBy revoked_by, std::string_view name,
                                      StateBatch& state) {
    const auto bytes = state.fact(fact_of(label_of(revoked_by, name)));
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::optional<Kept>();
    auto found = read(revoked_by, name, **bytes);
    if (!found) return fail(found.error());
    return std::optional(*std::move(found));
}

// The time that a fact of that name says.
Result<std::optional<AppendTime>> find_time(std::string_view name, StateBatch& state) {
    const auto bytes = state.fact(name);
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::optional<AppendTime>();
    std::string digits(**bytes);
    digits += ' ';
    std::string_view rest = digits;
    const auto count = take_number(rest);
    if (!count || !rest.empty()) return fail(damaged());
    return std::optional(time_of(*count));
}

// Drops, at the counted time `from`, what has had its day before `to`, and returns up to when it
// did: no further than where more than `limit` would go. What went before is gone already, and so
// is never looked at again, however much of it there was.
Result<AppendTime> drop(AppendTime from, AppendTime to, std::size_t limit, StateBatch& state) {
    auto ended = state.fact_names(until_of(from), until_of(to), limit + 1);
    if (!ended) return fail(ended.error());
    if (ended->size() > limit) {
        std::string_view first_left = std::string_view(ended->back()).substr(until_fact.size());
        const auto count = take_number(first_left, '/');
        if (!count) return fail(damaged());
        to = time_of(*count);
        ended->pop_back();
    }
    for (const std::string& name : *ended) {
        state.erase_fact(fact_of(label_in(name)));
        state.erase_fact(name);
    }
    state.put_fact(dropped_fact, digits_of(to));
    return to;
}

// As releases did that kept no other time than the log's: up to and including `now`, all of it.
Result<AppendTime> drop_by_log_time(AppendTime now, StateBatch& state) {
    const auto known = find_time(dropped_fact, state);
    if (!known) return fail(known.error());
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max() - 1;
    return drop(known->value_or(AppendTime()), now + least, all, state);
}

// Counts on to a notice that was asked for then, and drops what has had its day. Returns the
// counted time.
Result<AppendTime> count_on(AppendTime asked, StateBatch& state) {
    const auto known = find_time(dropped_fact, state);
    if (!known) return fail(known.error());
    const auto last = find_time(asked_fact, state);
    if (!last) return fail(last.error());
    const AppendTime counted = known->value_or(asked);
    const AppendTime newest = last->value_or(asked);
    const auto passed =
        std::clamp<std::chrono::microseconds>(asked - newest, {}, counted_at_once_max);
    const bool is_late = asked < newest && newest - asked <= counted_at_once_max;
    if (!is_late) state.put_fact(asked_fact, digits_of(asked));
    return drop(counted, counted + passed, revocations_dropped_max, state);
}

// What the notice, which was asked for then and before which so much was counted, says by itself.
Kept kept_of(const storage::Record& record, const storage::Notice& notice, AppendTime counted) {
    const auto until = end_of(notice, record.appended());
    const bool is_nameless = notice.revoked_by == RevokedBy::session && !notice.asked;
    Kept kept{.revocation = {.revoked_by = notice.revoked_by,
                             .name = notice.name,
                             .at = asked_at(notice, record.appended()),
                             .until = until,
                             .position = record.position(),
                             .by = is_nameless ? "" : notice.by},
              .dropped = until};
    if (until && notice.asked) kept.dropped = counted + notice.kept + revocation_slack;
    return kept;
}

}  // namespace

Result<std::optional<Revocation>> find_revocation(RevokedBy revoked_by, std::string_view name,
                                                  StateBatch& state) {
    auto kept = find_kept(revoked_by, name, state);
    if (!kept) return fail(kept.error());
    if (!*kept) return std::optional<Revocation>();
    return std::optional(std::move((*kept)->revocation));
}

Result<void> fold_revocation(const storage::Record& record, const storage::Notice& notice,
                             StateBatch& state) {
    const auto counted =
        notice.asked ? count_on(*notice.asked, state) : drop_by_log_time(record.appended(), state);
    if (!counted) return fail(counted.error());
    const auto known = find_kept(notice.revoked_by, notice.name, state);
    if (!known) return fail(known.error());

    const std::string label = label_of(notice.revoked_by, notice.name);
    Kept merged = kept_of(record, notice, *counted);
    if (*known) {
        // A token that was made after the last revocation has a time after it, also where the clock
        // was set back since. This one is later, so that it reaches it.
        Revocation& next = merged.revocation;
        next.at = std::max(next.at, (*known)->revocation.at + least);
        Revocation both = (*known)->revocation;
        merge(both, next);
        next = std::move(both);
        if (!next.until) merged.dropped.reset();
        if (merged.dropped) merged.dropped = std::max(merged.dropped, (*known)->dropped);
        if ((*known)->dropped) state.erase_fact(until_of(*(*known)->dropped, label));
    }
    invariant(!merged.dropped || *counted <= *merged.dropped, "what is added is not dropped yet");
    if (merged.dropped) state.put_fact(until_of(*merged.dropped, label), "");
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
