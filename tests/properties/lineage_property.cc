// O1, O2 between streams: replicas that overlap, sources that begin again, tables that fail over
// and back, and deliveries that come again and late, against what the promise says in words.
//
// The model keeps every record that was taken, and works each answer out from all of them. It
// shares nothing with engine/folding/lineage.h and engine/sequencing/verdict.h.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/config.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/images.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_engine.h"

namespace freshet::properties {
namespace {

using Became = decltype(engine::RecordOutcome::outcome);
using storage::ChangeKind;
using support::must;

constexpr const char* configuration = R"(
[[table]]
name   = "orders"
key    = ["pk"]

[[table.view]]
name   = "order"
fields = ["*"]

[[table.list]]
name   = "all"
sort   = "status"
like   = "order"

[[table.event]]
type   = "told"
data   = ["status"]
)";

// ---- what happens ----

struct Sent {
    std::string item;
    std::string region;  // empty: the record does not say its stream
    std::string label;
    int number = 0;
    std::optional<int> second;
    std::optional<std::string> status;  // nothing: a removal
    bool imported = false;              // of an export, which may name a region, and has no number
};

struct Step {
    enum class Kind { send, adopt, restart, restart_without_state };
    Kind kind = Kind::send;
    std::vector<Sent> batch;
    std::string region;  // adopt
};

std::ostream& operator<<(std::ostream& out, const Sent& sent) {
    return out << (sent.imported ? "import " : "") << sent.item << "="
               << sent.status.value_or("gone") << " by " << sent.region << "/" << sent.label << "#"
               << sent.number << " at " << (sent.second ? std::to_string(*sent.second) : "?");
}

std::ostream& operator<<(std::ostream& out, const Step& step) {
    switch (step.kind) {
        case Step::Kind::send:
            out << "send";
            for (const Sent& sent : step.batch) out << " [" << sent << "]";
            return out;
        case Step::Kind::adopt:
            return out << "adopt " << step.region;
        case Step::Kind::restart:
            return out << "restart";
        case Step::Kind::restart_without_state:
            return out << "restart without state";
    }
    return out;
}

rc::Gen<Sent> any_sent() {
    return rc::gen::map(
        rc::gen::tuple(
            rc::gen::element<std::string>("a", "b"),
            rc::gen::weightedElement<std::string>({{8, "eu"}, {8, "us"}, {3, "restored"}, {1, ""}}),
            rc::gen::weightedElement<std::string>({{4, "1"}, {3, "2"}, {1, "0"}}),
            rc::gen::inRange(1, 8),
            rc::gen::weightedOneOf<std::optional<int>>(
                {{4, rc::gen::map(rc::gen::inRange(0, 40),
                                  [](int second) { return std::optional(second); })},
                 {1, rc::gen::just(std::optional<int>())}}),
            rc::gen::weightedElement<std::string>({{3, "x"}, {3, "y"}, {1, ""}}),
            rc::gen::weightedElement<bool>({{9, false}, {1, true}})),
        [](const auto& drawn) {
            auto [item, region, label, number, second, status, imported] = drawn;
            Sent sent{item, region, label, number, second, std::nullopt};
            if (region.empty()) sent.label.clear();
            if (!status.empty()) sent.status = status;
            if (imported) {
                return Sent{item, region, sent.label, 0, {}, sent.status.value_or("x"), true};
            }
            return sent;
        });
}

rc::Gen<Step> any_step() {
    const auto of_kind = [](Step::Kind kind) { return rc::gen::just(Step{kind, {}, {}}); };
    return rc::gen::weightedOneOf<Step>(
        {{12, rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<Sent>>(any_sent())),
                           [](std::vector<Sent> batch) {
                               return Step{Step::Kind::send, std::move(batch), {}};
                           })},
         {3, rc::gen::map(rc::gen::element<std::string>("eu", "us", "restored"),
                          [](std::string region) {
                              return Step{Step::Kind::adopt, {}, std::move(region)};
                          })},
         {1, of_kind(Step::Kind::restart)},
         {1, of_kind(Step::Kind::restart_without_state)}});
}

// ---- the promise in words ----

enum class Answer { taken, duplicate, refused };

