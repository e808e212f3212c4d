// A large table that is changed while its lists are built: parcels in depots, in two configurations
// of their lists.
//
// What the lists must show is worked out here from the records of the log alone.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/systems/steady_writer.h"
#include "tests/systems/system.h"

namespace freshet::systems {

// Lists `in-depot`, by depot and rank. The other one has it by falling rank and without what is
// lost; a list of those of a weight, `of-weight`; and the total `depots` with count and weight.
std::string parcels_config();
std::string other_parcels_config();

inline constexpr std::size_t depots = 200;
std::string depot_name(std::size_t number);

// Appends the inserts of so many parcels, through a running server. Returns the last position.
std::uint64_t load_parcels(System& system, std::size_t count);

// Changes of loaded parcels: moved, ranked anew, lost, found, removed and put back. Two writers of
// different `share` of `shares` change different ones.
DrawBody changes_of_parcels(std::size_t count, unsigned share, unsigned shares, unsigned seed);

// The table at a position of the log.
class Parcels {
public:
    // As it is after load_parcels().
    explicit Parcels(std::size_t loaded);

    // Takes in the next record of the log, as /records shows it.
    void apply(const JsonValue& record);

    // The ids that `in-depot` shows of a depot, in the order of each configuration.
    [[nodiscard]] std::vector<std::string> in_depot(const std::string& depot) const;
    [[nodiscard]] std::vector<std::string> in_depot_otherwise(const std::string& depot) const;
    [[nodiscard]] std::vector<std::string> of_weight(const std::string& weight) const;
    // How many there are in the depot, and what they weigh together.
    [[nodiscard]] std::pair<std::size_t, std::uint64_t> depot(const std::string& depot) const;

private:
    struct Parcel {
        int rank = 0;
        std::string id;
        std::string depot;
        int weight = 0;
        bool lost = false;

        auto operator<=>(const Parcel&) const = default;
    };

    void put(Parcel parcel);

    std::map<std::string, Parcel> parcels_;
    std::map<std::string, std::set<Parcel>> by_depot_;
    std::map<std::string, std::set<std::string>> by_weight_;
};

}  // namespace freshet::systems
