// Live views: a client that is sent what they tell, and nothing else, holds at each position what a
// GET shows there, byte for byte. By put and remove, and by JSON Patch.
//
// The configuration, the records, who watches what and when, are drawn. Watchers fall behind, look
// at moments that have passed, are cut, and come back with a picture that they had earlier; lists
// are built under them, and the server is closed and opened again.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/watching/live_board.h"
#include "engine/watching/picture_json.h"
#include "tests/properties/draws.h"
#include "tests/properties/value_in.h"
#include "tests/readers/live_client.h"
#include "tests/readers/raw_json.h"
#include "tests/world/board.h"
#include "tests/world/random_changes.h"

namespace freshet::properties {
namespace {

using engine::LiveAnswer;
using engine::LiveCursor;
using engine::LiveQuery;
using engine::ReadPoint;
using storage::Position;
using support::Attributes;
using support::number_value;
using support::text_value;
using Kind = LiveAnswer::Kind;

// ---- what is declared ----

std::string any_list(const std::string& name) {
    std::string list = "\n[[table.list]]\nname = \"" + name + "\"\n";
    const auto by = any_of<std::string>({"", R"("team")", R"(["team", "rank"])"});
    if (!by.empty()) list += "by = " + by + "\n";
    list += any_of<std::string>({"", "where = { status = [\"open\"] }\n"});
    const auto sort = any_of<std::string>(
        {"", R"("rank")", R"("rank desc")", R"(["at desc", "rank"])", R"("n")"});
    if (!sort.empty()) list += "sort = " + sort + "\n";
    list += any_of<std::string>({"fields = [\"pk\", \"n\"]\n", "fields = [\"*\"]\n"});
    const std::size_t access = below(by.empty() ? 3 : 4);
    if (access == 1) list += "access = [\"agent\"]\n";
    if (access == 2) list += "access = [\"public\"]\n";
    if (access == 3) list += "access = [{ role = \"agent\", team = \"{claims.team}\" }]\n";
    return list;
}

std::string any_total() {
    return "\n[[table.total]]\nname = \"sizes\"\n" + any_of<std::string>({"", "by = \"team\"\n"}) +
           any_of<std::string>(
               {"", "values = [\"count\", { min = \"rank\" }, { max = \"at\" }]\n",
                "values = [{ sum = \"n\" }, { max = \"rank\" }, { min = \"rank\" }]\n"});
}

std::string any_configuration() {
    return R"(
[[table]]
name  = "things"
key   = ["pk"]
owner = "creator"

[[table.view]]
name   = "whole"
fields = ["*"]

[[table.view]]
name   = "own"
fields = ["id=pk", "n", "team"]
access = ["owner"]

[[table.view]]
name   = "hidden"
fields = ["n"]
access = ["owner"]
hide   = true
)" + any_list("first") +
           any_list("second") + any_total();
}

// ---- what becomes of the items ----

constexpr std::size_t item_count = 7;

std::string any_key() {
    return std::string(1, static_cast<char>('a' + below(item_count)));
}

Attributes any_attributes() {
    Attributes attributes;
    if (below(8) > 0) attributes["team"] = text_value(any_of<std::string>({"red", "red", "blue"}));
    if (below(6) > 0) {
        attributes["rank"] = number_value(any_of<std::string>({"1", "1.0", "2", "7.5", "7.50"}));
    }
    if (below(6) > 0) {
        attributes["at"] = text_value(any_of<std::string>({"a,b", "q\"]}", "\\", "", "{"}));
    }
    if (below(6) > 0) attributes["n"] = number_value(any_of<std::string>({"1", "2", "3"}));
    attributes["creator"] = text_value(any_of<std::string>({"ada", "ada", "bob"}));
    attributes["status"] = text_value(any_of<std::string>({"open", "open", "done"}));
    return attributes;
}

// ---- who asks for what ----

LiveQuery::Asker any_caller() {
    static const std::vector<LiveQuery::Asker> callers = [] {
        engine::Caller ada;
        ada.subject = "ada";
        engine::Caller agent;
        agent.subject = "cid";
        agent.roles = {"agent"};
        agent.claims["team"] = {"red"};
        return std::vector<LiveQuery::Asker>{
            engine::everybody(), engine::everybody(), std::make_shared<const engine::Caller>(ada),
            std::make_shared<const engine::Caller>(agent), engine::nobody()};
    }();
    return any_of(callers);
}

// A view by its name, and what is asked of it.
struct Asked {
    std::string view;
    std::vector<std::string> parts;
    engine::PageRequest page;
    LiveQuery::Asker caller;
};

// What is read, or why not.
using Shown = Result<std::string>;

Shown get(const ReadPoint& read_point, const engine::ItemView& view, const Asked& asked) {
    auto item = read_point.item(view, asked.parts, *asked.caller);
    if (!item) return fail(item.error());
    return *item ? (*item)->json : "null";
}

Shown get(const ReadPoint& read_point, const engine::ListView& list, const Asked& asked) {
    engine::PageRequest request = asked.page;
    request.partition = asked.parts;
    const auto page = read_point.page(list, request, *asked.caller);
    if (!page) return fail(page.error());
    std::string document = "{\"items\":[";
    for (const std::string& item : page->items) {
        if (&item != page->items.data()) document += ',';
        document += item;
    }
    document += ']';
    if (!page->next.empty()) document += ",\"next\":\"" + page->next + "\"";
    return document + "}";
}

Shown get(const ReadPoint& read_point, const engine::TotalView& total, const Asked& asked) {
    return read_point.total(total, asked.parts, *asked.caller);
}

Result<LiveQuery> query_of(const engine::ItemView& view, const Asked& asked) {
    return LiveQuery::of(view, asked.parts, asked.caller);
}

Result<LiveQuery> query_of(const engine::ListView& list, const Asked& asked) {
    engine::PageRequest request = asked.page;
    request.partition = asked.parts;
    return LiveQuery::of(list, request, asked.caller);
}

Result<LiveQuery> query_of(const engine::TotalView& total, const Asked& asked) {
    return LiveQuery::of(total, asked.parts, asked.caller);
}

// Calls `use` with the view of that name.
template <class Use>
auto with_view(const engine::Catalog& catalog, const std::string& name, Use use) {
    const auto view = catalog.view(name);
    if (const auto* item = std::get_if<const engine::ItemView*>(&view)) return use(**item);
    if (const auto* list = std::get_if<const engine::ListView*>(&view)) return use(**list);
    return use(*std::get<const engine::TotalView*>(view));
}

// ---- the server ----

// How often what is hoped for has happened: a story alone may be too short for it.
struct Seen {
    std::size_t snapshots = 0;
    std::size_t changes = 0;
    std::size_t continued = 0;  // reconnects that were told a change
    std::size_t ends = 0;
    std::size_t overtaken = 0;
    std::size_t skipped = 0;  // looks that were not needed
};

engine::LiveLimits any_limits() {
    return {.views = 64,
            .bytes = std::size_t{1} << (below(8) == 0 ? 15U : 28U),  // has room for a few views
            .history = {.steps = any_of<std::size_t>({0, 1, 3, 256, 256}),
                        .bytes = any_of<std::size_t>({300, 64U << 10U, 64U << 10U})}};
}

class World {
public:
    World() { hold(); }