class Model {
public:
    Answer take(const Sent& sent) {
        const Answer answer = answer_to(sent);
        if (answer != Answer::taken) return answer;
        if (sent.imported) {
            taken_.push_back(sent);
            return answer;
        }
        Sent named = sent;
        if (sent.region.empty() && !streams_.empty()) {
            named.region = streams_.front().first;
            named.label = streams_.front().second;
        }
        if (is_nameless() && !named.region.empty()) name_everything_after(named);
        note_family(named.region);
        const std::pair stream(named.region, named.label);
        if (std::find(streams_.begin(), streams_.end(), stream) == streams_.end()) {
            streams_.push_back(stream);
        }
        taken_.push_back(named);
        return answer;
    }

    void adopt(const std::string& region) {
        if (is_nameless()) return;  // refused
        std::erase(families_, region);
        families_.push_back(region);
    }

    // The item's newest record; null if there is none.
    [[nodiscard]] const Sent* newest(const std::string& item) const {
        const auto found = std::find_if(taken_.rbegin(), taken_.rend(),
                                        [&](const Sent& sent) { return sent.item == item; });
        return found == taken_.rend() ? nullptr : &*found;
    }

    // Whether the item's newest record is of another stream than the one before it.
    [[nodiscard]] bool came_by_another_stream(const std::string& item) const {
        std::vector<const Sent*> own;
        for (const Sent& sent : taken_) {
            if (sent.item == item) own.push_back(&sent);
        }
        if (own.size() < 2) return false;
        const Sent& before = *own[own.size() - 2];
        if (before.imported) return false;
        return before.region != own.back()->region || before.label != own.back()->label;
    }

private:
    // The time of the item's newest record that has one.
    [[nodiscard]] std::optional<int> newest_time(const std::string& item) const {
        const auto found = std::find_if(taken_.rbegin(), taken_.rend(), [&](const Sent& sent) {
            return sent.item == item && sent.second;
        });
        return found == taken_.rend() ? std::nullopt : found->second;
    }
    [[nodiscard]] bool is_nameless() const { return families_ == std::vector<std::string>{""}; }
    [[nodiscard]] std::size_t place_of(const std::string& family) const {
        return static_cast<std::size_t>(std::find(families_.begin(), families_.end(), family) -
                                        families_.begin());
    }
    void note_family(const std::string& family) {
        if (place_of(family) == families_.size()) families_.push_back(family);
    }
    void name_everything_after(const Sent& named) {
        for (Sent& sent : taken_) {
            if (sent.imported) continue;
            sent.region = named.region;
            sent.label = named.label;
        }
        for (auto& stream : streams_) stream = {named.region, named.label};
        families_ = {named.region};
    }

    [[nodiscard]] Answer answer_to(Sent sent) const {
        if (sent.imported) return newest(sent.item) ? Answer::duplicate : Answer::taken;
        if (sent.region.empty()) {
            if (streams_.size() > 1 || (streams_.empty() && !families_.empty())) {
                return Answer::refused;
            }
            if (!streams_.empty()) {
                sent.region = streams_.front().first;
                sent.label = streams_.front().second;
            }
        } else if (is_nameless()) {
            Model named = *this;
            named.name_everything_after(sent);
            return named.answer_to(sent);
        } else if (!families_.empty() && place_of(sent.region) == families_.size()) {
            return Answer::refused;
        }

        const Sent* last = newest(sent.item);
        for (const Sent& before : taken_) {
            const bool is_same_stream = !before.imported && before.item == sent.item &&
                                        before.region == sent.region && before.label == sent.label;
            if (is_same_stream && before.number >= sent.number) return Answer::duplicate;
        }
        if (last == nullptr || last->imported) return Answer::taken;
        if (last->region == sent.region && last->label == sent.label) return Answer::taken;
        const bool is_earlier = last->region == sent.region
                                    ? sent.label < last->label
                                    : place_of(sent.region) < place_of(last->region);
        if (is_earlier) return Answer::duplicate;
        const auto known = newest_time(sent.item);
        const bool is_overtaken = sent.second && known && *sent.second < *known - 10;
        return is_overtaken ? Answer::duplicate : Answer::taken;
    }

    std::vector<Sent> taken_;
    std::vector<std::pair<std::string, std::string>> streams_;
    std::vector<std::string> families_;
};

// ---- the engine, told the same ----

class World {
public:
    // Hands the batch in, whole or not at all; nothing if it was refused.
    std::optional<engine::Receipt> send(const std::vector<Sent>& batch) {
        std::vector<storage::Change> changes;
        changes.reserve(batch.size());
        for (const Sent& sent : batch) changes.push_back(change_of(sent));
        engine::Receipt receipt = must(engine_.append(std::move(changes)));
        if (receipt.refusal) return std::nullopt;
        return receipt;
    }

