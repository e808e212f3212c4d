// The load is what a stream would have sent: an engine that keeps the views of the pizza shop takes
// all of it, and misses nothing.

#include "bench/harness/workload.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/server_config.h"
#include "engine/records/dynamodb_json.h"
#include "tests/support/must.h"
#include "tests/world/stepped_engine.h"

namespace freshet::bench {
namespace {

std::vector<std::string> next_of(Workload& workload, std::size_t count) {
    std::vector<std::string> records;
    records.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        std::string record;
        workload.next(record);
        records.push_back(std::move(record));
    }
    return records;
}

std::vector<std::string> filled_by(Workload& workload) {
    std::vector<std::string> records;
    std::string record;
    while (workload.fill(record)) {
        records.push_back(record);
        record.clear();
    }
    return records;
}

std::string event_of(const std::vector<std::string>& records) {
    std::string event = R"({"Records":[)";
    for (const std::string& record : records) {
        if (event.back() != '[') event += ',';
        event += record;
    }
    return event + "]}";
}

// What stands between the two marks; nothing if they are not there.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return "";
    const std::size_t from = at + begin.size();
    return text.substr(from, text.find(end, from) - from);
}

std::string kind_of(const std::string& record) {
    return between(record, R"("eventName":")", "\"");
}

std::string key_of(const std::string& record) {
    return between(record, R"("Keys":{"pk":{"S":")", "\"");
}

std::string image_after(const std::string& record) {
    const std::string image = between(record, R"("NewImage":)", R"(,"SequenceNumber)");
    return image.substr(0, image.find(R"(,"OldImage":)"));
}

std::string image_before(const std::string& record) {
    return between(record, R"("OldImage":)", R"(,"SequenceNumber)");
}

// Appends the records as one event. Each must take effect, and none may show that another was
// missed.
void take(support::SteppedEngine& engine, const std::vector<std::string>& records) {
    auto batch = support::must(engine::decode_records(event_of(records), engine.catalog(), {}));
    ASSERT_FALSE(batch.refusal);
    const auto receipt = support::must(engine.append(std::move(batch)));
    ASSERT_EQ(receipt.appended, records.size());
    ASSERT_EQ(engine.engine().sequencer().status().gaps, 0U);
}

