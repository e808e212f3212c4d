#include "http/limits/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>

namespace freshet::http {

namespace {

// The log, the state, and the shelf of a reconciliation.
constexpr std::size_t databases = 3;

// Of one database: a share of all, but enough to work and no more than is of use.
constexpr std::size_t files_share = 16;
constexpr std::size_t files_min = 32;
constexpr std::size_t files_max = 512;

// What databases open beside their tables, what a compaction holds for a while, certificates and
// keys that are read again, and the standard streams.
constexpr std::size_t others = 128;
constexpr std::size_t for_each_thread = 4;  // its event loop's
constexpr std::size_t for_each_call = 6;    // the pipes of a process, while it is started

constexpr std::size_t connections_min = 16;

}  // namespace

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : soft;
}

Result<DescriptorShares> share_descriptors(std::size_t limit, unsigned threads,
                                           std::size_t connections, std::size_t calls) {
    const std::size_t files = std::clamp(limit / files_share, files_min, files_max);
    const std::size_t kept =
        others + for_each_thread * threads + for_each_call * calls + databases * files;
    if (limit < kept + connections_min) {
        return fail(Errc::refused, "this process may open " + std::to_string(limit) +
                                       " files and sockets, and needs at least " +
                                       std::to_string(kept + connections_min) +
                                       ": raise the hard limit (LimitNOFILE= in a unit of systemd, "
                                       "ulimit -Hn in a shell)");
    }
    return DescriptorShares{.limit = limit,
                            .files_per_database = files,
                            .connections = std::min(connections, limit - kept)};
}

std::string shortage(const DescriptorShares& shares, std::size_t connections) {
    if (shares.connections >= connections) return "";
    return "there is room for " + std::to_string(shares.connections) + " connections, not for " +
           std::to_string(connections) + " (limits.connections): this process may open " +
           std::to_string(shares.limit) +
           " files and sockets. Raise the hard limit (LimitNOFILE= in a unit of systemd, ulimit "
           "-Hn in a shell), or lower limits.connections";
}

}  // namespace freshet::http