    void adopt(const std::string& region) {
        engine::ChangeBatch batch;
        batch.notices.push_back({.kind = storage::NoticeKind::adoption,
                                 .by = "ann",
                                 .table = "orders",
                                 .stream = origin_of(region) + "orders"});
        must(engine_.append(std::move(batch)));
    }

    void restart(bool delete_state) { engine_.restart(delete_state); }

    // The view of the item; nothing if it is not there.
    std::optional<std::string> shown(const std::string& item) {
        const auto view = std::get<const engine::ItemView*>(engine_.catalog().view("order"));
        const auto answer = must(engine_.now()->item(*view, {item}, *engine::everybody()));
        if (!answer) return std::nullopt;
        return answer->json;
    }

    // The changes of the log, without the notices, with the events that they make.
    std::vector<bool> events() {
        std::vector<bool> events;
        const auto read_point = engine_.now();
        for (const auto& watched :
             must(engine_.engine().watched_after(*read_point, {}, {.records = 100'000}))) {
            if (!watched->record().is_notice()) events.push_back(watched->event() != nullptr);
        }
        return events;
    }

private:
    static std::string origin_of(const std::string& region) {
        return "arn:aws:dynamodb:" + region + ":1:table/";
    }

    storage::Change change_of(const Sent& sent) {
        storage::Change change;
        change.kind = sent.status ? ChangeKind::modify : ChangeKind::remove;
        change.imported = sent.imported;
        if (sent.imported) change.kind = ChangeKind::insert;
        change.sequence = must(storage::SequenceNumber::parse(std::to_string(sent.number)));
        change.keys = support::image_of({{"pk", sent.item}});
        if (sent.status) {
            change.after = support::image_of({{"pk", sent.item}, {"status", *sent.status}});
        }
        if (sent.second) {
            change.time = storage::SourceTime(std::chrono::seconds(1'000 + *sent.second));
        }
        if (!sent.region.empty()) {
            change.origin = origin_of(sent.region);
            change.source = "orders";
            change.label = sent.label;
            change.envelope =
                R"("eventSourceARN":")" + change.origin + "orders/stream/" + sent.label + '"';
        }
        return support::keyed(engine_.catalog(), std::move(change));
    }

    support::SteppedEngine engine_{configuration};
};

void run(const std::vector<Step>& steps) {
    World world;
    Model model;
    std::vector<bool> events;  // whether each change that was taken makes one
    std::map<std::string, std::optional<std::string>> statuses;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::adopt) {
            world.adopt(step.region);
            model.adopt(step.region);
            continue;
        }
        if (step.kind != Step::Kind::send) {
            world.restart(step.kind == Step::Kind::restart_without_state);
            continue;
        }
        Model after = model;
        auto statuses_after = statuses;
        auto events_after = events;
        std::vector<Answer> answers;
        for (const Sent& sent : step.batch) {
            answers.push_back(after.take(sent));
            if (answers.back() != Answer::taken) continue;
            const bool is_repeated =
                after.came_by_another_stream(sent.item) && statuses_after[sent.item] == sent.status;
            events_after.push_back(!is_repeated && !sent.imported);
            statuses_after[sent.item] = sent.status;
        }
        const auto receipt = world.send(step.batch);
        const bool is_refused =
            std::find(answers.begin(), answers.end(), Answer::refused) != answers.end();
        RC_ASSERT(receipt.has_value() == !is_refused);
        if (is_refused) continue;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const bool is_taken = receipt->outcomes[i].outcome == Became::appended;
            RC_ASSERT(is_taken == (answers[i] == Answer::taken));
        }
        model = after;
        statuses = statuses_after;
        events = events_after;
    }
    const auto check = [&] {
        for (const std::string item : {"a", "b"}) {
            const auto& status = statuses[item];
            RC_ASSERT(
                world.shown(item) ==
                (status ? std::optional(R"({"pk":")" + item + R"(","status":")" + *status + "\"}")
                        : std::nullopt));
        }
        RC_ASSERT(world.events() == events);
    };
    check();
    world.restart(true);
    check();
}

TEST(LineageProperty, O2_BetweenStreamsARecordTakesEffectOnceAndTheLaterStreamWins) {
    EXPECT_TRUE(rc::check("records of several streams", [] {
        run(*rc::gen::resize(40, rc::gen::container<std::vector<Step>>(any_step())));
    }));
}

}  // namespace
}  // namespace freshet::properties
