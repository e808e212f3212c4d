// What http/limits/descriptors.h promises, by example.

#include "http/limits/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstddef>

#include "tests/support/must.h"

namespace freshet::http {
namespace {

using support::must;

TEST(Descriptors, EveryConnectionHasOneWhereThereAreMany) {
    const DescriptorShares shares = must(share_descriptors(524'288, 2, 10'000));

    EXPECT_EQ(shares.connections, 10'000U);
    EXPECT_EQ(shares.files_per_database, 512U);
}

TEST(Descriptors, ConnectionsGetWhatStorageLeaves) {
    for (const std::size_t limit : {256U, 512U, 1'024U, 4'096U, 10'000U}) {
        const DescriptorShares shares = must(share_descriptors(limit, 2, 10'000));

        EXPECT_GE(shares.files_per_database, 32U) << limit;
        EXPECT_GE(shares.connections, 16U) << limit;
        EXPECT_LE(3 * shares.files_per_database + shares.connections + 100, limit) << limit;
    }
    EXPECT_EQ(must(share_descriptors(1'024, 2, 10'000)).connections, 696U);
    EXPECT_EQ(must(share_descriptors(1'024, 2, 100)).connections, 100U);
}

TEST(Descriptors, EachThreadTakesSomeFromConnections) {
    EXPECT_LT(must(share_descriptors(1'024, 64, 10'000)).connections,
              must(share_descriptors(1'024, 2, 10'000)).connections);
}

TEST(Descriptors, TooFewAreRefusedWithWhatToDo) {
    const auto shares = share_descriptors(200, 2, 10'000);

    ASSERT_FALSE(shares.has_value());
    EXPECT_EQ(shares.error().code, Errc::refused);
    EXPECT_EQ(shares.error().message,
              "this process may open 200 files and sockets, and needs at least 248: raise the hard "
              "limit (LimitNOFILE= in a unit of systemd, ulimit -Hn in a shell)");
    EXPECT_TRUE(share_descriptors(248, 2, 10'000).has_value());
}

TEST(Descriptors, TheSoftLimitBecomesTheHardOne) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit lowered = before;
    lowered.rlim_cur = before.rlim_max / 2;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);

    const std::size_t limit = raise_descriptor_limit();

    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
    EXPECT_EQ(limit, before.rlim_max);
    EXPECT_EQ(after.rlim_cur, before.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace freshet::http