TEST(Workload, KnowsHowManyOrdersAreAlive) {
    Workload workload({.orders = 7});
    std::uint64_t placed = 0;
    std::uint64_t removed = 0;
    for (const std::string& record : next_of(workload, 1'000)) {
        placed += kind_of(record) == "INSERT" ? 1 : 0;
        removed += kind_of(record) == "REMOVE" ? 1 : 0;
    }

    EXPECT_GT(removed, 0U);
    EXPECT_EQ(workload.live(), placed - removed);
}

TEST(Workload, OfTheSameSeedIsTheSame) {
    for (const Skew skew : {Skew::life, Skew::uniform, Skew::newest, Skew::skewed, Skew::fresh}) {
        Workload one({.seed = 7, .orders = 50, .skew = skew});
        Workload two({.seed = 7, .orders = 50, .skew = skew});
        Workload other({.seed = 8, .orders = 50, .skew = skew});
        if (skew != Skew::life) {
            EXPECT_EQ(filled_by(one), filled_by(two));
            filled_by(other);
        }

        const auto records = next_of(one, 500);

        EXPECT_EQ(records, next_of(two, 500)) << name_of(skew);
        EXPECT_NE(records, next_of(other, 500)) << name_of(skew);
    }
}

TEST(Workload, OfLivesIsTakenWholeAndNothingIsMissed) {
    support::SteppedEngine engine(server_config({}));
    Workload workload({.orders = 40});
    std::set<std::string> kinds;
    for (int i = 0; i < 10; ++i) {
        const auto records = next_of(workload, 100);
        for (const std::string& record : records) kinds.insert(kind_of(record));
        take(engine, records);
    }

    EXPECT_EQ(kinds, (std::set<std::string>{"INSERT", "MODIFY", "REMOVE"}));
}

TEST(Workload, OfLiveOrdersIsTakenWholeAndNothingIsMissed) {
    support::SteppedEngine engine(server_config({}));
    Workload workload({.orders = 200, .skew = Skew::uniform});
    take(engine, filled_by(workload));
    for (const Skew skew : {Skew::uniform, Skew::newest, Skew::skewed, Skew::fresh}) {
        workload.change_skew(skew);
        take(engine, next_of(workload, 300));
    }
}

TEST(Workload, WindsUpUntilNoOrderIsInTheMaking) {
    Workload workload({.orders = 100});
    auto records = next_of(workload, 1'234);
    std::string record;
    while (workload.wind_up(record)) {
        EXPECT_NE(kind_of(record), "INSERT");
        records.push_back(std::exchange(record, ""));
    }

    std::map<std::string, std::string> last;
    for (const std::string& text : records) last[key_of(text)] = text;
    for (const auto& [key, text] : last) {
        const bool has_ended =
            kind_of(text) == "REMOVE" || image_after(text).find("COMPLETED") != std::string::npos;
        EXPECT_TRUE(has_ended) << text;
    }
}

TEST(Workload, HasInOneRecordTheImageThatTheOneBeforeLeft) {
    std::map<std::string, std::string> images;
    Workload workload({.orders = 30});
    for (const std::string& record : next_of(workload, 1'000)) {
        const std::string key = key_of(record);
        EXPECT_EQ(image_before(record), images[key]) << record;
        images[key] = image_after(record);
    }
}

TEST(Workload, HasOrdersThatExpireInAllTheirImages) {
    const std::string time = R"("expiresAt":{"N":"1800000000"})";
    Workload expiring({.orders = 30, .expires_at = 1'800'000'000});
    for (const std::string& record : next_of(expiring, 200)) {
        for (const std::string& image : {image_before(record), image_after(record)}) {
            EXPECT_TRUE(image.empty() || image.find(time) != std::string::npos) << record;
        }
    }

    Workload lasting({.orders = 30});
    for (const std::string& record : next_of(lasting, 200)) {
        EXPECT_EQ(record.find("expiresAt"), std::string::npos) << record;
    }
}

TEST(Workload, OfOtherLanesHasOtherOrdersAndCanBeTakenInAnyTurn) {
    support::SteppedEngine engine(server_config({}));
    Workload first({.orders = 10, .lane = 0, .lanes = 2});
    Workload second({.orders = 10, .lane = 1, .lanes = 2});
    take(engine, next_of(first, 100));
    take(engine, next_of(second, 200));
    take(engine, next_of(first, 100));
}

TEST(Workload, OfTheNewestChangesOnlyThose) {
    Workload workload({.orders = 1'000, .skew = Skew::newest});
    std::vector<std::string> keys;
    for (const std::string& record : filled_by(workload)) keys.push_back(key_of(record));
    const std::set<std::string> newest(keys.end() - 10, keys.end());

    std::set<std::string> changed;
    for (const std::string& record : next_of(workload, 500)) changed.insert(key_of(record));

    EXPECT_EQ(changed, newest);
}

TEST(Workload, ThatIsSkewedPrefersTheNewestAndReachesTheOldest) {
    Workload workload({.orders = 1'000, .skew = Skew::skewed});
    std::vector<std::string> keys;
    for (const std::string& record : filled_by(workload)) keys.push_back(key_of(record));
    const std::set<std::string> newest(keys.end() - 32, keys.end());  // the root of a thousand
    const std::set<std::string> oldest(keys.begin(), keys.begin() + 500);

    std::size_t of_newest = 0;
    std::size_t of_oldest = 0;
    for (const std::string& record : next_of(workload, 10'000)) {
        of_newest += newest.count(key_of(record));
        of_oldest += oldest.count(key_of(record));
    }

    EXPECT_NEAR(static_cast<double>(of_newest), 5'000, 300);  // half of the changes
    EXPECT_NEAR(static_cast<double>(of_oldest), 1'000, 150);  // log(2) / log(1,000) of them
}

TEST(Workload, TellsTheOrderThatItsKeySays) {
    Workload workload({.seed = 3, .orders = 20, .lane = 1, .lanes = 4});
    for (int i = 0; i < 200; ++i) {
        std::string record;
        const std::uint64_t order = workload.next(record);

        ASSERT_EQ(key_of(record).size(), order_key_bytes);
        EXPECT_EQ(order_of_key(key_of(record)), order);
    }
}

TEST(Workload, HasRecordsOfAboutTheSizeThatItsHeaderSays) {
    Workload workload({.orders = 1'000});
    std::size_t bytes = 0;
    for (const std::string& record : next_of(workload, 20'000)) bytes += record.size();

    EXPECT_NEAR(static_cast<double>(bytes) / 20'000, 1'257, 15);
}

}  // namespace
}  // namespace freshet::bench