    void take() {
        std::vector<support::SentRecord> batch;
        for (std::size_t left = 1 + below(3); left > 0; --left) {
            support::SentRecord record;
            record.table = "things";
            record.sequence = std::to_string(++sequence_);
            const std::string key = any_key();
            record.keys["pk"] = text_value(key);
            const bool removes = below(5) == 0;
            record.kind = removes ? storage::ChangeKind::remove : storage::ChangeKind::modify;
            if (!removes) record.after = any_attributes();
            if (!removes) (*record.after)["pk"] = text_value(key);
            batch.push_back(std::move(record));
        }
        value_in(engine_.append(support::batch_of(batch, engine_.catalog())));
    }
    void build() { engine_.sequencer().build(); }
    // Those who watch and the moments that are held must be let go of.
    void reopen() {
        held_.clear();
        if (below(2) == 0) {
            engine_.restart();
        } else {
            value_in(engine_.reconfigure(any_configuration()));
        }
        hold();
    }
    void mend() {
        held_.clear();
        value_in(engine_.sequencer().recover());
        hold();
    }

    // Keeps the newest moment for those who are late.
    void hold() {
        held_.push_back(engine_.now());
        if (held_.size() > 3) held_.pop_front();
    }
    std::shared_ptr<const ReadPoint> any_moment() {
        return below(3) == 0 ? any_of(std::vector(held_.begin(), held_.end())) : now();
    }
    [[nodiscard]] std::shared_ptr<const ReadPoint> now() const { return engine_.now(); }
    [[nodiscard]] const engine::Catalog& catalog() const { return engine_.catalog(); }
    [[nodiscard]] engine::LiveBoard& live() { return engine_.engine().live(); }

