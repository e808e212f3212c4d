// Stretches between rows in which nothing is left, in memory: an erased row is stepped over by one
// reader, and those after it go around the whole stretch.
//
//     a reader: end_of_stretch(), the database, learn()          a write  ->  replace()
//
// An erased row is a deletion, and until the database has dropped it, each reader of the rows
// beside it would step over it again. A reader that has stepped over many says so here.
//
// All this is of the database, and a version is what it has after one write
// (storage/internal/written_state.h). A stretch holds from one version on: there is no row in it in
// that version and in each later one. Why it does:
//   - Only a write makes rows, and before anybody reads what it left, replace() takes each row that
//     it has put out of the stretches.
//   - A reader learns a stretch from its snapshot. It may say so only if that was of the newest
//     version when it began, and then replace() tells it, too, which rows were put since. A stretch
//     with one of them is not learned.
//   - Two stretches that touch are one, from the later of their versions on.
//   - All that is known goes where the store is opened, emptied, or takes in files, and what is
//     being read then teaches nothing.
//   - Anything may be forgotten.
//
// Memory: stretches_max stretches with stretch_bytes_max of keys each at most, and what readers
// hear of.
//
// Threads: any may read; the one that writes replaces and clears.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::storage {

class EmptyStretches {
public:
    static constexpr std::size_t stretches_max = 4'096;
    static constexpr std::size_t stretch_bytes_max = 1'024;
    // Fewer entries are stepped over about as quickly as they are gone around: that is a seek.
    static constexpr std::uint64_t weight_least = 64;

    // What one reader reads, from the first entry that it may show to the last. It hears of what is
    // put there meanwhile.
    class Reading {
    public:
        // Borrows the keys: from `begin` on and below `end`.
        Reading(EmptyStretches& stretches, std::string_view begin, std::string_view end,
                std::uint64_t version);
        ~Reading();
        Reading(const Reading&) = delete;
        Reading& operator=(const Reading&) = delete;

        // Where the stretch that has `entry` ends; nothing if there is none.
        [[nodiscard]] std::optional<std::string> end_of_stretch(std::string_view entry) const;
        // Where the stretch that has what is just below `entry` begins.
        [[nodiscard]] std::optional<std::string> begin_of_stretch(std::string_view entry) const;

        // There is no row from `begin` on and below `end`, which took `weight` steps to see.
        void learn(std::string_view begin, std::string_view end, std::uint64_t weight);

    private:
        friend class EmptyStretches;
        // More rows than these are not remembered; then it learns nothing.
        static constexpr std::size_t put_max = 4'096;

        EmptyStretches& stretches_;
        const std::string_view begin_;
        const std::string_view end_;
        const std::uint64_t version_;
        bool may_learn_ = false;        // guarded by the mutex of the stretches, as is what follows
        std::vector<std::string> put_;  // since it began
    };

    // What the write that makes `version` has put: calls `rows` with what is to be told of each.
    using Tell = std::function<void(std::string_view entry)>;
    void replace(std::uint64_t version, const std::function<void(const Tell& tell)>& rows);

    // Stretches that were learned before others were merged may be short of what was stepped over:
    // with another count of `merges` than before, they are learned again.
    void forget_merged(std::uint64_t merges);

    // What is known goes, and the store's newest version is now `version`.
    void clear(std::uint64_t version);

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct Stretch {
        std::string end;
        std::uint64_t since;   // the version
        std::uint64_t weight;  // about how many entries are stepped over in it
    };
    using Stretches =
        std::map<std::string, Stretch, std::less<>>;  // by where they begin; none touch

    void take_out(std::string_view entry);
    void add(std::string begin, Stretch stretch);
    void make_room();
    [[nodiscard]] Stretches::const_iterator stretch_with(std::string_view entry) const;

    mutable std::mutex mutex_;  // guards what follows
    Stretches stretches_;
    std::vector<Reading*> readings_;
    std::uint64_t newest_ = 0;  // the version
    std::string hand_;          // behind what was forgotten last
    // How many there are, for those who need no more.
    std::atomic<std::size_t> size_ = 0;
    std::atomic<std::uint64_t> merges_ = 0;
};

}  // namespace freshet::storage
