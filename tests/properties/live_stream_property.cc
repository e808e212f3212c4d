// A stream of live views and events, cut anywhere: a client that takes in its whole frames, and
// comes back with the last id that it has heard, holds at each id what a GET of each view shows
// there, byte for byte, and has heard each event up to it once and in order.
//
// What is watched, what becomes of the items, and where the connection is cut, are drawn; the
// server is closed and opened again, and mended, in between.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "http/routes/live_routes.h"
#include "http/routes/routes.h"
#include "http/streams/event_id.h"
#include "tests/properties/draws.h"
#include "tests/properties/value_in.h"
#include "tests/readers/event_frames.h"
#include "tests/readers/live_client.h"
#include "tests/readers/raw_json.h"
#include "tests/support/must.h"
#include "tests/world/record_text.h"
#include "tests/world/route_shop.h"
#include "tests/world/tables.h"

namespace freshet::properties {
namespace {

using http::Answer;
using http::EventId;
using http::NextStep;
using http::RouteShop;
using support::attribute;
using support::Frame;
using support::raw_member;
using support::raw_members;

std::string any_key() {
    return std::string(1, static_cast<char>('a' + below(5)));
}

engine::Config config() {
    const std::string text = support::server_section + support::orders_table("from = \"shop\"\n") +
                             support::my_orders("pk") + support::all_orders("pk") +
                             "\n[[table.event]]\ntype = \"changed\"\ndata = [\"id=pk\"]\n";
    return support::must(engine::parse_config(text, "shop.toml"));
}

// How often what is hoped for has happened: a story alone may be too short for it.
struct Seen {
    std::size_t changes = 0;
    std::size_t continued = 0;   // reconnects that were told changes
    std::size_t half_begun = 0;  // cuts between snapshots
    std::size_t events = 0;
    std::size_t rested = 0;
    std::size_t behind = 0;  // told with others of what was the newest before
};

const std::vector<std::string> all_views = {"order/a",       "order/b",
                                            "all-orders",    "all-orders?limit=2",
                                            "my-orders/bob", "my-orders/ada?limit=1"};

// What a GET of each view has shown, by position.
using Past = std::map<std::uint64_t, std::map<std::string, std::string>>;

// A browser that shows some views, and what it was told of them.
class Page {
public:
    Page(RouteShop& shop, const Past& past, Seen& seen) : shop_(shop), past_(past), seen_(seen) {
        do {
            views_.push_back(any_of(all_views));
        } while (views_.size() < 4 && below(3) > 0);
        std::sort(views_.begin(), views_.end());
        views_.erase(std::unique(views_.begin(), views_.end()), views_.end());
        is_alone_ = views_.size() == 1 && below(2) == 0;
        is_patched_ = below(3) == 0;
        has_events_ = !is_alone_ && below(2) == 0;
        rests_ = below(3) == 0;
    }

    // Without a word, so what it has of a frame is lost.
    void cut() {
        stream_.reset();
        parser_.begin_again();
    }

    // Is told what there is, and may be cut anywhere in it.
    void listen() {
        std::string bytes;
        if (!stream_) {
            connect();
            stream_->begin(bytes);
        }
        bool is_caught_up = false;
        for (int fills = 0; fills < 20 && !is_caught_up; ++fills) {
            is_caught_up = value_in(stream_->fill(bytes, any_room()));
        }
        // The next record wakes it, and not what it has not been told of yet.
        const bool waits_for_next =
            is_caught_up && !stream_->due() && stream_->position().value == newest();
        if (below(2) == 0 || waits_for_next) stream_->append_bookmark(bytes);
        const bool is_cut = below(3) == 0;
        parser_.take(bytes.substr(0, is_cut ? below(bytes.size() + 1) : bytes.size()));
        while (const auto frame = parser_.next()) take(*frame);
        if (waits_for_next && !is_cut) RC_ASSERT(is_up_to_date());
        const bool is_resting = stream_->due().has_value();
        seen_.behind += is_caught_up && !is_resting && !waits_for_next ? 1 : 0;
        if (is_cut) cut();
    }

