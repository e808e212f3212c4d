// The bytes that engine/ makes for the state and for its readers, compared with those that earlier
// releases made.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/catalog/item_key.h"
#include "engine/catalog/seen_image.h"
#include "engine/config/config.h"
#include "engine/folding/lists.h"
#include "engine/folding/total_rows.h"
#include "engine/folding/totals.h"
#include "engine/values/decimal.h"
#include "engine/values/ordered_bytes.h"
#include "engine/views/list_cursor.h"
#include "engine/views/page_ranges.h"
#include "storage/data_folder.h"
#include "storage/state_cursor.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/golden.h"
#include "tests/support/golden_folder.h"
#include "tests/support/must.h"
#include "tests/world/stepped_engine.h"

namespace freshet::engine {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;
using storage::Image;
using storage::ImageBuilder;
using storage::ValueType;
using support::must;

const support::GoldenFile& golden() {
    static const support::GoldenFile file("engine_v1.txt");
    return file;
}

std::string fixed(std::uint64_t value) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>((value >> shift) & 0xFFU));
    }
    return bytes;
}

Decimal number(std::string_view text) {
    return Decimal::parse(text).value();
}

// Values by name: each is an image's only attribute, `v`.
std::vector<std::pair<std::string, Image>> sort_values() {
    std::vector<std::pair<std::string, Image>> values;
    ImageBuilder builder;
    const auto add = [&](const std::string& name, ImageBuilder::Value value) {
        values.emplace_back(name, builder.finish(std::vector{value}));
    };
    add("NULL", builder.null("v"));
    add("false", builder.boolean("v", false));
    add("true", builder.boolean("v", true));
    for (const char* text : {"0", "7", "-7", "7.50", "-0.001", "0.001", "100", "-1E+125",
                             "9.9E+125", "1E-130", "12345678901234567890123456789012345678"}) {
        add("number "s + text, builder.scalar(ValueType::number, "v", text));
    }
    add("empty string", builder.scalar(ValueType::string, "v", ""));
    add("string", builder.scalar(ValueType::string, "v", "large"));
    add("string with NUL", builder.scalar(ValueType::string, "v", "a\x00\xFFz"sv));
    add("string of UTF-8",
        builder.scalar(ValueType::string, "v", "gr\xC3\xBC\xC3\x9F \xE6\xB0\xB4"));
    add("string of 1025 bytes",
        builder.scalar(ValueType::string, "v", std::string(1'024, 'x').append(1, 'y')));
    add("binary", builder.scalar(ValueType::binary, "v", "\x00\x01\x7F\x80\xFF"sv));
    values.emplace_back("missing", builder.finish({}));
    return values;
}

TEST(EngineGolden, SortPartsHaveTheirBytesInBothDirections) {
    for (const auto& [name, image] : sort_values()) {
        std::string rising;
        std::string falling;
        append_sort_part(rising, image.view().find("v"), Direction::ascending);
        append_sort_part(falling, image.view().find("v"), Direction::descending);

        EXPECT_TRUE(golden().holds("sort part, ascending: " + name, rising));
        EXPECT_TRUE(golden().holds("sort part, descending: " + name, falling));
    }
}

TEST(EngineGolden, BoundsOfARangeHaveTheirBytes) {
    std::string text;
    std::string decimal;
    append_sort_text(text, "2026", Direction::descending);
    append_sort_number(decimal, number("-7.5"), Direction::ascending);

    EXPECT_TRUE(golden().holds("bound: string, descending", text));
    EXPECT_TRUE(golden().holds("bound: number, ascending", decimal));
}

constexpr std::string_view key_tables = R"(
[[table]]
name = "strings"
key  = ["pk"]

[[table]]
name = "numbers"
key  = ["pk number"]

[[table]]
name = "binaries"
key  = ["pk binary"]

[[table]]
name = "pairs"
key  = ["pk", "sk number"]
)";

TEST(EngineGolden, ItemKeysHaveTheirBytes) {
    const auto catalog = must(parse_config(key_tables, "keys.toml")).catalog;
    ImageBuilder builder;
    const auto key = [&](const std::string& table, std::vector<ImageBuilder::Value> parts) {
        return item_key(*catalog->table(table), builder.finish(parts).view()).value();
    };

    EXPECT_TRUE(golden().holds(
        "item key: string",
        key("strings", {builder.scalar(ValueType::string, "pk", "o\x00-\xC3\xA9"sv)})));
    EXPECT_TRUE(golden().holds(
        "item key: string of 1025 bytes",
        key("strings", {builder.scalar(ValueType::string, "pk", std::string(1'025, 'k'))})));
    EXPECT_TRUE(golden().holds("item key: number",
                               key("numbers", {builder.scalar(ValueType::number, "pk", "-7.50")})));
    EXPECT_TRUE(golden().holds(
        "item key: binary",
        key("binaries", {builder.scalar(ValueType::binary, "pk", "\x00\xFF\x01"sv)})));
    const std::string pair = key("pairs", {builder.scalar(ValueType::string, "pk", "l-1"),
                                           builder.scalar(ValueType::number, "sk", "10")});
    EXPECT_TRUE(golden().holds("item key: pair", pair));
    EXPECT_EQ(must(item_key_from_text(*catalog->table("pairs"), {"l-1", "1e1"})), pair);
}

template <class Projection>
const Projection& projection(const Catalog& catalog, std::string_view name) {
    return *std::get<const Projection*>(catalog.view(name));
}

Image order_image() {
    ImageBuilder builder;
    return builder.finish(
        std::vector{builder.scalar(ValueType::string, "createdAt", "2026-01-01T10:00:00Z"),
                    builder.scalar(ValueType::string, "creator", "ann"),
                    builder.scalar(ValueType::string, "pk", "o-1"),
                    builder.scalar(ValueType::number, "price", "7.50"),
                    builder.scalar(ValueType::number, "rank", "0"),
                    builder.scalar(ValueType::string, "status", "OPEN")});
}

TEST(EngineGolden, PlacesOfRowsHaveTheirBytes) {
    const auto catalog = support::golden_config().catalog;
    const Image image = order_image();
    const SeenImage seen(image.view());
    const std::string key = must(item_key_from_text(*catalog->table("orders"), {"o-1"}));

    for (const char* list : {"my-orders", "by-price", "open-orders"}) {
        EXPECT_TRUE(
            golden().holds("place in list: "s + list,
                           place_in(projection<ListView>(*catalog, list), &seen, key).value()));
    }
    EXPECT_TRUE(golden().holds("partition of a list", partition_prefix({"ann", "OPEN"})));
}

TEST(EngineGolden, RowsOfTotalsHaveTheirBytes) {
    const auto catalog = support::golden_config().catalog;
    const Image image = order_image();
    const SeenImage seen(image.view());
    const auto& total = projection<TotalView>(*catalog, "by-creator");
    const std::string key = must(item_key_from_text(*catalog->table("orders"), {"o-1"}));
    const support::TempFolder folder;
    const auto data = must(storage::DataFolder::open(folder.path(), {}));

    storage::StateBatch batch = must(data->state().begin());
    must(fold_total(total, key, nullptr, &seen, batch));
    must(data->state().commit(std::move(batch), {}));

    const auto snapshot = must(data->state().snapshot());
    auto row = storage::StateCursor::over_rows(*snapshot, total.rows, "");
    std::size_t rows = 0;
    for (; row.valid(); row.next()) {
        const std::string number = std::to_string(++rows);
        EXPECT_TRUE(golden().holds("place in a total " + number, row.key()));
        EXPECT_TRUE(golden().holds("row of a total " + number, row.value()));
    }
    must(row.status());
    EXPECT_EQ(rows, 3U);
    EXPECT_TRUE(golden().holds(
        "group of a total",
        encode_group({.items = 12, .sums = {number("-7.50"), number("1E+60"), number("0")}})));
    EXPECT_TRUE(golden().holds("group's place", group_place("ann")));
    EXPECT_TRUE(golden().holds("extremes' places", extremes_prefix("ann", 3)));
}

TEST(EngineGolden, CursorsHaveTheirText) {
    const auto catalog = support::golden_config().catalog;
    const auto& list = projection<ListView>(*catalog, "my-orders");
    PageRequest request;
    request.partition = {"ann"};
    const std::string usual = reading_of(list, request);
    request.order = Direction::ascending;
    request.since = "2026";
    request.until = "7.5";
    const std::string bounded = reading_of(list, request);
    const CursorScope scope{.name = "my-orders",
                            .fingerprint = 0x0102'0304'0506'0708,
                            .prefix = partition_prefix({"ann"}),
                            .reading = usual};
    const std::string place = scope.prefix + "\x00\xFF"s;

    EXPECT_TRUE(golden().holds("reading: usual", usual));
    EXPECT_TRUE(golden().holds("reading: order and bounds", bounded));
    EXPECT_TRUE(golden().holds_text("cursor", write_cursor(scope, place)));
    if (support::golden_output()) GTEST_SKIP();
    EXPECT_EQ(must(read_cursor(scope, golden().bytes("cursor"))), place);
}

// The fingerprint of each view, list and total, and the id of what is stored of it.
void expect_golden_fingerprints(const std::string& file, const Catalog& catalog) {
    for (const auto& table : catalog.tables()) {
        for (const ItemView& view : table->views) {
            EXPECT_TRUE(golden().holds("fingerprint in " + file + ": view " + view.name,
                                       fixed(view.fingerprint)));
        }
        for (const ListView& list : table->lists) {
            EXPECT_TRUE(golden().holds("fingerprint in " + file + ": list " + list.name,
                                       fixed(list.fingerprint)));
            EXPECT_TRUE(golden().holds("id in " + file + ": list " + list.name, list.rows));
        }
        for (const TotalView& total : table->totals) {
            EXPECT_TRUE(golden().holds("fingerprint in " + file + ": total " + total.name,
                                       fixed(total.fingerprint)));
            EXPECT_TRUE(golden().holds("id in " + file + ": total " + total.name, total.rows));
        }
    }
}

TEST(EngineGolden, DefinitionsHaveTheirFingerprints) {
    const auto catalog = must(read_config(support::golden_path("catalog_v1.toml"))).catalog;

    expect_golden_fingerprints("catalog_v1.toml", *catalog);
    expect_golden_fingerprints("folder_v1/freshet.toml", *support::golden_config().catalog);
}

TEST(EngineGolden, FactsOfAnEmptyStateHaveTheirBytes) {
    support::SteppedEngine engine(
        must(read_config(support::golden_path("catalog_v1.toml"))).catalog);

    std::size_t facts = 0;
    must(engine.now()->state().facts("", [&](std::string_view name, std::string_view bytes) {
        const std::string number = std::to_string(++facts);
        EXPECT_TRUE(golden().holds("fact " + number + ", name", name));
        EXPECT_TRUE(golden().holds("fact " + number + ", value", bytes));
    }));
    EXPECT_EQ(facts, 8U);
}

}  // namespace
}  // namespace freshet::engine
