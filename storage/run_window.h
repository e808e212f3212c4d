// Entries in one block of memory, each a key and a value: in any order in, in the order of keys
// out. What is equal stays in the order in which it came.
//
//     | entries ->              <- slots |     a slot is where an entry is, and how its key begins
//
// So it is full where the two meet, and takes what it was given and no more. An entry lies there as
// it does in a run (storage/sorted_runs.h).
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet::storage {

// An entry as bytes: the sizes of its key and its value, and both, each of which begins at a
// multiple of eight bytes, since images are read in place. Nothing of it leaves this process.
struct RunEntry {
    std::string_view bytes;
    std::string_view key;
    std::string_view value;

    static RunEntry at(const char* bytes);
    // How many bytes one takes of these sizes.
    static std::size_t size_of(std::size_t key, std::size_t value);
    // Writes that many.
    static void write(char* bytes, std::string_view key, std::string_view value);
};

class RunWindow {
public:
    // Takes that much memory, from the first add() until release(); for one entry that is larger
    // more, until clear().
    explicit RunWindow(std::size_t memory);
    ~RunWindow() { release(); }
    RunWindow(const RunWindow&) = delete;
    RunWindow& operator=(const RunWindow&) = delete;

    // Returns false, having added nothing, if there is no room; an empty window takes any entry.
    bool add(std::string_view key, std::string_view value);

    // Nothing is added until clear().
    void sort();

    [[nodiscard]] std::size_t size() const { return size_; }
    // Once it is sorted.
    [[nodiscard]] RunEntry entry(std::size_t number) const;

    void clear();
    // Lets go of the memory, too.
    void release();

private:
    // Of an entry: the part of its key by which it is being sorted.
    struct Slot {
        std::uint64_t word;
        std::uint32_t rest;  // of the key, from that part on; beyond it, one more than it
        std::uint32_t offset;
    };

    void take_memory(std::size_t bytes);
    [[nodiscard]] Slot* slots() const;
    void sort_from(Slot* begin, Slot* end, std::size_t depth) const;

    const std::size_t memory_;
    char* block_ = nullptr;
    std::size_t block_bytes_ = 0;
    std::size_t used_ = 0;  // by entries
    std::size_t size_ = 0;
};

}  // namespace freshet::storage
