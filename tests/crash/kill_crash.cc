// A process that is killed while eight writers append loses nothing that it had acknowledged.
//
// A kill leaves what the operating system holds of the files, so this shows nothing about syncs
// (power_loss_crash.cc does): it shows that the folder is whole at every moment, and that what
// was folded, marked and acknowledged fits together.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "tests/crash/killed_writer.h"
#include "tests/crash/rounds.h"
#include "tests/crash/verdict.h"
#include "tests/crash/workload.h"
#include "tests/disks/temp_folder.h"

namespace freshet::crash {
namespace {

using support::TempFolder;

constexpr std::size_t kills_of_a_folder = 20;
constexpr std::size_t answers_min = 100;

// A folder that lives through several kills, and all that was ever acknowledged in it.
struct Folder {
    TempFolder place;
    std::vector<Answer> answers;
    std::vector<std::uint64_t> newest = std::vector<std::uint64_t>(items_count, 0);

    // The next writers go on where these stopped hearing; what was written but not acknowledged
    // they write again.
    void take(const std::vector<Answer>& heard) {
        answers.insert(answers.end(), heard.begin(), heard.end());
        for (const Answer& answer : heard) {
            std::uint64_t& sequence = newest[answer.delivery.item];
            sequence = std::max(sequence, answer.delivery.sequence);
        }
    }
};

TEST(Kill, LosesNothingThatWasAcknowledged) {
    std::mt19937_64 random(seed());
    const std::size_t kills = rounds();
    std::unique_ptr<Folder> folder;
    std::size_t acknowledged = 0;

    for (std::size_t kill = 0; kill < kills; ++kill) {
        if (kill % kills_of_a_folder == 0) folder = std::make_unique<Folder>();
        const std::string path = folder->place.file("data");
        KilledWriter writer(path, random(), folder->newest);

        const std::size_t moment = answers_min + random() % 300;
        const std::vector<Answer> heard = writer.kill_after(moment);

        ASSERT_GE(heard.size(), moment) << "the writers ended by themselves";
        acknowledged += heard.size();
        folder->take(heard);
        const Verdict verdict = judge(path, folder->answers);
        ASSERT_TRUE(verdict.fine()) << "after kill " << kill << ": " << verdict.text();
    }
    std::printf("%zu kills, %zu records acknowledged\n", kills, acknowledged);
}

}  // namespace
}  // namespace freshet::crash
