#include "tests/systems/example_table.h"

#include "tests/systems/checkout.h"
#include "tests/systems/system.h"

namespace freshet::systems {

std::string example_config(const std::string& name) {
    return with(source_file("examples/" + name + "/freshet.toml"), "127.0.0.1:8080", "127.0.0.1:0");
}

RecordText item_record(std::string_view table, std::string_view event_name, std::string_view id,
                       std::uint64_t sequence, std::string_view attributes) {
    RecordText record;
    record.event_name = json_text(event_name);
    record.arn = json_text("arn:aws:dynamodb:eu-west-1:123456789012:table/" + std::string(table) +
                           "/stream/2026-11-21");
    record.keys = "{" + attribute("id", id) + "}";
    record.after.clear();
    if (event_name != "REMOVE") {
        record.after = "{" + attribute("id", id) + (attributes.empty() ? "" : ",") +
                       std::string(attributes) + "}";
    }
    record.sequence = json_text(std::to_string(sequence));
    return record;
}

}  // namespace freshet::systems
