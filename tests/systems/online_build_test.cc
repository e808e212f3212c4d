// A server whose configuration has changed builds its new lists while it serves and takes writes:
// nobody ever sees a part of one, nobody waits for it, and no kill spoils it.
// FRESHET_BUILD_ITEMS=1000000 takes a larger table.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/readers/http_client.h"
#include "tests/systems/parcels.h"
#include "tests/systems/steady_writer.h"
#include "tests/systems/system.h"

namespace freshet::systems {
namespace {

constexpr unsigned writers = 2;
constexpr std::size_t kills = 20;
constexpr std::size_t rounds_max = 10 * kills;
constexpr std::size_t page_max = 1'000;
constexpr std::uint64_t posts_around = 200;  // of each writer, before and after the build

std::size_t items_there() {
    const char* wanted = std::getenv("FRESHET_BUILD_ITEMS");
    return wanted == nullptr ? 100'000 : std::stoul(wanted);
}

// One answer that a reader got.
struct Sample {
    std::uint64_t position = 0;
    std::string part;  // the depot or the weight
    int status = 0;
    std::string body;
};

// Reads parts of one view over and over, in a thread of its own.
class PartReader {
public:
    PartReader(std::uint16_t port, std::string path, std::vector<std::string> parts)
        : client_(port),
          path_(std::move(path)),
          parts_(std::move(parts)),
          thread_([this] { work(); }) {}
    ~PartReader() { stop(); }
    PartReader(const PartReader&) = delete;
    PartReader& operator=(const PartReader&) = delete;

    std::vector<Sample> stop() {
        stopped_ = true;
        if (thread_.joinable()) thread_.join();
        return std::move(samples_);
    }

private:
    void work() {
        std::mt19937 dice(7);
        while (!stopped_) {
            const std::string& part = parts_[dice() % parts_.size()];
            const HttpAnswer answer = client_.get(path_ + part);
            const std::string position = answer.header("freshet-position");
            samples_.push_back({.position = position.empty() ? 0 : std::stoull(position),
                                .part = part.substr(0, part.find('?')),
                                .status = answer.status,
                                .body = answer.body});
        }
    }

    support::HttpClient client_;
    const std::string path_;
    const std::vector<std::string> parts_;
    std::vector<Sample> samples_;
    std::atomic<bool> stopped_ = false;
    std::thread thread_;
};

// Items show nothing but their ids, and there are too many to parse them as what they are.
std::vector<std::string> ids_in(const std::string& page) {
    constexpr std::string_view before = R"({"id":")";
    std::vector<std::string> ids;
    for (std::size_t at = page.find(before); at != std::string::npos; at = page.find(before, at)) {
        at += before.size();
        ids.push_back(page.substr(at, page.find('"', at) - at));
    }
    return ids;
}

// What the first page shows.
std::vector<std::string> first_of(std::vector<std::string> ids) {
    ids.resize(std::min(ids.size(), page_max));
    return ids;
}

// Plays the log and calls `look` at each sample with the table as of its position.
template <class Look>
void at_each_position(const std::vector<JsonValue>& log, const std::vector<Sample>& samples,
                      Look look) {
    std::vector<const Sample*> ordered;
    for (const Sample& sample : samples) {
        if (sample.status == 200) ordered.push_back(&sample);
    }
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const Sample* a, const Sample* b) { return a->position < b->position; });
    Parcels parcels(items_there());
    auto record = log.begin();
    for (const Sample* sample : ordered) {
        for (; record != log.end() && std::stoull((*record)["position"].text()) <= sample->position;
             ++record) {
            parcels.apply(*record);
        }
        look(*sample, parcels);
        if (::testing::Test::HasFailure()) return;  // the first says enough
    }
}

class OnlineBuildSystem : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(system_.start());
        loaded_ = load_parcels(system_, items_there());
    }

    // The records behind those that were loaded.
    std::vector<JsonValue> later_log() { return system_.log(loaded_); }

    void begin_writing() {
        for (unsigned share = 0; share < writers; ++share) {
            writers_.push_back(std::make_unique<SteadyWriter>(
                changes_of_parcels(items_there(), share, writers, 100 + share)));
        }
    }
    void go_on_writing() {
        for (auto& writer : writers_) writer->go_on(system_.process().port());
    }
    void await_posts() {
        for (auto& writer : writers_) writer->await(posts_around);
    }
    void stop_writing() {
        for (auto& writer : writers_) writer->stop();
    }

    void print_durations(const char* when) {
        std::vector<std::chrono::microseconds> all;
        for (auto& writer : writers_) {
            const auto some = writer->take_durations();
            all.insert(all.end(), some.begin(), some.end());
        }
        std::sort(all.begin(), all.end());
        if (all.empty()) return;
        const auto at = [&](std::size_t per_mille) {
            return all[std::min(all.size() - 1, all.size() * per_mille / 1'000)].count();
        };
        std::printf("%s: %zu posts, median %lld us, 99%% %lld us, longest %lld us\n", when,
                    all.size(), static_cast<long long>(at(500)), static_cast<long long>(at(990)),
                    static_cast<long long>(all.back().count()));
    }

    void expect_the_bytes_of_a_rebuild() {
        const ProcessEnd check = run({"rebuild", "--check", "--config", system_.config_path()});
        EXPECT_EQ(check.exit_code, 0) << check.output << check.errors;
    }

    System system_{parcels_config()};
    std::uint64_t loaded_ = 0;
    std::vector<std::unique_ptr<SteadyWriter>> writers_;
};

std::vector<std::string> all_depots() {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < depots; ++i) parts.push_back(depot_name(i) + "?limit=1000");
    return parts;
}

