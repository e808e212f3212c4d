// What engine/functions/function_feed.h promises: which batches a function gets, what becomes of
// what it does not take, and what is noted of it.

#include "engine/functions/function_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/watching/watched_record.h"
#include "tests/support/must.h"
#include "tests/world/fed_function.h"

namespace freshet::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::Notice;
using storage::NoticeKind;
using storage::ParkedAs;
using storage::Position;
using support::failed;
using support::named;
using support::positions_of;
using support::taken;
using support::throttled;
using NoteBy = FunctionFeed::NoteBy;
using Numbers = std::vector<std::uint64_t>;

constexpr auto never = Clock::TimePoint::max();

Numbers numbers_of(const FunctionCall& call) {
    Numbers numbers;
    for (const Position position : positions_of(call)) numbers.push_back(position.value);
    return numbers;
}

class FunctionFeedTest : public ::testing::Test {
protected:
    // A function with these lines in its section.
    void begin(const std::string& lines) {
        log = std::make_unique<support::FunctionLog>(lines);
        begin();
    }
    // The same one from the first record again.
    void begin() {
        clock.set_wall(noon);
        fed = std::make_unique<support::FedFunction>(*log, clock);
    }
    void add(const std::vector<std::string>& orders) {
        for (const std::string& order : orders) log->add(order);
    }

    // The next call, once everything is read.
    std::optional<FunctionCall> next() {
        fed->read_all();
        return fed->next();
    }
    // Of which there is one, and what its records are.
    FunctionCall call() {
        auto found = next();
        EXPECT_TRUE(found);
        return found.value_or(FunctionCall());
    }
    void answer(const FunctionCall& call, const FunctionAnswer& answer) {
        fed->answer(call, answer);
    }
    // Answers the next call. Returns the records that it had.
    Numbers answer_next(const FunctionAnswer& said) {
        const FunctionCall next = call();
        answer(next, said);
        return numbers_of(next);
    }
    // The same once the pause before it is over.
    Numbers answer_later(const FunctionAnswer& said) {
        EXPECT_TRUE(fed->sleep());
        return answer_next(said);
    }

    // Runs to the end, with a function that takes all but these records.
    void run_without(const std::set<std::uint64_t>& poison) {
        fed->run([&](const FunctionCall& call) {
            calls.push_back(call);
            const Numbers numbers = numbers_of(call);
            const bool fails = std::any_of(numbers.begin(), numbers.end(),
                                           [&](std::uint64_t one) { return poison.contains(one); });
            if (fails) return failed("poison");
            taken_records.insert(taken_records.end(), numbers.begin(), numbers.end());
            return taken();
        });
    }
    [[nodiscard]] Numbers parked() const {
        Numbers numbers;
        for (const auto& [position, record] : fed->parked) numbers.push_back(position.value);
        return numbers;
    }
    [[nodiscard]] FeedStatus status() const { return fed->feed().status(); }
    // Up to the last record of the log that is no notice.
    void expect_done_with_everything() const {
        EXPECT_EQ(status().waiting, 0U);
        EXPECT_EQ(status().under_way, 0U);
        Position last;
        for (const storage::Record& record : log->records()) {
            if (!record.is_notice()) last = record.position();
        }
        EXPECT_GE(fed->place.record, last);
    }

