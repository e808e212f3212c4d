#include "http/streams/event_id.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <cstddef>

#include "engine/text/enum_words.h"
#include "engine/text/hexadecimal.h"
#include "engine/text/json.h"

namespace freshet::http {

namespace {

// Of an id that is none of ours, as it is shown in a reset.
constexpr std::size_t requested_bytes_max = 128;

std::optional<std::uint64_t> parse_number(std::string_view text, int base) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

std::optional<SentViews> parse_views(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto position = parse_number(text.substr(0, dash), 10);
    const auto fingerprint = parse_number(text.substr(dash + 1), 16);
    if (!position || !fingerprint) return std::nullopt;
    return SentViews{storage::Position{*position}, *fingerprint};
}

// How much a text says of where its client is.
struct Weight {
    enum class Kind : std::uint8_t { latest, earliest, malformed, of_other_log, of_this_log };
    Kind kind;
    storage::Position position{};
    bool lacks_views = false;  // of equals, the one after which nothing is taken for known

    auto operator<=>(const Weight&) const = default;
};

Weight weight_of(std::string_view text, std::uint64_t epoch) {
    using Kind = Weight::Kind;
    if (text == latest_word) return {Kind::latest};
    if (text == earliest_word) return {Kind::earliest};
    const auto id = parse_event_id(text);
    if (!id) return {Kind::malformed};
    if (id->epoch != epoch) return {Kind::of_other_log};
    const bool lacks_views = id->views && id->views->position == storage::Position{};
    return {Kind::of_this_log, id->position, lacks_views};
}

}  // namespace

std::string epoch_text(std::uint64_t epoch) {
    return engine::hexadecimal(epoch);
}

void append_event_id(std::string& out, const EventId& id) {
    out += epoch_text(id.epoch);
    out += '.';
    out += std::to_string(id.position.value);
    if (!id.views) return;
    out += '-';
    out += std::to_string(id.views->position.value);
    out += '-';
    out += engine::hexadecimal(id.views->fingerprint);
}

std::optional<EventId> parse_event_id(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const std::string_view sent = text.substr(dot + 1);
    const std::size_t dash = std::min(sent.find('-'), sent.size());
    const auto epoch = parse_number(text.substr(0, dot), 16);
    const auto position = parse_number(sent.substr(0, dash), 10);
    if (!epoch || !position) return std::nullopt;
    EventId id{*epoch, storage::Position{*position}};
    if (dash < sent.size()) {
        id.views = parse_views(sent.substr(dash + 1));
        if (!id.views) return std::nullopt;
    }

    // Other spellings of the same numbers were never given to anybody.
    std::string spelling;
    append_event_id(spelling, id);
    if (spelling != text) return std::nullopt;
    return id;
}

StartPoint StartPoint::of(const std::optional<std::string>& last_id,
                          const std::optional<storage::Position>& after,
                          const storage::LogMark& head) {
    // One who has heard of a position that we have not must not be told that all is well.
    const StartPoint lost{head.position, ResetReason::unknown};
    if (!last_id && after > head.position) return lost;
    if (!last_id) return {after.value_or(head.position), std::nullopt};
    if (*last_id == latest_word) return {head.position, std::nullopt};
    if (*last_id == earliest_word) return {storage::Position{}, std::nullopt};
    const auto id = parse_event_id(*last_id);
    if (!id) return {head.position, ResetReason::unknown, true};
    if (id->epoch != head.epoch) return {head.position, ResetReason::epoch};
    if (id->position > head.position) return lost;
    return {id->position, std::nullopt};
}

std::string reset_json(ResetReason reason, std::string_view requested,
                       const storage::LogMark& head) {
    std::string json = R"({"reason":")";
    json += engine::word_of(reason);
    json += R"(","requested":)";
    engine::append_json_string(json, requested.substr(0, requested_bytes_max));
    json += R"(,"earliest":0,"head":)" + std::to_string(head.position.value);
    json += R"(,"epoch":")" + epoch_text(head.epoch) + "\"}";
    return json;
}

std::optional<std::string> id_to_resume(const std::vector<std::string>& shown,
                                        std::uint64_t epoch) {
    const std::string* chosen = nullptr;
    for (const std::string& text : shown) {
        if (chosen == nullptr || weight_of(text, epoch) >= weight_of(*chosen, epoch)) {
            chosen = &text;
        }
    }
    if (chosen == nullptr) return std::nullopt;
    return *chosen;
}

}  // namespace freshet::http
