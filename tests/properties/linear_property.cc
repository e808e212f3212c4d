// O4, for direct writes: whatever many clients ask for at the same time, all of it happened in one
// order, each at a moment between its call and its answer, and transactions at one. The server is
// one of the clients: it has items expire.
//
// The log says in which order the writes took effect that made records. A model carries them out in
// that order, and has to come to the same answers. A command that made none, since it was refused
// or changed nothing, may have been ruled on at any moment of its call: there has to be one at
// which the model answers the same, and not before that of another that was answered before.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/commands/command.h"
#include "engine/records/change_batch.h"
#include "engine/records/item_body.h"
#include "engine/records/pattern_json.h"
#include "engine/text/enum_words.h"
#include "tests/properties/draws.h"
#include "tests/support/must.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::properties {
namespace {

using engine::Command;
using engine::CommandKind;
using storage::Position;
using support::must;

// A counter of 5 at most, and a status of three steps.
const std::string configuration = support::server_section + std::string(R"(
[[table]]
name   = "things"
key    = ["id"]
source = "direct"
expires = "n"

[table.schema]
attributes = { n = { max = 5 } }
made       = { status = { initial = "A" } }

[[table.transition]]
field = "status"
from  = ["A"]
to    = "B"

[[table.transition]]
field = "status"
from  = ["B"]
to    = "C"
)");

constexpr std::size_t clients = 4;
constexpr std::size_t moves = 80;
// Counters up to this are times that are over.
constexpr int due_max = 2;

// ---- what is asked for ----

struct Ask {
    CommandKind kind = CommandKind::put;
    std::string item;
    std::optional<int> n;  // what it is to be; of an update, what is added
    std::optional<char> status;
    std::optional<std::uint64_t> match;  // If-Match
    bool must_be_absent = false;
    std::optional<int> condition;  // `if` the counter is this
};

// What one client asked for at once, and what it was told.
struct Call {
    std::vector<Ask> asks;
    std::string name;  // its Idempotency-Key; empty: none
    std::uint64_t called = 0;
    std::uint64_t answered = 0;
    engine::Receipt receipt;

    [[nodiscard]] bool is_write() const { return receipt.appended > 0; }
    [[nodiscard]] bool is_replayed() const {
        return !receipt.done.empty() && receipt.done.front().replayed;
    }
    [[nodiscard]] bool is_other_payload() const {
        return receipt.refused_command &&
               receipt.refused_command->refusal.kind == engine::RefusalKind::other_payload;
    }
    // Of its first record.
    [[nodiscard]] std::uint64_t position() const {
        std::uint64_t least = UINT64_MAX;
        for (const engine::CommandDone& done : receipt.done) {
            const bool is_made = done.effect != engine::CommandEffect::unchanged;
            if (is_made) least = std::min(least, done.newest.value);
        }
        return least;
    }
    [[nodiscard]] std::string text() const {
        std::string text;
        for (const Ask& ask : asks) {
            text += std::to_string(static_cast<int>(ask.kind)) + ask.item + '_' +
                    std::to_string(ask.n.value_or(-9)) + ask.status.value_or('-') + '_' +
                    std::to_string(ask.match.value_or(0)) + (ask.must_be_absent ? "!" : "") +
                    std::to_string(ask.condition.value_or(-9)) + ';';
        }
        return text;
    }
};

Command command_of(const Ask& ask, const engine::Table& table) {
    Command command{.table = &table,
                    .item = must(engine::ItemName::from_texts(table, {ask.item})),
                    .kind = ask.kind};
    std::string json;
    if (ask.n) json += R"("n":)" + std::to_string(*ask.n);
    if (ask.status) {
        if (!json.empty()) json += ',';
        json += R"("status":")" + std::string(1, *ask.status) + '"';
    }
    const auto document = must(engine::read_document('{' + json + '}', engine::ItemForm::plain));
    switch (ask.kind) {
        case CommandKind::put:
            command.document =
                engine::document_of(table, command.item.keys.view(), document.value().view())
                    .value();
            break;
        case CommandKind::merge:
            command.document = document.value();
            break;
        case CommandKind::update:
            command.update.emplace();
            command.update->add = document.value();
            break;
        default:
            break;
    }
    if (ask.match) command.precondition.match = {{Position{*ask.match}}};
    command.precondition.must_be_absent = ask.must_be_absent;
    if (ask.condition) {
        command.precondition.condition =
            must(engine::read_pattern_json(R"({"n":[)" + std::to_string(*ask.condition) + "]}",
                                           "if"))
                .value();
    }
    return command;
}

// ---- what should become of it ----

