// A disk that fills up while the server runs, or has no room when it starts: writers are told so,
// readers notice nothing, and writes are taken again once there is room.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/disks/small_disk.h"
#include "tests/readers/exposition.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

using support::EventReader;
using support::HttpClient;
using support::SmallDisk;

constexpr std::uint64_t mebibyte = 1U << 20U;
constexpr std::chrono::seconds patience{60};  // reached only when something hangs

std::string config_on(const SmallDisk& disk, std::uint64_t ballast_bytes) {
    const std::string total =
        "[[table.total]]\nname = \"by-status\"\nby = \"status\"\nvalues = [\"count\"]\n";
    const std::string storage =
        "path = \"" + disk.file("data") + "\"\nballast_bytes = " + std::to_string(ballast_bytes);
    std::string config = with(watched_config(), "path = \"data\"", storage);
    return config.insert(config.rfind("[[table]]"), total);  // of the first table
}

bool await(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

// Writes new orders, one after the other, and notes what became of each.
class OrderWriter {
public:
    OrderWriter(std::uint16_t port, std::string name)
        : port_(port), name_(std::move(name)), thread_(&OrderWriter::work, this) {}
    ~OrderWriter() { stop(); }
    OrderWriter(const OrderWriter&) = delete;
    OrderWriter& operator=(const OrderWriter&) = delete;

    void stop() {
        is_stopped_ = true;
        if (thread_.joinable()) thread_.join();
    }

    [[nodiscard]] int taken() const { return taken_; }
    [[nodiscard]] int refused() const { return refused_; }

    // After stop().
    [[nodiscard]] const std::vector<std::string>& taken_orders() const { return taken_orders_; }
    [[nodiscard]] const std::vector<std::string>& refused_orders() const { return refused_orders_; }
    [[nodiscard]] const std::vector<std::string>& wrong_answers() const { return wrong_answers_; }

    static std::string record_of(const std::string& order) {
        return inserted(order, 1,
                        attribute("creator", "ann") + ',' +
                            attribute("note", std::string(20'000, order.back())))
            .text();
    }

private:
    void work() {
        HttpClient client(port_);
        for (int i = 0; !is_stopped_; ++i) {
            const std::string order = name_ + std::to_string(i);
            const HttpAnswer answer = client.request(
                "POST", "/records", {"Content-Type: application/json"}, record_of(order));
            if (answer.status == 200) {
                taken_orders_.push_back(order);
                ++taken_;
                continue;
            }
            refused_orders_.push_back(order);
            ++refused_;
            const bool is_right = answer.status == 507 && !answer.header("Retry-After").empty() &&
                                  contains(answer.header("Content-Type"), "problem+json") &&
                                  contains(answer.body, "make room");
            if (!is_right) {
                wrong_answers_.push_back(std::to_string(answer.status) + ' ' + answer.body);
            }
        }
    }

    std::uint16_t port_;
    std::string name_;
    std::atomic<bool> is_stopped_ = false;
    std::atomic<int> taken_ = 0;
    std::atomic<int> refused_ = 0;
    std::vector<std::string> taken_orders_;
    std::vector<std::string> refused_orders_;
    std::vector<std::string> wrong_answers_;
    std::thread thread_;
};

// Reads these targets over and over, and notes each answer that is none.
class Reader {
public:
    Reader(std::uint16_t port, std::vector<std::string> targets)
        : port_(port), targets_(std::move(targets)), thread_(&Reader::work, this) {}
    ~Reader() { stop(); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void stop() {
        is_stopped_ = true;
        if (thread_.joinable()) thread_.join();
    }

    [[nodiscard]] int answered() const { return answered_; }
    // After stop().
    [[nodiscard]] const std::vector<std::string>& failed() const { return failed_; }

private:
    void work() {
        HttpClient client(port_);
        while (!is_stopped_) {
            for (const std::string& target : targets_) {
                const HttpAnswer answer = client.get(target);
                ++answered_;
                if (answer.status == 200) continue;
                failed_.push_back(target + ": " + std::to_string(answer.status) + ' ' +
                                  answer.body);
            }
        }
    }

    std::uint16_t port_;
    std::vector<std::string> targets_;
    std::atomic<bool> is_stopped_ = false;
    std::atomic<int> answered_ = 0;
    std::vector<std::string> failed_;
    std::thread thread_;
};

const std::vector<std::string> reads = {"/views/order/first",
                                        "/views/my-orders/ann?limit=10",
                                        "/views/all-orders?limit=5",
                                        "/tables/orders/items/first",
                                        "/views/by-status/OPEN",
                                        "/tables/orders/items/first/history",
                                        "/records?limit=3",
                                        "/status",
                                        "/readyz",
                                        "/metrics",
                                        "/tables/orders/sources",
                                        "/"};

// How often each order is in the log.
std::map<std::string, int> orders_in_log(System& system) {
    std::map<std::string, int> found;
    for (const JsonValue& record : system.log()) {
        ++found[record["dynamodb"]["Keys"]["pk"]["S"].text()];
    }
    return found;
}

std::string first_of(const std::vector<std::string>& texts) {
    return texts.empty() ? "" : std::to_string(texts.size()) + ", such as " + texts.front();
}

// Ends the server where a test fails early, so that nobody waits for it.
class Killed {
public:
    explicit Killed(System& system) : system_(system) {}
    ~Killed() {
        if (system_.process().running()) system_.kill();
    }
    Killed(const Killed&) = delete;
    Killed& operator=(const Killed&) = delete;

private:
    System& system_;
};

class FullDiskTest : public ::testing::Test {
protected:
    void start() {
        ASSERT_TRUE(system.start());
        system.append(order_record("first", 1, "OPEN"));
    }

    bool takes_writes() {
        ++sequence;
        return system.post(inserted("again", sequence).text()).status == 200;
    }

    std::optional<double> metric(const std::string& name) {
        return support::Exposition(system.get("/metrics").body).value(name);
    }

    SmallDisk disk{96 * mebibyte};
    System system{config_on(disk, 0)};
    std::uint64_t sequence = 0;
};

TEST_F(FullDiskTest, O2O3IsTheWritersToHearOfAndNobodyElses) {
    start();
    EventReader watcher(system.process().port(), from_earliest());
    std::vector<Frame> frames;
    // Ends with the first server.
    auto watching = std::async(std::launch::async, [&] {
        while (auto frame = watcher.next()) frames.push_back(*std::move(frame));
    });
    const Killed killed(system);
    Reader some(system.process().port(), reads);
    Reader others(system.process().port(), reads);
    std::vector<std::unique_ptr<OrderWriter>> writers;
    for (const char* name : {"a", "b", "c"}) {
        writers.push_back(std::make_unique<OrderWriter>(system.process().port(), name));
    }
    const auto sum = [&](auto count) {
        int all = 0;
        for (const auto& writer : writers) all += ((*writer).*count)();
        return all;
    };

    // Filled up to the last byte and emptied again while they write.
    for (int round = 0; round < 3; ++round) {
        const int taken = sum(&OrderWriter::taken);
        const int refused = sum(&OrderWriter::refused);
        ASSERT_TRUE(await([&] { return sum(&OrderWriter::taken) >= taken + 100; }))
            << "round " << round << ": " << system.get("/status").body;
        ASSERT_TRUE(await([&] {
            disk.fill();
            return sum(&OrderWriter::refused) >= refused + 300;
        }));
        disk.make_room();
    }
    ASSERT_TRUE(await([&] { return takes_writes(); }));

    some.stop();
    others.stop();
    EXPECT_GT(some.answered(), 100);
    EXPECT_EQ(first_of(some.failed()), "");
    EXPECT_EQ(first_of(others.failed()), "");
    std::set<std::string> refused;
    for (const auto& writer : writers) {
        writer->stop();
        EXPECT_EQ(first_of(writer->wrong_answers()), "");
        refused.insert(writer->refused_orders().begin(), writer->refused_orders().end());
    }
    ASSERT_GE(refused.size(), 900U);

    // What was acknowledged is there once; what was not may be there, and once at most.
    for (int i = 0; i < 2; ++i) {
        const auto found = orders_in_log(system);
        for (const auto& writer : writers) {
            for (const std::string& order : writer->taken_orders()) {
                ASSERT_EQ(found.contains(order) ? found.at(order) : 0, 1) << order;
            }
        }
        for (const auto& [order, times] : found) {
            if (order != "again") {
                ASSERT_EQ(times, 1) << order;
            }
        }
        system.stop();
        ASSERT_TRUE(system.start());
    }
    // A writer that sends again has it there once as well.
    int sent = 0;
    for (const std::string& order : refused) {
        if (++sent > 50) break;
        system.append(OrderWriter::record_of(order));
    }
    const auto found = orders_in_log(system);
    for (const auto& [order, times] : found) {
        if (order != "again") {
            ASSERT_EQ(times, 1) << order;
        }
    }
    // The watcher heard each once and in order.
    std::uint64_t last = 0;
    std::set<std::string> heard;
    watching.wait();
    for (const Frame& frame : frames) {
        if (frame.event != "new-order") continue;
        const std::uint64_t position = position_in(frame.id.value_or(""));
        ASSERT_GT(position, last);
        last = position;
        heard.insert(json(frame.data)["id"].text());
    }
    for (const auto& writer : writers) {
        for (const std::string& order : writer->taken_orders()) {
            ASSERT_TRUE(heard.contains(order)) << order;
        }
    }
    system.stop();
}

TEST_F(FullDiskTest, IsShownToThoseWhoRunTheServer) {
    start();
    EXPECT_EQ(metric("freshet_disk_full"), 0);
    EXPECT_EQ(system.read("/status")["disk"]["full"].text(), "false");

    disk.fill();
    ASSERT_TRUE(await([&] { return metric("freshet_disk_full") == 1; })) << "also if nobody writes";

    const JsonValue status = system.read("/status");
    EXPECT_EQ(status["mode"].text(), "read-only");
    EXPECT_EQ(status["disk"]["full"].text(), "true");
    EXPECT_NE(status["fault"].text(), "");
    EXPECT_EQ(json(system.get("/readyz").body)["status"].text(), "read-only");
    EXPECT_EQ(metric("freshet_serving"), 0);
    const std::string server = "http://127.0.0.1:" + std::to_string(system.process().port());
    const ProcessEnd told = run({"status", "--server", server});
    EXPECT_EQ(told.exit_code, 1);
    EXPECT_TRUE(contains(told.output, "writes       refused: ")) << told.output;
    EXPECT_TRUE(contains(run({"check", system.config_path()}).output, "has only 0 MiB left"));

    disk.make_room();
    ASSERT_TRUE(await([&] { return metric("freshet_disk_full") == 0; }));
    EXPECT_TRUE(takes_writes());
    system.stop();
    EXPECT_EQ(run({"status", "--server", server}).exit_code, 1);
}

TEST_F(FullDiskTest, EndsEveryKindOfWriteWith507) {
    start();
    disk.fill();
    ASSERT_TRUE(await([&] { return !takes_writes(); }));

    const HttpHeaders lines{"Content-Type: application/x-ndjson"};
    HttpClient client(system.process().port());
    const std::string adoption = R"({"stream":"arn:aws:dynamodb:eu-west-1:1:table/x/stream/2027"})";
    for (const auto& [target, headers, body] :
         std::vector<std::tuple<std::string, HttpHeaders, std::string>>{
             {"/records", {"Content-Type: application/json"}, inserted("z", 1).text()},
             {"/records?partial=1", {"Content-Type: application/json"}, inserted("z", 1).text()},
             {"/records", lines, inserted("z", 1).text() + "\n"},
             {"/tables/orders/sources", {"Content-Type: application/json"}, adoption}}) {
        const HttpAnswer answer = client.request("POST", target, headers, body);
        EXPECT_EQ(answer.status, 507) << target << ": " << answer.body;
    }
    system.stop();
}

TEST_F(FullDiskTest, IsNoReasonNotToStart) {
    start();
    system.append(order_record("second", 1, "OPEN"));
    for (const bool is_killed : {true, false}) {
        if (is_killed) {
            system.kill();  // so that the state on the disk is older than the log
        } else {
            system.stop();
        }
        disk.fill();

        ASSERT_TRUE(system.start());

        EXPECT_EQ(json(system.get("/readyz").body)["status"].text(), "read-only");
        for (const std::string& target : reads) {
            EXPECT_EQ(system.get(target).status, 200) << target;
        }
        EXPECT_EQ(system.read("/views/order/second")["id"].text(), "second");
        EXPECT_EQ(system.read("/views/by-status/OPEN")["count"].text(), "2");
        EventReader watcher(system.process().port(), from_earliest());
        EXPECT_EQ(position_in(watcher.next_event().id.value_or("")), 1U);
        EXPECT_FALSE(takes_writes());

        disk.make_room();
        ASSERT_TRUE(await([&] { return takes_writes(); }));
        EXPECT_EQ(system.read("/views/order/second")["id"].text(), "second");
    }
    system.stop();
}

// Also where there is a little room: less than one mebibyte at a time is tried.
TEST_F(FullDiskTest, WithLittleRoomStartsToReadAtLeast) {
    start();
    system.kill();
    for (const std::uint64_t left : {1, 3, 5, 7, 9, 11, 13, 18}) {
        disk.make_room();
        disk.fill(left * mebibyte);

        ASSERT_TRUE(system.start()) << left;

        for (const std::string& target : reads) {
            EXPECT_EQ(system.get(target).status, 200) << target << " with " << left;
        }
        const int status = system.post(inserted("again", ++sequence).text()).status;
        EXPECT_TRUE(status == 200 || status == 507) << status << " with " << left;
        system.kill();
    }
}

TEST_F(FullDiskTest, HasABallastToGiveBackForAStart) {
    system.configure(config_on(disk, 16 * mebibyte));
    start();
    const std::string ballast = disk.file("data/ballast");
    ASSERT_TRUE(await([&] { return metric("freshet_disk_ballast_bytes") == 16.0 * mebibyte; }));
    disk.fill();
    ASSERT_TRUE(await([&] { return !takes_writes(); }));
    EXPECT_TRUE(std::filesystem::exists(ballast)) << "writes are no reason to give it back";
    system.kill();

    ASSERT_TRUE(system.start());

    EXPECT_FALSE(std::filesystem::exists(ballast));
    for (const std::string& target : reads) EXPECT_EQ(system.get(target).status, 200) << target;
    disk.make_room();
    ASSERT_TRUE(await([&] { return metric("freshet_disk_ballast_bytes") == 16.0 * mebibyte; }));
    EXPECT_TRUE(takes_writes());

    // An operator's turn.
    disk.fill();
    ASSERT_TRUE(await([&] { return !takes_writes(); }));
    std::filesystem::remove(ballast);
    ASSERT_TRUE(await([&] { return takes_writes(); }));
    system.stop();
}

}  // namespace
}  // namespace freshet::systems