    static constexpr storage::AppendTime noon{seconds(1'800'000'000)};
    support::HeldClock clock;
    std::unique_ptr<support::FunctionLog> log;
    std::unique_ptr<support::FedFunction> fed;
    std::vector<FunctionCall> calls;
    Numbers taken_records;
};

// ---- batches ----

TEST_F(FunctionFeedTest, E56_ABatchClosesAtItsSizeOrItsWindowWhicheverIsFirst) {
    begin("batch_size = 3\nbatching_window_s = 5");
    add({"a", "b"});
    EXPECT_FALSE(next());
    EXPECT_EQ(fed->feed().due(), clock.now() + seconds(5));
    clock.advance(milliseconds(4'999));
    EXPECT_FALSE(next());

    clock.advance(milliseconds(1));
    EXPECT_EQ(answer_next(taken()), (Numbers{1, 2}));
    add({"a", "b", "c", "d"});
    EXPECT_EQ(answer_next(taken()), (Numbers{3, 4, 5}));
    EXPECT_FALSE(next());
}

TEST_F(FunctionFeedTest, E56_ABatchClosesAtSixMegabytes) {
    begin("batch_size = 10000\nbatching_window_s = 300");
    for (int i = 0; i < 16; ++i) log->add("a", {{"text", std::string(400'000, 'x')}});

    const FunctionCall first = call();

    EXPECT_EQ(first.identifiers.size(), 15U);
    EXPECT_LE(first.body.size(), function_batch_bytes_max + 100);
    EXPECT_GT(first.body.size(), function_batch_bytes_max - 400'000);
    answer(first, taken());
    EXPECT_FALSE(next());
    clock.advance(seconds(300));
    EXPECT_EQ(answer_next(taken()), Numbers{16});
}

TEST_F(FunctionFeedTest, OneCallOfALaneIsUnderWayAtATime) {
    begin("batch_size = 1");
    add({"a", "b", "c"});
    const FunctionCall first = call();
    EXPECT_FALSE(next());
    EXPECT_EQ(status().under_way, 1U);

    answer(first, taken());

    EXPECT_EQ(answer_next(taken()), Numbers{2});
}

TEST_F(FunctionFeedTest, AnAnswerToACallThatIsNotUnderWayChangesNothing) {
    begin("batch_size = 1");
    add({"a", "b"});
    const FunctionCall first = call();
    answer(first, taken());

    answer(first, failed());
    fed->feed().answer(77, failed());

    EXPECT_EQ(answer_next(taken()), Numbers{2});
    EXPECT_EQ(status().failed_calls, 0U);
}

TEST_F(FunctionFeedTest, E64_WhatTheFilterLeavesOutMovesThePlaceOn) {
    begin("filter = { dynamodb = { NewImage = { status = { S = ['OPEN'] } } } }");
    log->add("a", {{"status", "NEW"}});
    log->add("b", {{"status", "OPEN"}});
    log->add("a", {{"status", "DONE"}});
    EXPECT_EQ(answer_next(taken()), Numbers{2});
    clock.advance(seconds(1));

    fed->note(NoteBy::time);

    EXPECT_EQ(fed->place.record, Position{3});
    EXPECT_EQ(status().left_out, 2U);
    EXPECT_EQ(status().taken, 1U);
}

TEST_F(FunctionFeedTest, E64_RecordsThatAreLeftOutFillNoBatch) {
    begin("batch_size = 2\nfilter = { dynamodb = { NewImage = { status = { S = ['OPEN'] } } } }");
    log->add("a", {{"status", "OPEN"}});
    for (int i = 0; i < 5; ++i) log->add("a", {{"status", "NEW"}});
    log->add("a", {{"status", "OPEN"}});

    EXPECT_EQ(answer_next(taken()), (Numbers{1, 7}));
}

TEST_F(FunctionFeedTest, IsNotFedImportsNorOtherTablesNorNotices) {
    begin("");
    log->add_import("a");
    log->add_of_another_table();
    log->note({.kind = NoticeKind::revocation, .by = "ann", .name = "bob"});
    log->add("a");

    EXPECT_EQ(answer_next(taken()), Numbers{4});
    EXPECT_EQ(status().left_out, 1U);
}

// ---- failures ----

TEST_F(FunctionFeedTest, E57_AFailingBatchComesWholeAgainAndHoldsUpNoOtherLane) {
    begin("batch_size = 4\nparallelization_factor = 10");
    std::vector<std::string> orders;
    for (char order = 'a'; order <= 'z'; ++order) orders.emplace_back(1, order);
    add(orders);
    add(orders);
    add(orders);
    const FunctionCall first = call();
    const std::string bad = log->order_at(positions_of(first).front());
    answer(first, failed());

    std::set<Numbers> of_the_bad_one{numbers_of(first)};
    std::size_t tries = 0;
    fed->run(
        [&](const FunctionCall& call) {
            for (const Position position : positions_of(call)) {
                if (log->order_at(position) != bad) continue;
                of_the_bad_one.insert(numbers_of(call));
                ++tries;
                return failed();
            }
            return taken();
        },
        300);

    EXPECT_EQ(of_the_bad_one.size(), 1U) << "always the same batch";
    EXPECT_GT(tries, 10U);
    EXPECT_GT(status().taken, 40U) << "other lanes continue";
    EXPECT_LT(status().waiting, 30U);
    EXPECT_EQ(fed->place.record, Position{first.first.value - 1});
    EXPECT_GT(status().failures, 10U);
    EXPECT_EQ(status().error, "answered 500");
    EXPECT_TRUE(fed->parked.empty()) << "it is tried without an end";
}

TEST_F(FunctionFeedTest, E58_RetriesNMakesNPlusOneTries) {
    for (const std::uint32_t retries : {0U, 1U, 5U}) {
        begin("batch_size = 2\nmaximum_retry_attempts = " + std::to_string(retries));
        add({"a", "b", "c"});
        for (std::uint32_t i = 0; i <= retries; ++i) {
            fed->read_all();
            const auto call = fed->next();
            ASSERT_TRUE(call) << i;
            EXPECT_EQ(numbers_of(*call), (Numbers{1, 2}));
            EXPECT_EQ(call->attempt, i + 1);
            answer(*call, failed("answered 500: " + std::to_string(i)));
            if (i < retries) {
                EXPECT_FALSE(next()) << "there is a pause between";
                EXPECT_TRUE(fed->sleep());
            }
        }

        EXPECT_EQ(answer_next(taken()), Numbers{3}) << "at once, and without the failures before";
        fed->note(NoteBy::time);
        EXPECT_EQ(parked(), (Numbers{1, 2}));
        for (const auto& [position, record] : fed->parked) {
            EXPECT_EQ(record.attempts, retries + 1);
            EXPECT_EQ(record.error, "answered 500: " + std::to_string(retries));
            EXPECT_EQ(record.status, ParkedAs::failed);
            EXPECT_EQ(record.table, "orders");
            EXPECT_EQ(record.keys.view().find("pk")->text(), log->order_at(position));
        }
    }
}

TEST_F(FunctionFeedTest, E58_WithoutABoundItIsTriedForEver) {
    for (const std::string lines : {"", "maximum_retry_attempts = -1\nmaximum_record_age_s = -1"}) {
        begin(lines);
        add({"a"});
        for (std::uint32_t i = 0; i < 300; ++i) {
            ASSERT_EQ(call().attempt, i + 1);
            ASSERT_EQ(status().under_way, 1U);
            fed->feed().answer(i + 1, failed());
            ASSERT_TRUE(fed->sleep());
        }
        EXPECT_EQ(status().parked, 0U);
        EXPECT_EQ(answer_next(taken()), Numbers{1});
        EXPECT_EQ(status().error, "");
        EXPECT_EQ(status().failures, 0U);
    }
}

TEST_F(FunctionFeedTest, E58_WhatDidNotReachTheFunctionIsNoAttempt) {
    begin("maximum_retry_attempts = 1\nbisect_batch_on_function_error = true");
    add({"a", "b"});
    for (int i = 0; i < 50; ++i) {
        const FunctionCall call = *next();
        ASSERT_EQ(call.attempt, 1U);
        ASSERT_EQ(numbers_of(call), (Numbers{1, 2})) << "nor is it split";
        answer(call, throttled());
        ASSERT_TRUE(fed->sleep());
    }
    EXPECT_EQ(status().throttled_calls, 50U);
    EXPECT_EQ(status().failed_calls, 50U);
    EXPECT_EQ(status().parked, 0U);

    answer_next(failed());  // it is split
    answer_next(failed());
    EXPECT_EQ(status().parked, 0U);
    answer_later(throttled());
    EXPECT_EQ(status().parked, 0U);
    EXPECT_EQ(answer_later(failed()), Numbers{1});

    EXPECT_EQ(status().parked, 1U);
}

TEST_F(FunctionFeedTest, E59_WhatIsTooOldIsParkedWithoutACall) {
    begin("maximum_record_age_s = 60");
    log->set_time(noon);
    add({"a", "b"});
    log->set_time(noon + seconds(30));
    add({"c"});
    clock.set_wall(noon + seconds(60) + milliseconds(1));

    EXPECT_EQ(answer_next(taken()), Numbers{3});

    fed->note(NoteBy::time);
    EXPECT_EQ(parked(), (Numbers{1, 2}));
    EXPECT_EQ(fed->parked.at(Position{1}).attempts, 0U);
    EXPECT_EQ(fed->parked.at(Position{1}).error, "older than maximum_record_age_s allows");
    EXPECT_EQ(status().calls, 1U);
    EXPECT_EQ(fed->place.record, Position{3});
}

TEST_F(FunctionFeedTest, E59_WhatIsAsOldAsItMayBeIsHandedOver) {
    begin("maximum_record_age_s = 60");
    log->set_time(noon);
    add({"a"});
    clock.set_wall(noon + seconds(60));

    EXPECT_EQ(answer_next(taken()), Numbers{1});
}

TEST_F(FunctionFeedTest, E59_WhatFailsIsTriedUntilItIsTooOld) {
    begin("maximum_record_age_s = 60\nmaximum_retry_attempts = -1");
    log->set_time(noon);
    add({"a"});
    std::uint32_t tries = 0;
    for (int second = 0; second <= 61; ++second) {
        clock.set_wall(noon + seconds(second));
        while (const auto call = next()) {
            answer(*call, failed());
            ++tries;
        }
        clock.advance(seconds(31));
    }

    EXPECT_EQ(tries, 61U) << "at each second from 0 to 60";
    EXPECT_EQ(status().parked, 1U);
    fed->note(NoteBy::time);
    EXPECT_EQ(fed->parked.at(Position{1}).attempts, tries);
}

// ---- bisecting ----

// How many calls it takes to find one record of so many, and to hand over the rest.
std::size_t calls_to_find(std::size_t records, std::size_t poison, std::size_t tries) {
    if (records == 1) return tries;
    const std::size_t left = (records + 1) / 2;
    if (poison < left) return 1 + calls_to_find(left, poison, tries) + 1;
    return 1 + 1 + calls_to_find(records - left, poison - left, tries);
}

TEST_F(FunctionFeedTest, E60_BisectingFindsTheOneBadRecordOfAHundred) {
    for (const std::size_t retries : {0U, 3U}) {
        begin("batch_size = 100\nbisect_batch_on_function_error = true\nmaximum_retry_attempts = " +
              std::to_string(retries));
        Numbers all;
        for (std::uint64_t i = 1; i <= 100; ++i) {
            log->add("order-" + std::to_string(i % 7));
            all.push_back(i);
        }
        for (std::uint64_t poison = 1; poison <= 100; ++poison) {
            begin();
            calls.clear();
            taken_records.clear();

            run_without({poison});

            EXPECT_EQ(parked(), Numbers{poison});
            EXPECT_EQ(fed->parked.at(Position{poison}).attempts, retries + 1)
                << "splits use no attempts";
            Numbers rest = all;
            std::erase(rest, poison);
            EXPECT_EQ(taken_records, rest) << "in order, each once";
            EXPECT_EQ(calls.size(), calls_to_find(100, poison - 1, retries + 1)) << poison;
            EXPECT_GE(fed->place.record, Position{100});
        }
    }
}

TEST_F(FunctionFeedTest, E60_BisectingFindsEveryBadRecord) {
    begin("batch_size = 100\nbisect_batch_on_function_error = true\nmaximum_retry_attempts = 0");
    for (int i = 0; i < 100; ++i) log->add("a");
    const std::set<std::uint64_t> poison{1, 2, 49, 50, 51, 77, 100};

    run_without(poison);

    EXPECT_EQ(parked(), Numbers(poison.begin(), poison.end()));
    EXPECT_EQ(taken_records.size(), 93U);
    EXPECT_TRUE(std::is_sorted(taken_records.begin(), taken_records.end()));
}

TEST_F(FunctionFeedTest, E60_OfABatchInWhichAllAreBadEachIsTriedByItself) {
    begin("batch_size = 10\nbisect_batch_on_function_error = true\nmaximum_retry_attempts = 2");
    for (int i = 0; i < 10; ++i) log->add("a");

    run_without({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});

    EXPECT_EQ(parked().size(), 10U);
    EXPECT_EQ(calls.size(), 9U + 10U * 3U) << "nine splits, three tries of each";
}

TEST_F(FunctionFeedTest, E60_HalvesAreHandedOverWithoutAPause) {
    begin("batch_size = 4\nbisect_batch_on_function_error = true");
    add({"a", "b", "c", "d", "e"});

    EXPECT_EQ(answer_next(failed()), (Numbers{1, 2, 3, 4}));
    EXPECT_EQ(answer_next(failed()), (Numbers{1, 2}));
    EXPECT_EQ(answer_next(taken()), Numbers{1});
    EXPECT_EQ(answer_next(failed()), Numbers{2});
    EXPECT_FALSE(next()) << "what is alone has to wait";
    EXPECT_EQ(answer_later(taken()), Numbers{2});
    EXPECT_EQ(answer_next(taken()), (Numbers{3, 4}));
    EXPECT_EQ(answer_next(taken()), Numbers{5});
}

// ---- partial answers ----

TEST_F(FunctionFeedTest, E62_TheBatchBeginsAgainAtTheRecordThatIsNamed) {
    begin("batch_size = 5\nreport_batch_item_failures = true\nmaximum_retry_attempts = 1");
    add({"a", "b", "c", "d", "e", "f"});

    EXPECT_EQ(answer_next(named(2)), (Numbers{1, 2, 3, 4, 5}));
    EXPECT_EQ(status().place, Position{2});
    EXPECT_EQ(status().taken, 2U);
    EXPECT_EQ(answer_later(named(1)), (Numbers{3, 4, 5}));
    EXPECT_EQ(status().place, Position{3});
    EXPECT_EQ(answer_later(named(1)), (Numbers{4, 5}));
    EXPECT_EQ(status().parked, 0U) << "each time it was another one";
    EXPECT_EQ(answer_later(taken()), Numbers{5});
    EXPECT_EQ(answer_next(taken()), Numbers{6});
}

TEST_F(FunctionFeedTest, E62_OnlyTheRecordThatFailsIsParked) {
    begin("batch_size = 5\nreport_batch_item_failures = true\nmaximum_retry_attempts = 1");
    add({"a", "b", "c", "d", "e"});
    EXPECT_EQ(answer_next(named(2)), (Numbers{1, 2, 3, 4, 5}));
    EXPECT_TRUE(fed->sleep());
    const FunctionCall second = call();
    EXPECT_EQ(numbers_of(second), (Numbers{3, 4, 5}));
    EXPECT_EQ(second.attempt, 2U);

    answer(second, named(0));

    const FunctionCall rest = call();
    EXPECT_EQ(numbers_of(rest), (Numbers{4, 5})) << "at once";
    EXPECT_EQ(rest.attempt, 1U) << "with attempts of its own";
    answer(rest, taken());
    clock.advance(seconds(1));
    fed->note(NoteBy::time);
    EXPECT_EQ(parked(), Numbers{3});
    EXPECT_EQ(fed->parked.at(Position{3}).attempts, 2U);
    EXPECT_EQ(fed->parked.at(Position{3}).error, "the answer names it as failed");
    EXPECT_EQ(fed->place.record, Position{5});
}

TEST_F(FunctionFeedTest, E62_APartialAnswerIsNotBisected) {
    begin(
        "batch_size = 4\nreport_batch_item_failures = true\n"
        "bisect_batch_on_function_error = true\nmaximum_retry_attempts = 0");
    add({"a", "b", "c", "d"});

    EXPECT_EQ(answer_next(named(1)), (Numbers{1, 2, 3, 4}));

    EXPECT_EQ(answer_next(failed()), (Numbers{3, 4})) << "2 had its one try";
    EXPECT_EQ(answer_next(taken()), Numbers{3}) << "an error is bisected";
    EXPECT_EQ(answer_next(taken()), Numbers{4});
    fed->note(NoteBy::time);
    EXPECT_EQ(parked(), Numbers{2});
}

TEST_F(FunctionFeedTest, E62_TheLastOfABatchMayBeTheOneThatFails) {
    begin("batch_size = 3\nreport_batch_item_failures = true\nmaximum_retry_attempts = 0");
    add({"a", "b", "c", "d"});

    EXPECT_EQ(answer_next(named(2)), (Numbers{1, 2, 3}));
    EXPECT_EQ(answer_next(named(0)), Numbers{4});

    EXPECT_FALSE(next());
    fed->note(NoteBy::time);
    EXPECT_EQ(parked(), (Numbers{3, 4}));
    EXPECT_EQ(fed->place.record, Position{4});
}

// ---- lanes ----

// What is under way, answered in an order that a generator of its own draws.
class Scattered {
public:
    explicit Scattered(std::uint32_t seed) : random_(seed) {}

    void add(FunctionCall call) { calls_.push_back(std::move(call)); }
    [[nodiscard]] const std::vector<FunctionCall>& calls() const { return calls_; }
    FunctionCall take() {
        const auto one = calls_.begin() + static_cast<std::ptrdiff_t>(random_() % calls_.size());
        FunctionCall call = std::move(*one);
        calls_.erase(one);
        return call;
    }

private:
    std::minstd_rand random_;
    std::vector<FunctionCall> calls_;
};

TEST_F(FunctionFeedTest, E63_LanesKeepTheOrderOfEachItem) {
    constexpr int orders = 200;  // so that no lane has none
    constexpr int records = 5;
    for (std::uint32_t lanes = 1; lanes <= 10; ++lanes) {
        begin("batch_size = 3\nparallelization_factor = " + std::to_string(lanes));
        for (int i = 0; i < orders * records; ++i) {
            log->add("order-" + std::to_string(i * 7 % orders));
        }
        Scattered under_way(lanes);
        std::map<std::string, Numbers> by_order;
        std::size_t most = 0;
        while (true) {
            fed->read_some(11);
            while (auto call = fed->next()) under_way.add(*std::move(call));
            most = std::max(most, under_way.calls().size());
            std::set<std::string> busy;
            for (const FunctionCall& call : under_way.calls()) {
                std::set<std::string> own;
                for (const Position one : positions_of(call)) own.insert(log->order_at(one));
                for (const std::string& order : own) EXPECT_TRUE(busy.insert(order).second);
            }
            if (under_way.calls().empty() && !fed->read_some()) break;
            if (under_way.calls().empty()) continue;
            const FunctionCall call = under_way.take();
            for (const Position one : positions_of(call)) {
                by_order[log->order_at(one)].push_back(one.value);
            }
            answer(call, taken());
        }

        EXPECT_EQ(most, lanes);
        EXPECT_EQ(by_order.size(), static_cast<std::size_t>(orders));
        for (const auto& [order, numbers] : by_order) {
            EXPECT_EQ(numbers.size(), static_cast<std::size_t>(records)) << order;
            EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << order;
        }
        EXPECT_EQ(status().taken, static_cast<std::size_t>(orders * records));
    }
}

TEST_F(FunctionFeedTest, AnItemIsTheSameHoweverItsNumberIsSpelled) {
    const auto item_of = [](const std::string& number) {
        storage::ImageBuilder builder;
        const std::array values{builder.scalar(storage::ValueType::number, "sk", number)};
        return builder.finish(values);
    };
    const Config config = support::must(
        parse_config("[[table]]\nname = 'notes'\nkey = ['sk number']\n[[function]]\nname = 'f'\n"
                     "table = 'notes'\nurl = 'http://a'\nmaximum_retry_attempts = 0\n"
                     "hold = 'item'\nbatch_size = 1\n",
                     "freshet.toml"));
    begin("");
    FunctionFeed feed(*config.functions.front(), clock, 1, {}, {}, nullptr);
    std::vector<storage::Record> records;
    for (const std::string number : {"5", "5.0", "0.5e1", "6"}) {
        storage::Change change;
        change.table = "notes";
        change.kind = storage::ChangeKind::modify;
        change.sequence = support::must(storage::SequenceNumber::parse(number.substr(0, 1)));
        change.keys = item_of(number);
        log->add(std::move(change));
    }
    ASSERT_EQ(feed.begin_pass()->after, Position{0});
    for (const storage::Record& record : log->records()) {
        if (!feed.take(WatchedRecord(record, *config.catalog))) break;
    }

    const auto first = feed.next();
    feed.answer(first->number, failed());
    EXPECT_EQ(feed.begin_pass()->after, Position{2});
    for (const storage::Record& record : log->records()) {
        if (!feed.take(WatchedRecord(record, *config.catalog))) break;
    }

    const auto other = feed.next();
    ASSERT_TRUE(other);
    EXPECT_EQ(other->first, Position{4});
    EXPECT_EQ(feed.status().held, 2U);
}

TEST_F(FunctionFeedTest, AFullLaneStallsNoOtherAndMissesNothing) {
    begin("batch_size = 1\nparallelization_factor = 2");
    // Two orders of different lanes: two calls at once.
    std::string slow;
    std::string quick;
    for (char order = 'a'; order <= 'z' && quick.empty(); ++order) {
        log->add(std::string(1, order));
        const auto call = next();
        if (!call) continue;
        (slow.empty() ? slow : quick) = std::string(1, order);
    }
    ASSERT_FALSE(quick.empty());
    const std::string lines = "batch_size = 1\nparallelization_factor = 2";
    begin(lines);
    Numbers slow_ones;
    Numbers quick_ones;
    for (std::uint64_t i = 1; i <= 200; ++i) {
        log->add(i % 2 == 0 ? slow : quick);
        (i % 2 == 0 ? slow_ones : quick_ones).push_back(i);
    }
    std::optional<FunctionCall> stuck;
    Numbers taken_quick;
    while (true) {
        const bool has_read = fed->read_some();
        const auto call = fed->next();
        if (!call && !has_read) break;
        if (!call) continue;
        if (log->order_at(positions_of(*call).front()) == slow) {
            EXPECT_FALSE(stuck);
            stuck = call;
            continue;
        }
        taken_quick.push_back(call->first.value);
        answer(*call, taken());
    }
    EXPECT_EQ(taken_quick, quick_ones) << "all of them, while the other lane is stuck";
    EXPECT_EQ(status().place, Position{1});
    EXPECT_LE(status().waiting, 4U) << "the log is the queue";

    Numbers taken_slow{stuck->first.value};
    answer(*stuck, taken());
    fed->run([&](const FunctionCall& call) {
        taken_slow.push_back(call.first.value);
        return taken();
    });

    EXPECT_EQ(taken_slow, slow_ones) << "each once, in order";
    expect_done_with_everything();
}

// ---- what is parked ----

TEST_F(FunctionFeedTest, E61_WhatIsParkedIsHandedOverAgainWhenSomebodyAsks) {
    begin("batch_size = 1\nmaximum_retry_attempts = 1");
    add({"a", "b"});
    run_without({1});
    EXPECT_EQ(parked(), Numbers{1});
    EXPECT_FALSE(next());

    fed->ask_again(Position{1});

    const FunctionCall again = call();
    EXPECT_EQ(numbers_of(again), Numbers{1});
    EXPECT_EQ(again.attempt, 3U) << "after the two that failed";
    EXPECT_FALSE(next()) << "one at a time";
    answer(again, taken());
    const auto notices = fed->note(NoteBy::time);
    ASSERT_FALSE(notices.empty()) << "at once";
    EXPECT_EQ(notices.front().kind, NoticeKind::released);
    EXPECT_EQ(notices.front().function->record, Position{1});
    EXPECT_FALSE(notices.front().function->is_dropped);
    EXPECT_TRUE(fed->parked.empty());
    EXPECT_EQ(status().parked, 0U);
}

TEST_F(FunctionFeedTest, E61_WhatFailsAgainStaysParkedAfterOneTry) {
    begin("batch_size = 1\nmaximum_retry_attempts = 5");
    add({"a"});
    run_without({1});
    fed->ask_again(Position{1});

    answer_next(failed("still bad"));

    fed->note(NoteBy::time);
    EXPECT_EQ(fed->parked.at(Position{1}).status, ParkedAs::failed);
    EXPECT_EQ(fed->parked.at(Position{1}).attempts, 7U);
    EXPECT_EQ(fed->parked.at(Position{1}).error, "still bad");
    clock.advance(seconds(60));
    EXPECT_FALSE(next());
    EXPECT_EQ(fed->feed().due(), never);
}

TEST_F(FunctionFeedTest, E61_WhatDidNotReachTheFunctionIsStillAskedFor) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a"});
    run_without({1});
    fed->ask_again(Position{1});

    answer_next(throttled());
    EXPECT_FALSE(next());

    EXPECT_EQ(answer_later(taken()), Numbers{1});
}

TEST_F(FunctionFeedTest, E61_WhatWasEditedIsHandedOverAsItWasEdited) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a"});
    run_without({1});
    fed->ask_again(Position{1}, R"({"eventName":"MODIFY","edited":true})");

    const FunctionCall edited = call();
    EXPECT_EQ(edited.body, R"({"Records":[{"eventName":"MODIFY","edited":true}]})");
    EXPECT_EQ(edited.identifiers, std::vector<std::string>{"100001"});
    answer(edited, failed());

    fed->note(NoteBy::time);
    EXPECT_EQ(fed->parked.at(Position{1}).body, R"({"eventName":"MODIFY","edited":true})");
}

TEST_F(FunctionFeedTest, WhatIsDroppedWhileItIsUnderWayStaysDropped) {
    for (const bool succeeds : {true, false}) {
        begin("batch_size = 1\nmaximum_retry_attempts = 0");
        add({"a"});
        run_without({1});
        fed->ask_again(Position{1});
        const FunctionCall again = call();

        fed->drop(Position{1});
        answer(again, succeeds ? taken() : failed());

        EXPECT_TRUE(fed->note(NoteBy::now).empty());
        EXPECT_EQ(status().parked, 0U);
        EXPECT_FALSE(next());
    }
}

TEST_F(FunctionFeedTest, WithoutAHoldLaterRecordsPassTheParkedOne) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a", "a", "a"});

    run_without({1});

    EXPECT_EQ(taken_records, (Numbers{2, 3}));
    EXPECT_EQ(parked(), Numbers{1});
}

TEST_F(FunctionFeedTest, HeldLaterRecordsOfTheItemWaitForTheParkedOneAndFollowInOrder) {
    begin("batch_size = 2\nmaximum_retry_attempts = 0\nhold = 'item'");
    add({"a", "b", "a", "b", "a"});
    run_without({1, 2});
    EXPECT_EQ(taken_records, Numbers());
    EXPECT_EQ(parked(), (Numbers{1, 2, 3, 4, 5}));
    EXPECT_EQ(fed->parked.at(Position{1}).status, ParkedAs::failed);
    EXPECT_EQ(fed->parked.at(Position{3}).status, ParkedAs::held);
    EXPECT_EQ(fed->parked.at(Position{3}).attempts, 0U);
    EXPECT_EQ(status().held, 3U);

    const Position later = log->add("a");
    const Position other = log->add("c");
    run_without({});
    EXPECT_EQ(taken_records, Numbers{other.value});
    EXPECT_EQ(fed->parked.at(later).status, ParkedAs::held);

    taken_records.clear();
    fed->ask_again(Position{1});
    run_without({});
    EXPECT_EQ(taken_records, (Numbers{1, 3, 5, later.value}));
    EXPECT_EQ(parked(), (Numbers{2, 4}));
    const Position free = log->add("a");
    run_without({});
    EXPECT_EQ(taken_records.back(), free.value) << "nothing is before it any more";
    expect_done_with_everything();
}

TEST_F(FunctionFeedTest, AHeldRecordThatFailsHoldsTheRest) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    add({"a", "a", "a"});
    run_without({1});
    fed->ask_again(Position{1});
    taken_records.clear();

    run_without({2});

    EXPECT_EQ(taken_records, Numbers{1});
    EXPECT_EQ(fed->parked.at(Position{2}).status, ParkedAs::failed);
    EXPECT_EQ(fed->parked.at(Position{2}).attempts, 1U);
    EXPECT_EQ(fed->parked.at(Position{3}).status, ParkedAs::held);
}

// Nobody asked for it: it only had to wait.
TEST_F(FunctionFeedTest, E58_AHeldRecordHasAllItsTriesOnceItFollows) {
    begin("batch_size = 1\nmaximum_retry_attempts = 1\nhold = 'item'");
    add({"a", "a"});
    run_without({1});
    fed->ask_again(Position{1});
    EXPECT_EQ(answer_next(taken()), Numbers{1});

    EXPECT_EQ(answer_next(failed()), Numbers{2});

    fed->note(NoteBy::now);
    ASSERT_TRUE(fed->sleep());
    const auto second = next();
    ASSERT_TRUE(second) << "a failure that passes parks it for ever";
    EXPECT_EQ(numbers_of(*second), Numbers{2});
    answer(*second, taken());
    fed->note(NoteBy::now);
    EXPECT_TRUE(fed->parked.empty());
}

TEST_F(FunctionFeedTest, ANewRecordOfTheItemWaitsWhileTheFirstIsUnderWayAgain) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    add({"a"});
    run_without({1});
    fed->ask_again(Position{1});
    const FunctionCall again = call();

    const Position later = log->add("a");
    EXPECT_FALSE(next());
    answer(again, taken());

    EXPECT_EQ(answer_next(taken()), Numbers{later.value});
    EXPECT_FALSE(next());
    EXPECT_EQ(status().parked, 0U);
}

TEST_F(FunctionFeedTest, OnceTheFirstIsDroppedTheHeldOnesFollow) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    add({"a", "a", "a"});
    run_without({1});

    fed->drop(Position{1});
    taken_records.clear();
    run_without({});

    EXPECT_EQ(taken_records, (Numbers{2, 3}));
    EXPECT_TRUE(fed->parked.empty());
}

TEST_F(FunctionFeedTest, HeldRecordsOfABisectedBatchAreTakenOutOfItsHalves) {
    begin(
        "batch_size = 8\nmaximum_retry_attempts = 0\nhold = 'item'\n"
        "bisect_batch_on_function_error = true");
    add({"a", "b", "b", "c", "a", "b", "c", "b"});
    add({"b", "a"});

    run_without({2});

    EXPECT_EQ(parked(), (Numbers{2, 3, 6, 8, 9}));
    EXPECT_EQ(taken_records, (Numbers{1, 4, 5, 7, 10}));
}

TEST_F(FunctionFeedTest, WhatIsTooOldHoldsTheItemToo) {
    begin("maximum_record_age_s = 60\nhold = 'item'");
    log->set_time(noon);
    add({"a"});
    log->set_time(noon + seconds(30));
    add({"a", "b"});
    clock.set_wall(noon + seconds(61));

    EXPECT_EQ(answer_next(taken()), Numbers{3});
    EXPECT_EQ(status().held, 1U);
}

TEST_F(FunctionFeedTest, MoreHeldRecordsThanThereIsRoomForStopTheFunction) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    log->add("a");
    log->add("a", held_records_max);
    run_without({1});
    EXPECT_EQ(status().held, held_records_max);
    EXPECT_EQ(status().stopped, "") << "so many may wait";
    const Position other = log->add("b");
    EXPECT_EQ(answer_next(taken()), Numbers{other.value});

    log->add("a");
    log->add("b");

    EXPECT_FALSE(next());
    EXPECT_NE(status().stopped.find("10001 records wait"), std::string::npos) << status().stopped;
    fed->note(NoteBy::now);
    fed->crash();
    EXPECT_NE(status().stopped, "") << "a start begins no new room";
}

TEST_F(FunctionFeedTest, AFunctionThatHasStoppedTakesInNothingMore) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    log->add("a");
    log->add("a", held_records_max + 1);
    run_without({1});
    ASSERT_NE(status().stopped, "");

    log->add("a", 500);
    fed->read_all();

    EXPECT_EQ(status().held, held_records_max + 1) << "the log is the queue";
}

TEST_F(FunctionFeedTest, WhatIsAskedForIsHandedOverThoughTheFunctionHasStopped) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    log->add("a");
    log->add("a", held_records_max + 1);
    run_without({1});
    ASSERT_NE(status().stopped, "") << "it says: hand these over again or drop them";
    const Position last = log->add("b");
    taken_records.clear();

