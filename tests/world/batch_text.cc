#include "tests/world/batch_text.h"

#include <optional>
#include <string_view>

#include "engine/text/base64.h"
#include "storage/record.h"

namespace freshet::support {
namespace {

void add(std::string& text, std::string_view name, std::string_view value) {
    text.append("  ").append(name).append(" ").append(value).append("\n");
}

void add(std::string& text, std::string_view name, std::size_t number) {
    add(text, name, std::to_string(number));
}

void add(std::string& text, std::string_view name, const std::optional<storage::Image>& image) {
    std::string bytes = "none";
    if (image) {
        bytes = "image ";
        engine::append_base64(bytes, image->bytes());
    }
    add(text, name, bytes);
}

void add(std::string& text, const storage::Change& change) {
    add(text, "table", change.table);
    std::string key;
    engine::append_base64(key, change.key);
    add(text, "key", key);
    add(text, "kind", static_cast<std::size_t>(change.kind));
    add(text, "origin", change.origin);
    add(text, "source", change.source);
    add(text, "label", change.label);
    add(text, "time",
        change.time ? std::to_string(change.time->time_since_epoch().count()) : "none");
    add(text, "number", change.sequence.text());
    add(text, "keys", change.keys);
    add(text, "after", change.after);
    add(text, "before", change.before);
    add(text, "imported", change.imported ? 1U : 0U);
    add(text, "reconciled", change.reconciled ? 1U : 0U);
    add(text, "told", change.told ? 1U : 0U);
    add(text, "envelope", change.envelope);
    add(text, "stream envelope", change.stream_envelope);
}

}  // namespace

std::string text_of(const engine::ChangeBatch& batch) {
    std::string text;
    for (const engine::BatchRecord& record : batch.records) {
        text += "record " + record.sequence + "\n";
        if (record.change) add(text, *record.change);
    }
    for (const engine::BatchPart& part : batch.parts) {
        text += "part " + std::to_string(part.begin) + " of line " + std::to_string(part.line) +
                " in form " + std::to_string(static_cast<int>(part.form)) + "\n";
    }
    if (batch.untaken) {
        text += "untaken " + batch.untaken->stream + " " + std::to_string(batch.untaken->records) +
                "\n";
    }
    if (batch.refusal) {
        text += "refusal of " + batch.refusal->sequence + " with " +
                std::to_string(static_cast<int>(batch.refusal->code)) + "\n";
        for (const engine::Fault& fault : batch.refusal->faults) {
            text +=
                "  " + std::to_string(fault.line) + " " + fault.pointer + " " + fault.detail + "\n";
        }
    }
    return text + "bytes " + std::to_string(batch.bytes) + "\n";
}

std::string text_of(const Result<void>& result, const engine::ChangeBatch& batch) {
    std::string text = text_of(batch);
    if (!result) {
        text += "error " + std::to_string(static_cast<int>(result.error().code)) + " " +
                result.error().message;
    }
    return text;
}

}  // namespace freshet::support
