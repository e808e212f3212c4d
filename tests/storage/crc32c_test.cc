// What storage/internal/crc32c.h promises: it is CRC-32C, and RocksDB calls it.

#include "storage/internal/crc32c.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

#include "storage/change_log.h"
#include "storage/data_folder.h"
#include "tests/disks/temp_folder.h"
#include "tests/support/must.h"
#include "tests/world/changes.h"

namespace freshet::storage {
namespace {

using internal::extended_crc32c;
using internal::extended_crc32c_by_table;

std::uint32_t checksum(const std::string& bytes) {
    return extended_crc32c(0, bytes.data(), bytes.size());
}

// Of RFC 3720, and the number that defines the checksum.
TEST(Crc32cTest, GivesTheNumbersThatArePublished) {
    std::string rising;
    for (char byte = 0; byte < 32; ++byte) rising.push_back(byte);

    EXPECT_EQ(checksum("123456789"), 0xE306'9283U);
    EXPECT_EQ(checksum(std::string(32, '\0')), 0x8A91'36AAU);
    EXPECT_EQ(checksum(std::string(32, '\xFF')), 0x62A8'AB43U);
    EXPECT_EQ(checksum(rising), 0x46DD'794EU);
    EXPECT_EQ(checksum(""), 0U);
}

TEST(Crc32cTest, IsTheSameByInstructionAndByTableHoweverItIsCut) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 500; ++round) {
        std::string bytes(random() % 70, ' ');
        for (char& byte : bytes) byte = static_cast<char>(random());
        const auto crc = static_cast<std::uint32_t>(random());
        const std::size_t cut = random() % (bytes.size() + 1);

        const std::uint32_t whole = extended_crc32c(crc, bytes.data(), bytes.size());
        const std::uint32_t half = extended_crc32c(crc, bytes.data(), cut);
        EXPECT_EQ(whole, extended_crc32c_by_table(crc, bytes.data(), bytes.size()));
        EXPECT_EQ(whole, extended_crc32c(half, bytes.data() + cut, bytes.size() - cut));
    }
}

#if defined(__x86_64__)
TEST(Crc32cTest, IsWhatTheLibraryCallsWhenTheLogIsWritten) {
    const support::TempFolder folder;
    const auto data = support::must(DataFolder::open(folder.file("data"), {}));
    LogBatch batch = data->log().begin();
    batch.add(support::inserted("o-1", "1"), {});
    const std::uint64_t before = internal::library_calls_of_crc32c();
    support::must(data->log().append(batch));

    EXPECT_GT(internal::library_calls_of_crc32c(), before);
}

TEST(Crc32cTest, IsWhatTheLibraryFinds) {
    void* const found = dlsym(RTLD_DEFAULT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");

    EXPECT_EQ(found, reinterpret_cast<void*>(&rocksdb::crc32c::Extend));
    void* const of_the_library = dlsym(RTLD_NEXT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");
    ASSERT_NE(of_the_library, nullptr) << "the library calls it by another name now";
    EXPECT_NE(found, of_the_library);
    const std::string bytes(1'001, 'x');
    const auto librarys = reinterpret_cast<decltype(&rocksdb::crc32c::Extend)>(of_the_library);
    EXPECT_EQ(checksum(bytes), librarys(0, bytes.data(), bytes.size()));
}
#endif

}  // namespace
}  // namespace freshet::storage