    fed->ask_again(Position{1});
    run_without({});

    EXPECT_EQ(taken_records.size(), held_records_max + 3U);
    EXPECT_NE(std::find(taken_records.begin(), taken_records.end(), last.value),
              taken_records.end());
    EXPECT_EQ(status().stopped, "");
    expect_done_with_everything();
}

TEST_F(FunctionFeedTest, WhatComesAgainAfterAStartIsNotInTheWayOfWhatIsAskedFor) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    add({"b", "a"});
    log->add("a", held_records_max + 1);
    run_without({2});
    fed->crash({});
    ASSERT_NE(status().stopped, "");
    const Position last = log->add("b");
    EXPECT_EQ(answer_next(taken()), Numbers{1}) << "it stands before what is parked";
    EXPECT_FALSE(next()) << "it has stopped";
    taken_records.clear();

    fed->ask_again(Position{2});
    run_without({});

    EXPECT_EQ(taken_records.size(), held_records_max + 3U);
    EXPECT_NE(std::find(taken_records.begin(), taken_records.end(), last.value),
              taken_records.end());
    expect_done_with_everything();
}

TEST_F(FunctionFeedTest, OnceEnoughIsDroppedItContinues) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
    log->add("a");
    log->add("a", held_records_max + 1);
    run_without({1});
    ASSERT_NE(status().stopped, "");
    taken_records.clear();

    fed->drop(Position{2});
    EXPECT_EQ(status().stopped, "");
    const Position last = log->add("b");
    run_without({});

    EXPECT_EQ(taken_records, Numbers{last.value});
}

