#include "storage/internal/crc32c.h"

#include <array>
#include <atomic>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace freshet::storage::internal {
namespace {

constexpr std::uint32_t polynomial = 0x82F6'3B78;  // of Castagnoli, its bits reversed

constexpr auto table = [] {
    std::array<std::uint32_t, 256> remainders{};
    for (std::uint32_t byte = 0; byte < remainders.size(); ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) * polynomial);
        remainders[byte] = crc;
    }
    return remainders;
}();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const char* bytes,
                                                               std::size_t size) {
    std::uint64_t state = ~crc;
    for (; size >= sizeof(std::uint64_t); size -= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes, sizeof word);
        state = _mm_crc32_u64(state, word);
        bytes += sizeof word;
    }
    auto last = static_cast<std::uint32_t>(state);
    for (; size > 0; --size) last = _mm_crc32_u8(last, static_cast<unsigned char>(*bytes++));
    return ~last;
}

std::atomic<std::uint64_t> library_calls = 0;

using Extension = std::uint32_t (*)(std::uint32_t, const char*, std::size_t);

// Asked for at the first call, which may come before this file's constants are made.
Extension fastest() {
    static const Extension found = [] {
        __builtin_cpu_init();
        return __builtin_cpu_supports("sse4.2") != 0 ? by_instruction : extended_crc32c_by_table;
    }();
    return found;
}
#endif

}  // namespace

std::uint32_t extended_crc32c_by_table(std::uint32_t crc, const char* bytes, std::size_t size) {
    std::uint32_t state = ~crc;
    for (std::size_t i = 0; i < size; ++i) {
        state = (state >> 8U) ^ table[(state ^ static_cast<unsigned char>(bytes[i])) & 0xFFU];
    }
    return ~state;
}

std::uint32_t extended_crc32c(std::uint32_t crc, const char* bytes, std::size_t size) {
#if defined(__x86_64__)
    return fastest()(crc, bytes, size);
#else
    return extended_crc32c_by_table(crc, bytes, size);
#endif
}

std::uint64_t library_calls_of_crc32c() {
#if defined(__x86_64__)
    return library_calls.load(std::memory_order_relaxed);
#else
    return 0;
#endif
}

}  // namespace freshet::storage::internal

#if defined(__x86_64__)
// Elsewhere the library's own is used, which knows those processors.
namespace rocksdb::crc32c {
__attribute__((visibility("default"))) std::uint32_t Extend(std::uint32_t crc, const char* bytes,
                                                            std::size_t size) {
    using namespace freshet::storage::internal;
    library_calls.fetch_add(1, std::memory_order_relaxed);
    return extended_crc32c(crc, bytes, size);
}
}  // namespace rocksdb::crc32c
#endif
