// A power cut at any file operation loses no direct write that was acknowledged, does none twice,
// and splits no transaction; and what has expired by then is what the log says.
//
// The writers give each transaction a name and send all of them again after the cut, as clients do
// that do not know what became of theirs. Then each has to count once. The control run does the
// same without syncs and must lose some.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/access/caller.h"
#include "engine/config/config.h"
#include "engine/records/expiry.h"
#include "engine/records/item_body.h"
#include "tests/crash/rounds.h"
#include "tests/disks/power_loss_file_system.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_parts.h"

namespace freshet::crash {
namespace {

using engine::Command;
using engine::CommandKind;
using storage::Position;
using support::must;
using support::PowerLossFileSystem;
using support::SteppedParts;
using support::TempFolder;

constexpr std::size_t points_in_a_round = 2;
constexpr std::size_t cuts_in_a_run = 10;
constexpr std::size_t lives_in_a_run = 3;
constexpr std::size_t groups_in_a_life = 12;
constexpr std::size_t things = 6;
constexpr std::int64_t now_s = 1'800'000'000;

const std::string configuration = support::server_section + R"(
[[table]]
name    = "counters"
key     = ["id"]
source  = "direct"

[[table]]
name    = "things"
key     = ["id"]
source  = "direct"
expires = "until"

[[table]]
name    = "orders"
key     = ["pk"]
expires = "until"

[[table.list]]
name = "shown"
)";

std::shared_ptr<const engine::Catalog> catalog() {
    static const auto config = must(engine::parse_config(configuration, "crash.toml"));
    return config.catalog;
}

// What was acknowledged: of each transaction by its number the position of its first record, of
// each thing that of the put; and up to which position how many had expired.
struct Heard {
    std::map<std::size_t, Position> transactions;
    std::map<std::string, Position> puts;
    std::map<Position, std::size_t> expired;
};

engine::ChangeBatch counting(const engine::Catalog& catalog, std::size_t number) {
    const engine::Table& table = *catalog.table("counters");
    engine::ChangeBatch batch;
    for (const std::string id : {"a", "b"}) {
        Command command{.table = &table,
                        .item = must(engine::ItemName::from_texts(table, {id})),
                        .kind = CommandKind::update};
        command.update.emplace();
        command.update->add =
            must(engine::read_document(R"({"n":1})", engine::ItemForm::plain)).value();
        batch.commands.push_back(std::move(command));
    }
    const std::string name = std::to_string(number);
    batch.idempotency = storage::Idempotency{.caller = "c", .key = name, .payload = name};
    return batch;
}

std::string name_of_thing(std::size_t number) {
    return "t" + std::to_string(number);
}

engine::ChangeBatch putting(const engine::Catalog& catalog, const std::string& id, int version) {
    const engine::Table& table = *catalog.table("things");
    Command command{.table = &table, .item = must(engine::ItemName::from_texts(table, {id}))};
    const std::string json = R"({"id":")" + id + R"(","v":)" + std::to_string(version) +
                             R"(,"until":)" + std::to_string(now_s) + '}';
    command.document = must(engine::read_document(json, engine::ItemForm::plain)).value();
    engine::ChangeBatch batch;
    batch.commands.push_back(std::move(command));
    return batch;
}

engine::ChangeBatch ordering(const engine::Catalog& catalog, std::uint64_t sequence,
                             std::uint64_t random) {
    const std::string id = "o" + std::to_string(random % 4);
    storage::Change change =
        support::bare_change(storage::ChangeKind::modify,
                             {.id = id, .attributes = {}, .sequence = std::to_string(sequence)});
    storage::ImageBuilder builder;
    const std::vector<storage::ImageBuilder::Value> values{
        builder.scalar(storage::ValueType::string, "pk", id),
        builder.scalar(storage::ValueType::number, "until",
                       std::to_string(now_s + static_cast<std::int64_t>(random / 4 % 2)))};
    change.after = builder.finish(values);
    return support::batch_of({support::keyed(catalog, std::move(change))});
}

// Of some things, or of some orders.
engine::ChangeBatch expiring(const engine::Catalog& catalog, std::uint64_t random) {
    const bool is_direct = random % 2 == 0;
    const engine::Table& table = *catalog.table(is_direct ? "things" : "orders");
    engine::ChangeBatch batch;
    batch.due = engine::DueItems{
        .table = &table,
        .times = engine::DueTimes(std::chrono::sys_seconds(std::chrono::seconds(now_s))),
        .keys = {}};
    for (std::size_t i = 0; i < (is_direct ? things : 4); ++i) {
        const std::string id = is_direct ? name_of_thing(i) : "o" + std::to_string(i);
        if ((random >> (i + 1) & 1U) != 0) continue;
        batch.due->keys.push_back(must(engine::ItemName::from_texts(table, {id})).key);
    }
    return batch;
}

struct Cut {
    std::string path;
    Heard heard;
    std::size_t begun = 0;  // transactions that were handed in
};

class Run {
public:
    Run(bool sync, std::set<std::uint64_t> moments, std::uint64_t seed)
        : sync_(sync), moments_(std::move(moments)), random_(seed), cut_random_(seed + 1) {}