// ---- what is noted ----

TEST_F(FunctionFeedTest, NotesAPlaceASecondAfterTheLastOrSoonerWithOthers) {
    begin("");
    add({"a"});
    answer_next(taken());
    EXPECT_TRUE(fed->feed().notes(NoteBy::time).empty());
    EXPECT_TRUE(fed->feed().notes(NoteBy::others).empty());
    EXPECT_EQ(fed->feed().note_due(), clock.now() + seconds(1));
    clock.advance(milliseconds(99));
    EXPECT_TRUE(fed->feed().notes(NoteBy::others).empty());
    clock.advance(milliseconds(1));
    EXPECT_TRUE(fed->feed().notes(NoteBy::time).empty());

    const auto notices = fed->note(NoteBy::others);

    ASSERT_EQ(notices.size(), 1U);
    EXPECT_EQ(notices.front().kind, NoticeKind::place);
    EXPECT_EQ(notices.front().name, "f");
    EXPECT_EQ(notices.front().function->record, Position{1});
    EXPECT_FALSE(notices.front().function->is_reset);
    EXPECT_EQ(fed->feed().note_due(), never);
    add({"a"});
    answer_next(taken());
    EXPECT_EQ(fed->note(NoteBy::now).size(), 1U);
}

TEST_F(FunctionFeedTest, AnIdleLogStaysAsItIs) {
    begin("batch_size = 10");
    add({"a"});
    run_without({});
    const Position head = log->head();
    EXPECT_TRUE(log->at(head).is_notice());

    fed->read_all();
    clock.advance(seconds(3'600));

    EXPECT_TRUE(fed->feed().notes(NoteBy::now).empty()) << "its own notice is nothing to note";
    EXPECT_EQ(fed->feed().due(), never);
    log->note({.kind = NoticeKind::revocation, .by = "ann", .name = "bob"});
    log->add_of_another_table();
    fed->read_all();
    EXPECT_TRUE(fed->feed().notes(NoteBy::now).empty());
    EXPECT_EQ(fed->feed().due(), never);
}

TEST_F(FunctionFeedTest, NotesAPlaceAfterManyRecordsOfOtherTables) {
    begin("");
    storage::Record other = log->at(log->add_of_another_table());
    const WatchedRecord watched(other, log->catalog());
    EXPECT_EQ(fed->feed().begin_pass()->after, Position{0});
    for (int i = 0; i < 99'999; ++i) fed->feed().take(watched);
    clock.advance(seconds(1));
    EXPECT_TRUE(fed->feed().notes(NoteBy::now).empty());

    fed->feed().take(watched);

    EXPECT_EQ(fed->note(NoteBy::time).size(), 1U);
}

TEST_F(FunctionFeedTest, NotesWhatIsParkedAtOnceTogetherWithThePlaceBehindIt) {
    begin("batch_size = 2\nmaximum_retry_attempts = 0");
    add({"a", "b", "c"});
    answer_next(failed());
    const FunctionCall under_way = call();
    EXPECT_EQ(fed->feed().note_due(), Clock::TimePoint{});

    const auto notices = fed->note(NoteBy::time);

    ASSERT_EQ(notices.size(), 3U);
    EXPECT_EQ(notices[0].kind, NoticeKind::parked);
    EXPECT_EQ(notices[0].function->record, Position{1});
    EXPECT_EQ(notices[1].kind, NoticeKind::parked);
    EXPECT_EQ(notices[1].function->record, Position{2});
    EXPECT_EQ(notices[2].kind, NoticeKind::place);
    EXPECT_EQ(notices[2].function->record, Position{2}) << "3 is under way";
    answer(under_way, taken());
}

TEST_F(FunctionFeedTest, ThePlacePassesNothingThatIsNotSettled) {
    begin("batch_size = 1\nparallelization_factor = 10");
    for (int i = 0; i < 60; ++i) log->add("order-" + std::to_string(i));
    Scattered under_way(7);
    std::set<std::uint64_t> settled;
    while (true) {
        fed->read_all();
        while (auto call = fed->next()) under_way.add(*std::move(call));
        if (under_way.calls().empty()) break;
        const FunctionCall call = under_way.take();
        answer(call, taken());
        settled.insert(call.first.value);
        clock.advance(seconds(1));
        const Position before = fed->place.record;
        fed->note(NoteBy::time);
        EXPECT_GE(fed->place.record, before);
        for (std::uint64_t i = 1; i <= fed->place.record.value && i <= 60; ++i) {
            EXPECT_TRUE(settled.contains(i)) << i << " is not settled";
        }
        EXPECT_EQ(status().place >= fed->place.record, true);
    }
    EXPECT_GE(fed->place.record, Position{60});
}

TEST_F(FunctionFeedTest, OneBatchOfNotesIsUnderWayAtATime) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a", "b"});
    answer_next(failed());
    EXPECT_EQ(fed->take_notes(NoteBy::now).size(), 2U);
    fed->append_notes();
    answer_next(failed());

    EXPECT_TRUE(fed->feed().notes(NoteBy::now).empty());
    EXPECT_EQ(fed->feed().note_due(), never);
    fed->hear_notes();

    const auto notices = fed->note(NoteBy::now);
    ASSERT_EQ(notices.size(), 2U);
    EXPECT_EQ(notices[0].function->record, Position{2});
    EXPECT_EQ(notices[1].kind, NoticeKind::place);
    EXPECT_GE(notices[1].function->record, Position{2});
}

TEST_F(FunctionFeedTest, WhatCouldNotBeAppendedComesAgain) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a", "b"});
    answer_next(failed());
    answer_next(taken());
    EXPECT_EQ(fed->take_notes(NoteBy::now).size(), 2U);

    fed->fail_notes();

    EXPECT_TRUE(fed->feed().notes(NoteBy::now).empty()) << "not at once";
    EXPECT_EQ(fed->feed().note_due(), clock.now() + seconds(1));
    clock.advance(seconds(1));
    const auto notices = fed->note(NoteBy::time);
    ASSERT_EQ(notices.size(), 2U);
    EXPECT_EQ(notices[0].kind, NoticeKind::parked);
    EXPECT_EQ(notices[1].function->record, Position{2});
    EXPECT_TRUE(fed->feed().notes(NoteBy::now).empty());
}

TEST_F(FunctionFeedTest, WhatCouldNotBeAppendedIsOvertakenByAnOrderThatCameMeanwhile) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a"});
    run_without({1});
    fed->ask_again(Position{1});
    answer_next(failed("again"));
    ASSERT_FALSE(fed->take_notes(NoteBy::now).empty());
    fed->ask_again(Position{1});
    EXPECT_FALSE(next()) << "what is to be noted is on its way";

    fed->fail_notes();

    clock.advance(seconds(1));
    EXPECT_TRUE(fed->note(NoteBy::time).empty()) << "it would come too late";
    EXPECT_EQ(fed->parked.at(Position{1}).status, ParkedAs::again);
    EXPECT_TRUE(next());
}

