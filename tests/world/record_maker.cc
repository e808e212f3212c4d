#include "tests/world/record_maker.h"

#include <optional>

#include "engine/records/dynamodb_json.h"
#include "storage/change_log.h"
#include "storage/data_folder.h"
#include "tests/support/must.h"
#include "tests/world/record_text.h"

namespace freshet::support {
namespace {

std::string image_member(const std::string& keys, const std::optional<std::string>& attributes) {
    if (!attributes) return {};
    return "{" + keys + (attributes->empty() ? "" : ",") + *attributes + "}";
}

}  // namespace

RecordMaker::RecordMaker() : data_(must(storage::DataFolder::open(folder_.file("data"), {}))) {}

RecordMaker::~RecordMaker() = default;

storage::Record RecordMaker::record(const engine::Catalog& catalog, const std::string& table,
                                    const Parts& parts) const {
    const RecordText text{.event_name = json_text(parts.kind),
                          .arn = {},
                          .keys = "{" + parts.keys + "}",
                          .after = image_member(parts.keys, parts.after),
                          .before = image_member(parts.keys, parts.before),
                          .sequence = R"("1")",
                          .more = {},
                          .more_outside = parts.members};
    engine::DecodeOptions options;
    options.table = catalog.table(table);
    const engine::ChangeBatch decoded = must(engine::decode_records(text.text(), catalog, options));
    const storage::Change& change = decoded.records.at(0).change.value();

    storage::Admission admission;
    if (change.before) admission.before = change.before->view();
    storage::LogBatch batch = data_->log().begin();
    return batch.add(change, admission);
}

}  // namespace freshet::support
