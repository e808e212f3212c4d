#include "tests/world/bulk_state.h"

#include <array>

#include "engine/clock.h"
#include "engine/folding/state_keeper.h"
#include "storage/data_folder.h"
#include "tests/support/must.h"

namespace freshet::support {

StateBytes bytes_of(const storage::StateSnapshot& state) {
    StateBytes bytes;
    must(state.everything(
        [&](std::string_view key, std::string_view value) { bytes.emplace_back(key, value); }));
    return bytes;
}

engine::BulkOptions small_bulk(std::size_t number) {
    constexpr std::array<std::size_t, 5> memories{0, 600, 2'000, 9'000, 1'000'000};
    return {.memory = memories.at(number % memories.size()), .threads = 1 + number % 3};
}

StateBytes folded_at_once(const std::string& path, const engine::Catalog& catalog,
                          const engine::BulkOptions& options) {
    const auto folder = must(storage::DataFolder::open_without_state(path, {}));
    const auto side = must(folder->make_side_state());
    const engine::SystemClock clock;
    engine::StateKeeper keeper(catalog, folder->log(), side->state(), clock,
                               {.bulk_positions_min = 0, .bulk = options});
    must(keeper.bring_up([](const engine::FoldProgress&) { return Result<void>(); }, [] {}));
    if (!keeper.bulk_sum()) throw std::logic_error("the log was not folded at once");
    return bytes_of(*must(side->state().snapshot()));
}

}  // namespace freshet::support