TEST_F(FunctionFeedTest, AnOrderThatComesBeforeWhatIsNotedCountsInItsPlace) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a"});
    run_without({1});
    fed->ask_again(Position{1});
    answer_next(failed("again"));
    ASSERT_FALSE(fed->take_notes(NoteBy::now).empty());
    fed->drop(Position{1});

    fed->append_notes();
    fed->hear_notes();

    EXPECT_TRUE(fed->parked.empty()) << "it is not parked once more";
    EXPECT_EQ(status().parked, 0U);
    clock.advance(seconds(60));
    EXPECT_FALSE(next());
}

TEST_F(FunctionFeedTest, AnOrderDuringTheCallCountsOnceItIsAnswered) {
    for (const bool is_taken : {true, false}) {
        begin("batch_size = 1\nmaximum_retry_attempts = 0\nhold = 'item'");
        add({"a", "a", "a"});
        run_without({1});
        fed->ask_again(Position{1});
        const FunctionCall under_way = call();

        fed->drop(Position{1});
        EXPECT_FALSE(next()) << "those that follow wait for the answer";
        answer(under_way, is_taken ? taken() : failed());

        EXPECT_EQ(fed->note(NoteBy::now).size(), 0U) << "the drop has said all";
        clock.advance(seconds(1));
        EXPECT_EQ(numbers_of(call()), Numbers{2});
    }
}

