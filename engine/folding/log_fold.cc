#include "engine/folding/log_fold.h"

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::LogMark;

constexpr storage::ReadLimit fold_step{.records = 4'096, .bytes = 8U << 20U};

}  // namespace

Result<LogMark> LogFold::run(const LogMark& from, const StateContents& contents,
                             const Report& report) {
    const LogMark head = log_.head();
    invariant(from.epoch == head.epoch, "a fold begins in the epoch of its log");
    invariant(from.position <= head.position, "a state takes account of nothing after its log");
    LogMark folded = from;
    while (folded.position < head.position) {
        const auto told = report({.folded = folded.position, .head = head.position});
        if (!told) return fail(told.error());
        const auto records = log_.read_after(folded.position, head.position, fold_step);
        if (!records) return fail(records.error());
        if (records->empty()) break;
        auto state = state_.begin();
        if (!state) return fail(state.error());
        for (const storage::Record& record : *records) {
            const auto applied = projector_.apply(record, contents, *state);
            if (!applied) return fail(applied.error());
        }
        folded.position = records->back().position();
        folded.chain = records->back().chain();
        const auto committed = state_.commit(std::move(*state), checkpoint_at(folded));
        if (!committed) return fail(committed.error());
        records_ += records->size();
    }
    if (folded.position < head.position) {  // an epoch that has begun and has no record yet
        auto state = state_.begin();
        if (!state) return fail(state.error());
        const auto committed = state_.commit(std::move(*state), checkpoint_at(head));
        if (!committed) return fail(committed.error());
    }
    return head;
}

Result<void> check_keys(const Catalog& catalog, const storage::ChangeLog& log) {
    std::set<std::string, std::less<>> unseen;
    for (const auto& table : catalog.tables()) unseen.insert(table->name);
    const storage::Position head = log.head().position;
    storage::Position read;
    while (!unseen.empty() && read < head) {
        const auto records = log.read_after(read, head, fold_step);
        if (!records) return fail(records.error());
        if (records->empty()) break;
        for (const storage::Record& record : *records) {
            if (record.is_notice()) continue;
            const auto first = unseen.find(record.table());
            if (first == unseen.end()) continue;
            const auto key = Projector::key_of(record, *catalog.table(*first));
            if (!key) return fail(key.error());
            unseen.erase(first);
        }
        read = records->back().position();
    }
    return {};
}

LogMark begin_of(const storage::ChangeLog& log) {
    return {.epoch = log.head().epoch, .position = {}, .chain = 0};
}

storage::Checkpoint checkpoint_at(const LogMark& mark) {
    return {.mark = mark, .layout = state_layout};
}

}  // namespace freshet::engine
