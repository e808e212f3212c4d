// What the clients in tests/readers/ promise of themselves, where the tests that use them would
// not find out.

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include "tests/readers/event_reader.h"
#include "tests/readers/http_client.h"
#include "tests/readers/tls_client.h"

namespace freshet::support {
namespace {

std::ptrdiff_t open_files() {
    const std::filesystem::directory_iterator begin("/proc/self/fd");
    return std::distance(begin, std::filesystem::directory_iterator());
}

TEST(Readers, OneThatCannotConnectLeavesNoSocketOpen) {
    constexpr std::uint16_t nobody = 0;  // no server can be there
    const std::ptrdiff_t before = open_files();

    EXPECT_THROW(HttpClient{nobody}, std::runtime_error);
    EXPECT_THROW((HttpClient{nobody, "192.0.2.1"}), std::runtime_error) << "of another machine";
    EXPECT_THROW(TlsClient{nobody}, std::runtime_error);
    EXPECT_THROW((EventReader{nobody, "/events"}), std::runtime_error);

    EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace freshet::support