struct Thing {
    bool exists = false;
    std::optional<int> n;
    char status = 'A';
    std::uint64_t newest = 0;

    bool operator==(const Thing&) const = default;
};
using Things = std::map<std::string, Thing>;

// "created", or another effect or refusal. `thing` becomes what it is then.
std::string asked_of(const Ask& ask, Thing& thing) {
    if (ask.match && (!thing.exists || thing.newest != *ask.match)) return "precondition";
    if (ask.must_be_absent && thing.exists) return "precondition";
    if (ask.condition && !(thing.exists && thing.n == ask.condition)) return "precondition";
    if (ask.kind == CommandKind::check) return "unchanged";
    const Thing before = thing;
    if (ask.kind == CommandKind::expire) {
        const bool is_due = thing.exists && thing.n && *thing.n <= due_max;
        if (is_due) thing.exists = false;
        return is_due ? "removed" : "unchanged";
    }
    if (ask.kind == CommandKind::remove) {
        thing.exists = false;
        return before.exists ? "removed" : "unchanged";
    }
    if (ask.kind == CommandKind::merge && !thing.exists) return "absent";
    thing.exists = true;
    if (!before.exists) thing.n.reset();
    if (!before.exists) thing.status = 'A';
    if (ask.kind == CommandKind::put) thing.n = ask.n;
    if (ask.kind == CommandKind::merge && ask.n) thing.n = ask.n;
    if (ask.kind == CommandKind::update) thing.n = thing.n.value_or(0) + ask.n.value_or(0);
    if (ask.status) thing.status = *ask.status;
    if (thing.n.value_or(0) > 5) return "invalid";
    if (!before.exists) return thing.status == 'A' ? "created" : "conflict";
    const bool stays = before.status == thing.status;
    if (stays && ask.status && ask.kind == CommandKind::merge) return "conflict";
    if (!stays && thing.status != before.status + 1) return "conflict";
    return thing == before ? "unchanged" : "changed";
}

// What a client is told of all it asked for, and what is there then.
std::pair<std::string, Things> asked_of(const Call& call, const Things& before) {
    Things after = before;
    std::string told;
    for (std::size_t i = 0; i < call.asks.size(); ++i) {
        const std::string one = asked_of(call.asks[i], after[call.asks[i].item]);
        const bool is_refused =
            one == "precondition" || one == "absent" || one == "invalid" || one == "conflict";
        if (is_refused) return {std::to_string(i) + ' ' + one, before};
        told += one + ' ';
    }
    return {told, std::move(after)};
}

std::string told(const Call& call) {
    if (const auto& refused = call.receipt.refused_command) {
        return std::to_string(refused->index) + ' ' +
               std::string(engine::word_of(refused->refusal.kind));
    }
    std::string text;
    for (const auto& done : call.receipt.done) {
        text += std::string(engine::word_of(done.effect)) + ' ';
    }
    return text;
}

// ---- whether it did ----

// Why the calls are no linear history; empty if they are. `things` becomes what is there then.
std::string fault_of(const std::vector<Call>& calls, Things& things) {
    std::vector<const Call*> writes;
    std::vector<const Call*> others;
    for (const Call& call : calls) {
        if (call.is_replayed() || call.is_other_payload()) continue;
        (call.is_write() ? writes : others).push_back(&call);
    }
    std::sort(writes.begin(), writes.end(),
              [](const Call* a, const Call* b) { return a->position() < b->position(); });
    std::vector<Things> states{{}};
    std::uint64_t latest_call = 0;
    for (const Call* write : writes) {
        if (write->answered < latest_call) return "written later, and answered before the call";
        latest_call = std::max(latest_call, write->called);
        auto [expected, after] = asked_of(*write, states.back());
        if (expected != told(*write)) return "told " + told(*write) + ", expected " + expected;
        for (std::size_t i = 0; i < write->asks.size(); ++i) {
            const auto& done = write->receipt.done[i];
            if (done.effect != engine::CommandEffect::unchanged) {
                after[write->asks[i].item].newest = done.newest.value;
            }
        }
        states.push_back(std::move(after));
    }
    // Each is ruled on as early as can be: that leaves the most room to those after it.
    std::sort(others.begin(), others.end(),
              [](const Call* a, const Call* b) { return a->called < b->called; });
    std::vector<std::pair<std::uint64_t, std::size_t>> ruled;  // when answered, behind which write
    for (const Call* other : others) {
        std::size_t first = 0;
        std::size_t last = writes.size();
        for (std::size_t i = 0; i < writes.size(); ++i) {
            if (writes[i]->answered < other->called) first = std::max(first, i + 1);
            if (writes[i]->called > other->answered) last = std::min(last, i);
        }
        for (const auto& [answered, place] : ruled) {
            if (answered < other->called) first = std::max(first, place);
        }
        while (first <= last && asked_of(*other, states[first]).first != told(*other)) ++first;
        if (first > last) return "at no moment of its call is this right: " + told(*other);
        ruled.emplace_back(other->answered, first);
    }
    things = states.back();
    return {};
}

