// `freshet tail`, `get` and `status`: what they ask a server for, and what they print of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/fake_server.h"
#include "tests/support/places.h"
#include "tests/systems/orders.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

using support::answer_text;
using support::chunk;
using support::FakeReply;
using support::FakeServer;
using support::stream_head;

ProcessEnd ask(const FakeServer& server, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", server.url()});
    return run(arguments);
}

FakeReply stream(const std::string& frames) {
    return {stream_head() +
            chunk("retry: 1\n\nevent: hello\ndata: {\"epoch\":\"e\"}\n\n" + frames)};
}

const std::string two_events =
    "id: e.1\n\n"
    "id: e.2\nevent: new-order\ndata: {\"id\":\"a\", \"n\":1.50}\n\n"
    "id: e.3\n\n"
    "id: e.4\nevent: order-updated\ndata: {\"id\":\"a\"}\n\n";

const std::string two_records =
    "id: e.7\ndata: {\"position\":7,\"table\":\"orders\",\"eventName\":\"REMOVE\",\"expired\":true,"
    "\"dynamodb\":{\"Keys\":{\"pk\":{\"S\":\"a\"}}}}\n\n"
    "id: e.8\ndata: {\"position\":8,\"table\":\"notes\",\"eventName\":\"INSERT\","
    "\"dynamodb\":{\"Keys\":{\"pk\":{\"S\":\"b\"}}}}\n\n";

TEST(TailTest, PrintsALineForEachEvent) {
    const FakeServer server({stream(two_events)});

    const ProcessEnd end = ask(server, {"tail", "--count", "2"});

    EXPECT_EQ(end.exit_code, 0);
    EXPECT_EQ(end.output,
              "e.2  new-order  {\"id\":\"a\", \"n\":1.50}\n"
              "e.4  order-updated  {\"id\":\"a\"}\n");
    EXPECT_EQ(end.errors, "");
    EXPECT_EQ(server.requests().at(0).line(), "GET /events HTTP/1.1");
}

TEST(TailTest, PrintsEventsAsJson) {
    const FakeServer server({stream(two_events)});

    EXPECT_EQ(ask(server, {"tail", "--count", "2", "--json"}).output,
              R"({"id":"e.2","type":"new-order","data":{"id":"a","n":1.50}})"
              "\n"
              R"({"id":"e.4","type":"order-updated","data":{"id":"a"}})"
              "\n");
}

TEST(TailTest, PrintsTheRecordsOfTheLog) {
    const FakeServer server({stream(two_records), stream(two_records)});

    EXPECT_EQ(ask(server, {"tail", "--records", "--count", "2"}).output,
              "7 orders REMOVE {\"pk\":{\"S\":\"a\"}} (expired)\n"
              "8 notes INSERT {\"pk\":{\"S\":\"b\"}}\n");
    const std::string lines = ask(server, {"tail", "--records", "--count", "2", "--json"}).output;
    EXPECT_EQ(json(lines.substr(lines.find('\n') + 1))["table"].text(), "notes");
    EXPECT_EQ(server.requests().at(1).line(), "GET /records HTTP/1.1");
}

TEST(TailTest, AsksForWhatItIsToldTo) {
    const FakeServer server({stream(two_events), stream(two_records)});

    ask(server, {"tail", "--count", "1", "--from", "e.1", "--type", "a", "--type", "b", "--topic",
                 "t/&", "--table", "orders", "--key", "k"});
    ask(server, {"tail", "--count", "1", "--from", "earliest", "--records", "--table", "orders"});

    EXPECT_EQ(server.requests().at(0).line(),
              "GET /events?type=a&type=b&topic=t%2F%26&table=orders&key=k&last_event_id=e.1 "
              "HTTP/1.1");
    EXPECT_EQ(server.requests().at(1).line(),
              "GET /records?table=orders&last_event_id=earliest HTTP/1.1");
}

