// O2 and O4 of records that cannot be understood, sent with `bad=park`: whatever is sent, in
// whatever batches, and wherever the server ends, each that was answered with a success is kept,
// once, until somebody drops it, and of a batch that was refused nothing is.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/folding/unread_facts.h"
#include "engine/records/dynamodb_json.h"
#include "storage/notice.h"
#include "tests/properties/draws.h"
#include "tests/support/must.h"
#include "tests/world/stepped_engine.h"
#include "tests/world/tables.h"

namespace freshet::properties {
namespace {

using engine::Receipt;
using engine::UnreadRecord;
using storage::Position;
using support::must;

constexpr std::size_t moves = 30;

// A record of orders, made at that second.
std::string order(std::size_t id, std::size_t sequence, std::uint64_t seconds) {
    const std::string key = R"({"pk":{"S":")" + std::to_string(id) + R"("}})";
    return R"({"eventName":"INSERT","eventSourceARN":"arn:aws:dynamodb:x:0:table/orders",)"
           R"("dynamodb":{"ApproximateCreationDateTime":)" +
           std::to_string(seconds) + R"(,"Keys":)" + key + R"(,"NewImage":)" + key +
           R"(,"SequenceNumber":")" + std::to_string(sequence) + R"("}})";
}

// What a batch was made of, one letter and text for each record.
struct Sent {
    char kind;  // right; unread; late: of a far future, which is refused
    std::string text;
};

class UnreadStory {
public:
    void run() {
        for (std::size_t i = 0; i < moves; ++i) {
            switch (below(8)) {
                case 0:
                    drop();
                    break;
                case 1:
                    world_.restart(below(2) == 0);
                    break;
                default:
                    send();
            }
            check();
        }
    }

private:
    Sent any_record() {
        const std::size_t which = below(10);
        if (which == 0) return {'l', order(below(4), ++sequence_, 99'999'999'999)};
        if (which < 5) return {'r', order(below(4), ++sequence_, 1'700'000'000)};
        // Few texts, so that they come again; and of all forms.
        static const std::vector<std::string> texts{"7", "null", R"({"eventName":"EAT"})",
                                                    R"([ {} ])", R"({"dynamodb":{"Keys":{}}})"};
        return {'u', any_of(texts)};
    }

    void send() {
        std::vector<Sent> records(below(6));
        std::string body = "[";
        for (Sent& one : records) {
            one = any_record();
            body += (body.size() > 1 ? "," : "") + one.text;
        }
        const bool partial = below(2) == 0;
        const Receipt receipt = must(world_.append(must(engine::decode_records(
            body + "]", world_.catalog(), {.partial = partial, .parks = true}))));
        std::size_t end = 0;
        while (end < records.size() && records[end].kind != 'l') ++end;
        const bool is_refused = end < records.size();
        RC_ASSERT(receipt.refusal.has_value() == is_refused);
        if (is_refused && !partial) end = 0;
        RC_ASSERT(receipt.outcomes.size() == end);
        RC_ASSERT(receipt.appended + receipt.duplicates + receipt.parked == end);
        for (std::size_t i = 0; i < end; ++i) {
            if (records[i].kind == 'u') take(records[i].text, receipt.outcomes[i].position);
        }
    }

    // Kept where the receipt says, or where it was kept before.
    void take(const std::string& text, Position position) {
        const auto [entry, is_new] = kept_.try_emplace(text, position);
        RC_ASSERT(entry->second == position);
        if (!is_new) return;
        RC_ASSERT(position > last_);
        last_ = position;
    }

    void drop() {
        if (kept_.empty()) return;
        const auto one = std::next(kept_.begin(), static_cast<int>(below(kept_.size())));
        storage::Notice notice{
            .kind = storage::NoticeKind::discarded, .by = "ann", .table = {}, .stream = {}};
        notice.unread = storage::UnreadNote{.record = one->second};
        engine::ChangeBatch batch;
        batch.notices.push_back(std::move(notice));
        must(world_.append(std::move(batch)));
        kept_.erase(one);
    }

    void check() {
        const auto now = world_.now();
        const auto records = must(engine::unread_after({}, 100, now->state()));
        std::map<std::string, Position> found;
        std::uint64_t bytes = 0;
        for (const UnreadRecord& one : records) {
            const auto record = must(world_.engine().record_at(*now, one.position));
            const std::string text = record->notice()->unread->text;
            RC_ASSERT(one.bytes == text.size());
            bytes += text.size();
            RC_ASSERT(found.emplace(text, one.position).second);
        }
        RC_ASSERT(found == kept_);
        const engine::UnreadTotal total{.records = records.size(), .bytes = bytes};
        RC_ASSERT(must(engine::unread_total(now->state())) == total);
    }

    support::SteppedEngine world_{support::server_section + support::orders_table()};
    std::map<std::string, Position> kept_;  // by their texts
    Position last_;
    std::size_t sequence_ = 0;
};

TEST(O4, WhatCannotBeUnderstoodIsKeptOnceWithItsBatchOrNotAtAll) {
    EXPECT_TRUE(rc::check([] { UnreadStory().run(); }));
}

}  // namespace
}  // namespace freshet::properties