    Asked any_asked() {
        Asked asked{.view = any_of<std::string>(
                        {"whole", "own", "hidden", "first", "first", "second", "sizes"}),
                    .parts = {},
                    .page = {},
                    .caller = any_caller()};
        const auto view = catalog().view(asked.view);
        if (std::holds_alternative<const engine::ItemView*>(view)) {
            asked.parts = {any_key()};
        } else if (const auto* total = std::get_if<const engine::TotalView*>(&view)) {
            if (!(*total)->by.empty()) asked.parts = {"red"};
        } else {
            draw_page(asked, *std::get<const engine::ListView*>(view));
        }
        return asked;
    }
    [[nodiscard]] Shown get_of(const ReadPoint& read_point, const Asked& asked) const {
        return with_view(catalog(), asked.view,
                         [&](const auto& view) { return get(read_point, view, asked); });
    }
    [[nodiscard]] Result<LiveQuery> query(const Asked& asked) const {
        return with_view(catalog(), asked.view,
                         [&](const auto& view) { return query_of(view, asked); });
    }

private:
    void draw_page(Asked& asked, const engine::ListView& list) {
        if (!list.by.empty()) asked.parts = {any_of<std::string>({"red", "red", "blue"})};
        if (list.by.size() > 1) asked.parts.push_back(any_of<std::string>({"1", "2", "7.5"}));
        asked.page.limit = any_of<std::size_t>({1, 2, 3, 100});
        if (below(4) == 0) asked.page.order = engine::Direction::descending;
        if (below(4) == 0 && !list.sort.empty()) asked.page.since = "1";
        if (below(6) == 0 && !list.sort.empty()) asked.page.until = "7";
        if (below(4) > 0) return;
        engine::PageRequest request = asked.page;
        request.partition = asked.parts;
        // The page after that.
        if (const auto page = now()->page(list, request, *engine::everybody())) {
            asked.page.cursor = page->next;
        }
    }

    int sequence_ = 0;
    support::SteppedEngine engine_{any_configuration(), {.slice_items = 2, .live = any_limits()}};
    std::deque<std::shared_ptr<const ReadPoint>> held_;
};

// ---- those who watch ----

class Watcher {
public:
    Watcher(World& world, Seen& seen, Asked asked)
        : world_(world), seen_(seen), asked_(std::move(asked)) {}

    // Is there, and has nothing or the picture that it had at some time.
    void connect() {
        const auto query = world_.query(asked_);
        if (!query) return;
        const bool was_there = !past_.empty() && past_.back().fingerprint == query->fingerprint();
        if (was_there) {
            // Mostly a late one: the others are not kept for long.
            now_ =
                past_[past_.size() - 1 -
                      below(below(3) == 0 ? past_.size() : std::min<std::size_t>(past_.size(), 3))];
            now_.cursor.knowledge = 0;
        }
        if (!was_there || now_.fingerprint != query->fingerprint() || below(8) == 0) now_ = {};
        now_.fingerprint = query->fingerprint();
        is_back_ = true;
        if (below(2) == 0) cut();
        auto watch = world_.live().watch(*query);
        if (!watch) {
            RC_ASSERT(watch.error().code == Errc::busy);
            return cut();
        }
        watch_.emplace(std::move(*watch));
    }
    void cut() { watch_.reset(); }
    [[nodiscard]] const Asked& asked() const { return asked_; }

    void look() {
        if (!watch_) return connect();
        const auto read_point = world_.any_moment();
        const Shown shown = world_.get_of(*read_point, asked_);
        if (!watch_->may_have_changed(*read_point, now_.cursor)) {
            ++seen_.skipped;
            RC_ASSERT(now_.document() == value_in(shown));
            if (below(2) == 0) now_.cursor.position = read_point->position();
            if (below(2) == 0) return;
            const Kind kind = value_in(watch_->look(*read_point, now_.cursor)).kind;
            if (kind != Kind::overtaken) {
                RC_ASSERT(kind == Kind::unchanged);
            }
            return;
        }
        const auto answer = watch_->look(*read_point, now_.cursor);
        if (!answer) {
            RC_ASSERT(!shown.has_value());
            RC_ASSERT(shown.error().code == answer.error().code);
            return;
        }
        take(*answer, *read_point, shown);
    }

