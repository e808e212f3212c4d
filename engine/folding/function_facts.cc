#include "engine/folding/function_facts.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::Notice;
using storage::NoticeKind;
using storage::Position;
using storage::Record;
using storage::StateBatch;
using storage::StateSnapshot;

constexpr std::size_t position_digits = 20;  // so that the order of texts is that of the log
constexpr std::uint64_t last_position = std::numeric_limits<std::uint64_t>::max();

std::string fact_of(std::string_view function, std::string_view what) {
    return "function/" + std::string(function) + '/' + std::string(what);
}

std::string parked_fact(std::string_view function, Position record) {
    const std::string digits = std::to_string(record.value);
    return fact_of(function, "parked/") + std::string(position_digits - digits.size(), '0') +
           digits;
}

// `POSITION BYTES`
std::string bytes_of(const Record& record) {
    return std::to_string(record.position().value) + ' ' + std::string(record.bytes());
}

Error damaged() {
    return {Errc::damaged_state, "the state's fact about a function cannot be read"};
}

// The notice that a fact consists of.
struct Noted {
    Notice notice;
    Position position;
    storage::AppendTime appended;
};

Result<Noted> read(std::string_view bytes) {
    std::uint64_t position = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), position);
    const auto digits = static_cast<std::size_t>(end - bytes.data());
    if (error != std::errc() || digits == bytes.size() || *end != ' ') return fail(damaged());
    const auto record =
        Record::from_bytes(Position{position}, 0, std::string(bytes.substr(digits + 1)));
    if (!record || !record->is_notice()) return fail(damaged());
    auto notice = record->notice();
    if (!notice || !notice->function) return fail(damaged());
    return Noted{.notice = *std::move(notice),
                 .position = record->position(),
                 .appended = record->appended()};
}

Result<FunctionPlace> read_place(std::string_view bytes) {
    const auto noted = read(bytes);
    if (!noted) return fail(noted.error());
    const storage::FunctionNote& note = *noted->notice.function;
    return FunctionPlace{.record = note.record,
                         .reset = note.is_reset ? noted->position : note.reset};
}

Result<ParkedRecord> read_parked(std::string_view bytes) {
    auto noted = read(bytes);
    if (!noted) return fail(noted.error());
    if (!noted->notice.keys) return fail(damaged());
    storage::FunctionNote& note = *noted->notice.function;
    return ParkedRecord{.record = note.record,
                        .table = std::move(noted->notice.table),
                        .keys = *std::move(noted->notice.keys),
                        .status = note.status,
                        .attempts = note.attempts,
                        .error = std::move(note.error),
                        .body = std::move(note.body),
                        .noted = noted->position,
                        .since = noted->appended};
}

// The fact of that name.
Result<std::optional<std::string>> find_fact(const std::string& name, StateBatch& state) {
    const auto bytes = state.fact(name);
    if (!bytes) return fail(bytes.error());
    return *bytes ? std::optional(std::string(**bytes)) : std::nullopt;
}

Result<std::optional<std::string>> find_fact(const std::string& name, const StateSnapshot& state) {
    std::optional<std::string> found;
    const auto visited = state.facts(name, [&](std::string_view fact, std::string_view bytes) {
        if (fact == name) found.emplace(bytes);
    });
    if (!visited) return fail(visited.error());
    return found;
}

// What `read` makes of a fact, if there is it.
template <class Read>
auto read_if_there(const Result<std::optional<std::string>>& bytes, Read read)
    -> Result<std::optional<typename decltype(read(std::string_view()))::value_type>> {
    using Value = typename decltype(read(std::string_view()))::value_type;
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::optional<Value>();
    auto value = read(**bytes);
    if (!value) return fail(value.error());
    return std::optional<Value>(*std::move(value));
}

Result<bool> is_there(const Result<std::optional<std::string>>& bytes) {
    if (!bytes) return fail(bytes.error());
    return bytes->has_value();
}

