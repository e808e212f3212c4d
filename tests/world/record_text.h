// Records as writers send them: typed JSON, for tests that say in which way one is unusual.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::support {

// Text as a JSON string, quotes included.
std::string json_text(std::string_view text);

// `"name":{"S":"value"}`, a part of an image.
std::string attribute(std::string_view name, std::string_view value);

// A record in parts. Each is JSON, and one that is empty is left out.
struct RecordText {
    std::string event_name = R"("INSERT")";
    std::string arn = R"("arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-11-20")";
    std::string keys = R"({"pk":{"S":"wrong"}})";
    std::string after = R"({"pk":{"S":"wrong"}})";
    std::string before;
    std::string sequence = R"("900")";
    std::string more;  // members of `dynamodb`
    std::string more_outside;

    [[nodiscard]] std::string text() const;
};

// Records that are right, of the item with this key.
RecordText inserted(std::string_view key, std::uint64_t sequence,
                    std::string_view more_attributes = {});
RecordText modified(std::string_view key, std::uint64_t sequence,
                    std::string_view more_attributes = {});
RecordText removed(std::string_view key, std::uint64_t sequence);

// {"Records":[…]} of these records, which are separated by commas already.
std::string event_of(const std::string& records);

}  // namespace freshet::support
