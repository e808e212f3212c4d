// What engine/views/item_history.h promises, by example and, for the images, for random histories.

#include "engine/views/item_history.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/config.h"
#include "tests/disks/temp_folder.h"
#include "tests/readers/json_value.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"
#include "tests/world/item_keys.h"
#include "tests/world/model.h"
#include "tests/world/random_changes.h"
#include "tests/world/stepped_parts.h"
#include "tests/world/tables.h"

namespace freshet::engine {
namespace {

using storage::Change;
using storage::ChangeKind;
using storage::Image;
using storage::ImageBuilder;
using storage::Position;
using storage::ValueType;
using support::image_of;
using support::JsonValue;
using support::must;
using support::SteppedParts;

using Texts = std::map<std::string, std::string>;

JsonValue json(const std::string& text) {
    const auto value = JsonValue::parse(text);
    EXPECT_TRUE(value.has_value()) << text;
    return value.value_or(JsonValue());
}

std::vector<JsonValue> json(const std::vector<std::string>& texts) {
    std::vector<JsonValue> values;
    for (const std::string& text : texts) values.push_back(json(text));
    return values;
}

// A data folder, open or closed.
class Folder {
public:
    explicit Folder(std::shared_ptr<const Catalog> catalog) : catalog_(std::move(catalog)) {
        open();
    }

    void open() { engine_ = must(SteppedParts::open(folder_.file("data"), {}, catalog_)); }
    void close() { engine_.reset(); }
    void restart(bool delete_state = false) {
        close();
        if (delete_state) std::filesystem::remove_all(folder_.file("data/state"));
        open();
    }

    [[nodiscard]] std::string path() const { return folder_.file("data"); }
    [[nodiscard]] SteppedParts& engine() { return *engine_; }
    std::shared_ptr<const ReadPoint> now() { return must(engine_->sequencer().read_point()); }

    std::optional<ItemHistory> history(const std::string& table,
                                       const std::vector<std::string>& key,
                                       const WalkLimit& limit = {}) {
        return must(ItemHistory::find(engine_->folder().log(), *now(), *catalog_->table(table), key,
                                      limit));
    }

private:
    support::TempFolder folder_;
    std::shared_ptr<const Catalog> catalog_;
    std::unique_ptr<SteppedParts> engine_;
};

class ItemHistoryTest : public ::testing::Test {
protected:
    // A change of an order; sequence numbers count up.
    Change change(ChangeKind kind, const std::string& id, const Texts& attributes = {}) {
        const support::Order order{.id = id,
                                   .attributes = attributes,
                                   .sequence = std::to_string(++sequence),
                                   .source = "orders-source"};
        return support::keyed(folder.engine().catalog(), support::change_of(kind, order));
    }
    // The same without any image.
    Change bare(ChangeKind kind, const std::string& id) {
        Change made = change(kind, id);
        made.after.reset();
        return made;
    }

    Position append(Change change) {
        return must(folder.engine().append(support::batch_of({std::move(change)}))).position;
    }
    Position inserted(const std::string& id, const Texts& attributes = {}) {
        return append(change(ChangeKind::insert, id, attributes));
    }
    Position modified(const std::string& id, const Texts& attributes = {}) {
        return append(change(ChangeKind::modify, id, attributes));
    }
    Position removed(const std::string& id) { return append(change(ChangeKind::remove, id)); }

    ItemHistory history(const std::string& id, const WalkLimit& limit = {}) {
        return folder.history("orders", {id}, limit).value();
    }
    std::vector<JsonValue> changes(const std::string& id) {
        return json(must(history(id).page({})).changes);
    }
    // The item as JSON; empty if there was none.
    std::string at(const std::string& id, Position position) {
        const auto item = must(history(id).item_at(position));
        return item ? item->json : "";
    }

