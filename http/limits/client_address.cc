#include "http/limits/client_address.h"

#include <algorithm>

#include "engine/text/path_prefix.h"

namespace freshet::http {

namespace {

using engine::IpAddress;

constexpr std::string_view forwarded_name = "X-Forwarded-For";
constexpr std::string_view prefix_name = "X-Forwarded-Prefix";
constexpr unsigned network_bits = 64;

// Takes the text behind the last comma off the end of `list`.
std::string_view take_last(std::string_view& list) {
    const std::size_t comma = list.rfind(',');
    const std::string_view last = list.substr(comma + 1);  // npos + 1 is 0
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    return trim(last);
}

// Some proxies name the port, too: `192.0.2.1:50312`, `[2001:db8::1]:50312`.
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
    const std::size_t colon = text.find(':');
    return colon == text.rfind(':') ? text.substr(0, colon) : text;
}

IpAddress counted(const IpAddress& address) {
    return address.is_v4() ? address : address.first(network_bits);
}

}  // namespace

ClientAddresses::ClientAddresses(const engine::ServerSettings& settings)
    : behind_proxy_(settings.behind_proxy),
      counts_loopback_(settings.counts_loopback),
      prefix_(settings.prefix),
      trusted_(settings.trusted_proxies) {}

bool ClientAddresses::is_trusted(const IpAddress& address) const {
    if (address.is_loopback() && !counts_loopback_) return true;
    return std::any_of(
        trusted_.begin(), trusted_.end(),
        [&address](const engine::AddressBlock& block) { return block.contains(address); });
}

IpAddress ClientAddresses::sender(const IpAddress& peer, const Request& request) const {
    if (!behind_proxy_ || !is_trusted(peer)) return peer;
    return forwarded_for(request).address.value_or(peer);
}

std::string_view ClientAddresses::prefix(const IpAddress& peer, const Request& request) const {
    if (!prefix_.empty()) return prefix_;
    if (!behind_proxy_ || !is_trusted(peer) || request.count(prefix_name) != 1) return {};
    std::string_view prefix = *request.header(prefix_name);
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    return engine::is_path_prefix(prefix) ? prefix : std::string_view();
}

std::optional<IpAddress> ClientAddresses::of_connection(const IpAddress& peer) const {
    // Where no proxy is named, whoever comes from elsewhere can only be it.
    if (is_trusted(peer) || (behind_proxy_ && trusted_.empty())) return std::nullopt;
    return counted(peer);
}

std::optional<IpAddress> ClientAddresses::of_request(const IpAddress& peer,
                                                     const Request& request) const {
    if (!behind_proxy_ || !is_trusted(peer)) return of_connection(peer);
    const Forwarded forwarded = forwarded_for(request);
    if (forwarded.address) return counted(*forwarded.address);
    return forwarded.is_there ? std::optional(counted(peer)) : of_connection(peer);
}

// The last address that is no proxy's. Nothing is there where only proxies are named.
ClientAddresses::Forwarded ClientAddresses::forwarded_for(const Request& request) const {
    for (auto field = request.headers.rbegin(); field != request.headers.rend(); ++field) {
        if (!equal_ignoring_case(field->name, forwarded_name)) continue;
        std::string_view list = field->value;
        while (!list.empty()) {
            const std::string_view element = take_last(list);
            if (element.empty()) continue;
            const auto address = IpAddress::parse(without_port(element));
            if (!address) return {.is_there = true, .address = std::nullopt};
            if (!is_trusted(*address)) return {.is_there = true, .address = address};
        }
    }
    return {};
}

}  // namespace freshet::http
