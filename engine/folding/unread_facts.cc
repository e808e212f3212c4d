#include "engine/folding/unread_facts.h"

#include <xxhash.h>

#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

#include "engine/text/hexadecimal.h"
#include "engine/text/json.h"
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
constexpr std::string_view total_fact = "unread/total";

std::string position_fact(Position position) {
    const std::string digits = std::to_string(position.value);
    return "unread/at/" + std::string(position_digits - digits.size(), '0') + digits;
}

std::string text_fact(std::string_view hash) {
    return "unread/text/" + std::string(hash);
}

Error damaged() {
    return {Errc::damaged_state, "the state's fact about a record that was parked cannot be read"};
}

template <class Number>
bool read_number(std::string_view digits, Number& number) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size();
}

// `RECORDS BYTES`; nothing where none was ever kept.
Result<UnreadTotal> read_total(std::optional<std::string_view> bytes) {
    UnreadTotal total;
    if (!bytes) return total;
    const std::size_t space = bytes->find(' ');
    if (space == std::string_view::npos || !read_number(bytes->substr(0, space), total.records) ||
        !read_number(bytes->substr(space + 1), total.bytes)) {
        return fail(damaged());
    }
    return total;
}

void put_total(const UnreadTotal& total, StateBatch& state) {
    state.put_fact(total_fact, std::to_string(total.records) + ' ' + std::to_string(total.bytes));
}

std::string bytes_of(const UnreadRecord& record) {
    std::string json = R"({"since":)" + std::to_string(record.since.time_since_epoch().count());
    json += R"(,"bytes":)" + std::to_string(record.bytes);
    const auto append = [&json](std::string_view name, std::string_view text) {
        json += ",\"" + std::string(name) + "\":";
        append_json_string(json, text);
    };
    append("hash", record.hash);
    append("by", record.by);
    append("sequence", record.sequence);
    append("error", record.error);
    append("pointer", record.pointer);
    return json + '}';
}

// The text of a member, which is always there.
bool read_text(const JsonNode& object, std::string_view name, std::string& text) {
    const JsonNode* member = object.find(name);
    if (member == nullptr) return false;
    text = member->text();
    return true;
}

Result<UnreadRecord> read_record(Position position, std::string_view bytes) {
    const auto document = JsonDocument::parse(std::string(bytes));
    if (!document) return fail(damaged());
    UnreadRecord record{.position = position,
                        .since = {},
                        .by = {},
                        .sequence = {},
                        .error = {},
                        .pointer = {},
                        .hash = {}};
    const JsonNode& root = document->root();
    std::string since;
    std::string size;
    std::int64_t microseconds = 0;
    const bool is_whole =
        read_text(root, "since", since) && read_number(since, microseconds) &&
        read_text(root, "bytes", size) && read_number(size, record.bytes) &&
        read_text(root, "hash", record.hash) && read_text(root, "by", record.by) &&
        read_text(root, "sequence", record.sequence) && read_text(root, "error", record.error) &&
        read_text(root, "pointer", record.pointer);
    if (!is_whole) return fail(damaged());
    record.since = storage::AppendTime(std::chrono::microseconds(microseconds));
    return record;
}

Result<void> fold_kept(const Record& record, const Notice& notice, StateBatch& state) {
    const storage::UnreadNote& note = *notice.unread;
    const UnreadRecord kept{.position = record.position(),
                            .since = record.appended(),
                            .by = notice.by,
                            .sequence = note.sequence,
                            .error = note.error,
                            .pointer = note.pointer,
                            .bytes = note.text.size(),
                            .hash = hash_of_unread(note.text)};
    auto total = unread_total(state);
    if (!total) return fail(total.error());
    ++total->records;
    total->bytes += kept.bytes;
    put_total(*total, state);
    state.put_fact(position_fact(kept.position), bytes_of(kept));
    state.put_fact(text_fact(kept.hash), std::to_string(kept.position.value));
    return {};
}

Result<void> fold_discarded(const storage::UnreadNote& note, StateBatch& state) {
    const auto kept = find_unread(note.record, state);
    if (!kept) return fail(kept.error());
    if (!*kept) return {};
    auto total = unread_total(state);
    if (!total) return fail(total.error());
    if (total->records == 0 || total->bytes < (*kept)->bytes) return fail(damaged());
    --total->records;
    total->bytes -= (*kept)->bytes;
    put_total(*total, state);
    state.erase_fact(text_fact((*kept)->hash));
    state.erase_fact(position_fact(note.record));
    return {};
}

}  // namespace

std::string hash_of_unread(std::string_view text) {
    constexpr unsigned digits = 16;  // of each half
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    std::string hexadecimal;
    append_hexadecimal(hexadecimal, hash.high64, digits);
    append_hexadecimal(hexadecimal, hash.low64, digits);
    return hexadecimal;
}

Result<UnreadTotal> unread_total(StateBatch& state) {
    const auto bytes = state.fact(total_fact);
    if (!bytes) return fail(bytes.error());
    return read_total(*bytes);
}

Result<UnreadTotal> unread_total(const StateSnapshot& state) {
    Result<UnreadTotal> total;
    const auto visited = state.facts(
        total_fact, [&](std::string_view /*name*/, auto bytes) { total = read_total(bytes); });
    if (!visited) return fail(visited.error());
    return total;
}

Result<std::optional<Position>> find_unread(std::string_view hash, StateBatch& state) {
    const auto bytes = state.fact(text_fact(hash));
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::optional<Position>();
    Position position;
    if (!read_number(**bytes, position.value)) return fail(damaged());
    return std::optional(position);
}

Result<std::optional<UnreadRecord>> find_unread(Position position, StateBatch& state) {
    const auto bytes = state.fact(position_fact(position));
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::optional<UnreadRecord>();
    auto record = read_record(position, **bytes);
    if (!record) return fail(record.error());
    return std::optional(*std::move(record));
}

Result<std::vector<UnreadRecord>> unread_after(Position after, std::size_t limit,
                                               const StateSnapshot& state) {
    std::vector<UnreadRecord> records;
    Result<void> outcome;
    const auto take = [&](std::string_view name, std::string_view bytes) {
        if (records.size() == limit) return false;
        Position position;
        const std::string_view digits = name.substr(name.rfind('/') + 1);
        auto record = read_number(digits, position.value) ? read_record(position, bytes)
                                                          : Result<UnreadRecord>(fail(damaged()));
        if (!record) {
            outcome = fail(record.error());
            return false;
        }
        records.push_back(*std::move(record));
        return true;
    };
    const auto visited =
        state.facts_between(position_fact(after), position_fact({last_position}), take);
    if (!visited) return fail(visited.error());
    if (!outcome) return fail(outcome.error());
    return records;
}

Result<void> fold_unread(const Record& record, const Notice& notice, StateBatch& state) {
    invariant(notice.unread.has_value(), "a notice of what was sent says what it notes");
    if (notice.kind == NoticeKind::unread) return fold_kept(record, notice, state);
    invariant(notice.kind == NoticeKind::discarded, "the notice is of what was sent");
    return fold_discarded(*notice.unread, state);
}

}  // namespace freshet::engine
