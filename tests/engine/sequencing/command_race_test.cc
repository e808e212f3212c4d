// Direct writes of many threads at once, which the sequencer's own thread rules on: of those who
// ask for the same thing, one gets it, and the others are told.

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "engine/engine.h"
#include "engine/records/item_body.h"
#include "engine/text/enum_words.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::Position;
using support::must;

constexpr int racers = 64;
constexpr int rounds = 5;

const std::string configuration = support::server_section + std::string(R"(
[[table]]
name   = "orders"
key    = ["id"]
source = "direct"

[table.schema.made]
status = { initial = "SUBMITTED" }

[[table.transition]]
field = "status"
from  = ["SUBMITTED"]
to    = "STARTED"
)");

class CommandRace : public ::testing::Test {
protected:
    void SetUp() override {
        EngineOptions options;
        options.path = folder.file("data");
        engine = must(Engine::open(config.catalog, std::move(options)));
        engine->start();
        std::promise<void> folded;
        engine->when_reached(Position{}, [&] { folded.set_value(); });
        folded.get_future().wait();
    }
    void TearDown() override { engine->stop(); }

    ChangeBatch batch(CommandKind kind, const std::string& item, const std::string& json) {
        ChangeBatch made;
        made.commands.push_back({.table = table,
                                 .item = must(ItemName::from_texts(*table, {item})),
                                 .kind = kind,
                                 .document = must(read_document(json, ItemForm::plain)).value()});
        auto& document = made.commands.back().document;
        if (kind == CommandKind::put) {
            document = document_of(*table, made.commands.back().item.keys.view(), document->view())
                           .value();
        }
        return made;
    }

    Receipt write(ChangeBatch batch) {
        std::promise<Result<Receipt>> done;
        engine->append(std::move(batch),
                       [&](const Result<Receipt>& receipt) { done.set_value(receipt); });
        return must(done.get_future().get());
    }

    static std::string told(const Receipt& receipt) {
        if (receipt.refused_command) {
            return std::string(word_of(receipt.refused_command->refusal.kind));
        }
        const CommandDone& done = receipt.done.front();
        return (done.replayed ? "replayed " : "") + std::string(word_of(done.effect));
    }

    // How many of the racers were told what, who all hand in what `ask` makes of their number.
    template <class Ask>
    std::map<std::string, int> race(const Ask& ask) {
        std::map<std::string, int> counts;
        std::mutex mutex;
        std::atomic<int> ready = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < racers; ++i) {
            threads.emplace_back([&, i] {
                ChangeBatch asked = ask(i);
                ++ready;
                while (ready < racers) std::this_thread::yield();
                const std::string answer = told(write(std::move(asked)));
                const std::lock_guard lock(mutex);
                ++counts[answer];
            });
        }
        for (std::thread& thread : threads) thread.join();
        return counts;
    }

    support::TempFolder folder;
    Config config = must(parse_config(configuration, "race.toml"));
    const Table* table = config.catalog->table("orders");
    std::unique_ptr<Engine> engine;
};

using Counts = std::map<std::string, int>;

TEST_F(CommandRace, OfOneStepIsWonByOne) {
    for (int round = 0; round < rounds; ++round) {
        const std::string item = std::to_string(round);
        write(batch(CommandKind::put, item, "{}"));
        const auto counts = race([&](int i) {
            return batch(CommandKind::merge, item,
                         R"({"status":"STARTED","by":)" + std::to_string(i) + "}");
        });
        EXPECT_EQ(counts, (Counts{{"changed", 1}, {"conflict", racers - 1}}));
    }
}

TEST_F(CommandRace, OfOneStateIsWonByOne) {
    for (int round = 0; round < rounds; ++round) {
        const std::string item = std::to_string(round);
        const Position seen = write(batch(CommandKind::put, item, "{}")).done.front().newest;
        const auto counts = race([&](int i) {
            ChangeBatch asked =
                batch(CommandKind::merge, item, R"({"by":)" + std::to_string(i) + "}");
            asked.commands.front().precondition.match = {{seen}};
            return asked;
        });
        EXPECT_EQ(counts, (Counts{{"changed", 1}, {"precondition", racers - 1}}));
    }
}

TEST_F(CommandRace, OfOneNameIsCarriedOutOnce) {
    for (int round = 0; round < rounds; ++round) {
        const std::string name = std::to_string(round);
        const auto counts = race([&](int i) {
            // Each would make an item of its own.
            ChangeBatch asked = batch(CommandKind::put, name + '-' + std::to_string(i), "{}");
            asked.idempotency = storage::Idempotency{.caller = {}, .key = name, .payload = "same"};
            return asked;
        });
        EXPECT_EQ(counts, (Counts{{"created", 1}, {"replayed created", racers - 1}}));
    }
}

// Each takes one from the same few, and puts it into a place of its own, or does neither.
TEST_F(CommandRace, OfTransactionsEachIsWhole) {
    write(batch(CommandKind::put, "stock", R"({"left":20})"));
    const auto counts = race([&](int i) {
        ChangeBatch asked = batch(CommandKind::put, "order-" + std::to_string(i), "{}");
        Command take = batch(CommandKind::put, "stock", "{}").commands.front();
        take.kind = CommandKind::update;
        take.document.reset();
        take.update.emplace();
        take.update->add = must(read_document(R"({"left":-1})", ItemForm::plain)).value();
        take.precondition.condition = Pattern(
            {{.attribute = "left",
              .entries = {NumericRange{.low = NumericRange::Bound{*Decimal::parse("1"), true}}},
              .inner = nullptr}});
        asked.commands.push_back(std::move(take));
        return asked;
    });

    EXPECT_EQ(counts, (Counts{{"created", 20}, {"precondition", racers - 20}}));
    const auto now = must(engine->read_point());
    EXPECT_EQ(now->position(), Position{1 + 2 * 20});
}

}  // namespace
}  // namespace freshet::engine