    // Until it has what is shown now.
    void look_at_last() {
        for (int looks = 0; looks < 20 && (watch_ == std::nullopt || !is_up_to_date()); ++looks) {
            look();
        }
    }

private:
    // A client's picture, kept in both ways.
    struct Has {
        LiveCursor cursor = {};
        std::uint64_t fingerprint = 0;
        support::LiveClient client = {};
        std::string patched = {};

        [[nodiscard]] std::string document() const {
            RC_ASSERT(client.document() == patched);
            return patched;
        }
    };

    [[nodiscard]] bool is_up_to_date() const {
        return now_.cursor.position == world_.now()->position();
    }

    [[nodiscard]] bool shows_nothing() const {
        const std::string document = now_.document();
        return document == "null" || document == R"({"items":[]})";
    }

    void take(const LiveAnswer& answer, const ReadPoint& read_point, const Shown& shown) {
        if (answer.kind == Kind::overtaken) {
            ++seen_.overtaken;
            RC_ASSERT(&read_point != world_.now().get());
            RC_ASSERT(answer.cursor == now_.cursor);
            return;
        }
        RC_ASSERT(answer.cursor.position == read_point.position());
        now_.cursor = answer.cursor;
        if (answer.kind == Kind::snapshot) {
            ++seen_.snapshots;
            now_.client.take_snapshot(engine::snapshot_json(*answer.picture));
            now_.patched = engine::document_json(*answer.picture);
        } else if (answer.change) {
            ++seen_.changes;
            seen_.continued += is_back_ ? 1 : 0;
            now_.client.take_change(answer.change->json());
            now_.patched = support::patched(now_.patched, answer.change->patch());
        }
        is_back_ = false;
        if (answer.kind == Kind::ended) {
            ++seen_.ends;
            RC_ASSERT(!shown.has_value());
            RC_ASSERT(shown.error().code == Errc::forbidden);
            if (answer.change) {
                RC_ASSERT(shows_nothing());
            }
            return cut();
        }
        RC_ASSERT(now_.document() == value_in(shown));
        past_.push_back(now_);
    }

    World& world_;
    Seen& seen_;
    const Asked asked_;
    Has now_;
    std::vector<Has> past_;
    bool is_back_ = false;  // has not been told anything since it came back
    std::optional<engine::LiveWatch> watch_;
};

// ---- the property ----

void play(Seen& seen) {
    World world;
    for (std::size_t left = below(5); left > 0; --left) world.take();
    std::deque<Watcher> watchers;
    for (std::size_t left = 2 + below(6); left > 0; --left) {
        const bool is_shared = !watchers.empty() && below(2) == 0;
        watchers.emplace_back(world, seen, is_shared ? watchers.back().asked() : world.any_asked());
    }
    for (std::size_t left = 10 + below(150); left > 0; --left) {
        const std::size_t what = below(60);
        if (what < 12) {
            world.take();
        } else if (what < 16) {
            world.hold();
        } else if (what < 18) {
            world.build();
        } else if (what == 18) {
            watchers[below(watchers.size())].cut();
        } else if (what == 19 && below(3) == 0) {
            world.mend();
        } else if (what == 20 && below(3) == 0) {
            for (Watcher& watcher : watchers) watcher.cut();
            world.reopen();
        } else if (what < 26) {
            watchers[below(watchers.size())].connect();
        } else {
            watchers[below(watchers.size())].look();
        }
    }
    for (Watcher& watcher : watchers) watcher.look_at_last();
}

TEST(LiveViews, LeaveAClientWithWhatAGetShowsAtEachPosition) {
    Seen seen;
    std::size_t stories = 0;

    EXPECT_TRUE(rc::check([&] {
        ++stories;
        play(seen);
    }));

    // What was drawn has to get to all of it, however few stories there are.
    EXPECT_GT(seen.snapshots, stories);
    EXPECT_GT(seen.changes, stories);
    EXPECT_GT(seen.continued, stories / 10);
    EXPECT_GT(seen.ends, stories / 100);
    EXPECT_GT(seen.overtaken, stories / 100);
    EXPECT_GT(seen.skipped, stories / 2);
}

}  // namespace
}  // namespace freshet::properties
