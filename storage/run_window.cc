#include "storage/run_window.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "storage/invariant.h"

namespace freshet::storage {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);
constexpr std::size_t entry_alignment = 8;
constexpr std::size_t sorted_by_words_max = 512;

struct EntryHead {
    std::uint32_t key = 0;
    std::uint32_t value = 0;
};
static_assert(sizeof(EntryHead) % entry_alignment == 0);

constexpr std::size_t padded(std::size_t bytes) {
    return (bytes + entry_alignment - 1) / entry_alignment * entry_alignment;
}

// Copies the text, and sets what it is padded with.
void put_padded(char* at, std::string_view text) {
    const std::size_t end = padded(text.size());
    if (end == 0) return;
    std::memset(at + end - entry_alignment, 0, entry_alignment);
    std::memcpy(at, text.data(), text.size());
}

// The bytes of `key` from `depth` on, as a number that orders as they do.
std::uint64_t word_of(std::string_view key, std::size_t depth) {
    std::array<char, word_bytes> bytes{};
    if (depth < key.size()) {
        std::memcpy(bytes.data(), key.data() + depth, std::min(word_bytes, key.size() - depth));
    }
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), word_bytes);
    return __builtin_bswap64(word);
}

std::uint32_t rest_of(std::string_view key, std::size_t depth) {
    return static_cast<std::uint32_t>(std::min(key.size() - depth, word_bytes + 1));
}

}  // namespace

// ---- an entry ----

RunEntry RunEntry::at(const char* bytes) {
    EntryHead head;
    std::memcpy(&head, bytes, sizeof head);
    const char* key = bytes + sizeof head;
    return {.bytes = {bytes, size_of(head.key, head.value)},
            .key = {key, head.key},
            .value = {key + padded(head.key), head.value}};
}

std::size_t RunEntry::size_of(std::size_t key, std::size_t value) {
    return sizeof(EntryHead) + padded(key) + padded(value);
}

void RunEntry::write(char* bytes, std::string_view key, std::string_view value) {
    const EntryHead head{.key = static_cast<std::uint32_t>(key.size()),
                         .value = static_cast<std::uint32_t>(value.size())};
    std::memcpy(bytes, &head, sizeof head);
    put_padded(bytes + sizeof head, key);
    put_padded(bytes + sizeof head + padded(key.size()), value);
}

// ---- the window ----

RunWindow::RunWindow(std::size_t memory)
    : memory_(std::min<std::size_t>(memory, std::numeric_limits<std::uint32_t>::max()) /
              sizeof(Slot) * sizeof(Slot)) {}

// In large pages, where the system has some: entries are read in the order of keys, so from
// anywhere, and each small page that is touched first costs as much as the entries in it.
void RunWindow::take_memory(std::size_t bytes) {
    release();
    void* block =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) throw std::bad_alloc();  // as any other memory that there is not
    ::madvise(block, bytes, MADV_HUGEPAGE);           // only a request
    block_ = static_cast<char*>(block);
    block_bytes_ = bytes;
}

void RunWindow::release() {
    if (block_ != nullptr) ::munmap(block_, block_bytes_);
    block_ = nullptr;
    block_bytes_ = 0;
    used_ = 0;
    size_ = 0;
}

void RunWindow::clear() {
    if (block_bytes_ > memory_) release();
    used_ = 0;
    size_ = 0;
}

RunWindow::Slot* RunWindow::slots() const {
    return reinterpret_cast<Slot*>(block_ + block_bytes_) - size_;
}

bool RunWindow::add(std::string_view key, std::string_view value) {
    const std::size_t bytes = RunEntry::size_of(key.size(), value.size());
    const std::size_t needed = used_ + bytes + (size_ + 1) * sizeof(Slot);
    if (needed > block_bytes_) {
        if (size_ > 0) return false;
        take_memory(
            std::max(memory_, padded(bytes) / sizeof(Slot) * sizeof(Slot) + 2 * sizeof(Slot)));
    }
    RunEntry::write(block_ + used_, key, value);
    ++size_;
    *slots() = {.word = word_of(key, 0),
                .rest = rest_of(key, 0),
                .offset = static_cast<std::uint32_t>(used_)};
    used_ += bytes;
    return true;
}

RunEntry RunWindow::entry(std::size_t number) const {
    invariant(number < size_, "a window has that many entries");
    // The next ones are fetched meanwhile: they lie anywhere.
    constexpr std::size_t ahead = 8;
    constexpr std::size_t line = 64;
    if (number + ahead < size_) {
        const char* next = block_ + slots()[number + ahead].offset;
        for (std::size_t i = 0; i < 4; ++i) __builtin_prefetch(next + i * line);
    }
    return RunEntry::at(block_ + slots()[number].offset);
}

void RunWindow::sort() {
    // The newest slot is the first.
    std::reverse(slots(), slots() + size_);
    sort_from(slots(), slots() + size_, 0);
}

// Sorts slots whose keys are the same before `depth`: by eight bytes at a time, so that most are
// sorted without a look at the entries; but whole keys from a depth on that few have, since each
// step of it is a call within a call. What is equal to its end stays in the order it came in.
void RunWindow::sort_from(Slot* begin, Slot* end, std::size_t depth) const {
    const auto is_less = [](const Slot& a, const Slot& b) {
        if (a.word != b.word) return a.word < b.word;
        return a.rest != b.rest ? a.rest < b.rest : a.offset < b.offset;
    };
    const auto key_of = [this](const Slot& slot) { return RunEntry::at(block_ + slot.offset).key; };
    // Often they are: what keys begin with is the same, and new ones come in their order.
    if (!std::is_sorted(begin, end, is_less)) std::sort(begin, end, is_less);
    while (begin < end) {
        Slot* same = begin + 1;
        while (same < end && same->word == begin->word && same->rest == begin->rest) ++same;
        const bool are_undecided = same - begin > 1 && begin->rest > word_bytes;
        if (are_undecided && depth >= sorted_by_words_max) {
            std::sort(begin, same, [&](const Slot& a, const Slot& b) {
                const int compared = key_of(a).compare(key_of(b));
                return compared != 0 ? compared < 0 : a.offset < b.offset;
            });
        } else if (are_undecided) {
            for (Slot* slot = begin; slot < same; ++slot) {
                slot->word = word_of(key_of(*slot), depth + word_bytes);
                slot->rest = rest_of(key_of(*slot), depth + word_bytes);
            }
            sort_from(begin, same, depth + word_bytes);
        }
        begin = same;
    }
}

}  // namespace freshet::storage
