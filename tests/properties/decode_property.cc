// The short way in takes what the careful one takes, and makes the same of it.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "engine/records/dynamodb_json.h"
#include "engine/records/line_chunk.h"
#include "engine/records/plain_reader.h"
#include "tests/properties/record_body.h"
#include "tests/properties/value_in.h"
#include "tests/world/batch_text.h"

namespace freshet::properties {
namespace {

using engine::ChangeBatch;
using engine::DecodeOptions;
using support::text_of;

constexpr const char* config = R"(
[[table]]
name  = "orders"
key   = ["pk"]
where = { pk = [{ prefix = "order-" }] }

[[table]]
name = "meters"
key  = ["n number"]

[[table]]
name = "blobs"
key  = ["b binary", "sk"]
)";

const engine::Catalog& catalog() {
    static const auto parsed = value_in(engine::parse_config(config, "decode.toml")).catalog;
    return *parsed;
}

RecordBody drawn_body(RecordBody::Oddities oddities) {
    return {*rc::gen::arbitrary<std::uint64_t>(), oddities};
}

// By a source's name, or for a table that is named.
DecodeOptions drawn_options() {
    const char* table = *rc::gen::element("", "", "orders", "blobs");
    return {.table = catalog().table(table)};
}

// A batch that has something already.
ChangeBatch begun_batch() {
    ChangeBatch batch;
    batch.records.resize(1);
    batch.records[0].sequence = "of an earlier text";
    batch.parts.push_back({.begin = 0, .line = 1, .form = engine::BatchForm::record});
    batch.bytes = 7;
    return batch;
}

std::string read_with_care(const std::string& text, const DecodeOptions& options) {
    ChangeBatch batch = begun_batch();
    const auto result = engine::decode_with_care(text, 2, catalog(), options, batch);
    return text_of(result, batch);
}

// Asks what must hold of any text; returns whether the short way took it.
bool check(const std::string& text, const DecodeOptions& options) {
    const std::string expected = read_with_care(text, options);
    RC_LOG(text);

    ChangeBatch batch = begun_batch();
    engine::PlainReader reader(catalog(), options);
    reader.begin(text);
    const bool taken = reader.read(text, 2, batch);
    RC_ASSERT(text_of(batch) == (taken ? expected : text_of(begun_batch())));

    ChangeBatch whole = begun_batch();
    const auto result = engine::decode_text(text, 2, catalog(), options, whole);
    RC_ASSERT(text_of(result, whole) == expected);
    return taken;
}

TEST(DecodeProperty, TheShortWayTakesWhatIsPlain) {
    EXPECT_TRUE(rc::check([] {
        const bool blanks = *rc::gen::arbitrary<bool>();
        RecordBody body = drawn_body({.one_in = 0, .blanks = blanks});
        const std::string record = body.record();
        RC_ASSERT(check(record, {}));
        RC_ASSERT(check("{\"Records\":[" + record + "," + body.record() + "]}", {}));
    }));
}

TEST(DecodeProperty, BothWaysMakeTheSameOfWhatIsOdd) {
    EXPECT_TRUE(rc::check([] {
        const std::size_t one_in = *rc::gen::element(10, 30, 100, 300);
        RecordBody body = drawn_body({.one_in = one_in, .blanks = one_in > 30});
        const DecodeOptions options = drawn_options();
        for (int i = 0; i < 30; ++i) {
            check(body.text(), options);
        }
    }));
}

TEST(DecodeProperty, BothWaysMakeTheSameOfWhatIsSpoilt) {
    EXPECT_TRUE(rc::check([] {
        RecordBody body = drawn_body({.one_in = 0, .blanks = *rc::gen::arbitrary<bool>()});
        const DecodeOptions options = drawn_options();
        for (int i = 0; i < 30; ++i) {
            check(body.spoilt_text(), options);
        }
    }));
}

// Line by line with care, as far as the first that is wrong.
std::string read_lines_with_care(const std::vector<std::string>& lines,
                                 const DecodeOptions& options) {
    ChangeBatch batch;
    for (std::size_t i = 0; i < lines.size() && !batch.refusal; ++i) {
        const auto result = engine::decode_with_care(lines[i], i + 1, catalog(), options, batch);
        if (!result) return text_of(result, batch);
    }
    return text_of(batch);
}

TEST(DecodeProperty, ManyLinesAtOnceAreReadAsEachByItself) {
    EXPECT_TRUE(rc::check([] {
        const std::size_t one_in = *rc::gen::element(0, 100, 300);
        RecordBody body = drawn_body({.one_in = one_in, .blanks = true});
        const std::size_t count = *rc::gen::inRange<std::size_t>(1, 12);
        std::vector<std::string> lines;
        std::string all;
        for (std::size_t i = 0; i < count; ++i) {
            std::string line = one_in == 300 ? body.spoilt_text() : body.text();
            std::replace(line.begin(), line.end(), '\n', ' ');
            if (line.find_first_not_of(" \t\r") == std::string::npos) line = "{}";
            all += line + "\n";
            lines.push_back(std::move(line));
        }
        const DecodeOptions options = drawn_options();
        RC_LOG(all);

        engine::LineChunk chunk(catalog(), options, all.size());
        std::string_view rest = all;
        while (!rest.empty() && !chunk.is_full()) {
            const auto most = *rc::gen::element<std::size_t>(1, 50, 3'000, 100'000);
            rest.remove_prefix(chunk.take(rest.substr(0, most)));
        }
        ChangeBatch batch = chunk.take_batch();
        Result<void> result;
        if (batch.refusal &&
            (batch.refusal->code == Errc::malformed || batch.refusal->code == Errc::too_large)) {
            const engine::Fault fault = batch.refusal->faults.front();
            result = fail(batch.refusal->code, fault.detail);
            batch.refusal.reset();
        }
        RC_ASSERT(text_of(result, batch) == read_lines_with_care(lines, options));
    }));
}

}  // namespace
}  // namespace freshet::properties
