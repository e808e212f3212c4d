#include "engine/config/limits.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/config/largest_batch.h"
#include "engine/text/ip_address.h"

namespace freshet::engine {

namespace {

// FlatBuffers encodes at most 2 GiB: what becomes of one body stays far below.
constexpr std::int64_t body_bytes_max = std::int64_t{256} << 20U;
constexpr std::int64_t memory_bytes_max = std::int64_t{1} << 40U;
constexpr std::int64_t memory_bytes_min = std::int64_t{64} << 20U;
constexpr std::int64_t untaken_bytes_min = std::int64_t{1} << 20U;  // a page, about

constexpr std::int64_t requests_per_s_max = 1'000'000;
constexpr std::int64_t burst_max = 10'000'000;
constexpr std::int64_t seats_max = 1'000'000;
constexpr std::int64_t connections_min = 16;

// How many seconds' worth of requests may come at once, unless the file says otherwise.
constexpr std::size_t burst_s = 10;

void read_number(const Section& section, std::string_view key, std::int64_t min, std::int64_t max,
                 std::size_t& number) {
    if (const auto found = section.integer(key, min, max)) {
        number = static_cast<std::size_t>(*found);
    }
}

// `address_requests_per_s` and `address_burst`, or a subject's.
void read_rate(const Section& section, const std::string& whose, RateSettings& rate) {
    const std::string rate_key = whose + "_requests_per_s";
    const std::string burst_key = whose + "_burst";
    read_number(section, rate_key, 0, requests_per_s_max, rate.requests_per_s);
    rate.burst = rate.requests_per_s * burst_s;
    read_number(section, burst_key, 0, burst_max, rate.burst);
    if (rate.requests_per_s > 0 || rate.burst == 0) return;
    section.mistakes().add(line_of(*section.find(burst_key)),
                           "found " + burst_key + " = " + std::to_string(rate.burst) +
                               ", expected " + rate_key +
                               " beside it: without one there is no limit");
}

void read_bodies(const Section& section, LimitSettings& limits) {
    read_number(section, "body_bytes", 1, body_bytes_max, limits.body_bytes);
    limits.queue_bytes = std::max(limits.queue_bytes, limits.largest_batch_bytes());
    read_number(section, "queue_bytes", 1, memory_bytes_max, limits.queue_bytes);
    limits.all_bodies_bytes = std::max(limits.all_bodies_bytes, 2 * limits.body_bytes);
    read_number(section, "all_bodies_bytes", 1, memory_bytes_max, limits.all_bodies_bytes);
    limits.all_answers_bytes = std::max(limits.all_answers_bytes, limits.answer_bytes_max());
    read_number(section, "all_answers_bytes", untaken_bytes_min, memory_bytes_max,
                limits.all_answers_bytes);
    const auto expect_room = [&](const char* key, std::size_t bytes, std::size_t least,
                                 const std::string& why) {
        if (bytes >= least) return;
        section.mistakes().add(line_of(*section.find(key)), std::string("found ") + key + " = " +
                                                                std::to_string(bytes) +
                                                                ", expected at least " + why);
    };
    const std::size_t batch = limits.largest_batch_bytes();
    expect_room("queue_bytes", limits.queue_bytes, batch,
                std::to_string(batch) +
                    ": body_bytes, and 1 KiB for each record that a body may hold; else one that "
                    "is allowed is only taken while nothing else waits");
    // While it grows, what has come of a body and what is to hold more of it are there at once.
    expect_room("all_answers_bytes", limits.all_answers_bytes, limits.answer_bytes_max(),
                "twice body_bytes and 1 MiB, " + std::to_string(limits.answer_bytes_max()) +
                    ": the answer with a long item takes that much");
    expect_room("all_bodies_bytes", limits.all_bodies_bytes, 2 * limits.body_bytes,
                "twice body_bytes, " + std::to_string(2 * limits.body_bytes) +
                    ": a long body takes that much while it comes");
}

}  // namespace

std::size_t LimitSettings::largest_batch_bytes() const {
    return body_bytes + std::min(batch_records_max, body_bytes) * record_memory;
}

std::size_t LimitSettings::client_bodies_bytes() const {
    return std::max(all_bodies_bytes / 4, 2 * body_bytes);
}

std::size_t LimitSettings::client_answers_bytes() const {
    return std::max(all_answers_bytes / 4, answer_bytes_max());
}

void read_limits(const toml::table& source, LimitSettings& limits, Mistakes& mistakes) {
    const std::initializer_list<std::string_view> keys = {"body_bytes",
                                                          "queue_bytes",
                                                          "all_bodies_bytes",
                                                          "all_answers_bytes",
                                                          "all_streams_bytes",
                                                          "live_bytes",
                                                          "memory_bytes",
                                                          "connections",
                                                          "address_connections",
                                                          "address_requests_per_s",
                                                          "address_burst",
                                                          "subject_streams",
                                                          "subject_requests_per_s",
                                                          "subject_burst"};
    const Section section(source, "limits", keys, mistakes);
    for (const std::string_view key : keys) {
        if (section.find(key) != nullptr) limits.by_hand.emplace(key);
    }
    read_bodies(section, limits);
    read_number(section, "all_streams_bytes", untaken_bytes_min, memory_bytes_max,
                limits.all_streams_bytes);
    read_number(section, "live_bytes", untaken_bytes_min, memory_bytes_max, limits.live_bytes);
    read_number(section, "memory_bytes", memory_bytes_min, memory_bytes_max, limits.memory_bytes);
    read_number(section, "connections", connections_min, seats_max, limits.connections);
    read_number(section, "address_connections", 0, seats_max, limits.address_connections);
    read_rate(section, "address", limits.address_rate);
    read_number(section, "subject_streams", 0, seats_max, limits.subject_streams);
    read_rate(section, "subject", limits.subject_rate);
}

void read_trusted_proxies(const Section& section, ServerSettings& server) {
    const toml::node* found = section.find("trusted_proxies");
    if (found == nullptr) return;
    Mistakes& mistakes = section.mistakes();
    if (!server.behind_proxy) {
        mistakes.add(line_of(*found),
                     "found trusted_proxies, expected behind_proxy = true beside it: without a "
                     "proxy nobody's word is taken for where a request comes from");
    }
    for (const Word& proxy : section.words("trusted_proxies")) {
        if (const auto block = AddressBlock::parse(proxy.text)) {
            server.trusted_proxies.push_back(*block);
            continue;
        }
        mistakes.add(proxy.line, "found the trusted proxy " + in_quotes(proxy.text) +
                                     ", expected an address or a block of addresses, such as "
                                     "\"10.0.0.5\", \"10.0.0.0/8\" or \"fd00::/8\"");
    }
}

}  // namespace freshet::engine
