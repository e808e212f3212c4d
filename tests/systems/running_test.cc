// What those who run the server rely on: a folder and a port belong to one server, it stops in
// order, and however it ends, nothing that it acknowledged is lost.

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/disks/file_size_limit.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

TEST(FolderTest, BelongsToOneServer) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    system.append(inserted("a", 1).text());

    const ProcessEnd second = run({"serve", "--config", system.config_path()});

    EXPECT_EQ(second.exit_code, 1);
    EXPECT_TRUE(contains(second.errors, "another process has this data folder open"))
        << second.errors;
    EXPECT_TRUE(contains(second.errors, system.folder()));
    EXPECT_EQ(system.append(inserted("b", 1).text())["appended"].text(), "1");
    system.kill();
    EXPECT_TRUE(system.start()) << "a killed process holds nothing";
    EXPECT_EQ(system.log().size(), 2U);
}

// Those of the folder and of all that is in it which others may read, write or enter.
std::vector<std::string> open_to_others(const std::string& folder) {
    namespace fs = std::filesystem;
    constexpr fs::perms others = fs::perms::group_all | fs::perms::others_all;
    std::vector<std::string> found;
    const auto look = [&found](const fs::path& path) {
        if ((fs::status(path).permissions() & others) != fs::perms::none) found.push_back(path);
    };
    look(folder);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) look(entry.path());
    return found;
}

TEST(FolderTest, IsForItsOwnerAlone) {
    namespace fs = std::filesystem;
    System system(orders_config);
    system.process().start_through({"/bin/sh", "-c", "umask 000 && exec \"$@\"", "sh"});
    ASSERT_TRUE(system.start());
    system.append(inserted("a", 1).text());
    EXPECT_EQ(open_to_others(system.folder()), std::vector<std::string>{});
    system.stop();
    EXPECT_EQ(open_to_others(system.folder()), std::vector<std::string>{});

    // As an earlier release has left it.
    fs::permissions(system.folder(), fs::perms(0755));
    for (const auto& entry : fs::recursive_directory_iterator(system.folder())) {
        fs::permissions(entry.path(), entry.is_directory() ? fs::perms(0755) : fs::perms(0644));
    }
    ASSERT_TRUE(system.start());
    system.append(inserted("b", 1).text());

    EXPECT_EQ(open_to_others(system.folder()), std::vector<std::string>{});
    system.stop();
}

TEST(FolderTest, ThatCannotBeMadeIsAFault) {
    System system(with(orders_config, "path = \"data\"", "path = \"freshet.toml/data\""));

    const ProcessEnd end = run({"serve", "--config", system.config_path()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "freshet.toml/data")) << end.errors;
}

TEST(FolderTest, WhoseFilesMayGrowNoFurtherRefusesWritesAndLivesOn) {
    System system(orders_config);
    {
        const support::FileSizeLimit limit(4U << 20U);
        ASSERT_TRUE(system.start());
    }
    system.append(inserted("a", 1).text());

    const std::string large = attribute("status", std::string(300U << 10U, 'x'));
    int status = 200;
    for (int i = 0; i < 20 && status == 200; ++i) {
        status = system.post(inserted("large-" + std::to_string(i), 1, large).text()).status;
    }

    EXPECT_GE(status, 500);
    EXPECT_EQ(system.get("/livez").status, 200);
    system.stop();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(system.read("/views/order/a")["id"].text(), "a");
}

TEST(PortTest, ThatIsTakenIsAFault) {
    System first(orders_config);
    ASSERT_TRUE(first.start());
    const std::string address = "127.0.0.1:" + std::to_string(first.process().port());
    const System second(with(orders_config, "127.0.0.1:0", address));

    const ProcessEnd end = run({"serve", "--config", second.config_path()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "cannot listen on " + address)) << end.errors;
}

// Posts one new item after the other until the server goes.
class Writer {
public:
    Writer(std::uint16_t port, std::string name, std::atomic<int>& all_acknowledged)
        : client_(port),
          name_(std::move(name)),
          all_acknowledged_(all_acknowledged),
          thread_(&Writer::write, this) {}

    void join() { thread_.join(); }
    // The items whose records were acknowledged are the first so many.
    [[nodiscard]] int acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::string item(int number) const {
        return name_ + "-" + std::to_string(number);
    }

private:
    void write() {
        while (post(inserted(item(acknowledged_), 1).text())) {
            ++acknowledged_;
            ++all_acknowledged_;
            all_acknowledged_.notify_all();
        }
    }

    bool post(const std::string& body) {
        const std::string head =
            "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n";
        if (!client_.send(head + body)) return false;
        const auto answer = client_.read_answer();
        return answer && answer->status == 200;
    }

    support::HttpClient client_;
    std::string name_;
    std::atomic<int>& all_acknowledged_;
    int acknowledged_ = 0;
    std::thread thread_;
};

class InterruptionTest : public ::testing::TestWithParam<int> {};

