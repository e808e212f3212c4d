// O5 where a stream has lost records: a table that was made even with a later export shows what the
// source has, whatever of the stream comes again afterwards, late and in part.
//
// The model is the source itself: every change that was made there, in order. It knows nothing of
// heads and verdicts, only which of the changes were delivered, and which an export has seen.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/reconciling/reconciliation.h"
#include "tests/support/must.h"
#include "tests/world/appending.h"
#include "tests/world/changes.h"
#include "tests/world/images.h"
#include "tests/world/item_keys.h"
#include "tests/world/stepped_engine.h"

namespace freshet::properties {
namespace {

using engine::ReconciliationPhase;
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

constexpr std::array<const char*, 2> items{"a", "b"};
constexpr int slack = 2;  // seconds by which the clocks of a stream and of an export may differ

using Status = std::optional<std::string>;  // nothing: it is not there

// A change that the source made.
struct Made {
    std::string item;
    int second = 0;
    Status status;
    bool is_dated = true;  // whether its record says when
};

struct Step {
    enum class Kind { change, deliver_again, reconcile, restart, restart_without_state };
    Kind kind = Kind::change;
    Made made;                 // change; `second` is how many pass before it
    bool is_delivered = true;  // change
    int first = 0;  // deliver_again, and while it is reconciled: from the last but so many
    int count = 0;  // likewise: how many
    int age = 0;    // reconcile: how many changes were made since the export
    int pause = 0;  // likewise: seconds since the newest change
    // Of which items the export has seen these changes all the same.
    std::array<bool, 2> scanned{};
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
    switch (step.kind) {
        case Step::Kind::change:
            return out << (step.is_delivered ? "" : "lost ") << step.made.item << "="
                       << step.made.status.value_or("gone") << " after " << step.made.second << " s"
                       << (step.made.is_dated ? "" : ", undated");
        case Step::Kind::deliver_again:
            return out << "deliver " << step.count << " again from the last but " << step.first;
        case Step::Kind::reconcile:
            out << "reconcile after " << step.pause << " s, " << step.age << " changes old";
            for (std::size_t i = 0; i < items.size(); ++i) {
                if (step.scanned[i]) out << ", with the newest " << items[i];
            }
            if (step.count == 0) return out;
            return out << ", meanwhile " << step.count << " again from the last but " << step.first;
        case Step::Kind::restart:
            return out << "restart";
        case Step::Kind::restart_without_state:
            return out << "restart without state";
    }
    return out;
}

rc::Gen<Step> any_change() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::weightedElement<std::string>({{3, "a"}, {1, "b"}}),
                       rc::gen::inRange(0, 6),
                       rc::gen::weightedElement<std::string>({{4, "x"}, {2, "y"}, {2, ""}}),
                       rc::gen::weightedElement<bool>({{7, true}, {1, false}}),
                       rc::gen::weightedElement<bool>({{1, true}, {1, false}})),
        [](const auto& drawn) {
            const auto& [item, seconds, status, is_dated, is_delivered] = drawn;
            Step step;
            step.made = {item, seconds, status.empty() ? Status() : Status(status), is_dated};
            step.is_delivered = is_delivered;
            return step;
        });
}

rc::Gen<Step> any_redelivery() {
    return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 6), rc::gen::inRange(1, 3)),
                        [](const auto& drawn) {
                            Step step;
                            step.kind = Step::Kind::deliver_again;
                            step.first = drawn.first;
                            step.count = drawn.second;
                            return step;
                        });
}

rc::Gen<Step> any_reconciliation() {
    return rc::gen::map(rc::gen::tuple(rc::gen::weightedElement<int>({{6, 0}, {1, 1}, {1, 3}}),
                                       rc::gen::weightedElement<int>({{1, 0}, {1, 2}, {4, 4}}),
                                       rc::gen::arbitrary<std::array<bool, 2>>(),
                                       rc::gen::inRange(0, 6), rc::gen::inRange(0, 3)),
                        [](const auto& drawn) {
                            Step step;
                            step.kind = Step::Kind::reconcile;
                            std::tie(step.age, step.pause, step.scanned, step.first, step.count) =
                                drawn;
                            return step;
                        });
}

