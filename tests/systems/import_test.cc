// A table that is older than its stream: its export is imported while records of the stream come,
// and the server is killed in the middle of it. FRESHET_IMPORT_ITEMS=1000000 takes a larger one.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/disks/temp_folder.h"
#include "tests/readers/exposition.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/export_files.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

constexpr std::size_t creators = 100;
constexpr std::size_t touched_every = 20;  // of the exported orders, by a record of the stream
constexpr std::size_t batch_records = 100;
constexpr std::chrono::seconds patience{60};

std::size_t exported_orders() {
    const char* wanted = std::getenv("FRESHET_IMPORT_ITEMS");
    return wanted == nullptr ? 100'000 : std::stoul(wanted);
}

std::string numbered(std::string_view name, std::size_t number) {
    const std::string digits = std::to_string(number);
    return std::string(name) + std::string(8 - digits.size(), '0') + digits;
}

// The attributes besides the key.
std::string order(std::size_t number, const std::string& status) {
    return attribute("creator", "c-" + std::to_string(number % creators)) + "," +
           attribute("createdAt", numbered("t", number)) + "," + attribute("status", status);
}

// An order whose changes the stream tells, and what the last of them left.
struct Touched {
    std::size_t number = 0;
    std::uint64_t sequence = 0;
    std::optional<std::string> status;  // nothing once it is removed
};

// The records of the stream, as they are sent, and the events that they are.
class Stream {
public:
    struct Change {
        std::string record;
        std::string type;
        std::string event;
    };

    void insert(Touched& order) {
        ++order.sequence;
        tell(order, inserted(name(order), order.sequence, attributes(order)), "new-order");
    }
    // Its image before is the one that the stream has told, or else none that the export knows.
    void modify(Touched& order) {
        const std::string before = order.status.value_or("OF-ANOTHER-MOMENT");
        ++order.sequence;
        RecordText record = modified(name(order), order.sequence, attributes(order));
        record.before = image(order, before);
        tell(order, record, "order-status-updated");
    }
    void remove(Touched& order) {
        RecordText record = removed(name(order), ++order.sequence);
        record.before = image(order, order.status.value_or("OF-ANOTHER-MOMENT"));
        changes.push_back({record.text(), "order-canceled", "{" + id(order) + "}"});
        order.status.reset();
    }

    std::vector<Change> changes;

private:
    static std::string name(const Touched& order) { return numbered("order-", order.number); }
    static std::string id(const Touched& order) { return R"("id":)" + json_text(name(order)); }
    static std::string status(const Touched& order) {
        return "CHANGED-" + std::to_string(order.sequence);
    }
    static std::string attributes(const Touched& touched) {
        return order(touched.number, status(touched));
    }
    static std::string image(const Touched& touched, const std::string& status) {
        return "{" + attribute("pk", name(touched)) + "," + order(touched.number, status) + "}";
    }

    void tell(Touched& order, const RecordText& record, const std::string& type) {
        order.status = status(order);
        std::string event = "{" + id(order);
        if (type != "new-order") event += R"(,"status":)" + json_text(*order.status);
        changes.push_back({record.text(), type, event + "}"});
    }
};

class ImportingTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(system.start());
        // It is to be found again where it was.
        const std::string address = "127.0.0.1:" + std::to_string(system.process().port());
        system.configure(with(watched_config(), "127.0.0.1:0", address));
        url = "http://" + address;
    }

    void write_export() {
        constexpr std::size_t files = 4;
        for (std::size_t file = 0; file < files; ++file) {
            std::string lines;
            for (std::size_t i = file; i < count; i += files) {
                lines += export_line(attribute("pk", numbered("order-", i)) + "," +
                                     order(i, "EXPORTED")) +
                         "\n";
            }
            exported.add("of-" + std::to_string(file) + ".json.gz", lines);
        }
        exported.finish();
    }

    // What the stream tells before the import, and then while it is under way. Each item comes to
    // its end by another way.
    void write_stream() {
        for (std::size_t i = 0; i < count; i += touched_every) touched.push_back({.number = i});
        for (std::size_t i = 0; i < 1'000; ++i) touched.push_back({.number = count + i});
        for (Touched& order : touched) {
            const bool is_new = order.number >= count;
            if (is_new) {
                before.insert(order);
            } else if (way_of(order) < 2 || way_of(order) == 5) {
                before.modify(order);
            } else if (way_of(order) == 2) {
                before.remove(order);
            }
        }
        for (Touched& order : touched) {
            if (order.number >= count) {
                if (order.number % 2 == 0) during.remove(order);
                continue;
            }
            switch (way_of(order)) {
                case 1:
                    during.remove(order);
                    during.insert(order);
                    break;
                case 3:
                    during.modify(order);
                    break;
                case 4:
                    during.remove(order);
                    break;
                case 5:
                    during.modify(order);
                    during.modify(order);
                    break;
                default:
                    break;
            }
        }
    }
    static std::size_t way_of(const Touched& order) { return order.number / touched_every % 6; }

    // Sends the next batch of the records, and some that were sent before. Returns how far the log
    // is then.
    std::uint64_t send_batch(const Stream& stream, std::size_t& next) {
        std::string records;
        std::vector<const Stream::Change*> sent;
        const std::size_t end = std::min(next + batch_records, stream.changes.size());
        for (; next < end; ++next) sent.push_back(&stream.changes[next]);
        for (std::size_t i = 0; i < 10 && i < before.changes.size(); ++i) {
            sent.push_back(&before.changes[(next + i) % before.changes.size()]);
        }
        for (const Stream::Change* change : sent) {
            records += (records.empty() ? "" : ",") + change->record;
        }
        const JsonValue receipt = system.append(event_of(records));
        for (std::size_t i = 0; i < sent.size(); ++i) {
            const JsonValue& result = receipt["results"][i];
            if (result["status"].text() != "appended") continue;
            expected_events.push_back({.position = std::stoull(result["position"].text()),
                                       .type = sent[i]->type,
                                       .data = json(sent[i]->event)});
        }
        return std::stoull(receipt["position"].text());
    }

    [[nodiscard]] std::vector<std::string> import_command() const {
        return {support::freshet_program(), "import",   "--table", "orders",
                exported.folder(),          "--server", url};
    }

    // What is left in the end: of an order that the stream has told of what its last record left,
    // of the others what the export says.
    [[nodiscard]] std::vector<std::string> expected_list() const {
        std::vector<std::optional<std::string>> statuses(count + 1'000);
        std::fill_n(statuses.begin(), count, "EXPORTED");
        for (const Touched& order : touched) statuses[order.number] = order.status;
        std::vector<std::string> items;
        for (std::size_t i = statuses.size(); i-- > 0;) {
            if (!statuses[i]) continue;
            items.push_back(R"({"id":)" + json_text(numbered("order-", i)) + R"(,"status":)" +
                            json_text(*statuses[i]) + "}");
        }
        return items;
    }

    // The items of a list, page by page, as they stand in the pages: none holds a brace.
    std::vector<std::string> list(const std::string& path) {
        std::vector<std::string> items;
        std::string target = path + "?limit=1000";
        while (!target.empty()) {
            const HttpAnswer answer = system.get(target);
            EXPECT_EQ(answer.status, 200) << answer.body;
            if (answer.status != 200) break;
            for (std::size_t at = answer.body.find('{', 1); at != std::string::npos;
                 at = answer.body.find('{', at + 1)) {
                items.push_back(answer.body.substr(at, answer.body.find('}', at) + 1 - at));
            }
            const std::string link = answer.header("Link");
            target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
        }
        return items;
    }

    void expect_final_state() {
        const std::vector<std::string> expected = expected_list();
        expect_same(list("/views/all-orders"), expected);
        std::vector<std::string> of_one;
        for (const std::string& item : expected) {
            if (item.find("20\",") != std::string::npos) of_one.push_back(item);
        }
        expect_same(list("/views/my-orders/c-20"), of_one);
        for (std::size_t i = 0; i < touched.size(); i += 97) {
            const HttpAnswer answer =
                system.get("/views/order/" + numbered("order-", touched[i].number));
            EXPECT_EQ(answer.status, touched[i].status ? 200 : 404) << touched[i].number;
        }
    }

    // Says only where they begin to differ.
    static void expect_same(const std::vector<std::string>& found,
                            const std::vector<std::string>& expected) {
        const auto [f, e] =
            std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
        EXPECT_EQ(f == found.end() ? "the end" : *f, e == expected.end() ? "the end" : *e);
        EXPECT_EQ(found.size(), expected.size());
    }

    void expect_heard(const std::vector<Heard>& events) const {
        const auto [f, e] = std::mismatch(events.begin(), events.end(), expected_events.begin(),
                                          expected_events.end());
        if (f != events.end() && e != expected_events.end()) {
            EXPECT_EQ(*f, *e);
        }
        EXPECT_EQ(events.size(), expected_events.size());
    }

    double gaps() {
        const support::Exposition metrics(system.get("/metrics").body);
        return metrics.value("freshet_gaps_total", {{"table", "orders"}}).value_or(-1);
    }

    const std::size_t count = exported_orders();
    support::TempFolder folder;
    ExportFiles exported{folder.file("export")};
    std::vector<Touched> touched;
    Stream before;
    Stream during;
    std::vector<Heard> expected_events;
    System system{watched_config()};
    std::string url;
};

TEST_F(ImportingTest, LeavesTheNewestStateOfEachItemWhateverComesMeanwhile) {
    write_export();
    write_stream();
    EventReader watcher = live(system);
    for (std::size_t next = 0; next < before.changes.size();) send_batch(before, next);

    support::ChildProcess importing(import_command());
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::size_t next = 0;
    while (send_batch(during, next) < 2 * count / 5) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the import does not go on";
    }
    system.kill();
    std::vector<Heard> events;
    while (const auto frame = watcher.next()) {
        if (frame->fires && frame->event != "hello") events.push_back(heard(*frame));
    }
    ASSERT_TRUE(system.start());
    while (next < during.changes.size()) send_batch(during, next);
    const ProcessEnd end = importing.wait();

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.errors, "trying again")) << "it was not cut: " << end.errors;
    EXPECT_TRUE(end.output.starts_with(std::to_string(count) + " items: ")) << end.output;
    expect_final_state();
    EXPECT_EQ(gaps(), 0);

    watcher.reconnect(system.process().port());
    while (events.size() < expected_events.size()) events.push_back(heard(watcher.next_event()));
    expect_heard(events);
    EventReader from_begin(system.process().port(), from_earliest());
    expect_heard(heard(from_begin.next_events(expected_events.size())));

    // Nothing is new any more, also to a state that was folded anew.
    const std::uint64_t position = system.position();
    system.stop();
    system.delete_state();
    ASSERT_TRUE(system.start());
    const ProcessEnd again = support::run_program(import_command());
    EXPECT_TRUE(again.output.starts_with(std::to_string(count) + " items: 0 appended, " +
                                         std::to_string(count) + " duplicates, 0 ignored"))
        << again.output << again.errors;
    EXPECT_EQ(system.position(), position);
    expect_final_state();
}

