// Bodies that come in a content coding, as a client on a socket sees what becomes of them.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/serving/server.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/exposition.h"
#include "tests/readers/http_client.h"
#include "tests/support/must.h"
#include "tests/support/packing.h"
#include "tests/world/route_shop.h"

namespace freshet::http {
namespace {

using support::HttpAnswer;
using support::HttpClient;
using support::must;

constexpr const char* json = "Content-Type: application/json";
constexpr const char* lines = "Content-Type: application/x-ndjson";

class CodedBodies : public ::testing::Test {
protected:
    void SetUp() override {
        const engine::Config config = shop_config();
        engine::EngineOptions options;
        options.path = folder.file("data");
        engine = must(engine::Engine::open(config.catalog, std::move(options)));
        must(engine->sequencer().fold_log());
        engine::LimitSettings limits = config.limits;
        limits.body_bytes = body_bytes_max;
        server = std::make_unique<Server>(*engine, config.server, limits, nullptr);
        must(server->start());
        engine->start();
    }

    void TearDown() override {
        server.reset();
        engine->stop();
    }

    HttpAnswer post(const std::string& body, const char* type, const std::string& coding = "",
                    const std::string& target = "/records") {
        support::HttpHeaders headers{type};
        if (!coding.empty()) headers.push_back("Content-Encoding: " + coding);
        if (body.empty()) headers.emplace_back("Content-Length: 0");
        return HttpClient(server->port()).request("POST", target, headers, body);
    }

    [[nodiscard]] HttpAnswer get(const std::string& target) const {
        return HttpClient(server->port()).get(target);
    }

    static constexpr std::size_t body_bytes_max = 1U << 20U;