    Folder folder{support::small_catalog()};
    int sequence = 0;
};

std::vector<std::string> positions(const std::vector<JsonValue>& changes) {
    std::vector<std::string> found;
    for (const JsonValue& change : changes) found.push_back(change["position"].text());
    return found;
}

using Positions = std::vector<std::string>;

TEST_F(ItemHistoryTest, TellsTheChangesOfOneItemNewestFirst) {
    inserted("a", {{"status", "NEW"}, {"old", "x"}});
    inserted("b");
    modified("a", {{"status", "DONE"}, {"added", "y"}});
    removed("b");
    removed("a");

    const auto told = changes("a");

    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[0], json(R"({"position":5,"eventName":"REMOVE","sequenceNumber":"5",
                                "before":{"added":"y","pk":"a","status":"DONE"},"after":null,
                                "changed":["added","pk","status"]})"));
    EXPECT_EQ(told[1], json(R"({"position":3,"eventName":"MODIFY","sequenceNumber":"3",
                                "before":{"old":"x","pk":"a","status":"NEW"},
                                "after":{"added":"y","pk":"a","status":"DONE"},
                                "changed":["added","old","status"]})"));
    EXPECT_EQ(told[2], json(R"({"position":1,"eventName":"INSERT","sequenceNumber":"1",
                                "before":null,"after":{"old":"x","pk":"a","status":"NEW"},
                                "changed":["old","pk","status"]})"));
}

TEST_F(ItemHistoryTest, KnowsNothingOfAnItemThatNeverWas) {
    inserted("a");

    EXPECT_FALSE(folder.history("orders", {"b"}));
    EXPECT_FALSE(folder.history("notes", {"a", "1"}));
}

TEST_F(ItemHistoryTest, GoesOnThroughARemovalToTheLifeBefore) {
    inserted("a", {{"life", "1"}});
    removed("a");
    inserted("a", {{"life", "2"}});

    EXPECT_EQ(positions(changes("a")), (Positions{"3", "2", "1"}));
    EXPECT_EQ(at("a", Position{1}), R"({"life":"1","pk":"a"})");
    EXPECT_EQ(at("a", Position{2}), "");
    EXPECT_EQ(at("a", Position{3}), R"({"life":"2","pk":"a"})");
}

TEST_F(ItemHistoryTest, LeadsBackPageByPageWhileNewChangesCome) {
    inserted("a");
    for (int i = 2; i <= 7; ++i) {
        modified("a", {{"n", std::to_string(i)}});
        inserted("other-" + std::to_string(i));
    }
    const auto everything = positions(changes("a"));
    ASSERT_EQ(everything.size(), 7U);

    Positions seen;
    Position next{~std::uint64_t{0}};
    while (next != Position{}) {
        const HistoryPage page = must(history("a").page({.before = next, .limit = 3}));
        EXPECT_LE(page.changes.size(), 3U);
        for (const auto& position : positions(json(page.changes))) seen.push_back(position);
        next = page.next;
        modified("a", {{"n", "newer"}});
    }

    EXPECT_EQ(seen, everything);
}

TEST_F(ItemHistoryTest, EndsAPageExactlyAtTheFirstChangeWithoutANextOne) {
    for (int i = 0; i < 4; ++i) modified("a");

    EXPECT_EQ(must(history("a").page({.limit = 4})).next, Position{});
    EXPECT_EQ(must(history("a").page({.limit = 3})).next, Position{2});
    EXPECT_EQ(must(history("a").page({.before = Position{2}, .limit = 3})).changes.size(), 1U);
    EXPECT_TRUE(must(history("a").page({.before = Position{1}})).changes.empty());
    EXPECT_TRUE(must(history("a").page({.before = Position{0}})).changes.empty());
}

TEST_F(ItemHistoryTest, BeginsBelowAnyPosition) {
    inserted("a");
    inserted("b");
    modified("a");
    inserted("c");
    modified("a");

    const auto before = [&](std::uint64_t position) {
        return positions(json(must(history("a").page({.before = Position{position}})).changes));
    };

    EXPECT_EQ(before(2), (Positions{"1"}));
    EXPECT_EQ(before(3), (Positions{"1"}));
    EXPECT_EQ(before(4), (Positions{"3", "1"}));
    EXPECT_EQ(before(5), (Positions{"3", "1"}));
    EXPECT_EQ(before(6), (Positions{"5", "3", "1"}));
}

TEST_F(ItemHistoryTest, EndsAPageOnceItIsLong) {
    const std::string text(400'000, 'x');
    for (int i = 0; i < 5; ++i) modified("a", {{"text", text + std::to_string(i)}});

    const HistoryPage page = must(history("a").page({}));

    EXPECT_EQ(page.changes.size(), 2U) << "each shows an image before and one after";
    EXPECT_EQ(page.next, Position{4});
}

TEST_F(ItemHistoryTest, CountsAsChangedWhatDoesNotMeanTheSame) {
    const auto image = [](const char* number, std::vector<std::string_view> set) {
        ImageBuilder builder;
        const auto n = builder.scalar(ValueType::number, "n", number);
        const auto pk = builder.scalar(ValueType::string, "pk", "a");
        const auto tags = builder.set(ValueType::string_set, "tags", set);
        return builder.finish(std::vector{n, pk, tags});
    };
    const auto with = [&](ChangeKind kind, Image after) {
        Change made = bare(kind, "a");
        made.after = std::move(after);
        append(std::move(made));
    };
    with(ChangeKind::insert, image("7.50", {"x", "y"}));
    with(ChangeKind::modify, image("7.5", {"y", "x"}));
    with(ChangeKind::modify, image("7.51", {"y"}));

    const auto told = changes("a");

    EXPECT_EQ(told[1]["changed"], json("[]"));
    EXPECT_EQ(told[1]["before"]["n"].text(), "7.50");
    EXPECT_EQ(told[1]["after"]["n"].text(), "7.5");
    EXPECT_EQ(told[0]["changed"], json(R"(["n","tags"])"));
}

TEST_F(ItemHistoryTest, LeavesOutWhatIsNotKnown) {
    append(bare(ChangeKind::insert, "a"));
    append(bare(ChangeKind::modify, "a"));
    modified("a", {{"status", "SEEN"}});
    append(bare(ChangeKind::modify, "a"));
    append(bare(ChangeKind::insert, "a"));
    append(bare(ChangeKind::remove, "a"));

    const auto told = changes("a");

    const std::string head = R"("eventName":"REMOVE","sequenceNumber":"6")";
    EXPECT_EQ(told[0], json(R"({"position":6,)" + head + R"(,"after":null})"));
    EXPECT_EQ(told[1], json(R"({"position":5,"eventName":"INSERT","sequenceNumber":"5",
                                "before":null})"));
    EXPECT_EQ(told[2], json(R"({"position":4,"eventName":"MODIFY","sequenceNumber":"4",
                                "before":{"pk":"a","status":"SEEN"}})"));
    EXPECT_EQ(told[3], json(R"({"position":3,"eventName":"MODIFY","sequenceNumber":"3",
                                "after":{"pk":"a","status":"SEEN"}})"));
    EXPECT_EQ(told[4], json(R"({"position":2,"eventName":"MODIFY","sequenceNumber":"2"})"));
    EXPECT_EQ(told[5], json(R"({"position":1,"eventName":"INSERT","sequenceNumber":"1",
                                "before":null})"));
}

TEST_F(ItemHistoryTest, ShowsAnItemWithoutItsNewestImageAsItWasKnownThen) {
    inserted("a", {{"status", "SEEN"}});
    append(bare(ChangeKind::modify, "a"));
    Change old_image_only = bare(ChangeKind::modify, "a");
    old_image_only.before = image_of({{"pk", "a"}, {"status", "MISSED"}});
    append(old_image_only);
    append(bare(ChangeKind::insert, "a"));

    const auto first = must(history("a").item_at(Position{1}));
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->stale);
    for (const std::uint64_t position : {2U, 3U}) {
        const auto item = must(history("a").item_at(Position{position}));
        ASSERT_TRUE(item) << position;
        EXPECT_EQ(item->json, R"({"pk":"a","status":"SEEN"})") << position;
        EXPECT_EQ(item->changed, Position{position});
        EXPECT_TRUE(item->stale);
    }
    EXPECT_EQ(at("a", Position{4}), "");
}

TEST_F(ItemHistoryTest, TellsARemovalByTheTimeToLive) {
    inserted("a");
    Change expiry = change(ChangeKind::remove, "a");
    expiry.envelope = R"("userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
    append(expiry);

    const auto told = changes("a");

    EXPECT_EQ(told[0]["expired"].text(), "true");
    EXPECT_FALSE(told[1]["expired"].exists());
}

TEST_F(ItemHistoryTest, BeginsWithAnImportOfWhichNothingEarlierIsKnown) {
    Change item = change(ChangeKind::insert, "a", {{"status", "EXPORTED"}});
    item.imported = true;
    append(item);
    modified("a", {{"status", "DONE"}});

    const auto told = changes("a");

    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1]["eventName"].text(), "INSERT");
    EXPECT_EQ(told[1]["imported"].text(), "true");
    EXPECT_FALSE(told[1]["before"].exists());
    EXPECT_FALSE(told[1]["changed"].exists());
    EXPECT_EQ(told[1]["after"]["status"].text(), "EXPORTED");
    EXPECT_FALSE(told[0]["imported"].exists());
    EXPECT_FALSE(told[0]["before"].exists()) << "the export may be of a later moment";
    EXPECT_EQ(at("a", Position{1}), R"({"pk":"a","status":"EXPORTED"})");
}

