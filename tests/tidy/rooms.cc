#include "tests/tidy/rooms.h"

#include <algorithm>
#include <array>

namespace freshet::tidy {
namespace {

// From the bottom: each with the paths that are in it. The first that fits counts.
constexpr std::array rooms = std::to_array<std::string_view>({
    "storage/",
    "engine/clock.h",
    "engine/version.",
    "engine/text/",
    "engine/values/",
    "engine/catalog/",
    "engine/observing/",
    "engine/access/",
    "engine/config/",
    "engine/commands/",
    "engine/records/",
    "engine/folding/",
    "engine/views/",
    "engine/watching/",
    "engine/rebuilding/",
    "engine/sequencing/",
    "engine/reconciling/",
    "engine/expiring/",
    "engine/functions/",
    "engine/engine.",
    "engine/follower.",
    "http/messages/",
    "http/streams/",
    "http/observing/",
    "http/credentials/",
    "http/limits/",
    "http/routes/",
    "http/serving/",
    "http/functions/",
    "tools/client/",
    "tools/",
});

constexpr std::array door_paths = std::to_array<std::string_view>({
    "engine/access/caller.h",
    "engine/access/grants.h",
    "engine/access/readers.h",
    "engine/access/revocation.h",
    "engine/catalog/catalog.h",
    "engine/catalog/function.h",
    "engine/catalog/item_key.h",
    "engine/catalog/marshalled_pattern.h",
    "engine/catalog/schema.h",
    "engine/catalog/seen_image.h",
    "engine/clock.h",
    "engine/commands/command.h",
    "engine/config/config.h",
    "engine/engine.h",
    "engine/folding/function_facts.h",
    "engine/folding/lineage.h",
    "engine/folding/unread_facts.h",
    "engine/follower.h",
    "engine/functions/function_board.h",
    "engine/functions/function_event.h",
    "engine/functions/function_feed.h",
    "engine/functions/marshalled_record.h",
    "engine/observing/machine.h",
    "engine/observing/metrics.h",
    "engine/observing/process_usage.h",
    "engine/rebuilding/rebuild.h",
    "engine/reconciling/reconciliation.h",
    "engine/records/change_batch.h",
    "engine/records/dynamodb_json.h",
    "engine/records/item_body.h",
    "engine/records/line_chunk.h",
    "engine/records/pattern_json.h",
    "engine/records/source_time.h",
    "engine/records/stream_arn.h",
    "engine/records/transaction_body.h",
    "engine/text/address_reach.h",
    "engine/text/base64.h",
    "engine/text/enum_words.h",
    "engine/text/fault.h",
    "engine/text/hexadecimal.h",
    "engine/text/http_url.h",
    "engine/text/ip_address.h",
    "engine/text/json.h",
    "engine/text/loopback.h",
    "engine/text/path_prefix.h",
    "engine/text/quantity.h",
    "engine/text/shown_text.h",
    "engine/text/text_file.h",
    "engine/text/utf8.h",
    "engine/values/attribute_path.h",
    "engine/values/decimal.h",
    "engine/values/item_form.h",
    "engine/values/plain_json.h",
    "engine/values/time_text.h",
    "engine/values/value_text.h",
    "engine/version.h",
    "engine/views/read_point.h",
    "engine/watching/event_filter.h",
    "engine/watching/live_board.h",
    "engine/watching/live_point.h",
    "engine/watching/live_query.h",
    "engine/watching/picture_json.h",
    "http/credentials/claims_writer.h",
    "http/credentials/credentials.h",
    "http/credentials/digest.h",
    "http/credentials/token.h",
    "http/credentials/token_id.h",
    "http/functions/function_runner.h",
    "http/limits/descriptors.h",
    "http/limits/memory_shares.h",
    "http/limits/thread_room.h",
    "http/messages/answer.h",
    "http/messages/request.h",
    "http/messages/target.h",
    "http/observing/server_log.h",
    "http/routes/web_folder.h",
    "http/serving/asio_types.h",
    "http/serving/server.h",
});

}  // namespace

std::optional<std::size_t> height_of(std::string_view path) {
    const auto* const room = std::find_if(rooms.begin(), rooms.end(), [&](std::string_view begin) {
        return path.starts_with(begin);
    });
    if (room == rooms.end()) return std::nullopt;
    return static_cast<std::size_t>(room - rooms.begin());
}

std::span<const std::string_view> doors() {
    return door_paths;
}

}  // namespace freshet::tidy
