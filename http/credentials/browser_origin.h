// Pages of other origins: which of them a browser lets read answers (CORS, Fetch standard), and
// which may write with a cookie. Pure.
//
// An origin is one of the configuration's, byte for byte, or the page's own server. None is let in
// by a pattern, and none is echoed that is not listed.
//
// Threads: immutable; any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

class BrowserOrigins {
public:
    // Each as a browser sends it: `https://shop.example`, with a port if it is not the usual one.
    explicit BrowserOrigins(std::vector<std::string> origins = {}) : origins_(std::move(origins)) {}

    // The answer to a preflight: a request with OPTIONS by which a browser asks what it may send.
    // Nothing if the request is none.
    [[nodiscard]] std::optional<Answer> preflight(const Request& request) const;

    // Lets the page that asked read the answer (CORS), if its origin is listed.
    void add_cors_headers(Answer& answer, const Request& request) const;

    // 403 if the request may be one that another page made the browser send with its cookie.
    [[nodiscard]] std::optional<Answer> refuse_foreign_write(const Request& request) const;

private:
    // The request's origin, if it is listed.
    [[nodiscard]] std::optional<std::string_view> listed(const Request& request) const;

    std::vector<std::string> origins_;
};

}  // namespace freshet::http
