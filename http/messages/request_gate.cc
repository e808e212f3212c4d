#include "http/messages/request_gate.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "engine/text/loopback.h"

namespace freshet::http {

namespace {

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_port(std::string_view text) {
    unsigned port = 0;
    if (text.size() > 5 || !is_digits(text)) return false;
    std::from_chars(text.data(), text.data() + text.size(), port);
    return port <= 65'535;
}

std::optional<Answer> refuse_request_line(std::string_view head) {
    const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
    const std::size_t begin = line.find(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    const std::size_t end = std::min(line.find(' ', begin + 1), line.size());
    if (end - begin - 1 <= target_bytes_max) return std::nullopt;
    return problem(414, "the target is longer than " + std::to_string(target_bytes_max) + " bytes");
}

std::optional<Answer> refuse_lines(std::string_view head) {
    std::size_t lines = 0;
    for (std::size_t at = head.find('\n'); at != std::string_view::npos;
         at = head.find('\n', at + 1)) {
        if (at == 0 || head[at - 1] != '\r') {
            return problem(400, "a line of the head does not end with CR LF");
        }
        const char next = at + 1 < head.size() ? head[at + 1] : '\0';
        if (next == ' ' || next == '\t') {
            return problem(400, "a header is folded over several lines");
        }
        // The request line and the empty line at the end are lines too.
        if (++lines > fields_max + 2) {
            return problem(431, "there are more than " + std::to_string(fields_max) + " headers");
        }
    }
    return std::nullopt;
}

std::optional<Answer> refuse_method(std::string_view method) {
    // Some take what comes after it for the bytes of a tunnel, and not for a body or a request.
    if (method != "CONNECT") return std::nullopt;
    return problem(501, "CONNECT is not understood: this server opens no tunnels");
}

std::optional<Answer> refuse_target(const Request& request) {
    const std::string_view target = request.raw_target;
    if (target.starts_with('/') || split_absolute(target)) return std::nullopt;
    if (target == "*" && request.method == "OPTIONS") return std::nullopt;
    return problem(400, "the target must be a path that begins with '/', or a URL");
}

// What load balancers send by HTTP/1.0 and without a Host. No browser does, so there is no page
// that could be behind it.
bool is_old_probe(const Request& request) {
    if (request.version > 10 || (!is_read(request) && request.method != "OPTIONS")) return false;
    std::string_view path = request.raw_target;
    if (path.ends_with('/')) path.remove_suffix(1);
    return path == "/livez" || path == "/readyz";
}

// Takes a port off the end; nothing if what stands there is none.
std::optional<std::string_view> without_port(std::string_view host) {
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return host;
    if (!is_port(host.substr(colon + 1))) return std::nullopt;
    return host.substr(0, colon);
}

// RFC 3986, section 3.2.2: the bytes that a name or an address is made of.
bool is_host(std::string_view host) {
    auto name = without_port(host);
    if (!name) return false;
    const bool in_brackets = name->starts_with('[') && name->ends_with(']');
    if (in_brackets) name = name->substr(1, name->size() - 2);
    return !name->empty() && std::all_of(name->begin(), name->end(), [in_brackets](char c) {
        constexpr std::string_view others = "-._~%!$&'()*+,;=";
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos ||
               (in_brackets && c == ':');
    });
}

std::optional<Answer> refuse_host(const Request& request, HostRule hosts) {
    if (request.count("Host") == 0 && is_old_probe(request)) return std::nullopt;
    if (request.count("Host") != 1) return problem(400, "there must be exactly one Host header");
    const std::string_view host = *request.host();
    if (names_loopback(host)) return std::nullopt;
    if (hosts == HostRule::any) {
        if (is_host(host)) return std::nullopt;
        return problem(400, "Host must be a name or an address, with or without a port");
    }
    Answer answer =
        problem(403,
                "this server has no credentials configured, so it answers only requests whose "
                "Host is this machine itself: localhost, 127.0.0.1 or [::1]. To answer under "
                "another name, such as behind a proxy, it needs them: add [auth] to its "
                "configuration (docs/access.md)");
    answer.reason = RefusalReason::origin;
    return answer;
}

std::optional<Answer> refuse_transfer_encoding(const Request& request) {
    const std::size_t count = request.count("Transfer-Encoding");
    if (count == 0) return std::nullopt;
    const std::string_view coding = *request.header("Transfer-Encoding");
    if (request.version < 11) {
        return problem(400, "Transfer-Encoding cannot be used in HTTP/1.0");
    }
    if (request.count("Content-Length") != 0) {
        return problem(400, "Transfer-Encoding and Content-Length cannot be used together");
    }
    if (count == 1 && equal_ignoring_case(coding, "chunked")) return std::nullopt;

    const std::size_t comma = coding.rfind(',');
    const bool ends_chunked = comma != std::string_view::npos && count == 1 &&
                              equal_ignoring_case(trim(coding.substr(comma + 1)), "chunked");
    if (ends_chunked) {
        return problem(501, "the only transfer coding that is understood is chunked");
    }
    return problem(400, "Transfer-Encoding must be exactly: chunked");
}

std::optional<Answer> refuse_content_length(const Request& request) {
    const std::size_t count = request.count("Content-Length");
    if (count == 0) return std::nullopt;
    if (count == 1 && is_digits(*request.header("Content-Length"))) return std::nullopt;
    return problem(400, "there must be one Content-Length, a decimal number");
}

std::optional<Answer> refuse_expectation(const Request& request) {
    const auto expectation = request.header("Expect");
    if (!expectation || equal_ignoring_case(*expectation, "100-continue")) return std::nullopt;
    return problem(417, "the only expectation that can be met is 100-continue");
}

}  // namespace

std::optional<Answer> refuse_head_bytes(std::string_view head) {
    // The first fault in the order of bytes, so that it is the same however they come.
    const std::string_view within = head.substr(0, head_bytes_max);
    if (auto refusal = refuse_request_line(within)) return refusal;
    if (auto refusal = refuse_lines(within)) return refusal;
    if (head.size() <= head_bytes_max) return std::nullopt;
    return problem(431, "the request line and headers are longer than " +
                            std::to_string(head_bytes_max) + " bytes");
}

std::optional<Answer> refuse_head(const Request& request, HostRule hosts) {
    if (request.headers.size() > fields_max) {
        return problem(431, "there are more than " + std::to_string(fields_max) + " headers");
    }
    if (auto refusal = refuse_method(request.method)) return refusal;
    if (auto refusal = refuse_target(request)) return refusal;
    if (auto refusal = refuse_host(request, hosts)) return refusal;
    if (auto refusal = refuse_transfer_encoding(request)) return refusal;
    if (auto refusal = refuse_content_length(request)) return refusal;
    return refuse_expectation(request);
}

bool names_loopback(std::string_view host) {
    constexpr std::string_view v6 = "[::1]";
    if (host.starts_with(v6)) {
        host.remove_prefix(v6.size());
        return host.empty() || (host.front() == ':' && is_port(host.substr(1)));
    }
    const std::size_t colon = std::min(host.find(':'), host.size());
    if (colon < host.size() && !is_port(host.substr(colon + 1))) return false;
    const std::string_view name = host.substr(0, colon);
    return equal_ignoring_case(name, "localhost") || engine::is_loopback_ipv4(name);
}

}  // namespace freshet::http