TEST_F(FunctionFeedTest, WhatWasDroppedBeforeItsLaneHasComeToItIsNotHandedOver) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a"});
    run_without({1});
    fed->crash({});

    fed->drop(Position{1});

    EXPECT_FALSE(next());
    EXPECT_EQ(status().waiting, 0U);
}

TEST_F(FunctionFeedTest, APlaceAloneThatCouldNotBeAppendedComesAgain) {
    begin("");
    add({"a"});
    answer_next(taken());
    EXPECT_EQ(fed->take_notes(NoteBy::now).size(), 1U);
    fed->fail_notes();
    clock.advance(seconds(1));

    EXPECT_EQ(fed->note(NoteBy::time).size(), 1U);
    EXPECT_EQ(fed->place.record, Position{1});
}

TEST_F(FunctionFeedTest, MoreThanOneBatchHasRoomForIsNotedInOrderBeforeThePlaceMovesOn) {
    begin("batch_size = 3000\nmaximum_retry_attempts = 0");
    log->add("a", 2'500);
    answer_next(failed());

    for (const std::uint64_t last : {1'000U, 2'000U, 2'500U}) {
        const auto notices = fed->note(NoteBy::now);
        EXPECT_LE(notices.size(), 1'001U);
        ASSERT_FALSE(notices.empty());
        EXPECT_EQ(notices.back().kind, NoticeKind::place);
        EXPECT_EQ(fed->place.record, Position{last});
        EXPECT_EQ(fed->parked.size(), last) << "no place is before what is parked";
    }
    EXPECT_TRUE(fed->note(NoteBy::now).empty());
}

// The lane that was behind has nothing of its own there, but others have.
TEST_F(FunctionFeedTest, NotesThePlaceToWhichALaneHasCaughtUp) {
    begin("batch_size = 1\nparallelization_factor = 2");
    std::string slow;
    std::string quick;
    for (char order = 'a'; order <= 'z' && quick.empty(); ++order) {
        log->add(std::string(1, order));
        if (!next()) continue;
        (slow.empty() ? slow : quick) = std::string(1, order);
    }
    begin("batch_size = 1\nparallelization_factor = 2");
    add({slow, slow, slow, slow});
    for (int i = 0; i < 100; ++i) log->add(quick);
    std::optional<FunctionCall> stuck;
    while (true) {
        const bool has_read = fed->read_some();
        const auto call = fed->next();
        if (!call && !has_read) break;
        if (!call) continue;
        if (call->first == Position{1}) {
            stuck = call;
        } else {
            answer(*call, taken());
        }
    }
    ASSERT_TRUE(stuck);
    answer(*stuck, taken());
    for (std::uint64_t i = 2; i <= 4; ++i) {
        const auto call = fed->next();
        ASSERT_TRUE(call);
        EXPECT_EQ(call->first, Position{i});
        answer(*call, taken());
        if (i == 2) fed->read_some(1);
    }
    clock.advance(seconds(1));
    fed->note(NoteBy::time);
    EXPECT_EQ(fed->place.record, Position{4}) << "no further has it read again";

    fed->read_all();
    EXPECT_FALSE(fed->next());
    EXPECT_GE(status().place, Position{104});
    clock.advance(seconds(1));
    fed->note(NoteBy::now);

    EXPECT_GE(fed->place.record, Position{104}) << "all of it is settled";
}

TEST_F(FunctionFeedTest, E67_AfterACrashContinuesBehindThePlaceThatWasNoted) {
    begin("batch_size = 2\nmaximum_retry_attempts = 0");
    add({"a", "b", "c", "d", "e"});
    answer_next(taken());
    fed->note(NoteBy::now);
    answer_next(failed());  // parked, and not noted yet

    fed->crash();

    EXPECT_EQ(answer_next(taken()), (Numbers{3, 4}));
    EXPECT_EQ(answer_next(taken()), Numbers{5});
    fed->note(NoteBy::now);
    EXPECT_TRUE(fed->parked.empty());
    fed->crash();
    EXPECT_FALSE(next());
}

TEST_F(FunctionFeedTest, AfterACrashDoesNotHandOverByItselfWhatIsParked) {
    begin("batch_size = 1\nparallelization_factor = 2\nmaximum_retry_attempts = 0");
    for (int i = 0; i < 60; ++i) log->add("order-" + std::to_string(i));
    fed->read_all();
    std::vector<FunctionCall> first;
    while (auto call = fed->next()) first.push_back(*std::move(call));
    ASSERT_EQ(first.size(), 2U);
    const FunctionCall& late = first[0].first > first[1].first ? first[0] : first[1];
    answer(late, failed());
    fed->note(NoteBy::now);
    ASSERT_EQ(parked(), Numbers{late.first.value});
    EXPECT_EQ(fed->place.record, Position{0}) << "the other one is before it";

    fed->crash();
    run_without({});

    EXPECT_EQ(taken_records.size(), 59U);
    EXPECT_EQ(std::count(taken_records.begin(), taken_records.end(), late.first.value), 0);
    EXPECT_EQ(parked(), Numbers{late.first.value});
}

// Another lane kept the place before them. They were taken, and come again.
TEST_F(FunctionFeedTest, AfterACrashWhatWasBeforeAParkedRecordWaitsForNobody) {
    begin("batch_size = 10\nmaximum_retry_attempts = 2\nhold = 'item'");
    add({"a", "a", "a", "a"});
    fed->parked.insert_or_assign(Position{3},
                                 ParkedRecord{.record = Position{3},
                                              .table = "orders",
                                              .keys = storage::Image(log->at(Position{3}).keys()),
                                              .status = ParkedAs::failed,
                                              .attempts = 3});
    fed->crash();

    run_without({});

    EXPECT_EQ(taken_records, (Numbers{1, 2}));
    EXPECT_EQ(parked(), (Numbers{3, 4}));
    EXPECT_EQ(fed->parked.at(Position{3}).status, ParkedAs::failed);
    EXPECT_EQ(fed->parked.at(Position{4}).status, ParkedAs::held);
}

TEST_F(FunctionFeedTest, AfterACrashWhatIsAskedForFollowsWhatComesAgainBeforeIt) {
    begin("batch_size = 10\nmaximum_retry_attempts = 2\nhold = 'item'");
    add({"a", "a", "a", "b"});
    fed->parked.insert_or_assign(Position{3},
                                 ParkedRecord{.record = Position{3},
                                              .table = "orders",
                                              .keys = storage::Image(log->at(Position{3}).keys()),
                                              .status = ParkedAs::again,
                                              .attempts = 3});
    fed->crash();
    fed->read_all();

    std::size_t most = 0;
    Numbers of_the_item;
    while (true) {
        std::vector<FunctionCall> under_way;
        while (auto call = fed->next()) under_way.push_back(*std::move(call));
        if (under_way.empty()) break;
        most = std::max(most, under_way.size());
        for (const FunctionCall& call : under_way) {
            for (const std::uint64_t one : numbers_of(call)) {
                if (one != 4) of_the_item.push_back(one);
            }
            answer(call, taken());
        }
    }

    EXPECT_EQ(most, 1U);
    EXPECT_EQ(of_the_item, (Numbers{1, 2, 3}));
}

TEST_F(FunctionFeedTest, WhatItNotesRestsOnWhereItWasPut) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a", "b", "c", "d"});
    fed->crash({.record = Position{2}, .reset = Position{77}});
    EXPECT_EQ(fed->feed().reset(), Position{77});

    EXPECT_EQ(answer_next(failed()), Numbers{3});

    const auto notices = fed->note(NoteBy::now);
    ASSERT_EQ(notices.size(), 2U);
    for (const Notice& notice : notices) {
        EXPECT_EQ(notice.function->reset, Position{77});
        EXPECT_FALSE(notice.function->is_reset);
    }
}

// ---- pauses ----

TEST_F(FunctionFeedTest, PausesDoubleFromATenthOfASecondToThirty) {
    begin("");
    add({"a"});
    milliseconds longest{100};
    for (int i = 0; i < 15; ++i) {
        answer_next(failed());
        const auto pause = fed->feed().due() - clock.now();
        EXPECT_GE(pause, longest / 2) << i;
        EXPECT_LE(pause, longest) << i;
        EXPECT_TRUE(fed->sleep());
        longest = std::min<milliseconds>(longest * 2, seconds(30));
    }
    answer_next(taken());
    add({"a"});
    answer_next(failed());
    EXPECT_LE(fed->feed().due() - clock.now(), milliseconds(100)) << "a success begins again";
}

TEST_F(FunctionFeedTest, PausesForAsLongAsTheAnswerSaysWithinBounds) {
    struct Case {
        seconds said;
        milliseconds least;
        milliseconds most;
    };
    for (const Case& one : {Case{seconds(7), seconds(7), seconds(7)},
                            Case{seconds(0), milliseconds(50), milliseconds(100)},
                            Case{seconds(900), seconds(900), seconds(900)},
                            Case{seconds(1'000'000), seconds(900), seconds(900)}}) {
        for (const bool reached : {true, false}) {
            begin("");
            add({"a"});
            FunctionAnswer said = no_answer("answered", reached);
            said.retry_after = one.said;

            answer_next(said);

            const auto pause = fed->feed().due() - clock.now();
            EXPECT_GE(pause, one.least);
            EXPECT_LE(pause, one.most);
            clock.advance(one.least - milliseconds(1));
            EXPECT_FALSE(next());
            clock.advance(one.most - one.least + milliseconds(1));
            EXPECT_TRUE(next());
        }
    }
}

TEST_F(FunctionFeedTest, SaysHowItIsDoing) {
    begin("batch_size = 2\nmaximum_retry_attempts = 0");
    log->set_time(noon - seconds(40));
    add({"a"});
    log->set_time(noon);
    add({"b", "c"});
    const FunctionCall first = call();

    FeedStatus seen = status();
    EXPECT_EQ(seen.place, Position{0});
    EXPECT_EQ(seen.oldest, noon - seconds(40));
    EXPECT_EQ(seen.waiting, 3U);
    EXPECT_EQ(seen.under_way, 1U);
    EXPECT_EQ(seen.calls, 1U);
    answer(first, failed("answered 500"));
    seen = status();
    EXPECT_EQ(seen.place, Position{2});
    EXPECT_EQ(seen.oldest, noon);
    EXPECT_EQ(seen.parked, 2U);
    EXPECT_EQ(seen.parked_ever, 2U);
    EXPECT_EQ(seen.error, "answered 500");
    answer_next(taken());
    seen = status();
    EXPECT_EQ(seen.oldest, std::nullopt);
    EXPECT_EQ(seen.taken, 1U);
    EXPECT_EQ(seen.failed_calls, 1U);
    EXPECT_EQ(seen.error, "");
}

TEST_F(FunctionFeedTest, HandsOverOthersWhileWhatIsParkedCannotBeRead) {
    begin("batch_size = 1\nmaximum_retry_attempts = 0");
    add({"a"});
    run_without({1});
    fed->ask_again(Position{1});
    bool is_readable = false;
    FunctionFeed feed(log->function(), clock, log->epoch(), fed->place, fed->all_parked(),
                      [&](Position position) -> Result<storage::Record> {
                          if (!is_readable) return fail(Errc::io, "no disk");
                          return log->at(position);
                      });

    const Position other = log->add("b");
    ASSERT_TRUE(feed.begin_pass());
    feed.take(WatchedRecord(log->at(other), log->catalog()));

    EXPECT_EQ(numbers_of(feed.next().value()), Numbers{other.value});
    EXPECT_EQ(feed.status().error, "no disk");
    EXPECT_FALSE(feed.next());

    is_readable = true;
    clock.advance(seconds(1));
    EXPECT_EQ(numbers_of(feed.next().value()), Numbers{1});
}

}  // namespace
}  // namespace freshet::engine