    void listen_to_the_end() {
        for (int times = 0; times < 50 && (stream_ == nullptr || !is_up_to_date()); ++times) {
            if (stream_ && stream_->due()) std::this_thread::sleep_until(*stream_->due());
            listen();
        }
        RC_ASSERT(stream_ != nullptr && is_up_to_date());
    }

private:
    struct Shown {
        bool is_there = false;
        support::LiveClient client = {};
        std::string patched = {};
    };

    static std::size_t any_room() { return below(2) == 0 ? 1 : 65'536; }

    void connect() {
        std::string target = "/live?";
        for (const std::string& view : views_) {
            target += "view=" + view.substr(0, view.find('?'));
            const std::size_t query = view.find('?');
            if (query != std::string::npos) target += "%3F" + view.substr(query + 1);
            target += '&';
        }
        if (is_alone_) {
            target = "/views/" + views_[0] + (views_[0].find('?') == std::string::npos ? "?" : "&");
        }
        if (is_patched_) target += "as=patch&";
        if (has_events_) target += "events=all&";
        if (rests_) target += "every_ms=1&";
        if (parser_.last_event_id().empty()) heard_from_ = newest();
        target += "last_event_id=" + parser_.last_event_id();
        NextStep step = shop_.ask({.method = "GET",
                                   .target = target,
                                   .headers = {"Accept: text/event-stream"},
                                   .body = ""});
        auto* started = std::get_if<http::StreamToFollow>(&step);
        RC_ASSERT(started != nullptr);
        stream_ = std::move(started->stream);
        is_back_ = true;
    }

    void take(const Frame& frame) {
        RC_ASSERT(frame.event != "reset" && frame.event != "ended");
        if (frame.event == "snapshot") {
            take_snapshot(frame.data);
            if (!frame.id) ++seen_.half_begun;
        } else if (frame.event == "change") {
            ++seen_.changes;
            seen_.continued += is_back_ ? 1 : 0;
            take_change(frame.data);
        } else if (frame.fires && frame.event != "hello") {
            RC_ASSERT(has_events_ && frame.id.has_value());
            heard_.push_back(value_in_id(*frame.id).position.value);
            ++seen_.events;
        }
        if (frame.event == "snapshot" || frame.event == "change") {
            is_back_ = false;
            seen_.rested += stream_ && stream_->due() ? 1 : 0;
        }
        if (frame.id) check(value_in_id(*frame.id));
    }

    void take_snapshot(const std::string& data) {
        if (is_alone_) return show(shown_[views_[0]], data);
        const auto members = raw_members(data);
        const std::string name = *raw_member(members, "view");
        show(shown_[name.substr(1, name.size() - 2)], *raw_member(members, "data"));
    }
    void show(Shown& shown, const std::string& data) const {
        shown.is_there = true;
        if (is_patched_) {
            shown.patched = data;
        } else {
            shown.client.take_snapshot(data);
        }
    }

    void take_change(const std::string& data) {
        if (is_alone_) return change(shown_[views_[0]], data);
        for (const auto& [name, its] : raw_members(data)) change(shown_[name], its);
    }
    void change(Shown& shown, const std::string& data) const {
        RC_ASSERT(shown.is_there);
        if (is_patched_) {
            shown.patched = support::patched(shown.patched, data);
        } else {
            shown.client.take_change(data);
        }
    }

    static EventId value_in_id(const std::string& text) {
        const auto id = http::parse_event_id(text);
        RC_ASSERT(id.has_value() && id->views.has_value());
        return *id;
    }

    // The client may come back with this id.
    void check(const EventId& id) {
        if (id.views->position.value > 0) check_views(id.views->position.value);
        if (has_events_) check_events(id.position.value);
        last_ = id;
    }
    void check_views(std::uint64_t position) const {
        for (const std::string& view : views_) {
            const Shown& shown = shown_.at(view);
            const std::string now = is_patched_ ? shown.patched : shown.client.document();
            RC_ASSERT(now == past_.at(position).at(view));
        }
    }
    void check_events(std::uint64_t position) {
        std::vector<std::uint64_t> wanted;
        for (std::uint64_t at = heard_from_ + 1; at <= position; ++at) wanted.push_back(at);
        RC_ASSERT(heard_ == wanted);
    }

    [[nodiscard]] std::uint64_t newest() const {
        return support::must(shop_.engine().read_point())->position().value;
    }
    [[nodiscard]] bool is_up_to_date() const {
        return last_ && last_->views->position.value == newest();
    }

    RouteShop& shop_;
    const Past& past_;
    Seen& seen_;
    std::vector<std::string> views_;
    bool is_alone_ = false;
    bool is_patched_ = false;
    bool has_events_ = false;
    bool rests_ = false;
    std::unique_ptr<http::Stream> stream_;
    support::FrameParser parser_;
    std::map<std::string, Shown> shown_;
    std::uint64_t heard_from_ = 0;
    std::vector<std::uint64_t> heard_;  // positions of events
    std::optional<EventId> last_;
    bool is_back_ = false;  // was told nothing of the views since it came back
};

// The shop, and what its views have shown.
class World {
public:
    explicit World(Seen& seen) : seen_(seen) { remember(); }