TEST_F(ItemHistoryTest, EndsAtItsReadPoint) {
    inserted("a", {{"status", "NEW"}});
    const auto then = folder.now();
    modified("a", {{"status", "DONE"}});

    const auto past = must(ItemHistory::find(folder.engine().folder().log(), *then,
                                             *folder.engine().catalog().table("orders"), {"a"}));

    EXPECT_EQ(positions(json(must(past->page({})).changes)), (Positions{"1"}));
    EXPECT_EQ(must(past->item_at(Position{2}))->json, R"({"pk":"a","status":"NEW"})");
}

TEST_F(ItemHistoryTest, IsTheSameAfterARestartAndWithoutItsState) {
    inserted("a", {{"n", "1"}});
    inserted("b");
    modified("a", {{"n", "2"}});
    removed("a");
    const auto before = changes("a");

    for (const bool delete_state : {false, true}) {
        folder.restart(delete_state);
        EXPECT_EQ(changes("a"), before);
        EXPECT_EQ(at("a", Position{3}), R"({"n":"2","pk":"a"})");
    }
}

TEST_F(ItemHistoryTest, LooksBackOnlySoFarUnlessItIsToldWhereToBegin) {
    const WalkLimit limit{.records = 3, .bytes = 1U << 30U};
    inserted("a", {{"n", "1"}});
    inserted("b");
    for (int i = 3; i <= 6; ++i) modified("a", {{"n", std::to_string(i)}});

    const auto far = history("a", limit).item_at(Position{2});
    const auto far_page = history("a", limit).page({.before = Position{2}});

    ASSERT_FALSE(far);
    EXPECT_EQ(far.error().code, Errc::too_large);
    EXPECT_NE(far.error().message.find("before=3"), std::string::npos) << far.error().message;
    ASSERT_FALSE(far_page);
    EXPECT_EQ(far_page.error().code, Errc::too_large);
    EXPECT_EQ(must(history("a", limit).item_at(Position{1}))->json, R"({"n":"1","pk":"a"})");
    EXPECT_EQ(must(history("a", limit).item_at(Position{3}))->json, R"({"n":"3","pk":"a"})");
    const HistoryPage rest = must(history("a", limit).page({.before = Position{3}}));
    EXPECT_EQ(positions(json(rest.changes)), (Positions{"1"}));
}

