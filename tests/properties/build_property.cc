// O5 and O6 when the configuration changes: whatever is declared, written, built, stopped and begun
// anew in whatever order, a list that can be read has all of its rows, and in the end the state is
// what a fold of the whole log makes of it.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/seen_image.h"
#include "engine/folding/lists.h"
#include "tests/support/must.h"
#include "tests/world/shop.h"

namespace freshet::properties {
namespace {

using support::must;
using support::Shop;

const std::string orders = R"(
[[table]]
name   = "orders"
key    = ["pk"]
)";

const std::string all = R"(
[[table.list]]
name   = "all"
sort   = "rank"
fields = ["pk"]
)";

const std::string all_open = R"(
[[table.list]]
name   = "all"
where  = { open = ["yes"] }
sort   = "rank desc"
fields = ["pk"]
)";

const std::string of_team = R"(
[[table.list]]
name   = "of-team"
by     = "team"
sort   = "rank"
fields = ["pk"]
)";

const std::string totals = R"(
[[table.total]]
name   = "teams"
by     = "team"
values = ["count", { min = "rank" }, { max = "rank" }]
)";

// Every one differs from every other in what is to be built. The last declares no orders at all.
const std::array<std::string, 6> configurations = {
    orders + all,
    orders + all_open + of_team,
    orders + all + of_team + totals,
    orders + "derive = { team = { upper = \"team\" } }\n" + all + of_team + totals,
    orders + totals,
    "[[table]]\nname = \"notes\"\nkey = [\"pk\"]\n",
};

enum class Doing { write, write_again, build, configure, restart, forget };

struct Step {
    Doing doing = Doing::write;
    std::size_t number = 0;  // of an item, or of a configuration
    std::string rank;
    std::string team;
    bool open = false;
    bool removes = false;
};

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(
        rc::gen::set(&Step::doing, rc::gen::weightedElement<Doing>({{6, Doing::write},
                                                                    {6, Doing::write_again},
                                                                    {8, Doing::build},
                                                                    {3, Doing::configure},
                                                                    {2, Doing::restart},
                                                                    {1, Doing::forget}})),
        rc::gen::set(&Step::number, rc::gen::inRange<std::size_t>(0, 12)),
        rc::gen::set(&Step::rank, rc::gen::element<std::string>("1", "2", "3")),
        rc::gen::set(&Step::team, rc::gen::element<std::string>("red", "blue")),
        rc::gen::set(&Step::open, rc::gen::arbitrary<bool>()),
        rc::gen::set(&Step::removes, rc::gen::weightedElement<bool>({{4, false}, {1, true}})));
}

using Bytes = std::vector<std::pair<std::string, std::string>>;

class BuildRun {
public:
    void run(const std::vector<Step>& steps) {
        for (const Step& step : steps) {
            play(step);
            check_lists();
        }
        while (shop_.engine().sequencer().build()) check_lists();
        check_that_all_is_built();
        const Bytes built = bytes();
        shop_.restart(true);
        RC_ASSERT(bytes() == built);
    }

private:
    void play(const Step& step) {
        switch (step.doing) {
            case Doing::write:
            case Doing::write_again:
                write(step);
                return;
            case Doing::build:
                shop_.engine().sequencer().build();
                return;
            case Doing::configure:
                must(shop_.reconfigure(configurations[step.number % configurations.size()]));
                return;
            case Doing::restart:
                shop_.restart();
                return;
            case Doing::forget:
                shop_.restart(true);
                return;
        }
    }

    void write(const Step& step) {
        if (shop_.engine().catalog().table("orders") == nullptr) return;
        const Shop::Order order{
            .id = "o" + std::to_string(step.number),
            .attributes = {
                {"rank", step.rank}, {"team", step.team}, {"open", step.open ? "yes" : "no"}}};
        must(shop_.append({step.removes ? shop_.removed(order) : shop_.modified(order)}));
    }

    // By whichever definition a list is read, it has a row for each item that this one takes.
    void check_lists() {
        const auto read_point = shop_.now();
        for (const auto& table : shop_.engine().catalog().tables()) {
            for (const engine::ListView& list : table->lists) {
                const auto definition = read_point->definition_of(list);
                if (definition) check_rows(**definition, read_point->state());
            }
        }
    }

    static void check_rows(const engine::ListView& list, const storage::StateSnapshot& state) {
        std::map<std::string, std::string> expected;
        must(state.items(list.table->name, "",
                         [&](std::string_view key, const storage::Item& item) -> Result<bool> {
                             const auto image = item.parts().image;
                             if (!image) return true;
                             const engine::SeenImage seen(list.table->derive, *image);
                             auto place = engine::place_in(list, &seen, key);
                             if (place) expected.emplace(*std::move(place), key);
                             return true;
                         }));
        std::map<std::string, std::string> found;
        must(state.rows(list.rows, "", "",
                        [&](std::string_view place, std::string_view key) -> Result<bool> {
                            found.emplace(place, key);
                            return true;
                        }));
        RC_ASSERT(found == expected);
    }

    void check_that_all_is_built() {
        RC_ASSERT(shop_.engine().status().builds.empty());
        const auto read_point = shop_.now();
        for (const auto& table : shop_.engine().catalog().tables()) {
            for (const engine::ListView& list : table->lists) {
                RC_ASSERT(must(read_point->definition_of(list)) == &list);
            }
            for (const engine::TotalView& total : table->totals) {
                RC_ASSERT(must(read_point->definition_of(total)) == &total);
            }
        }
    }

    Bytes bytes() {
        Bytes bytes;
        must(shop_.now()->state().everything(
            [&](std::string_view key, std::string_view value) { bytes.emplace_back(key, value); }));
        return bytes;
    }

    Shop shop_{configurations[0]};
};

TEST(O5, ListsAreWholeWhateverIsConfiguredMeanwhile) {
    EXPECT_TRUE(rc::check([] {
        const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
        BuildRun().run(steps);
    }));
}

}  // namespace
}  // namespace freshet::properties