    void write() {
        for (std::size_t left = 1 + below(3); left > 0; --left) shop_.post(any_event());
        remember();
    }
    void add_page() { pages_.push_back(std::make_unique<Page>(shop_, past_, seen_)); }
    void listen() { pages_[below(pages_.size())]->listen(); }
    // Streams are told with others from now on, or no longer.
    void begin_pass() { pass_ = shop_.engine().live_point().begin_pass(); }
    void end_pass() { pass_.end(); }
    void restart() {
        cut();
        end_pass();
        shop_.restart(below(3) == 0);
    }
    void mend() {
        cut();
        value_in(shop_.engine().sequencer().recover());
    }
    void end() {
        end_pass();
        for (const auto& page : pages_) page->listen_to_the_end();
        cut();
    }

private:
    void cut() {
        for (const auto& page : pages_) page->cut();
    }

    std::string any_event() {
        const std::string attributes =
            attribute("creator", any_of<std::string>({"ada", "ada", "bob"})) + "," +
            attribute("status", any_of<std::string>({"OPEN", "MADE", "DONE"}));
        support::RecordText record = support::inserted(any_key(), ++sequence_, attributes);
        const std::string kind = any_of<std::string>({"MODIFY", "MODIFY", "MODIFY", "REMOVE"});
        record.event_name = support::json_text(kind);
        record.arn = R"("arn:aws:dynamodb:x:0:table/shop/stream/2026-01-01T00:00:00.000")";
        if (kind == "REMOVE") record.after.clear();
        return support::event_of(record.text());
    }

    // Nobody looks at what is in between.
    void remember() {
        auto& shown = past_[support::must(shop_.engine().read_point())->position().value];
        for (const std::string& view : all_views) {
            const Answer answer = shop_.get("/views/" + view);
            std::string body = answer.status == 404 ? "null\n" : answer.body;
            body.pop_back();
            shown[view] = std::move(body);
        }
    }

    Seen& seen_;
    RouteShop shop_{config()};
    engine::LivePoint::Pass pass_;
    std::uint64_t sequence_ = 0;
    Past past_;
    std::vector<std::unique_ptr<Page>> pages_;
};

void play(Seen& seen) {
    World world(seen);
    world.add_page();
    for (std::size_t left = 10 + below(60); left > 0; --left) {
        const std::size_t what = below(40);
        if (what < 14) {
            world.write();
        } else if (what < 16) {
            world.add_page();
        } else if (what == 16 && below(3) == 0) {
            world.restart();
        } else if (what == 17 && below(3) == 0) {
            world.mend();
        } else if (what == 18) {
            world.begin_pass();
        } else if (what == 19) {
            world.end_pass();
        } else {
            world.listen();
        }
    }
    world.end();
}

TEST(LiveStreams, O7_LeaveAClientThatIsCutAnywhereWithWhatAGetShows) {
    Seen seen;
    std::size_t stories = 0;

    EXPECT_TRUE(rc::check([&] {
        ++stories;
        play(seen);
    }));

    // What was drawn has to get to all of it, however few stories there are.
    EXPECT_GT(seen.changes, stories);
    EXPECT_GT(seen.continued, stories / 5);
    EXPECT_GT(seen.half_begun, stories / 2);
    EXPECT_GT(seen.events, stories);
    EXPECT_GT(seen.rested, stories / 5);
    EXPECT_GT(seen.behind, stories / 5);
}

}  // namespace
}  // namespace freshet::properties
