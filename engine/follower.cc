#include "engine/follower.h"

#include <cstddef>

namespace freshet::engine {

namespace {

// One read of the log is short, so that many can follow it in turn.
constexpr std::size_t read_bytes_max = 256U << 10U;

}  // namespace

Result<bool> Follower::read(const Visit& visit) {
    const auto read_point = engine_.read_point();
    if (!read_point) return fail(read_point.error());
    const storage::Position shown = (*read_point)->position();

    std::size_t looked_at = 0;  // bytes
    std::size_t seen = 0;       // records
    while (position_ < shown && looked_at < look_bytes_max && seen < look_records_max) {
        const storage::ReadLimit step{.records = look_records_max - seen, .bytes = read_bytes_max};
        const auto records = engine_.watched_after(**read_point, position_, step);
        if (!records) return fail(records.error());
        if (records->empty()) position_ = shown;
        for (const auto& record : *records) {
            position_ = record->record().position();
            looked_at += record->record().bytes().size();
            ++seen;
            if (!visit(*record)) return position_ >= shown;
        }
    }
    return position_ >= shown;
}

}  // namespace freshet::engine
