// Hostile lines: however a body is cut into pieces, the same batches are made of it, and what is
// held of it is bounded.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/records/line_chunk.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/hunt.h"

namespace freshet::fuzz {
namespace {

using engine::ChangeBatch;
using engine::LineChunk;

constexpr std::size_t line_bytes_max = 8'000;

// What was made of a body, one text for each thing.
struct Account {
    std::vector<std::string> things;
    bool refused = false;

    void add(const ChangeBatch& batch) {
        things.push_back("batch of " + std::to_string(batch.records.size()));
        for (const engine::BatchRecord& record : batch.records) {
            things.push_back(record.sequence +
                             (record.change ? " of " + record.change->table : ""));
            if (record.unread) things.push_back("parked " + record.unread->unread->text);
        }
        if (!batch.refusal) return;
        refused = true;
        for (const engine::Fault& fault : batch.refusal->faults) {
            things.push_back(std::to_string(fault.line) + " " + fault.pointer + " " + fault.detail);
        }
    }
};

// Brings the body in, in pieces of the sizes that `piece` says.
template <class Piece>
Account read(std::string_view body, const engine::Catalog& catalog, bool parks, Piece piece) {
    Account account;
    LineChunk chunk(catalog, {.parks = parks}, line_bytes_max);
    while (!body.empty() && !account.refused) {
        body.remove_prefix(chunk.take(body.substr(0, piece())));
        if (chunk.is_full()) account.add(chunk.take_batch());
    }
    if (!account.refused) {
        chunk.end();
        account.add(chunk.take_batch());
    }
    account.things.push_back(std::to_string(chunk.lines()) + " lines");
    return account;
}

std::string without_line_ends(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// Whether what cannot be understood is wrong, or kept as it came.
class LinesFuzz : public ::testing::TestWithParam<bool> {};

TEST_P(LinesFuzz, HoweverABodyIsCutTheSameIsMadeOfIt) {
    const auto tables = catalog();
    const bool parks = GetParam();
    std::string all;
    std::vector<std::string> corpus;
    for (const std::string& body : record_bodies()) {
        all += without_line_ends(body) + "\r\n\n";
        corpus.push_back(without_line_ends(body) + "\n" + without_line_ends(body));
    }
    corpus.push_back(all);
    const Game game{.corpus = corpus,
                    .tokens = {"\n", "\r\n", "\n\n", " \n", "[]", "{}", "\"", "\\"},
                    .rounds = 2'000};

    hunt(game, [&](const std::string& body, Dice& dice) {
        const Account whole = read(body, *tables, parks, [&] { return body.size(); });
        const Account cut = read(body, *tables, parks, [&] { return 1 + dice.below(100); });
        EXPECT_EQ(cut.things, whole.things);
        return !whole.refused;
    });
}

INSTANTIATE_TEST_SUITE_P(BadRecords, LinesFuzz, ::testing::Values(false, true),
                         [](const auto& parks) { return parks.param ? "Parked" : "Refused"; });

}  // namespace
}  // namespace freshet::fuzz