TEST_F(ImportingTest, ShowsAnImportAsWhatItIs) {
    ExportFiles small(folder.file("small"));
    small.add("a.json", export_line(attribute("pk", "a") + "," + order(1, "EXPORTED")) + "\n");
    small.finish();
    EventReader watcher = live(system);
    ASSERT_EQ(run({"import", "--table", "orders", small.folder(), "--server", url}).exit_code, 0);
    system.append(modified("a", 5, order(1, "DONE")).text());

    const auto log = system.log();
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0]["imported"].text(), "true");
    EXPECT_EQ(log[0]["eventName"].text(), "INSERT");
    EXPECT_FALSE(log[1]["imported"].exists());
    EXPECT_EQ(watcher.next_event().event, "order-status-updated");
    const JsonValue history = system.read("/tables/orders/items/a/history");
    EXPECT_EQ(history["changes"][1]["imported"].text(), "true");
    EXPECT_FALSE(history["changes"][0]["before"].exists());
    EXPECT_TRUE(contains(
        run({"tail", "--records", "--from", "earliest", "--count", "1", "--server", url}).output,
        "1 orders INSERT {\"pk\":{\"S\":\"a\"}} (imported)"));
}

TEST_F(ImportingTest, CanBeSentFromOneServerToTheNext) {
    ExportFiles small(folder.file("small"));
    small.add("a.json", export_line(attribute("pk", "a") + "," + order(1, "EXPORTED")) + "\n" +
                            export_line(attribute("pk", "b") + "," + order(2, "EXPORTED")) + "\n");
    small.finish();
    ASSERT_EQ(run({"import", "--table", "orders", small.folder(), "--server", url}).exit_code, 0);
    const std::string log = system.get("/records").body;
    System next(orders_config);
    ASSERT_TRUE(next.start());
    next.append(modified("a", 5, order(1, "DONE")).text());

    const JsonValue receipt = next.append(log, "/records?table=orders");

    EXPECT_EQ(receipt["appended"].text(), "1");
    EXPECT_EQ(receipt["duplicates"].text(), "1");
    EXPECT_EQ(next.read("/views/order/a")["status"].text(), "DONE");
    EXPECT_EQ(next.read("/views/order/b")["status"].text(), "EXPORTED");
    EXPECT_EQ(next.log()[1].without({"position"}), system.log()[1].without({"position"}));
}

}  // namespace
}  // namespace freshet::systems