TEST(TailTest, GoesOnAfterTheLastIdWhenTheStreamIsCut) {
    FakeReply cut = stream("id: e.1\n\nid: e.2\nevent: a\ndata: 1\n\nid: e.3\nevent: a\nda");
    cut.close = true;
    const FakeServer server({cut, {"", true}, stream("id: e.3\nevent: a\ndata: 2\n\n")});

    const ProcessEnd end = ask(server, {"tail", "--count", "2"});

    EXPECT_EQ(end.output, "e.2  a  1\ne.3  a  2\n");
    EXPECT_TRUE(server.requests().at(2).has("\r\nLast-Event-ID: e.2\r\n"));
    EXPECT_EQ(std::count(end.errors.begin(), end.errors.end(), '\n'), 2) << end.errors;
    EXPECT_TRUE(contains(end.errors, "reconnecting\nfreshet tail: connected again\n"))
        << end.errors;
}

TEST(TailTest, SaysThatAPlaceCannotBeResumed) {
    const std::string reset =
        "event: reset\ndata: {\"reason\":\"epoch\",\"requested\":\"d.9\",\"head\":41}\n\n";
    const FakeServer server({stream(reset + two_events), stream(reset + two_events)});

    const ProcessEnd plain = ask(server, {"tail", "--from", "d.9", "--count", "1"});
    const ProcessEnd as_json = ask(server, {"tail", "--from", "d.9", "--count", "1", "--json"});

    EXPECT_TRUE(contains(plain.errors, "reset (epoch): cannot go on from d.9")) << plain.errors;
    EXPECT_TRUE(plain.output.starts_with("e.2  ")) << plain.output;
    EXPECT_TRUE(as_json.output.starts_with(
        "{\"reset\":{\"reason\":\"epoch\",\"requested\":\"d.9\",\"head\":41}}\n"))
        << as_json.output;
}

TEST(TailTest, EndsQuietlyWhenItIsInterrupted) {
    const FakeServer server({stream("")});
    support::ChildProcess child({support::freshet_program(), "tail", "--server", server.url()});
    server.await_requests(1);

    child.send(SIGINT);
    const ProcessEnd end = child.wait();

    EXPECT_EQ(end.signal, SIGINT);
    EXPECT_EQ(end.output + end.errors, "");
}