// Of each name, one call was carried out, and the others were told so.
std::string fault_of_names(const std::vector<Call>& calls) {
    std::map<std::string, const Call*> firsts;
    for (const Call& call : calls) {
        const bool counts = !call.name.empty() && !call.receipt.refused_command;
        if (!counts || call.is_replayed()) continue;
        if (!firsts.emplace(call.name, &call).second) return "carried out twice: " + call.name;
    }
    for (const Call& call : calls) {
        if (!call.is_replayed() && !call.is_other_payload()) continue;
        const auto first = firsts.find(call.name);
        if (first == firsts.end()) return "there is no first one of " + call.name;
        if (first->second->called > call.answered) return "told before the first was called";
        const bool is_same = first->second->text() == call.text();
        if (is_same != call.is_replayed()) return "another payload of " + call.name;
        if (is_same && told(*first->second) != told(call)) return "another answer of " + call.name;
    }
    return {};
}

// ---- drawing it ----

class Racers {
public:
    Racers() : world_(configuration), table_(world_.catalog().table("things")) {}

    void run() {
        for (std::size_t move = 0; move < moves; ++move) {
            const std::size_t client = below(clients + 3);
            if (client == clients + 2) {
                expire();
            } else if (client >= clients) {
                step();
            } else if (!waiting_[client]) {
                call(client);
            }
            if (pending_ == 0 && below(20) == 0) world_.restart(below(2) == 0);
        }
        step();
        Things things;
        RC_ASSERT(fault_of(calls_, things) == "");
        RC_ASSERT(fault_of_names(calls_) == "");
        check_items(things);
    }

private:
    Ask any_ask(const std::string& item, bool may_check) {
        Ask ask;
        ask.item = item;
        std::vector<CommandKind> kinds = {CommandKind::put,    CommandKind::merge,
                                          CommandKind::merge,  CommandKind::update,
                                          CommandKind::update, CommandKind::remove};
        if (may_check) kinds.push_back(CommandKind::check);
        ask.kind = any_of(kinds);
        const bool writes = ask.kind != CommandKind::remove && ask.kind != CommandKind::check;
        if (writes && below(4) > 0) ask.n = static_cast<int>(below(3));
        if (ask.kind == CommandKind::update) ask.n = static_cast<int>(below(3)) + 1;
        const bool may_step = ask.kind == CommandKind::put || ask.kind == CommandKind::merge;
        if (may_step && below(3) == 0) ask.status = any_of(std::vector<char>{'A', 'B', 'B', 'C'});
        if (below(6) == 0) ask.must_be_absent = true;
        if (below(5) == 0 && !seen_.empty()) ask.match = any_of(seen_);
        if (below(5) == 0) ask.condition = static_cast<int>(below(4));
        return ask;
    }

    Call any_call() {
        Call call;
        std::vector<std::string> items = {"x", "y", "z"};
        const bool is_transaction = below(3) == 0;
        const std::size_t count = is_transaction ? 2 + below(2) : 1;
        std::rotate(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(below(3)),
                    items.end());
        for (std::size_t i = 0; i < count; ++i) {
            call.asks.push_back(any_ask(items[i], is_transaction));
        }
        if (below(3) == 0) call.name = any_of(std::vector<std::string>{"k1", "k2", "k3"});
        return call;
    }

    // What the server asks for: it is told how many items it removed.
    void expire() {
        Call call;
        call.asks = {
            {.kind = CommandKind::expire, .item = any_of(std::vector<std::string>{"x", "y", "z"})}};
        call.called = ++now_;
        engine::ChangeBatch batch;
        batch.due = engine::DueItems{
            .table = table_,
            .times = engine::DueTimes(std::chrono::sys_seconds(std::chrono::seconds(due_max))),
            .keys = {must(engine::ItemName::from_texts(*table_, {call.asks[0].item})).key}};
        ++pending_;
        world_.engine().append(std::move(batch), [this, call](Result<engine::Receipt> receipt) {
            Call answered = call;
            answered.answered = ++now_;
            answered.receipt = must(std::move(receipt));
            const bool is_removed = answered.receipt.appended > 0;
            answered.receipt.done = {
                is_removed ? engine::CommandDone{.effect = engine::CommandEffect::removed,
                                                 .newest = answered.receipt.position}
                           : engine::CommandDone{}};
            take(std::move(answered));
            --pending_;
        });
    }

