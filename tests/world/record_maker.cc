#include "tests/world/record_maker.h"

#include <utility>

#include "engine/records/dynamodb_json.h"
#include "storage/change_log.h"
#include "storage/data_folder.h"
#include "tests/support/must.h"

namespace freshet::support {
namespace {

std::string image_member(const std::string& name, const std::string& keys,
                         const std::optional<std::string>& attributes) {
    if (!attributes) return {};
    return ",\"" + name + "\":{" + keys + (attributes->empty() ? "" : ",") + *attributes + "}";
}

}  // namespace

RecordMaker::RecordMaker() : data_(must(storage::DataFolder::open(folder_.file("data"), {}))) {}

RecordMaker::~RecordMaker() = default;

storage::Record RecordMaker::record(const engine::Catalog& catalog, const std::string& table,
                                    const Parts& parts) const {
    std::string body = "{" + parts.members + R"("eventName":")" + parts.kind +
                       R"(","dynamodb":{"SequenceNumber":"1","Keys":{)" + parts.keys + "}" +
                       image_member("OldImage", parts.keys, parts.before) +
                       image_member("NewImage", parts.keys, parts.after) + "}}";
    engine::DecodeOptions options;
    options.table = catalog.table(table);
    const engine::ChangeBatch decoded =
        must(engine::decode_records(std::move(body), catalog, options));
    const storage::Change& change = decoded.records.at(0).change.value();

    storage::Admission admission;
    if (change.before) admission.before = change.before->view();
    storage::LogBatch batch = data_->log().begin();
    return batch.add(change, admission);
}

}  // namespace freshet::support
