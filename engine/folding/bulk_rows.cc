#include "engine/folding/bulk_rows.h"

#include <algorithm>
#include <utility>

#include "engine/catalog/shown_image.h"
#include "engine/folding/lists.h"
#include "engine/folding/numbered_key.h"
#include "engine/folding/totals.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// About what a group takes besides its key and the digits of its sums.
constexpr std::size_t group_bytes = 128;
constexpr std::size_t sum_bytes = 96;
constexpr std::uint64_t counted_at_once = 1'024;

}  // namespace

BulkRows::BulkRows(const ProjectionSet& projections, const std::vector<std::string>& tables,
                   storage::ScratchFolder& folder)
    : set_(projections),
      runs_(folder, [this](std::string_view key, std::string& earlier, std::string_view later) {
          join(key, earlier, later);
      }) {
    for (const std::string& table : tables) {
        for (const TableRows& rows : projections.rows_of(table)) {
            for (const ListView* list : rows.lists) projections_.push_back({.id = list->rows});
            for (const TotalView* total : rows.totals) {
                projections_.push_back({.id = total->rows, .total = total});
            }
        }
    }
    invariant(projections_.size() <= numbers_max, "a projection's number has two bytes");
    // A NUL ends the id in a state, and is less than what continues a longer one.
    std::sort(projections_.begin(), projections_.end(),
              [](const Projection& a, const Projection& b) { return a.id + '\0' < b.id + '\0'; });
}

std::size_t BulkRows::number_of(const std::string& id) const {
    const auto found = std::find_if(projections_.begin(), projections_.end(),
                                    [&](const Projection& one) { return one.id == id; });
    invariant(found != projections_.end(), "rows are of a projection that the state holds");
    return static_cast<std::size_t>(found - projections_.begin());
}

void BulkRows::join(std::string_view key, std::string& earlier, std::string_view later) const {
    const TotalView* total = projections_[number_in(key)].total;
    invariant(total != nullptr, "an item has one row in a list");
    auto sum = decode_group(*total, earlier);
    const auto more = decode_group(*total, later);
    invariant(sum && more, "only a group has a row of several items");
    sum->join(*more);
    earlier = encode_group(*sum);
}

Result<std::uint64_t> BulkRows::write(const std::string& begin, const std::string& end,
                                      storage::StateFiles& files, PartsControl& control) const {
    storage::RunMerge rows(runs_, begin, end);
    std::uint64_t count = 0;
    while (true) {
        const auto more = rows.next();
        if (!more) return fail(more.error());
        if (!*more) return count;
        const auto put = files.put_row(projections_[number_in(rows.key())].id,
                                       rows.key().substr(number_bytes), rows.value());
        if (!put) return fail(put.error());
        if (++count % counted_at_once == 0 && !control.advance(counted_at_once)) return count;
    }
}

// ---- what items give ----

RowGatherer::RowGatherer(BulkRows& rows, std::size_t memory)
    : rows_(rows), groups_memory_(memory / 4), writer_(rows.runs_, memory - memory / 4) {}

Result<void> RowGatherer::add(std::string_view table, std::string_view key,
                              const storage::ItemParts& item) {
    for (const TableRows& rows : rows_.set_.rows_of(table)) {
        const auto image = shown_image(*rows.table, item);
        if (!image) continue;
        const SeenImage seen(rows.table->derive, *image);
        for (const ListView* list : rows.lists) {
            if (auto added = add_to_list(*list, key, seen); !added) return added;
        }
        for (const TotalView* total : rows.totals) {
            if (auto added = add_to_total(*total, key, seen); !added) return added;
        }
    }
    return {};
}

Result<void> RowGatherer::add_to_list(const ListView& list, std::string_view key,
                                      const SeenImage& image) {
    const auto place = place_in(list, &image, key);
    return place ? add_row(list.rows, *place, key) : Result<void>();
}

Result<void> RowGatherer::add_to_total(const TotalView& total, std::string_view key,
                                       const SeenImage& image) {
    const auto share = share_of(total, &image, key);
    if (!share) return {};
    for (const std::string& place : share->places) {
        if (auto added = add_row(total.rows, place, key); !added) return added;
    }
    write_numbered_key(row_, rows_.number_of(total.rows), group_place(share->group));
    const auto [group, is_new] = groups_.try_emplace(row_);
    if (is_new) {
        group->second = empty_group(total);
        groups_bytes_ += group_bytes + row_.size() + sum_bytes * share->addends.size();
    }
    group->second.add(share->addends);
    return groups_bytes_ < groups_memory_ ? Result<void>() : flush_groups();
}

Result<void> RowGatherer::add_row(const std::string& id, std::string_view place,
                                  std::string_view value) {
    write_numbered_key(row_, rows_.number_of(id), place);
    return writer_.add(row_, value);
}

Result<void> RowGatherer::flush_groups() {
    for (const auto& [key, group] : groups_) {
        if (auto added = writer_.add(key, encode_group(group)); !added) return added;
    }
    groups_.clear();
    groups_bytes_ = 0;
    return {};
}

Result<void> RowGatherer::flush() {
    if (auto flushed = flush_groups(); !flushed) return flushed;
    return writer_.flush();
}

}  // namespace freshet::engine