    support::TempFolder folder;
    std::unique_ptr<engine::Engine> engine;
    std::unique_ptr<Server> server;
};

struct Form {
    std::string coding;
    std::string (*pack)(std::string_view text);
};

const std::vector<Form> forms{
    {"gzip", [](std::string_view text) { return support::packed_as_gzip(text); }},
    {"deflate", support::packed_as_zlib},
    {"deflate", support::packed_as_raw_deflate},
    {"zstd", [](std::string_view text) { return support::packed_as_zstd(text); }},
};

// So many orders, a line each; of which shop is told by the name.
std::string orders(const std::string& name, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += order_event("INSERT", name + std::to_string(i), 1, "OPEN") + "\n";
    }
    return text;
}

TEST_F(CodedBodies, AreTakenAsIfTheyHadComeAsTheyAre) {
    int form_number = 0;
    for (const Form& form : forms) {
        const std::string name = "f" + std::to_string(form_number++) + "-";
        const std::string event = order_event("INSERT", name + "json", 1, "OPEN");

        const HttpAnswer first = post(form.pack(event), json, form.coding);
        const HttpAnswer again = post(event, json);
        const HttpAnswer many = post(form.pack(orders(name, 3'000)), lines, form.coding);

        EXPECT_NE(first.body.find("\"appended\":1"), std::string::npos) << first.body;
        EXPECT_NE(again.body.find("\"duplicates\":1"), std::string::npos) << again.body;
        EXPECT_EQ(many.status, 200) << many.body;
        EXPECT_NE(many.body.find("\"lines\":3000,\"appended\":3000"), std::string::npos)
            << many.body;
        EXPECT_EQ(get("/views/order/" + name + "2999").status, 200);
    }
}

TEST_F(CodedBodies, AnotherCodingIsRefusedForLinesAndForJson) {
    for (const char* type : {json, lines}) {
        for (const char* coding : {"br", "gzip, gzip", "compress"}) {
            const HttpAnswer refused = post("whatever", type, coding);
            EXPECT_EQ(refused.status, 415) << coding;
            EXPECT_EQ(refused.header("accept-encoding"), "gzip, deflate, zstd");
        }
    }
}

TEST_F(CodedBodies, ThatAreCutOrDamagedAreRefusedAndAppendNothing) {
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    for (const Form& form : forms) {
        const std::string packed = form.pack(event);
        for (const std::string& body :
             {packed.substr(0, packed.size() - 1), std::string(), packed + "x", "x" + packed}) {
            const HttpAnswer of_json = post(body, json, form.coding);
            const HttpAnswer of_lines = post(body, lines, form.coding);
            EXPECT_EQ(of_json.status, 400) << form.coding << of_json.body;
            EXPECT_EQ(of_lines.status, 400) << form.coding << of_lines.body;
        }
    }
    EXPECT_EQ(get("/views/order/a").status, 404);
}

TEST_F(CodedBodies, ThatDoNotSayTheirCodingAreToldTo) {
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    const std::vector<std::pair<std::string, std::string>> packings{
        {"gzip", support::packed_as_gzip(event)}, {"zstd", support::packed_as_zstd(event)}};
    for (const auto& [coding, packed] : packings) {
        for (const char* type : {json, lines}) {
            const HttpAnswer unsaid = post(packed, type);
            EXPECT_EQ(unsaid.status, 400) << unsaid.body;
            EXPECT_NE(unsaid.body.find("this looks like " + coding +
                                       ": send Content-Encoding: " + coding),
                      std::string::npos)
                << unsaid.body;

            const HttpAnswer twice = post(support::packed_as_gzip(packed), type, "gzip");
            EXPECT_EQ(twice.status, 400) << twice.body;
            EXPECT_NE(twice.body.find("looks like " + coding + ": compress it once"),
                      std::string::npos)
                << twice.body;
        }
    }
    EXPECT_EQ(get("/views/order/a").status, 404);
}

TEST_F(CodedBodies, HaveTheLimitsOfWhatTheyBecome) {
    const std::string filler(body_bytes_max - 2, ' ');
    for (const Form& form : forms) {
        EXPECT_EQ(post(form.pack("[" + filler + "]"), json, form.coding).status, 200);
        const HttpAnswer larger = post(form.pack("[ " + filler + "]"), json, form.coding);
        EXPECT_EQ(larger.status, 413);
        EXPECT_EQ(larger.body, post("[ " + filler + "]", json).body);

        const std::string long_line = "[ " + filler + "]";
        EXPECT_EQ(post(form.pack(long_line), lines, form.coding).status, 413);

        const std::string document = "{\"sub\":\"" + std::string(70'000, 'a') + "\"}";
        EXPECT_EQ(post(form.pack(document), json, form.coding, "/tokens/revoke").status,
                  post(document, json, "", "/tokens/revoke").status);
    }
}

TEST_F(CodedBodies, OfLinesAreNoLongerThanSomebodyHasSentSomethingFor) {
    const std::string blanks = support::packed_as_zstd(std::string(512U << 20U, '\n'));

    const HttpAnswer refused = post(blanks, lines, "zstd");

    EXPECT_EQ(refused.status, 413);
    EXPECT_NE(refused.body.find("256 times"), std::string::npos) << refused.body;
}

TEST_F(CodedBodies, LinesBeforeADamageStandAsTheAnswerSays) {
    std::string packed = support::packed_as_gzip(orders("a", 3'000), 1);
    packed[packed.size() - 5] ^= 1;

    const HttpAnswer refused = post(packed, lines, "gzip");

    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("the gzip body is damaged: incorrect"), std::string::npos)
        << refused.body;
    EXPECT_NE(refused.body.find("stand"), std::string::npos) << refused.body;
    EXPECT_EQ(get("/views/order/a0").status, 200);
}

// As docs/http-api.md says it.
TEST_F(CodedBodies, OfLinesThatAreCutTheWholeChunksStand) {
    for (const auto& [count, standing] : {std::pair(700, 0), std::pair(1'700, 1'000)}) {
        const std::string packed =
            support::packed_as_gzip(orders("c" + std::to_string(count) + "-", count));

        const HttpAnswer cut = post(packed.substr(0, packed.size() - 1), lines, "gzip");

        EXPECT_EQ(cut.status, 400);
        EXPECT_NE(cut.body.find("\"lines\":" + std::to_string(standing) + ","), std::string::npos)
            << cut.body;
    }
}

TEST_F(CodedBodies, AreFollowedByTheNextRequest) {
    const std::string packed = support::packed_as_gzip(order_event("INSERT", "a", 1, "OPEN"));
    const std::string head =
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Encoding: gzip\r\nContent-Length: " +
        std::to_string(packed.size()) + "\r\n\r\n";
    HttpClient client(server->port());

    client.send(head + packed + "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");

    EXPECT_EQ(client.read_answer()->status, 200);
    EXPECT_EQ(client.read_answer()->body, "{\"status\":\"ok\"}\n");
}

TEST_F(CodedBodies, ThatUnpackToFarTooMuchKeepNobodyElseWaiting) {
    const std::string bomb = support::packed_as_zstd(std::string(256U << 20U, 'a'));
    std::atomic<bool> over = false;
    std::vector<std::thread> attackers;
    for (const char* type : {json, lines}) {
        attackers.emplace_back([&, type] {
            while (!over) EXPECT_EQ(post(bomb, type, "zstd").status, 413);
        });
    }

    HttpClient honest(server->port());
    for (int i = 0; i < 50; ++i) {
        const std::string event = order_event("INSERT", "h" + std::to_string(i), 1, "OPEN");
        EXPECT_EQ(honest.request("POST", "/records", {json}, event).status, 200);
    }

    over = true;
    for (std::thread& attacker : attackers) attacker.join();
}

TEST_F(CodedBodies, AreCountedByTheirCoding) {
    const std::string event = order_event("INSERT", "a", 1, "OPEN");
    post(support::packed_as_gzip(event), json, "gzip");
    post(event, json);

    const support::Exposition metrics(get("/metrics").body);

    const char* name = "freshet_http_decoded_bytes_total";
    EXPECT_EQ(metrics.value(name, {{"coding", "gzip"}}), static_cast<double>(event.size()));
    EXPECT_EQ(metrics.value(name, {{"coding", "zstd"}}), 0);
}

}  // namespace
}  // namespace freshet::http