    void write() {
        const std::string root = folder_.file("data");
        std::filesystem::create_directory(root);
        files_ = std::make_shared<PowerLossFileSystem>(
            root, [this](std::uint64_t operation) { cut_if_due(operation); });
        for (std::size_t life = 0; life < lives_in_a_run; ++life) {
            const auto engine = must(SteppedParts::open(
                root, {.file_system = files_, .sync = sync_, .accept_loss = false, .log_line = {}},
                catalog()));
            for (std::size_t group = 0; group < groups_in_a_life; ++group) write_group(*engine);
        }
    }

    [[nodiscard]] std::uint64_t operations() const { return files_->operations(); }
    [[nodiscard]] const std::vector<Cut>& cuts() const { return cuts_; }

private:
    void write_group(SteppedParts& engine) {
        const std::size_t batches = 1 + random_() % 4;
        for (std::size_t i = 0; i < batches; ++i) {
            switch (random_() % 4) {
                case 0:
                    count(engine);
                    break;
                case 1:
                    put(engine);
                    break;
                case 2:
                    submit(engine, ordering(engine.catalog(), ++sequence_, random_()), nullptr);
                    break;
                default:
                    expire(engine);
            }
        }
        engine.sequencer().step();
        if (random_() % 4 == 0) must(engine.folder().state().flush());
    }

    using Told = std::function<void(const engine::Receipt& receipt)>;

    // What is told is heard before a cut, or not at all.
    void submit(SteppedParts& engine, engine::ChangeBatch batch, const Told& told) {
        engine.sequencer().submit(std::move(batch),
                                  [this, told](const Result<engine::Receipt>& receipt) {
                                      const std::lock_guard lock(mutex_);
                                      if (told) told(must(receipt));
                                  });
    }

    void count(SteppedParts& engine) {
        std::size_t number = 0;
        {
            const std::lock_guard lock(mutex_);
            number = begun_++;
        }
        submit(engine, counting(engine.catalog(), number), [this, number](const auto& receipt) {
            heard_.transactions[number] = receipt.done.front().newest;
        });
    }

    void expire(SteppedParts& engine) {
        submit(engine, expiring(engine.catalog(), random_()), [this](const auto& receipt) {
            if (receipt.appended > 0) heard_.expired[receipt.position] = receipt.appended;
        });
    }

    void put(SteppedParts& engine) {
        const std::string id = name_of_thing(random_() % things);
        submit(engine, putting(engine.catalog(), id, ++version_),
               [this, id](const auto& receipt) { heard_.puts[id] = receipt.done.front().newest; });
    }

    void cut_if_due(std::uint64_t operation) {
        if (!moments_.contains(operation)) return;
        const std::lock_guard lock(mutex_);
        cuts_.push_back({.path = folder_.file("cut-" + std::to_string(operation)),
                         .heard = heard_,
                         .begun = begun_});
        files_->clone(cuts_.back().path, cut_random_);
    }

    const bool sync_;
    const std::set<std::uint64_t> moments_;
    std::mt19937_64 random_;
    TempFolder folder_;
    std::shared_ptr<PowerLossFileSystem> files_;
    int version_ = 0;
    std::uint64_t sequence_ = 0;
    std::mutex mutex_;  // guards what follows: RocksDB's own threads write files too
    std::mt19937_64 cut_random_;
    std::size_t begun_ = 0;
    Heard heard_;
    std::vector<Cut> cuts_;
};

// ---- what a cut has left ----

struct Finding {
    std::string lost;
    std::string wrong;
    std::size_t expired = 0;  // as the log has it
};

std::map<std::string, std::string> items_of(SteppedParts& engine, const std::string& table) {
    std::map<std::string, std::string> items;
    const auto state = must(engine.folder().state().snapshot());
    must(state->items(table, "", [&](std::string_view key, const storage::Item& item) {
        items.emplace(key, item.bytes());
        return Result<bool>(true);
    }));
    return items;
}

std::string count_in(SteppedParts& engine, const std::string& id) {
    const engine::Table& table = *engine.catalog().table("counters");
    const auto read_point = must(engine.sequencer().read_point());
    const auto item = must(read_point->item(table, {id}, *engine::everybody()));
    return item ? item->json : R"({"id":")" + id + R"(","n":0})";
}

std::vector<storage::Record> records_of(SteppedParts& engine) {
    return must(engine.folder().log().read_after({}, engine.folder().log().head().position, {}));
}

// Whether the record removes, or hides, an item since its time was over.
bool has_expired(const storage::Record& record) {
    return record.is_notice() ? record.notice()->kind == storage::NoticeKind::expiry
                              : engine::is_expiry(record);
}

// The newest put of each thing has its record, and so has each item that expired.
std::string record_that_is_lost(SteppedParts& engine, const Heard& heard) {
    std::map<Position, const storage::Record*> by_position;
    const auto records = records_of(engine);
    for (const storage::Record& record : records) by_position[record.position()] = &record;
    for (const auto& [id, position] : heard.puts) {
        const auto found = by_position.find(position);
        if (found == by_position.end()) return "the put of " + id;
        if (found->second->keys().find("id")->text() != id) return "the place of " + id;
    }
    for (const auto& [position, count] : heard.expired) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto found = by_position.find(Position{position.value - i});
            if (found == by_position.end() || !has_expired(*found->second)) return "an expiry";
        }
    }
    return {};
}

