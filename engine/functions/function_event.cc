#include "engine/functions/function_event.h"

#include "engine/catalog/item_key.h"
#include "engine/records/dynamodb_json.h"
#include "engine/text/hexadecimal.h"
#include "engine/text/json.h"
#include "engine/values/dynamodb_words.h"
#include "engine/values/time_text.h"

namespace freshet::engine {
namespace {

using storage::Record;

constexpr std::string_view own_source = R"("eventSource":"freshet","eventSourceARN":"arn:freshet:)";
constexpr std::string_view source_as_aws =
    R"("eventSource":"aws:dynamodb","awsRegion":"local","eventSourceARN":"arn:freshet:dynamodb:)";

// The members beside eventName and dynamodb. A record that came of no stream has none: those that
// every handler may look for are made.
std::string envelope_of(const Record& record) {
    std::string envelope(record.envelope());
    if (envelope.empty()) {
        envelope = R"("eventID":")" + std::to_string(record.position().value) +
                   R"(","eventVersion":"1.1",)" + std::string(source_as_aws) + "::table/" +
                   std::string(record.table()) + "\"";
        return envelope;
    }
    const std::size_t own = envelope.find(own_source);
    if (own != std::string::npos) envelope.replace(own, own_source.size(), source_as_aws);
    return envelope;
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, text);
}

std::string cloud_event(const Function& function, const Record& record, std::string_view event,
                        std::uint64_t epoch) {
    std::string out = R"({"specversion":"1.0")";
    append_member(out, "id", event_id_of(record, epoch));
    append_member(out, "source", "/tables/" + function.table->name);
    append_member(out, "type", name_in(event_names, record.kind()));
    append_member(out, "subject", item_key_text(*function.table, record.keys()));
    append_member(out, "time", text_of(record.time().value_or(record.appended())));
    append_member(out, "sequence", std::to_string(record.position().value));
    out += R"(,"datacontenttype":"application/json","data":)";
    out += event;
    out += '}';
    return out;
}

}  // namespace

std::string identifier_of(const Record& record) {
    const bool has_number = !record.reconciled() && !record.sequence().empty();
    return has_number ? std::string(record.sequence()) : std::to_string(record.position().value);
}

std::string event_id_of(const Record& record, std::uint64_t epoch) {
    return hexadecimal(epoch) + '.' + std::to_string(record.position().value);
}

std::string function_event(const Function& function, const Record& record, std::uint64_t epoch) {
    std::string event;
    event.reserve(record.bytes().size());  // about as much as the text, which then seldom moves
    append_event_record(event, record, envelope_of(record), identifier_of(record));
    if (function.format == FunctionFormat::lambda) return event;
    return cloud_event(function, record, event, epoch);
}

BatchFrame frame_of(const Function& function) {
    if (function.format == FunctionFormat::lambda) {
        return {.begin = R"({"Records":[)", .end = "]}", .content_type = "application/json"};
    }
    if (function.batch_size == 1) {
        return {.begin = "", .end = "", .content_type = "application/cloudevents+json"};
    }
    return {.begin = "[", .end = "]", .content_type = "application/cloudevents-batch+json"};
}

}  // namespace freshet::engine