TEST_F(OnlineBuildSystem, NobodySeesAPartOfAListAndWritersGoOn) {
    begin_writing();
    system_.stop();
    system_.configure(other_parcels_config());

    ASSERT_TRUE(system_.start());
    const std::uint16_t port = system_.process().port();
    PartReader changed(port, "/views/in-depot/", all_depots());
    PartReader added(port, "/views/of-weight/", {"3?limit=1000", "77?limit=1000"});
    PartReader total(port, "/views/depots/", {"d3", "d117"});
    go_on_writing();
    system_.await_built();
    print_durations("while it is built");
    await_posts();
    print_durations("afterwards");
    stop_writing();

    const std::vector<JsonValue> log = later_log();
    bool is_new = false;
    std::size_t earlier = 0;
    const auto changed_samples = changed.stop();
    for (const Sample& sample : changed_samples) ASSERT_EQ(sample.status, 200) << sample.body;
    at_each_position(log, changed_samples, [&](const Sample& sample, const Parcels& parcels) {
        const auto ids = ids_in(sample.body);
        is_new = is_new || ids == first_of(parcels.in_depot_otherwise(sample.part));
        if (!is_new) ++earlier;
        const auto expected =
            is_new ? parcels.in_depot_otherwise(sample.part) : parcels.in_depot(sample.part);
        EXPECT_EQ(ids, first_of(expected)) << sample.part << " at " << sample.position;
    });
    EXPECT_TRUE(is_new);
    EXPECT_GT(earlier, 0U) << "the list was not read while it was built";

    const auto added_samples = added.stop();
    EXPECT_EQ(added_samples.front().status, 503);
    EXPECT_TRUE(contains(added_samples.front().body, "list of-weight is being built"));
    at_each_position(log, added_samples, [&](const Sample& sample, const Parcels& parcels) {
        EXPECT_EQ(ids_in(sample.body), first_of(parcels.of_weight(sample.part))) << sample.position;
    });
    const auto total_samples = total.stop();
    EXPECT_EQ(total_samples.front().status, 503);
    at_each_position(log, total_samples, [&](const Sample& sample, const Parcels& parcels) {
        const JsonValue group = json(sample.body);
        const auto [count, weight] = parcels.depot(sample.part);
        EXPECT_EQ(group["count"].text(), std::to_string(count)) << sample.position;
        EXPECT_EQ(group["sum"]["weight"].text(), std::to_string(weight)) << sample.position;
    });
    EXPECT_EQ(added_samples.back().status, 200);
    EXPECT_EQ(total_samples.back().status, 200);

    system_.stop();
    expect_the_bytes_of_a_rebuild();
}

TEST_F(OnlineBuildSystem, IsNotSpoiltByBeingKilledTwentyTimes) {
    std::mt19937 dice(20);
    bool other = true;
    begin_writing();
    system_.stop();
    system_.configure(other_parcels_config());

    std::size_t rounds = 0;
    for (std::size_t killed = 0; killed < kills;) {
        ASSERT_LT(++rounds, rounds_max) << "the builds are over before they can be killed";
        ASSERT_TRUE(system_.start());
        go_on_writing();
        bool in_the_middle = system_.is_building();
        for (auto more = dice() % 40; more > 0 && in_the_middle; --more) {
            in_the_middle = system_.is_building();
        }
        if (!in_the_middle) {  // it was done before: there has to be something to build again
            other = !other;
            system_.kill();
            system_.configure(other ? other_parcels_config() : parcels_config());
            continue;
        }
        ++killed;
        // An end in order leaves on disk how far it had come.
        if (killed % 4 == 0) {
            system_.stop();
            ASSERT_TRUE(system_.start());
            go_on_writing();
        }
        system_.kill();
    }

    if (!other) system_.configure(other_parcels_config());
    ASSERT_TRUE(system_.start());
    go_on_writing();
    system_.await_built();
    stop_writing();
    Parcels parcels(items_there());
    for (const JsonValue& record : later_log()) parcels.apply(record);
    for (std::size_t i = 0; i < depots; i += 17) {
        const std::string depot = depot_name(i);
        EXPECT_EQ(ids_in(system_.get("/views/in-depot/" + depot + "?limit=1000").body),
                  first_of(parcels.in_depot_otherwise(depot)));
        EXPECT_EQ(system_.read("/views/depots/" + depot)["count"].text(),
                  std::to_string(parcels.depot(depot).first));
    }
    system_.stop();
    expect_the_bytes_of_a_rebuild();
}

}  // namespace
}  // namespace freshet::systems
