// A function that a test feeds by hand: a log of orders, and what it notes of itself, as
// http/functions/ would append it.
//
// Records of orders have numbers of their own, from which their positions can be told, so that a
// test knows what a call has.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "engine/functions/function_feed.h"
#include "storage/data_folder.h"
#include "storage/record.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/held_clock.h"

namespace freshet::support {

// The configuration of table `orders`, key `pk`, a table `others`, and a function `f` of orders
// with these lines.
std::string function_configuration(const std::string& lines);

class FunctionLog {
public:
    explicit FunctionLog(const std::string& function_lines = {});
    ~FunctionLog();

    [[nodiscard]] const engine::Function& function() const { return *config_.functions.front(); }
    [[nodiscard]] const engine::Catalog& catalog() const { return *config_.catalog; }
    [[nodiscard]] std::uint64_t epoch() const;
    [[nodiscard]] storage::Position head() const;

    // When what follows is appended.
    void set_time(storage::AppendTime time) { time_ = time; }

    // Each appends a record. That of an order is a MODIFY with its key and these texts.
    storage::Position add(const std::string& order,
                          const std::map<std::string, std::string>& attributes = {});
    // So many of one order. Returns the last.
    storage::Position add(const std::string& order, std::size_t count);
    storage::Position add(const storage::Change& change);
    storage::Position add_import(const std::string& order);
    storage::Position add_of_another_table();
    storage::Position note(const storage::Notice& notice);

    [[nodiscard]] const std::vector<storage::Record>& records() const { return records_; }
    [[nodiscard]] const storage::Record& at(storage::Position position) const;
    // Whose record it is.
    [[nodiscard]] std::string order_at(storage::Position position) const;

private:
    [[nodiscard]] storage::Change change_of(const std::string& order, storage::Position position,
                                            const std::map<std::string, std::string>& attributes);

    engine::Config config_;
    TempFolder folder_;
    std::unique_ptr<storage::DataFolder> data_;
    storage::AppendTime time_{std::chrono::seconds(1'800'000'000)};
    std::vector<storage::Record> records_;
};

// The positions of the records that the call has.
std::vector<storage::Position> positions_of(const engine::FunctionCall& call);

class FedFunction {
public:
    // Begins before the first record. Borrows both.
    FedFunction(FunctionLog& log, HeldClock& clock);

    // Drops the feed, and makes another one of what was noted.
    void crash() { crash(place); }
    void crash(const engine::FunctionPlace& from);

    // Reads a part of the log, as http/functions/function_driver.cc does. Returns whether there was
    // anything to be read.
    bool read_some(std::size_t records = 7);
    void read_all();

    [[nodiscard]] std::optional<engine::FunctionCall> next();
    void answer(const engine::FunctionCall& call, const engine::FunctionAnswer& answer);

    // Appends what is to be noted, and tells the feed. Returns it.
    std::vector<storage::Notice> note(engine::FunctionFeed::NoteBy by);
    // The same, step by step: what is to be noted is on its way; in the log, where it is not too
    // late; and the feed hears of that, or that nothing was appended.
    std::vector<storage::Notice> take_notes(engine::FunctionFeed::NoteBy by);
    void append_notes();
    void hear_notes();
    void fail_notes();

    // Somebody asks for what is parked to be handed over again, or drops it.
    void ask_again(storage::Position record, const std::string& body = {});
    void drop(storage::Position record);

    // Sets the clock to when there may be something; false if that is never.
    bool sleep();

    // Reads, calls, notes and sleeps until there is nothing to do, at most so many times.
    // `answer_to` says what becomes of each call.
    using AnswerTo = std::function<engine::FunctionAnswer(const engine::FunctionCall& call)>;
    void run(const AnswerTo& answer_to, std::size_t turns_max = 100'000);

    [[nodiscard]] engine::FunctionFeed& feed() { return *feed_; }
    [[nodiscard]] FunctionLog& log() { return log_; }
    [[nodiscard]] HeldClock& clock() { return clock_; }
    [[nodiscard]] std::vector<engine::ParkedRecord> all_parked() const;

    // As the log's notices have it.
    engine::FunctionPlace place;
    std::map<storage::Position, engine::ParkedRecord> parked;
    bool takes_what_is_late = false;  // as the log must not

private:
    // Returns where the notice stands; 0 if it came too late.
    storage::Position take_in(const storage::Notice& notice);
    [[nodiscard]] bool is_late(const storage::Notice& notice) const;
    void learn(storage::Position record);
    void learn_all();
    void order(storage::Notice notice);

    FunctionLog& log_;
    HeldClock& clock_;
    std::unique_ptr<engine::FunctionFeed> feed_;
    std::vector<storage::Notice> noting_;
    std::vector<storage::Position> noted_;
};

// What becomes of a call.
engine::FunctionAnswer taken();
engine::FunctionAnswer failed(const std::string& error = "answered 500");
engine::FunctionAnswer throttled();
engine::FunctionAnswer named(std::size_t index);

}  // namespace freshet::support
