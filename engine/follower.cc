#include "engine/follower.h"

#include <cstddef>

namespace freshet::engine {

namespace {

// One read of the log is short, so that many can follow it in turn.
constexpr storage::ReadLimit read_step{.records = 1'000, .bytes = 256U << 10U};
// What one call may look at in all: those who look for little pass over much, and others wait for
// the end of the call.
constexpr std::size_t look_bytes_max = 256U << 10U;

}  // namespace

Result<bool> Follower::read(const Visit& visit) {
    const auto read_point = engine_.read_point();
    if (!read_point) return fail(read_point.error());
    const storage::Position shown = (*read_point)->position();

    std::size_t looked_at = 0;
    while (position_ < shown && looked_at < look_bytes_max) {
        const auto records = engine_.watched_after(**read_point, position_, read_step);
        if (!records) return fail(records.error());
        if (records->empty()) position_ = shown;
        for (const auto& record : *records) {
            position_ = record->record().position();
            looked_at += record->record().bytes().size();
            if (!visit(*record)) return position_ >= shown;
        }
    }
    return position_ >= shown;
}

}  // namespace freshet::engine