TEST_F(ItemHistoryTest, OneCallLooksAtAThousandChangesUnlessItIsToldOtherwise) {
    inserted("b");
    for (int i = 0; i < 1'001; ++i) modified("a");

    const auto far = history("a").item_at(Position{1});

    ASSERT_FALSE(far);
    EXPECT_EQ(far.error().code, Errc::too_large);
    EXPECT_NE(far.error().message.find("at most 1000, or 8 MiB, are looked at"), std::string::npos)
        << far.error().message;
    EXPECT_NE(far.error().message.find("before=2"), std::string::npos) << far.error().message;
    EXPECT_TRUE(must(history("a").item_at(Position{2}))) << "one of its own is found at once";
}

TEST_F(ItemHistoryTest, EndsAPageWhereItHasLookedAtEnough) {
    for (int i = 1; i <= 5; ++i) modified("a");
    const WalkLimit by_records{.records = 2, .bytes = 1U << 30U};
    const WalkLimit by_bytes{.records = 1'000, .bytes = 1};

    EXPECT_EQ(must(history("a", by_records).page({})).next, Position{4});
    const HistoryPage page = must(history("a", by_bytes).page({}));
    EXPECT_EQ(page.changes.size(), 1U) << "a reader always gets on";
    EXPECT_EQ(page.next, Position{5});
}

// Records whose chain is none, as damaged bytes or a fault of ours would make them.
class BrokenHistoryTest : public ItemHistoryTest {
protected:
    // The newest record of `a` names `previous` as the one before it.
    Errc fault_with(Position previous) {
        inserted("a");
        inserted("b");
        const Change newest = change(ChangeKind::modify, "a");
        folder.close();
        {
            const auto data = must(storage::DataFolder::open(folder.path(), {}));
            storage::LogBatch batch = data->log().begin();
            batch.add(newest, {.previous = previous, .before = std::nullopt});
            must(data->log().append(batch));
        }
        folder.open();

        const auto page = history("a").page({});
        const auto item = history("a").item_at(Position{2});
        EXPECT_FALSE(page);
        EXPECT_FALSE(item);
        return page ? Errc::io : page.error().code;
    }
};

TEST_F(BrokenHistoryTest, IsCorruptIfItGoesUp) {
    EXPECT_EQ(fault_with(Position{7}), Errc::corrupt);
}

TEST_F(BrokenHistoryTest, IsCorruptIfItGoesRoundInACircle) {
    EXPECT_EQ(fault_with(Position{3}), Errc::corrupt);
}

TEST_F(BrokenHistoryTest, IsCorruptIfItLeadsToAnotherItem) {
    EXPECT_EQ(fault_with(Position{2}), Errc::corrupt);
}

// ---- random histories ----

// A member of a change: its JSON, or nothing where it is left out.
using Member = std::optional<std::string>;

Member image_json(const std::optional<support::Attributes>& image) {
    if (!image) return std::nullopt;
    return support::plain_json({.type = ValueType::map, .attributes = *image});
}

// Plays a random history into an engine and a model, and keeps every moment of the model.
class PlayedHistory {
public:
    explicit PlayedHistory(std::uint64_t seed) {
        const auto story = support::any_story()(rc::Random(seed), 150).value();
        for (const support::SentRecord& record : support::history(story.writes)) {
            model_.append({record}, false);
            must(folder_.engine().append(support::batch_of({record}, folder_.engine().catalog())));
            if (model_.log().size() == moments_.size()) continue;
            moments_.push_back(model_.now());
        }
    }

    Folder& folder() { return folder_; }
    [[nodiscard]] std::size_t length() const { return model_.log().size(); }

    void compare() {
        for (const auto& [name, item] : model_.now().items()) {
            const auto history =
                folder_.history(name.table, support::url_parts(name.table, item.keys));
            ASSERT_TRUE(history);
            compare_items(name, *history);
            compare_changes(name, *history);
        }
    }

private:
    // The model's item as of a position.
    [[nodiscard]] const support::ModelItem* item(const support::ItemName& name,
                                                 std::size_t position) const {
        return position == 0 ? nullptr : moments_[position - 1].item(name);
    }

    void compare_items(const support::ItemName& name, const ItemHistory& history) const {
        for (std::size_t position = 0; position <= length(); ++position) {
            const support::ModelItem* expected = item(name, position);
            const auto found = must(history.item_at(Position{position}));
            ASSERT_EQ(found.has_value(), expected != nullptr && expected->image) << position;
            if (!found) continue;
            EXPECT_EQ(found->json, image_json(expected->image)) << position;
            EXPECT_EQ(found->changed, Position{expected->changed + 1}) << position;
            EXPECT_EQ(found->stale, expected->stale) << position;
        }
    }

    void compare_changes(const support::ItemName& name, const ItemHistory& history) const {
        std::vector<std::string> found;
        Position next{~std::uint64_t{0}};
        while (next != Position{}) {
            const HistoryPage page = must(history.page({.before = next, .limit = 2}));
            found.insert(found.end(), page.changes.begin(), page.changes.end());
            next = page.next;
        }
        std::size_t count = 0;
        for (std::size_t position = length(); position > 0; --position) {
            const support::SentRecord& record = model_.log()[position - 1];
            if (support::name_of(record.table, record.keys) != name) continue;
            ASSERT_LT(count, found.size());
            compare_change(json(found[count++]), record, item(name, position - 1), position);
        }
        EXPECT_EQ(count, found.size());
    }

    static void compare_change(const JsonValue& found, const support::SentRecord& record,
                               const support::ModelItem* known, std::size_t position) {
        Member before = image_json(record.before);
        if (!before && known != nullptr) before = image_json(known->image);
        if (record.kind == ChangeKind::insert) before = "null";
        Member after = image_json(record.after);
        if (record.kind == ChangeKind::remove) after = "null";

        EXPECT_EQ(found["position"].text(), std::to_string(position));
        EXPECT_EQ(found["sequenceNumber"].text(), record.sequence);
        EXPECT_EQ(found["before"], before ? json(*before) : JsonValue()) << position;
        EXPECT_EQ(found["after"], after ? json(*after) : JsonValue()) << position;
        EXPECT_EQ(found["changed"].exists(), before && after) << position;
    }

    Folder folder_{must(parse_config(support::configuration(), "tables.toml")).catalog};
    support::Model model_;
    std::vector<support::Moment> moments_;
};

TEST(RandomItemHistoryTest, ShowsAtEachPositionTheFoldOfTheLogUpToIt) {
    std::size_t records = 0;
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        PlayedHistory played(seed);
        if (seed % 2 == 0) played.folder().restart(true);
        played.compare();
        records += played.length();
    }
    EXPECT_GT(records, 500U);
}

}  // namespace
}  // namespace freshet::engine