rc::Gen<Step> any_step() {
    const auto of_kind = [](Step::Kind kind) {
        Step step;
        step.kind = kind;
        return rc::gen::just(step);
    };
    return rc::gen::weightedOneOf<Step>({{10, any_change()},
                                         {8, any_redelivery()},
                                         {4, any_reconciliation()},
                                         {1, of_kind(Step::Kind::restart)},
                                         {1, of_kind(Step::Kind::restart_without_state)}});
}

// ---- the source ----

class Source {
public:
    void make(Made made) {
        now_ += made.second;
        made.second = now_;
        made_.push_back(std::move(made));
    }

    void pause(int seconds) { now_ += seconds; }

    [[nodiscard]] const std::vector<Made>& made() const { return made_; }
    [[nodiscard]] int now() const { return now_; }

    // What the item is after the first so many changes.
    [[nodiscard]] Status status(const std::string& item, std::size_t changes) const {
        const auto newest = newest_of(item, changes);
        return newest ? made_[*newest].status : std::nullopt;
    }
    // The newest of the first so many changes that is of the item.
    [[nodiscard]] std::optional<std::size_t> newest_of(const std::string& item,
                                                       std::size_t changes) const {
        for (std::size_t i = changes; i > 0; --i) {
            if (made_[i - 1].item == item) return i - 1;
        }
        return std::nullopt;
    }

private:
    std::vector<Made> made_;
    int now_ = 100;
};

// ---- what is promised of an item ----

// What the source has is shown if its newest change was delivered, or if an export has seen it well
// before the export's moment. The second does not hold where records have no times: an item whose
// newest record has none is left alone, and is then whatever comes next.
struct Promise {
    std::optional<std::size_t> delivered;  // the newest change that was delivered and taken
    bool is_dated = true;                  // whether its record had a time
    std::optional<std::size_t> exported;   // the newest change that an export has seen in time
    bool is_even = false;                  // and that is shown
    bool is_blurred = false;               // what is shown is this or something newer

    [[nodiscard]] bool covers(std::optional<std::size_t> newest) const {
        return !newest || delivered == newest || (is_even && exported == newest);
    }
};

class Promises {
public:
    explicit Promises(const Source& source) : source_(source) {}

    void deliver(std::size_t change) {
        const Made& made = source_.made()[change];
        Promise& promise = of(made.item);
        if (promise.delivered && change <= *promise.delivered) return;
        const bool is_known = promise.exported && change <= *promise.exported;
        const bool is_overtaken =
            is_known && made.is_dated && promise.is_dated && !promise.is_blurred;
        if (is_overtaken) return;
        if (is_known) promise.is_even = false;
        promise.delivered = change;
        promise.is_dated = made.is_dated;
    }

    // While the table is gone through: whether before or behind the walk, is not known.
    void deliver_meanwhile(std::size_t change) {
        Promise& promise = of(source_.made()[change].item);
        if (promise.delivered && change <= *promise.delivered) return;
        promise.delivered = change;
        promise.is_dated = source_.made()[change].is_dated;
        promise.is_even = false;
        promise.is_blurred = true;
    }

    void reconcile(std::size_t changes, int second) {
        for (const char* item : items) {
            Promise& promise = of(item);
            const auto newest = source_.newest_of(item, changes);
            const bool is_late = newest && source_.made()[*newest].second >= second - slack;
            if (is_late) continue;
            promise.exported = newest;
            promise.is_even = promise.is_dated;
            promise.is_blurred = false;
        }
    }

    Promise& of(const std::string& item) { return promises_[item]; }

private:
    const Source& source_;
    std::map<std::string, Promise> promises_;
};