    void call(std::size_t client) {
        Call call = any_call();
        // A client that does not know what became of a named call sends it again.
        if (!named_.empty() && below(4) == 0) call = any_of(named_);
        if (!call.name.empty()) named_.push_back(call);
        call.called = ++now_;
        engine::ChangeBatch batch;
        for (const Ask& ask : call.asks) batch.commands.push_back(command_of(ask, *table_));
        if (!call.name.empty()) {
            batch.idempotency =
                storage::Idempotency{.caller = {}, .key = call.name, .payload = call.text()};
        }
        waiting_[client] = true;
        ++pending_;
        world_.engine().append(std::move(batch),
                               [this, client, call](const Result<engine::Receipt>& receipt) {
                                   Call answered = call;
                                   answered.answered = ++now_;
                                   answered.receipt = must(receipt);
                                   take(std::move(answered));
                                   waiting_[client] = false;
                                   --pending_;
                               });
    }

    void take(Call call) {
        for (const auto& done : call.receipt.done) {
            if (done.newest != Position{}) seen_.push_back(done.newest.value);
        }
        calls_.push_back(std::move(call));
    }

    void step() {
        if (pending_ > 0) world_.sequencer().step();
    }

    void check_items(const Things& things) {
        for (const std::string item : {"x", "y", "z"}) {
            const auto found = things.find(item);
            const Thing expected = found == things.end() ? Thing{} : found->second;
            const auto known = must(world_.now()->item(*table_, {item}, *engine::everybody()));
            RC_ASSERT(known.has_value() == expected.exists);
            if (!known) continue;
            const std::string n = expected.n ? R"("n":)" + std::to_string(*expected.n) + ',' : "";
            RC_ASSERT(known->json == R"({"id":")" + item + R"(",)" + n + R"("status":")" +
                                         expected.status + "\"}");
            RC_ASSERT(known->changed == Position{expected.newest});
        }
    }

    support::SteppedEngine world_;
    const engine::Table* table_;
    std::array<bool, clients> waiting_{};
    std::size_t pending_ = 0;
    std::uint64_t now_ = 0;
    std::vector<Call> calls_;
    std::vector<Call> named_;
    std::vector<std::uint64_t> seen_;
};

TEST(O4, DirectWritesOfManyClientsAreALinearHistory) {
    EXPECT_TRUE(rc::check([] { Racers().run(); }));
}

// ---- control runs ----

engine::CommandDone made(engine::CommandEffect effect, std::uint64_t newest) {
    return {.effect = effect, .newest = Position{newest}};
}

Call added(int n, std::uint64_t called, std::uint64_t answered, engine::CommandEffect effect,
           std::uint64_t newest) {
    Call call;
    call.asks = {{.kind = CommandKind::update, .item = "x", .n = n}};
    call.called = called;
    call.answered = answered;
    call.receipt.appended = 1;
    call.receipt.done = {made(effect, newest)};
    return call;
}

// Asks whether the counter is that, and was told that it is.
Call checked(int n, std::uint64_t called, std::uint64_t answered) {
    Call call;
    call.asks = {{.kind = CommandKind::check, .item = "x", .condition = n}};
    call.called = called;
    call.answered = answered;
    call.receipt.done = {made(engine::CommandEffect::unchanged, 1)};
    return call;
}

TEST(O4, AHistoryThatIsNotLinearIsFound) {
    const Call one = added(1, 1, 2, engine::CommandEffect::created, 1);
    const Call two = added(1, 3, 6, engine::CommandEffect::changed, 2);
    Things things;
    EXPECT_EQ(fault_of({one, two, checked(1, 4, 5)}, things), "") << "not written yet";
    EXPECT_EQ(fault_of({one, two, checked(2, 4, 5)}, things), "") << "or written already";
    EXPECT_NE(fault_of({one, two, checked(1, 7, 8)}, things), "") << "stale";
    EXPECT_NE(fault_of({one, two, checked(3, 4, 5)}, things), "") << "never so";
    const Call late = added(1, 3, 12, engine::CommandEffect::changed, 2);
    EXPECT_NE(fault_of({one, late, checked(2, 4, 5), checked(1, 6, 7)}, things), "") << "backwards";
    const Call early = added(1, 8, 9, engine::CommandEffect::created, 1);
    EXPECT_NE(fault_of({early, two}, things), "") << "answered before another was called";
    EXPECT_NE(fault_of({one, added(1, 3, 4, engine::CommandEffect::created, 2)}, things), "");
}

}  // namespace
}  // namespace freshet::properties