Finding judge(const Cut& cut) {
    auto opened = SteppedParts::open(cut.path, {}, catalog());
    if (!opened) return {.lost = opened.error().message, .wrong = {}};
    auto engine = *std::move(opened);
    Finding finding{.lost = record_that_is_lost(*engine, cut.heard), .wrong = {}};
    for (const auto& record : records_of(*engine)) finding.expired += has_expired(record) ? 1 : 0;
    const auto before = count_in(*engine, "a");
    const std::string other = count_in(*engine, "b");
    if (before.substr(before.find("\"n\"")) != other.substr(other.find("\"n\""))) {
        finding.wrong = "half of a transaction: " + before + " and " + other;
    }
    for (std::size_t number = 0; number < cut.begun; ++number) {
        const auto receipt = must(engine->append(counting(engine->catalog(), number)));
        const auto heard = cut.heard.transactions.find(number);
        if (heard == cut.heard.transactions.end()) continue;
        const auto& done = receipt.done.front();
        if (!done.replayed || done.newest != heard->second) {
            finding.lost = "transaction " + std::to_string(number);
        }
    }
    const std::string expected = R"("n":)" + std::to_string(cut.begun) + '}';
    for (const std::string id : {"a", "b"}) {
        if (cut.begun > 0 && !count_in(*engine, id).ends_with(expected)) {
            finding.wrong = "counted " + count_in(*engine, id) + ", expected " + expected;
        }
    }
    std::map<std::string, std::map<std::string, std::string>> items;
    for (const std::string table : {"counters", "things", "orders"}) {
        items[table] = items_of(*engine, table);
    }
    engine.reset();
    std::filesystem::remove_all(cut.path + "/state");
    engine = must(SteppedParts::open(cut.path, {}, catalog()));
    for (const auto& [table, known] : items) {
        if (items_of(*engine, table) != known) finding.wrong = "the state of " + table;
    }
    return finding;
}

struct Sum {
    std::size_t points = 0;
    std::size_t lossy = 0;  // points at which something was lost
    std::size_t expired = 0;
    std::optional<std::string> first_fault;
};

Sum cut_power(bool sync, std::size_t points, std::uint64_t seed) {
    Run calibration(sync, {}, seed);
    calibration.write();
    std::mt19937_64 random(seed);
    Sum sum;
    while (sum.points < points) {
        std::set<std::uint64_t> moments;
        while (moments.size() < cuts_in_a_run) {
            moments.insert(1 + random() % calibration.operations());
        }
        Run run(sync, std::move(moments), random());
        run.write();
        for (const Cut& cut : run.cuts()) {
            const Finding finding = judge(cut);
            ++sum.points;
            sum.expired += finding.expired;
            if (!finding.lost.empty()) ++sum.lossy;
            const std::string fault = finding.wrong.empty() ? finding.lost : finding.wrong;
            if (!fault.empty() && !sum.first_fault) sum.first_fault = cut.path + ": " + fault;
        }
    }
    return sum;
}

TEST(PowerLoss, LosesNoDirectWriteAndDoesNoneTwice) {
    const Sum sum = cut_power(true, points_in_a_round * rounds(), seed());

    std::printf("%zu power cuts, %zu items had expired\n", sum.points, sum.expired);
    EXPECT_EQ(sum.first_fault, std::nullopt) << *sum.first_fault;
    EXPECT_GT(sum.expired, 0U);
}

TEST(PowerLoss, IsSeenToLoseDirectWritesThatWereNotSynced) {
    const Sum sum = cut_power(false, rounds(), seed());

    std::printf("%zu power cuts, %zu lost writes\n", sum.points, sum.lossy);
    EXPECT_GT(sum.lossy, 0U);
}

}  // namespace
}  // namespace freshet::crash
