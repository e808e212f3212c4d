#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/failure.h"
#include "bench/harness/measured_server.h"
#include "bench/harness/progress.h"
#include "bench/harness/scenarios.h"

namespace freshet::bench {
namespace {

constexpr std::array skews_of_live_orders = {Skew::newest, Skew::uniform, Skew::skewed};

// Throws a Failure unless so many orders are alive: the cost is told for that number.
void check_live(const Workload& workload, std::uint64_t orders) {
    if (workload.live() == orders) return;
    throw Failure("flat has " + std::to_string(workload.live()) + " live orders instead of " +
                  std::to_string(orders));
}

// What a record cost at the first number of orders, in seconds, by who did what.
using FirstCosts = std::map<std::pair<std::string, Skew>, std::vector<double>>;

// What is measured with one number of orders.
class Flat {
public:
    Flat(const Plan& plan, std::uint64_t orders, FirstCosts& costs, Report& report)
        : plan_(plan), orders_(orders), costs_(costs), report_(report) {
        // New orders begin with the same load in each round, which is written once.
        if (plan_.log_folder.empty()) plan_.log_folder = plan_.folder + "/loads";
    }

    // Changes keep the number of live orders, so all rounds are of the same servers.
    void change_live_orders() {
        const auto servers = load();
        for (unsigned round = 1; round <= plan_.rounds; ++round) {
            for (const Skew skew : skews_of_live_orders) measure(round, skew, servers);
        }
    }

    // Each adds to the number of live orders, so each round has servers of its own.
    void place_new_orders() {
        for (unsigned round = 1; round <= plan_.rounds; ++round) {
            measure(round, Skew::fresh, load());
        }
    }

private:
    std::vector<LoadedServer> load() {
        say_progress("flat: placing " + std::to_string(orders_) + " orders");
        return load_servers(plan_, {.seed = plan_.seed, .orders = orders_, .skew = Skew::uniform},
                            0, report_);
    }

    void measure(unsigned round, Skew skew, const std::vector<LoadedServer>& servers) {
        for (const LoadedServer& loaded : servers) {
            const std::string work =
                std::string(name_of(skew)) + ", " + std::to_string(orders_) + " live";
            say_round("flat", round, work, loaded.subject.name);
            Round changed = change(loaded, skew);
            compare(changed, costs_[{loaded.subject.name, skew}]);
            report_.add({.scenario = "flat",
                         .work = work,
                         .unit = "records",
                         .subject = loaded.subject.name,
                         .series = std::string(name_of(skew)),
                         .orders = orders_},
                        changed);
        }
    }

    [[nodiscard]] Round change(const LoadedServer& loaded, Skew skew) const {
        Server& server = loaded.server();
        check_live(*loaded.workload, orders_);
        loaded.workload->change_skew(skew);
        const double before = server.cpu_seconds();
        Round round = loaded.measured->write(*loaded.workload, plan_.records);
        server.settle();
        round.settled_cpu = server.cpu_seconds() - before;
        round.more = sizes_of(server, static_cast<double>(loaded.workload->records()));
        round.more.emplace_back("live then", static_cast<double>(loaded.workload->live()));
        if (skew != Skew::fresh) check_live(*loaded.workload, orders_);
        return round;
    }

    // Adds how many times as much the record costs now.
    void compare(Round& round, std::vector<double>& first_costs) const {
        const double cost = round.settled_cpu.value_or(0) / round.count;
        if (orders_ == plan_.orders.front()) {
            first_costs.push_back(cost);
        } else {
            round.more.emplace_back("until settled x", cost / median_of(first_costs));
        }
    }

    Plan plan_;
    std::uint64_t orders_;
    FirstCosts& costs_;
    Report& report_;
};

}  // namespace

void measure_flat(const Plan& plan, Report& report) {
    FirstCosts costs;
    for (const std::uint64_t orders : plan.orders) {
        Flat flat(plan, orders, costs, report);
        flat.change_live_orders();
        flat.place_new_orders();
    }
}

}  // namespace freshet::bench