TEST_P(InterruptionTest, LosesNothingThatWasAcknowledged) {
    constexpr int writers_count = 4;
    constexpr int enough = 200;
    System system(orders_config);
    ASSERT_TRUE(system.start());
    std::atomic<int> all_acknowledged = 0;
    std::vector<std::unique_ptr<Writer>> writers;
    for (int i = 0; i < writers_count; ++i) {
        writers.push_back(std::make_unique<Writer>(
            system.process().port(), "writer-" + std::to_string(i), all_acknowledged));
    }
    for (int seen = 0; seen < enough; seen = all_acknowledged.load()) {
        all_acknowledged.wait(seen);
    }

    if (GetParam() == SIGTERM) {
        system.stop();
    } else {
        system.kill();
    }
    for (const auto& writer : writers) writer->join();
    ASSERT_TRUE(system.start());

    std::map<std::string, int> logged;
    for (const JsonValue& record : system.log()) {
        ++logged[record["dynamodb"]["Keys"]["pk"]["S"].text()];
    }
    std::size_t acknowledged = 0;
    for (const auto& writer : writers) {
        for (int i = 0; i < writer->acknowledged(); ++i) {
            ++acknowledged;
            EXPECT_EQ(logged[writer->item(i)], 1) << writer->item(i);
            EXPECT_EQ(system.get("/views/order/" + writer->item(i)).status, 200);
        }
    }
    // What was on its way may be there or not, and no more than that.
    EXPECT_LE(logged.size(), acknowledged + writers_count);
    EXPECT_EQ(system.list("/views/all-orders").size(), logged.size());
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptionTest, ::testing::Values(SIGTERM, SIGKILL),
                         [](const auto& signal) {
                             return signal.param == SIGTERM ? "Terminated" : "Killed";
                         });

// As after a timeout, when a forwarder and its successor deliver the same at the same time.
TEST(ManyWritersTest, TheSameRecordsTakeEffectOnce) {
    constexpr int writers_count = 4;
    constexpr int records_count = 50;
    System system(orders_config);
    ASSERT_TRUE(system.start());
    std::atomic<int> appended = 0;
    std::vector<std::thread> writers;
    for (int i = 0; i < writers_count; ++i) {
        writers.emplace_back([&] {
            support::HttpClient client(system.process().port());
            for (int number = 0; number < records_count; ++number) {
                const HttpAnswer answer =
                    client.request("POST", "/records", {"Content-Type: application/json"},
                                   inserted("order-" + std::to_string(number), 1).text());
                const auto receipt = JsonValue::parse(answer.body);
                if (receipt && (*receipt)["appended"].text() == "1") ++appended;
            }
        });
    }
    for (std::thread& writer : writers) writer.join();

    EXPECT_EQ(appended.load(), records_count);
    EXPECT_EQ(system.log().size(), static_cast<std::size_t>(records_count));
    EXPECT_EQ(system.list("/views/all-orders").size(), static_cast<std::size_t>(records_count));
}

TEST(StopTest, ClosesIdleConnections) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    support::HttpClient used(system.process().port());
    EXPECT_EQ(used.get("/livez").status, 200);
    support::HttpClient fresh(system.process().port());

    system.stop();

    EXPECT_EQ(used.read_to_end(), "");
    EXPECT_EQ(fresh.read_to_end(), "");
}

// The 100 shows that the request is under way before the signal comes.
TEST(StopTest, FinishesARequestThatIsUnderWay) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    const std::string body = inserted("a", 1).text();
    support::HttpClient writer(system.process().port());
    writer.send(
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Expect: 100-continue\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n");
    ASSERT_EQ(writer.read_answer()->status, 100);
    system.begin_to_stop();

    writer.send(body);

    const auto answer = writer.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200) << answer->body;
    EXPECT_EQ(writer.read_to_end(), "");
    system.await_stop();
    ASSERT_TRUE(system.start());
    EXPECT_EQ(system.log().size(), 1U);
}

// The pipelined requests are answered in order: the first answer shows that the second is waiting.
TEST(StopTest, AnswersAReaderThatWaitsForAPosition) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    support::HttpClient reader(system.process().port());
    reader.send(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
        "GET /views/order/a?min_position=9&timeout_s=30 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    ASSERT_EQ(reader.read_answer()->status, 200);

    system.stop();

    const auto answer = reader.read_answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 504);
}

TEST(KeyTest, OfATableWithRecordsCannotBeChanged) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    system.append(inserted("a", 1).text());
    system.stop();
    system.configure(with(orders_config, "[\"pk\"]", "[\"id\"]"));

    const ProcessEnd end = run({"serve", "--config", system.config_path()});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "the key of a table with records cannot be changed"))
        << end.errors;
    system.configure(orders_config);
    ASSERT_TRUE(system.start());
    EXPECT_EQ(system.get("/views/order/a").status, 200);
}

TEST(StopTest, LeavesNothingToFold) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    system.append(inserted("a", 1).text());
    const std::string tag = system.get("/views/order/a").header("ETag");

    for (int i = 0; i < 3; ++i) {
        system.stop();
        ASSERT_TRUE(system.start());
        EXPECT_EQ(system.get("/views/order/a").header("ETag"), tag);
        EXPECT_EQ(system.position(), 1U);
    }
}

}  // namespace
}  // namespace freshet::systems