// They come again, from where the function is now.
Result<void> release_behind(std::string_view function, Position place, StateBatch& state) {
    if (place.value == last_position) return {};
    const auto names = state.fact_names(parked_fact(function, {place.value + 1}),
                                        parked_fact(function, {last_position}),
                                        std::numeric_limits<std::size_t>::max());
    if (!names) return fail(names.error());
    for (const std::string& name : *names) state.erase_fact(name);
    return {};
}

}  // namespace

Result<std::optional<FunctionPlace>> find_place(std::string_view function, StateBatch& state) {
    return read_if_there(find_fact(fact_of(function, "place"), state), read_place);
}

Result<std::optional<FunctionPlace>> find_place(std::string_view function,
                                                const StateSnapshot& state) {
    return read_if_there(find_fact(fact_of(function, "place"), state), read_place);
}

Result<std::optional<ParkedRecord>> find_parked(std::string_view function, Position record,
                                                StateBatch& state) {
    return read_if_there(find_fact(parked_fact(function, record), state), read_parked);
}

Result<std::optional<ParkedRecord>> find_parked(std::string_view function, Position record,
                                                const StateSnapshot& state) {
    return read_if_there(find_fact(parked_fact(function, record), state), read_parked);
}

Result<std::vector<ParkedRecord>> parked_after(std::string_view function, Position after,
                                               std::size_t limit, const StateSnapshot& state) {
    std::vector<ParkedRecord> parked;
    Result<void> outcome;
    const auto visited =
        state.facts_between(parked_fact(function, after), parked_fact(function, {last_position}),
                            [&](std::string_view /*name*/, std::string_view bytes) {
                                if (parked.size() == limit) return false;
                                auto next = read_parked(bytes);
                                if (!next) {
                                    outcome = fail(next.error());
                                    return false;
                                }
                                parked.push_back(*std::move(next));
                                return true;
                            });
    if (!visited) return fail(visited.error());
    if (!outcome) return fail(outcome.error());
    return parked;
}

Result<bool> is_paused(std::string_view function, StateBatch& state) {
    return is_there(find_fact(fact_of(function, "paused"), state));
}

Result<bool> is_paused(std::string_view function, const StateSnapshot& state) {
    return is_there(find_fact(fact_of(function, "paused"), state));
}

Result<bool> is_in_force(const Notice& notice, StateBatch& state) {
    const storage::FunctionNote& note = *notice.function;
    if (notice.kind == NoticeKind::paused || note.is_reset) return true;
    if (notice.kind != NoticeKind::place) {
        const auto parked = find_parked(notice.name, note.record, state);
        if (!parked) return fail(parked.error());
        const Position noted = *parked ? (*parked)->noted : Position{};
        if (note.replaces != noted) return false;
        if (*parked) return true;
        if (notice.kind == NoticeKind::released) return false;
    }
    const auto place = find_place(notice.name, state);
    if (!place) return fail(place.error());
    return note.reset == place->value_or(FunctionPlace{}).reset;
}

Result<void> fold_function(const Record& record, const Notice& notice, StateBatch& state) {
    invariant(notice.function.has_value(), "a notice of a function says what it notes");
    const storage::FunctionNote& note = *notice.function;
    switch (notice.kind) {
        case NoticeKind::place:
            state.put_fact(fact_of(notice.name, "place"), bytes_of(record));
            if (note.is_reset) return release_behind(notice.name, note.record, state);
            return {};
        case NoticeKind::parked:
            state.put_fact(parked_fact(notice.name, note.record), bytes_of(record));
            return {};
        case NoticeKind::released:
            state.erase_fact(parked_fact(notice.name, note.record));
            return {};
        case NoticeKind::paused:
            if (note.is_paused) {
                state.put_fact(fact_of(notice.name, "paused"), bytes_of(record));
            } else {
                state.erase_fact(fact_of(notice.name, "paused"));
            }
            return {};
        default:
            invariant(false, "the notice is of a function");
    }
    return {};
}

}  // namespace freshet::engine