// ---- the engine, told the same ----

class World {
public:
    void deliver(std::size_t number, const Made& made) {
        must(engine_.append({change_of(number, made)}));
    }

    storage::Change change_of(std::size_t number, const Made& made) {
        storage::Change change;
        change.kind = made.status ? ChangeKind::modify : ChangeKind::remove;
        change.sequence = must(storage::SequenceNumber::parse(std::to_string(number + 1)));
        change.keys = support::image_of({{"pk", made.item}});
        change.after = image(made.item, made.status);
        change.origin = "arn:aws:dynamodb:eu:1:table/";
        change.source = "orders";
        change.label = "1";
        change.envelope = R"("eventSourceARN":"arn:aws:dynamodb:eu:1:table/orders/stream/1")";
        if (made.is_dated) change.time = time_of(made.second);
        return support::keyed(engine_.catalog(), std::move(change));
    }

    // `meanwhile` is what comes while it goes through the table.
    void reconcile(const std::map<std::string, Status>& exported, int second, bool told,
                   const std::vector<storage::Change>& meanwhile) {
        const engine::Table* table = engine_.catalog().table("orders");
        const auto reconciliation = must(engine_.engine().reconcile(
            {.table = table, .moment = time_of(second), .told = told, .by = "ann"}));
        engine::ChangeBatch batch;
        batch.reconciliation = reconciliation->id();
        for (const auto& [item, status] : exported) {
            if (!status) continue;
            storage::Change line;
            line.imported = true;
            line.keys = support::image_of({{"pk", item}});
            line.after = image(item, status);
            batch.records.push_back(
                {.change = support::keyed(engine_.catalog(), std::move(line)), .sequence = "0"});
        }
        engine_.engine().append(std::move(batch), [](const Result<engine::Receipt>& receipt) {
            RC_ASSERT(receipt.has_value());
        });
        must(reconciliation->run(false, items.size() + 1));
        for (const storage::Change& change : meanwhile) {
            engine_.engine().append(
                support::batch_of({change}),
                [](const Result<engine::Receipt>& receipt) { RC_ASSERT(receipt.has_value()); });
            engine_.sequencer().step();
        }
        while (reconciliation->is_open()) engine_.sequencer().step();
        RC_ASSERT(reconciliation->status().phase == ReconciliationPhase::done);
        while (!reconciliation->is_finished()) std::this_thread::yield();
    }

    void restart(bool delete_state) { engine_.restart(delete_state); }

    Status shown(const std::string& item) {
        const auto view = std::get<const engine::ItemView*>(engine_.catalog().view("order"));
        const auto answer = must(engine_.now()->item(*view, {item}, *engine::everybody()));
        return answer ? Status(answer->json) : std::nullopt;
    }

