#include "tests/world/record_text.h"

namespace freshet::support {

namespace {

void add_member(std::string& object, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    if (object.size() > 1) object += ',';
    object += json_text(name) + ':' + value;
}

RecordText record_of(std::string_view key, std::uint64_t sequence) {
    RecordText record;
    record.keys = R"({"pk":{"S":)" + json_text(key) + "}}";
    record.after.clear();
    record.sequence = json_text(std::to_string(sequence));
    return record;
}

std::string image_text(std::string_view key, std::string_view more_attributes) {
    std::string image = R"({"pk":{"S":)" + json_text(key) + "}";
    if (!more_attributes.empty()) image += ',';
    image += more_attributes;
    return image + '}';
}

}  // namespace

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\0') {
            out += "\\u0000";
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string attribute(std::string_view name, std::string_view value) {
    return json_text(name) + R"(:{"S":)" + json_text(value) + "}";
}

std::string RecordText::text() const {
    std::string change = "{";
    add_member(change, "Keys", keys);
    add_member(change, "NewImage", after);
    add_member(change, "OldImage", before);
    add_member(change, "SequenceNumber", sequence);
    if (!more.empty()) change += ',' + more;
    std::string record = "{";
    add_member(record, "eventName", event_name);
    add_member(record, "eventSourceARN", arn);
    add_member(record, "dynamodb", change + '}');
    if (!more_outside.empty()) record += ',' + more_outside;
    return record + '}';
}

RecordText inserted(std::string_view key, std::uint64_t sequence,
                    std::string_view more_attributes) {
    RecordText record = record_of(key, sequence);
    record.after = image_text(key, more_attributes);
    return record;
}

RecordText modified(std::string_view key, std::uint64_t sequence,
                    std::string_view more_attributes) {
    RecordText record = inserted(key, sequence, more_attributes);
    record.event_name = R"("MODIFY")";
    return record;
}

RecordText removed(std::string_view key, std::uint64_t sequence) {
    RecordText record = record_of(key, sequence);
    record.event_name = R"("REMOVE")";
    return record;
}

std::string event_of(const std::string& records) {
    return R"({"Records":[)" + records + "]}";
}

}  // namespace freshet::support
