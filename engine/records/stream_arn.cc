#include "engine/records/stream_arn.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "engine/text/json.h"

namespace freshet::engine {
namespace {

constexpr std::string_view table_mark = ":table/";
constexpr std::string_view stream_mark = "/stream/";

// The eventSourceARN in an envelope; nothing if it has none.
std::optional<std::string> arn_in(std::string_view envelope) {
    if (envelope.find("eventSourceARN") == std::string_view::npos) return std::nullopt;
    const auto members = JsonDocument::parse("{" + std::string(envelope) + "}");
    if (!members) return std::nullopt;
    const JsonNode* arn = members->root().find("eventSourceARN");
    if (arn == nullptr || !arn->is(JsonType::string)) return std::nullopt;
    return std::string(arn->text());
}

}  // namespace

std::optional<StreamArn> parse_stream_arn(std::string_view arn) {
    const std::size_t mark = arn.find(table_mark);
    if (!arn.starts_with("arn:") || mark == std::string_view::npos) return std::nullopt;

    const std::size_t begin = mark + table_mark.size();
    const std::string_view resource = arn.substr(begin);
    const std::string_view source = resource.substr(0, resource.find('/'));
    if (source.empty()) return std::nullopt;
    StreamArn parsed{.origin = arn.substr(0, begin), .source = source, .label = {}};
    const std::string_view rest = resource.substr(source.size());
    if (rest.empty()) return parsed;
    if (!rest.starts_with(stream_mark)) return std::nullopt;
    parsed.label = rest.substr(stream_mark.size());
    if (parsed.label.empty() || parsed.label.find('/') != std::string_view::npos) {
        return std::nullopt;
    }
    return parsed;
}

bool is_stream_name(std::string_view text) {
    const auto is_part = [](char c) { return c > ' ' && c != '\x7f'; };
    const auto is_byte = [&](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || is_part(c);
    };
    return !text.empty() && text.size() <= stream_name_bytes_max &&
           std::all_of(text.begin(), text.end(), is_byte);
}

// arn:PARTITION:dynamodb:REGION:ACCOUNT:table/…
bool is_dynamodb_arn(std::string_view text) {
    const auto parsed = parse_stream_arn(text);
    if (!parsed) return false;
    std::vector<std::string_view> parts;
    std::string_view rest = parsed->origin.substr(0, parsed->origin.size() - table_mark.size());
    while (true) {
        const std::size_t end = rest.find(':');
        parts.push_back(rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return parts.size() == 5 && parts[2] == "dynamodb" &&
           std::none_of(parts.begin(), parts.end(), [](auto part) { return part.empty(); });
}

void note_refused(std::optional<RefusedStream>& refused, const StreamName& name) {
    std::string text = text_of(name);
    if (!is_stream_name(text)) return;
    if (!refused || refused->stream != text) refused = RefusedStream{.stream = std::move(text)};
    ++refused->records;
}

StreamName stream_name(std::string_view arn) {
    const auto parsed = parse_stream_arn(arn);
    if (!parsed) return {.family = std::string(arn), .label = {}};
    return {.family = std::string(arn.substr(0, parsed->origin.size() + parsed->source.size())),
            .label = std::string(parsed->label)};
}

StreamName stream_name(const storage::Change& change) {
    return {.family = change.origin + change.source, .label = change.label};
}

StreamName stream_name(const storage::Record& record) {
    if (const auto arn = arn_in(record.envelope())) return stream_name(*arn);
    // Before streams had numbers, a record that did not name its own was given that of its item.
    if (record.stream() == 0) return {};
    return {.family = std::string(record.source()), .label = std::string(record.label())};
}

std::string text_of(const StreamName& name) {
    if (name.family.empty()) return "a stream without a name";
    if (name.label.empty()) return name.family;
    return name.family + std::string(stream_mark) + name.label;
}

}  // namespace freshet::engine
