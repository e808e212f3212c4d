#include "tests/support/golden_folder.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include "engine/records/dynamodb_json.h"
#include "storage/data_folder.h"
#include "storage/notice.h"
#include "tests/support/golden.h"
#include "tests/support/must.h"

namespace freshet::support {
namespace {

namespace fs = std::filesystem;

std::string written_folder() {
    return golden_output().value() + "/folder";
}

Result<std::unique_ptr<engine::Engine>> open_at(const std::string& path) {
    engine::EngineOptions options;
    options.path = path;
    auto engine = engine::Engine::open(golden_config().catalog, std::move(options));
    if (!engine) return fail(engine.error());
    if (const auto folded = (*engine)->sequencer().fold_log(); !folded) return fail(folded.error());
    return engine;
}

// Flushes the state and notes the log's head, as a clean stop does.
void settle(const std::string& path) {
    must(must(storage::DataFolder::open(path, {}))->settle());
}

// What RocksDB writes for people and does not need itself, and the lock, stay behind.
bool is_needed(const std::string& name) {
    return name != "LOG" && !name.starts_with("LOG.old") && !name.starts_with("OPTIONS") &&
           name != "LOCK";
}

void copy_folder(const fs::path& from, const fs::path& to) {
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
        const fs::path target = to / fs::relative(entry.path(), from);
        if (entry.is_directory()) {
            fs::create_directories(target);
        } else if (is_needed(entry.path().filename())) {
            fs::create_directories(target.parent_path());
            fs::copy_file(entry.path(), target);
        }
    }
}

}  // namespace

engine::Config golden_config() {
    return must(engine::read_config(golden_path("folder_v1/freshet.toml")));
}

void append_text(engine::Engine& engine, const std::string& text, const std::string& table) {
    engine::DecodeOptions options;
    if (!table.empty()) options.table = engine.catalog().table(table);
    auto batch = must(engine::decode_records(text, engine.catalog(), options));
    std::size_t appended = 0;
    engine.append(std::move(batch), [&appended](const Result<engine::Receipt>& receipt) {
        if (receipt) appended = receipt->appended;
    });
    engine.sequencer().step();
    if (appended != 1) throw std::runtime_error("not appended: " + text);
}

namespace {

void append_notice(engine::Engine& engine, storage::Notice notice) {
    engine::ChangeBatch batch;
    batch.notices.push_back(std::move(notice));
    bool is_appended = false;
    engine.append(std::move(batch), [&is_appended](const Result<engine::Receipt>& receipt) {
        is_appended = receipt && receipt->appended == 1;
    });
    engine.sequencer().step();
    if (!is_appended) throw std::runtime_error("a notice is not appended");
}

// What format 2 brought: a replica that was adopted, what a later export says, and notices.
void append_later_records(engine::Engine& engine) {
    const std::string us = "arn:aws:dynamodb:us-east-1:123456789012:table/shop";
    storage::Notice adoption;
    adoption.by = "ann";
    adoption.table = "orders";
    adoption.stream = us;
    append_notice(engine, adoption);
    append_text(engine, R"({"eventName":"MODIFY","eventSourceARN":")" + us +
                            R"(/stream/2026-11-02T09:00:00.000","dynamodb":{)"
                            R"("ApproximateCreationDateTime":1795161730,"Keys":{"pk":{"S":"o-1"}},)"
                            R"("NewImage":{"pk":{"S":"o-1"},"creator":{"S":"ann"},)"
                            R"("status":{"S":"MOVED"}},"SequenceNumber":"7"}})");
    append_text(engine,
                R"({"reconciled":true,"told":true,"eventName":"INSERT","dynamodb":{)"
                R"("ApproximateCreationDateTime":1795161740,"Keys":{"pk":{"S":"o-8"}},)"
                R"("NewImage":{"pk":{"S":"o-8"},"creator":{"S":"bob"}},"SequenceNumber":"0"}})",
                "orders");
    storage::Notice revocation;
    revocation.kind = storage::NoticeKind::revocation;
    revocation.by = "ann";
    revocation.name = "eve";
    append_notice(engine, revocation);
    storage::Notice reconciliation;
    reconciliation.kind = storage::NoticeKind::reconciliation;
    reconciliation.by = "ann";
    reconciliation.table = "orders";
    reconciliation.moment = storage::SourceTime(std::chrono::seconds(1'795'161'740));
    reconciliation.begun = storage::Position{20};
    append_notice(engine, reconciliation);
}

}  // namespace

void write_golden_folder() {
    const TempFolder folder;
    const std::string path = folder.file("data");
    std::ifstream records(golden_path("records_v2.jsonl"));
    auto engine = must(open_at(path));
    for (std::string line; std::getline(records, line);) {
        if (line.empty()) {  // the log and the state up to here are flushed to tables
            engine.reset();
            settle(path);
            engine = must(open_at(path));
            continue;
        }
        append_text(*engine, line, line.starts_with(R"({"Item")") ? "orders" : "");
    }
    append_later_records(*engine);
    const std::string data = written_folder() + "/data";
    fs::remove_all(data);
    copy_folder(path, data);  // while it is open: what a kill would leave
}

GoldenFolder::GoldenFolder(const std::string& name) {
    copy_folder(golden_path(name + "/data"), path());
}

Result<std::unique_ptr<engine::Engine>> GoldenFolder::open() const {
    return open_at(path());
}

}  // namespace freshet::support