TEST(TailTest, EndsQuietlyWhenNobodyReadsItAnyMore) {
    std::string frames;
    for (int i = 0; i < 50'000; ++i) frames += "data: 0123456789\n\n";
    const FakeServer server({stream(frames)});

    const ProcessEnd end = support::run_program(
        {"/bin/sh", "-c",
         support::freshet_program() + " tail --server " + server.url() + " | head -n 1"});

    EXPECT_EQ(end.output, "  message  0123456789\n");
    EXPECT_EQ(end.errors, "");
}

TEST(TailTest, SaysWhyItIsRefused) {
    const FakeServer server({{answer_text(403, R"({"detail":"only for the staff"})")}});

    const ProcessEnd end = ask(server, {"tail"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.errors, "freshet tail: 403: only for the staff\n");
}

// Whatever a command posts, what the server finds wrong with it is printed.
TEST(PostingCommandsTest, PrintEachFaultThatTheServerNames) {
    const std::string problem =
        R"({"detail":"2 faults","errors":[{"pointer":"/a\u001b","detail":"found 1"},)"
        R"({"pointer":"","detail":"found 2"}]})";
    const FakeServer server(
        {{answer_text(422, problem)}, {answer_text(422, problem)}, {answer_text(422, problem)}});
    const std::vector<std::vector<std::string>> commands{
        {"adopt", "--table", "orders", "--stream", "x"},
        {"revoke", "--sub", "ann"},
        {"import", "--table", "orders", "--reconcile", "--complete", "--as-of",
         "2026-11-20T11:39:28Z", "-"}};
    for (const auto& command : commands) {
        const ProcessEnd end = ask(server, command);

        const std::string prefix = "freshet " + command.front() + ": ";
        EXPECT_EQ(end.exit_code, 1);
        EXPECT_EQ(end.errors, prefix + "/a\\u001b: found 1\n" + prefix + "found 2\n" + prefix +
                                  "422: 2 faults\n");
    }
}

TEST(GetTest, PrintsWhatTheServerAnswers) {
    const FakeServer server({{answer_text(200, "{\"id\":\"a\"}\n")}});

    const ProcessEnd end = ask(server, {"get", "order", "a/b", "ü", "--min-position", "7"});

    EXPECT_EQ(end.exit_code, 0);
    EXPECT_EQ(end.output, "{\"id\":\"a\"}\n");
    EXPECT_EQ(server.requests().at(0).line(),
              "GET /views/order/a%2Fb/%C3%BC?min_position=7 HTTP/1.1");
}

TEST(GetTest, NamesByQueryAKeyThatNoPathCanHold) {
    const FakeServer server({{answer_text(200, "{}")}, {answer_text(200, "{}")}});

    ask(server, {"get", "order", "..", "x"});
    ask(server, {"get", "order", ""});

    EXPECT_EQ(server.requests().at(0).line(), "GET /views/order?key=..&key=x HTTP/1.1");
    EXPECT_EQ(server.requests().at(1).line(), "GET /views/order?key= HTTP/1.1");
}

TEST(GetTest, FollowsAllPagesOfAList) {
    const FakeServer server({{answer_text(200, R"({"items":[{"id":1.0},{"id":2}],"next":"c+/"})")},
                             {answer_text(200, R"({"items":[ { "id" : 3 } ]})")}});

    const ProcessEnd end = ask(server, {"get", "all-orders", "--all"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(end.output, "{\"id\":1.0}\n{\"id\":2}\n{\"id\":3}\n");
    EXPECT_EQ(server.requests().at(1).line(),
              "GET /views/all-orders?limit=1000&cursor=c%2B%2F HTTP/1.1");
}

TEST(GetTest, ReadsAPartOfAListInEitherOrder) {
    const FakeServer server({{answer_text(200, R"({"items":[]})")}});

    ask(server, {"get", "all-orders", "--order", "asc", "--since", "2026-11-20", "--until", "b c"});

    EXPECT_EQ(server.requests().at(0).line(),
              "GET /views/all-orders?order=asc&since=2026-11-20&until=b%20c HTTP/1.1");
    EXPECT_EQ(ask(server, {"get", "all-orders", "--order", "up"}).exit_code, 2);
}

TEST(GetTest, EndsWithOneIfThereIsNothing) {
    const FakeServer server({{answer_text(404, R"({"detail":"there is no item 'a'"})")}});

    const ProcessEnd end = ask(server, {"get", "order", "a"});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_EQ(end.output, "");
    EXPECT_EQ(end.errors, "freshet get: 404: there is no item 'a'\n");
}

constexpr const char* status_body =
    R"({"version":"0.2.0","mode":"ready","epoch":"5f3c","head":1041,"folded":1040,)"
    R"("queue":{"bytes":1536,"bytes_max":67108864},"stalls":0,"write_stopped":false,)"
    R"("subscribers":{"count":2,"slowest":{"position":1000,"behind":41}},)"
    R"("live":{"views":3,"watches":7,"refused":0},)"
    R"("disk":{"free_bytes":1073741824,"log_bytes":5,"state_bytes":0,"ballast_bytes":67108864},)"
    R"("memory":{"limit_bytes":536870912,"planned_bytes":268435456,"resident_bytes":104857600},"uptime_s":93784})";

TEST(StatusTest, PrintsATable) {
    const FakeServer server({{answer_text(200, status_body)}, {answer_text(200, "")}});

    const ProcessEnd end = ask(server, {"status"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_EQ(end.output, "server       " + server.url() +
                              "\n"
                              "version      0.2.0\n"
                              "mode         ready\n"
                              "epoch        5f3c\n"
                              "head         1041\n"
                              "folded       1040, 1 behind\n"
                              "queue        1.5 KiB of 64.0 MiB\n"
                              "stalls       0\n"
                              "writes       taken\n"
                              "subscribers  2; the slowest at 1000, 41 behind\n"
                              "live views   3, watched 7 times\n"
                              "memory       100.0 MiB of 512.0 MiB; at most 256.0 MiB planned\n"
                              "log          5 B\n"
                              "state        0 B\n"
                              "disk free    1.0 GiB\n"
                              "ballast      64.0 MiB\n"
                              "up for       1 d 2 h\n");
}

TEST(StatusTest, PrintsADashForWhatTheServerDoesNotSay) {
    const FakeServer server({{answer_text(200, R"({"head":"?","subscribers":{"slowest":null}})")},
                             {answer_text(200, "")}});

    const ProcessEnd end = ask(server, {"status"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.output, "\nhead         -\n")) << end.output;
    EXPECT_TRUE(contains(end.output, "\nqueue        - of -\n")) << end.output;
    EXPECT_TRUE(contains(end.output, "\nsubscribers  -\n")) << end.output;
}

TEST(StatusTest, PrintsALineForEachFunctionAndWhatIsWrongWithIt) {
    const FakeServer server(
        {{answer_text(200,
                      R"({"functions":[)"
                      R"({"name":"letters","state":"running","behind":0,"age_s":0,"parked":0},)"
                      R"({"name":"index","state":"failing","behind":1,"age_s":185,"parked":2,)"
                      R"("error":"it answered 500: no\u001b[2J room"},)"
                      R"({"name":"hook","state":"stopped","behind":70,"age_s":7200,)"
                      R"("parked":100000,"stopped":"100000 records are parked"}]})")},
         {answer_text(200, "")}});

    const ProcessEnd end = ask(server, {"status"});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(
        contains(end.output,
                 "\n"
                 "function     letters: running, 0 records and 0 s behind, 0 parked\n"
                 "function     index: failing, 1 record and 3 min 5 s behind, 2 parked\n"
                 "             last error: it answered 500: no\\u001b[2J room\n"
                 "             to see what is parked: freshet parked list index\n"
                 "function     hook: stopped, 70 records and 2 h 0 min behind, 100000 parked\n"
                 "             stopped: 100000 records are parked\n"
                 "             to see what is parked: freshet parked list hook\n"
                 "memory "))
        << end.output;
}

TEST(StatusTest, PrintsTheServersJson) {
    const FakeServer server({{answer_text(200, status_body)}, {answer_text(200, "")}});

    EXPECT_EQ(ask(server, {"status", "--json"}).output, std::string(status_body) + "\n");
}

TEST(StatusTest, EndsWithOneIfTheServerIsNotReadyOrNotThere) {
    std::string url;
    {
        const FakeServer server(
            {{answer_text(200, status_body)}, {answer_text(503, R"({"detail":"folding"})")}});
        url = server.url();

        const ProcessEnd end = ask(server, {"status"});

        EXPECT_EQ(end.exit_code, 1);
        EXPECT_TRUE(contains(end.output, "head")) << "what is known is printed";
        EXPECT_EQ(end.errors, "freshet status: not ready: 503: folding\n");
    }

    const ProcessEnd end = run({"status", "--server", url});

    EXPECT_EQ(end.exit_code, 1);
    EXPECT_TRUE(contains(end.errors, "freshet serve --config FILE")) << end.errors;
}

TEST(ServerOptionTest, ComesFromTheEnvironmentToo) {
    const FakeServer server({{answer_text(200, "{}")}});

    const ProcessEnd end = support::run_program(
        {"/bin/sh", "-c",
         "FRESHET_SERVER=" + server.url() + " " + support::freshet_program() + " get order a"});

    EXPECT_EQ(end.output, "{}\n") << end.errors;
}

TEST(ServerOptionTest, MustBeAnAddress) {
    for (const char* url : {"ftp://127.0.0.1:8080", "127.0.0.1:8080", ""}) {
        const ProcessEnd end = run({"status", "--server", url});

        EXPECT_EQ(end.exit_code, 2) << url;
        EXPECT_TRUE(contains(end.errors, "http")) << end.errors;
    }
}

// The pizza example's tables and events, at a port of the system's choice.
std::string pizza_config() {
    std::ifstream file(support::source_folder() + "/examples/pizza/freshet.toml");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return with(text, "127.0.0.1:8080", "127.0.0.1:0");
}

TEST(CommandsOfAServerTest, ShowWhatWasAppended) {
    System system(pizza_config());
    ASSERT_TRUE(system.start());
    const std::string url = "http://127.0.0.1:" + std::to_string(system.process().port());
    const auto ask_it = [&url](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--server", url});
        return run(arguments);
    };
    const std::string records = support::source_folder() + "/examples/pizza/records.jsonl";

    ASSERT_EQ(ask_it({"append", records}).exit_code, 0);

    const ProcessEnd tail = ask_it({"tail", "--from", "earliest", "--count", "1", "--json"});
    const JsonValue event = json(tail.output);
    EXPECT_EQ(event["type"].text(), "new-order") << tail.output << tail.errors;
    const std::string id = event["data"]["id"].text();
    EXPECT_EQ(json(ask_it({"get", "order", id}).output)["id"].text(), id);
    EXPECT_EQ(ask_it({"get", "order", "nobody"}).exit_code, 1);
    const std::string items = ask_it({"get", "all-orders", "--all", "--limit", "1"}).output;
    EXPECT_EQ(static_cast<std::size_t>(std::count(items.begin(), items.end(), '\n')),
              system.list("/views/all-orders").size());
    const ProcessEnd log = ask_it({"tail", "--records", "--from", "earliest", "--count", "2"});
    EXPECT_TRUE(log.output.starts_with("1 orders INSERT {\"pk\":")) << log.output << log.errors;
}

TEST(CommandsOfAServerTest, SayHowItIsDoing) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    system.append(inserted("a", 1).text());

    const ProcessEnd end =
        run({"status", "--server", "http://127.0.0.1:" + std::to_string(system.process().port())});

    EXPECT_EQ(end.exit_code, 0) << end.errors;
    EXPECT_TRUE(contains(end.output, "\nhead         1\n")) << end.output;
    EXPECT_TRUE(contains(end.output, "\nfolded       1\n")) << end.output;
    EXPECT_FALSE(contains(end.output, " -\n")) << end.output;
}

TEST(CommandsOfAServerTest, TailGoesOnWhenTheServerIsKilledAndComesBack) {
    System system(orders_config);
    ASSERT_TRUE(system.start());
    const std::uint16_t port = system.process().port();
    system.append(inserted("a", 1).text());
    // What it prints is shown on the standard error as well, where it can be waited for.
    support::ChildProcess tail({"/bin/sh", "-c",
                                support::freshet_program() +
                                    " tail --records --from earliest --count 2 --server "
                                    "http://127.0.0.1:" +
                                    std::to_string(port) + " | tee /dev/stderr"});
    ASSERT_TRUE(tail.await_error_line("1 orders INSERT"));

    system.kill();
    system.configure(with(orders_config, "127.0.0.1:0", "127.0.0.1:" + std::to_string(port)));
    ASSERT_TRUE(system.start());
    system.append(inserted("b", 1).text());

    EXPECT_EQ(tail.wait().output,
              "1 orders INSERT {\"pk\":{\"S\":\"a\"}}\n2 orders INSERT {\"pk\":{\"S\":\"b\"}}\n");
}

}  // namespace
}  // namespace freshet::systems