    // The records of the log in order: what each says, and whether it makes an event.
    std::vector<std::pair<bool, bool>> reconciled_and_told() {
        std::vector<std::pair<bool, bool>> found;
        const auto read_point = engine_.now();
        for (const auto& watched :
             must(engine_.engine().watched_after(*read_point, {}, {.records = 100'000}))) {
            if (watched->record().is_notice()) continue;
            found.emplace_back(watched->record().reconciled(), watched->event() != nullptr);
        }
        return found;
    }

private:
    static storage::SourceTime time_of(int second) {
        return storage::SourceTime(std::chrono::seconds(second));
    }
    static std::optional<storage::Image> image(const std::string& item, const Status& status) {
        if (!status) return std::nullopt;
        return support::image_of({{"pk", item}, {"status", *status}});
    }

    support::SteppedEngine engine_{configuration};
};

std::string shown_json(const std::string& item, const std::string& status) {
    return R"({"pk":")" + item + R"(","status":")" + status + "\"}";
}

class Story {
public:
    void tell(const Step& step) {
        switch (step.kind) {
            case Step::Kind::change:
                source_.make(step.made);
                if (step.is_delivered) deliver(source_.made().size() - 1);
                return;
            case Step::Kind::deliver_again: {
                for (const std::size_t i : from_the_last(step.first, step.count)) deliver(i);
                return;
            }
            case Step::Kind::reconcile:
                return reconcile(step);
            case Step::Kind::restart:
            case Step::Kind::restart_without_state:
                world_.restart(step.kind == Step::Kind::restart_without_state);
        }
    }

    void check() {
        for (const char* item : items) {
            const std::size_t changes = source_.made().size();
            const Promise& promise = promises_.of(item);
            const auto newest = source_.newest_of(item, changes);
            if (!promise.covers(newest)) continue;
            if (newest && promise.delivered != newest) ++evened_;
            const Status status = source_.status(item, changes);
            RC_ASSERT(world_.shown(item) ==
                      (status ? Status(shown_json(item, *status)) : std::nullopt));
        }
    }

    void check_events() {
        for (const auto& [is_reconciled, is_event] : world_.reconciled_and_told()) {
            RC_ASSERT(is_event == (!is_reconciled || told_));
        }
    }

    void restart() { world_.restart(true); }
    // How often an item was right although its newest change never came.
    [[nodiscard]] int evened() const { return evened_; }
    // Whether those who watch are told, the same of all reconciliations of a story.
    void tell_watchers(bool told) { told_ = told; }

private:
    void deliver(std::size_t change) {
        world_.deliver(change, source_.made()[change]);
        promises_.deliver(change);
    }

    // Changes that were made, from the last but so many on.
    [[nodiscard]] std::vector<std::size_t> from_the_last(int first, int count) const {
        const int size = static_cast<int>(source_.made().size());
        const int begin = std::max(0, size - 1 - first);
        std::vector<std::size_t> found;
        for (int i = begin; i < std::min(size, begin + count); ++i) {
            found.push_back(static_cast<std::size_t>(i));
        }
        return found;
    }

    void reconcile(const Step& step) {
        source_.pause(step.pause);
        const std::size_t all = source_.made().size();
        std::size_t changes = all - std::min<std::size_t>(all, static_cast<std::size_t>(step.age));
        changes = std::max(changes, exported_);  // an older export is refused
        exported_ = changes;
        const int second = changes == all
                               ? source_.now()
                               : (changes == 0 ? 100 : source_.made()[changes - 1].second);
        std::map<std::string, Status> exported;
        for (std::size_t i = 0; i < items.size(); ++i) {
            exported[items[i]] = source_.status(items[i], step.scanned[i] ? all : changes);
        }
        std::vector<storage::Change> meanwhile;
        const std::vector<std::size_t> again = from_the_last(step.first, step.count);
        for (const std::size_t change : again) {
            meanwhile.push_back(world_.change_of(change, source_.made()[change]));
        }
        world_.reconcile(exported, second, told_, meanwhile);
        promises_.reconcile(changes, second);
        for (const std::size_t change : again) promises_.deliver_meanwhile(change);
    }

    Source source_;
    Promises promises_{source_};
    World world_;
    std::size_t exported_ = 0;
    int evened_ = 0;
    bool told_ = false;
};

TEST(ReconciliationProperty, O5_WhatALaterExportSawIsShownWhateverTheStreamHasLost) {
    int evened = 0;
    EXPECT_TRUE(rc::check("a stream that loses records", [&evened] {
        Story story;
        story.tell_watchers(*rc::gen::arbitrary<bool>());
        for (const Step& step : *rc::gen::container<std::vector<Step>>(24, any_step())) {
            story.tell(step);
            story.check();
        }
        story.check_events();
        story.restart();
        story.check();
        evened += story.evened();
    }));
    EXPECT_GT(evened, 0) << "no story lost a change that only an export brought";
}

}  // namespace
}  // namespace freshet::properties
