#include "engine/folding/bulk_fold.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/folding/item_changes.h"
#include "engine/folding/numbered_key.h"
#include "engine/folding/part_threads.h"
#include "storage/invariant.h"
#include "storage/item.h"
#include "storage/state_files.h"

namespace freshet::engine {
namespace {

using storage::LogMark;
using storage::StateFiles;

// More parts than threads, so that these end together.
constexpr std::size_t parts_a_thread = 4;
constexpr std::uint64_t counted_at_once = 1'024;

// Up to which share of the whole each step is told.
constexpr double share_of_reading = 0.5;
constexpr double share_of_items = 0.9;

// The part of the bounds that comes at that number; empty at either end.
std::string bound_before(const std::vector<std::string>& bounds, std::size_t part) {
    return part == 0 ? std::string() : bounds[part - 1];
}

std::string bound_after(const std::vector<std::string>& bounds, std::size_t part) {
    return part == bounds.size() ? std::string() : bounds[part];
}

void append_all(std::vector<std::string>& all, std::vector<std::vector<std::string>> parts) {
    for (std::vector<std::string>& part : parts) {
        std::move(part.begin(), part.end(), std::back_inserter(all));
    }
}

}  // namespace

BulkFold::BulkFold(const Catalog& catalog, const storage::ChangeLog& log,
                   storage::StateStore& state, const BulkOptions& options)
    : catalog_(catalog), log_(log), state_(state), options_(options), head_(log.head()) {
    for (const auto& table : catalog.tables()) tables_.push_back(table->name);
    invariant(tables_.size() <= numbers_max, "a table's number has two bytes");
    // A NUL ends the name in a state, and is less than what continues a longer one.
    std::sort(tables_.begin(), tables_.end(),
              [](const std::string& a, const std::string& b) { return a + '\0' < b + '\0'; });
}

BulkFold::~BulkFold() = default;

Result<BulkSum> BulkFold::run(const StateContents& contents, const LogFold::Report& report) {
    invariant(contents.whole != nullptr && contents.walks.empty(),
              "an empty state has nothing to build");
    if (auto begun = begin_state(); !begun) return fail(begun.error());
    auto folder = state_.make_scratch();
    if (!folder) return fail(folder.error());
    folder_ = *std::move(folder);
    histories_ = std::make_unique<BulkHistories>(catalog_, tables_, *folder_);
    rows_ = std::make_unique<BulkRows>(*contents.whole, tables_, *folder_);

    for (const auto step : {&BulkFold::read_log, &BulkFold::fold_items, &BulkFold::write_rows}) {
        if (auto done = (this->*step)(report); !done) return fail(done.error());
    }
    auto taken = state_.take_in(std::move(files_), *folder_, checkpoint_at(head_));
    if (!taken) return fail(taken.error());
    return sum_;
}

Result<void> BulkFold::begin_state() {
    auto batch = state_.begin();
    if (!batch) return fail(batch.error());
    const LogMark beginning{.epoch = head_.epoch, .position = {}, .chain = 0};
    const auto committed =
        state_.commit(*std::move(batch), {.mark = beginning, .layout = unfinished_layout});
    return committed ? state_.flush() : committed;
}

Result<void> BulkFold::tell(const LogFold::Report& report, double share) const {
    const auto folded = static_cast<double>(head_.position.value) * share;
    return report(
        {.folded = storage::Position{static_cast<std::uint64_t>(folded)}, .head = head_.position});
}

// ---- reading ----

Result<void> BulkFold::read_log(const LogFold::Report& report) {
    if (auto told = tell(report, 0); !told) return told;
    const auto stretches = stretches_of(log_, head_.position, options_.threads * parts_a_thread);
    if (!stretches) return fail(stretches.error());
    FactsInOrder facts(catalog_, state_, head_, stretches->size());
    if (auto begun = facts.begin(); !begun) return begun;
    std::vector<std::unique_ptr<HistoryGatherer>> gatherers;
    for (std::size_t i = 0; i < options_.threads; ++i) {
        gatherers.push_back(std::make_unique<HistoryGatherer>(*histories_, facts,
                                                              options_.memory / options_.threads));
    }
    const auto read = [&](std::size_t part, std::size_t thread,
                          PartsControl& control) -> Result<void> {
        const auto is_read = gatherers[thread]->read(log_, (*stretches)[part], part, control);
        if (!is_read || !*is_read) facts.give_up();
        return is_read ? Result<void>() : fail(is_read.error());
    };
    const auto told = [&](std::uint64_t done) {
        const double share = static_cast<double>(done) /
                             static_cast<double>(std::max<std::uint64_t>(head_.position.value, 1));
        return tell(report, share * share_of_reading);
    };
    if (auto done = run_parts(stretches->size(), options_.threads, read, told); !done) return done;
    for (const auto& gatherer : gatherers) sum_.records += gatherer->records();
    const auto flush = [&](std::size_t gatherer, std::size_t /*thread*/, PartsControl&) {
        return gatherers[gatherer]->flush();
    };
    const auto told_at_end = [&](std::uint64_t /*done*/) { return tell(report, share_of_reading); };
    if (auto done = run_parts(gatherers.size(), options_.threads, flush, told_at_end); !done) {
        return done;
    }
    return facts.commit();
}

// ---- items ----

Result<void> BulkFold::fold_items(const LogFold::Report& report) {
    const auto check = [&] { return tell(report, share_of_reading); };
    if (auto told = check(); !told) return told;
    if (auto sealed = histories_->runs().seal(check); !sealed) return sealed;
    const auto bounds = histories_->runs().bounds(options_.threads * parts_a_thread);
    std::vector<std::vector<std::string>> files(bounds.size() + 1);
    std::vector<std::unique_ptr<RowGatherer>> gatherers;
    for (std::size_t i = 0; i < options_.threads; ++i) {
        const std::size_t memory = options_.memory * 3 / 4 / options_.threads;
        gatherers.push_back(std::make_unique<RowGatherer>(*rows_, memory));
    }
    const auto work = [&](std::size_t part, std::size_t thread, PartsControl& control) {
        return fold_items_between(bound_before(bounds, part), bound_after(bounds, part),
                                  files[part], *gatherers[thread], control);
    };
    // How many items there are is not known before the end; there are no more than records.
    const auto told = [&](std::uint64_t done) {
        const double share = static_cast<double>(done) /
                             static_cast<double>(std::max<std::uint64_t>(sum_.records, 1));
        return tell(report,
                    share_of_reading + (share_of_items - share_of_reading) * std::min(share, 1.0));
    };
    if (auto done = run_parts(files.size(), options_.threads, work, told); !done) return done;
    append_all(files_, std::move(files));
    const auto flush = [&](std::size_t gatherer, std::size_t /*thread*/, PartsControl&) {
        return gatherers[gatherer]->flush();
    };
    const auto told_at_end = [&](std::uint64_t /*done*/) { return tell(report, share_of_items); };
    return run_parts(gatherers.size(), options_.threads, flush, told_at_end);
}

Result<void> BulkFold::fold_items_between(const std::string& begin, const std::string& end,
                                          std::vector<std::string>& files, RowGatherer& rows,
                                          PartsControl& control) {
    auto out = StateFiles::begin(state_, *folder_);
    if (!out) return fail(out.error());
    storage::RunMerge histories(histories_->runs(), begin, end);
    std::uint64_t count = 0;
    for (bool continues = true; continues;) {
        const auto more = histories.next();
        if (!more) return fail(more.error());
        if (!*more) break;
        const std::string& table = tables_[number_in(histories.key())];
        const std::string_view key = histories.key().substr(number_bytes);
        const auto parts = fold_changes(histories.value());
        if (!parts) return fail(parts.error());
        if (auto put = (*out)->put_item(table, key, storage::Item(*parts)); !put) return put;
        if (auto added = rows.add(table, key, *parts); !added) return added;
        if (++count % counted_at_once == 0) continues = control.advance(counted_at_once);
    }
    items_ += count;
    auto paths = (*out)->finish();
    if (!paths) return fail(paths.error());
    files = *std::move(paths);
    return {};
}

// ---- rows ----

Result<void> BulkFold::write_rows(const LogFold::Report& report) {
    sum_.items = items_;
    histories_.reset();
    const auto check = [&] { return tell(report, share_of_items); };
    if (auto told = check(); !told) return told;
    if (auto sealed = rows_->seal(check); !sealed) return sealed;
    const auto bounds = rows_->bounds(options_.threads * parts_a_thread);
    std::vector<std::vector<std::string>> files(bounds.size() + 1);
    std::atomic<std::uint64_t> count = 0;
    const auto work = [&](std::size_t part, std::size_t /*thread*/,
                          PartsControl& control) -> Result<void> {
        auto out = StateFiles::begin(state_, *folder_);
        if (!out) return fail(out.error());
        const auto written =
            rows_->write(bound_before(bounds, part), bound_after(bounds, part), **out, control);
        if (!written) return fail(written.error());
        count += *written;
        auto paths = (*out)->finish();
        if (!paths) return fail(paths.error());
        files[part] = *std::move(paths);
        return {};
    };
    const auto told = [&](std::uint64_t /*done*/) { return check(); };
    if (auto done = run_parts(files.size(), options_.threads, work, told); !done) return done;
    sum_.rows = count;
    append_all(files_, std::move(files));
    return {};
}

}  // namespace freshet::engine
