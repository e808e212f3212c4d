// Who asks, as a verified credential says it, and how its rights are written.
//
// Where no credentials are asked for, each caller is everybody(): the whole server is theirs. Where
// they are, a caller who shows none is nobody(), to whom only what is public is shown.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/result.h"

namespace freshet::engine {

inline constexpr std::string_view admin_role = "admin";

enum class Right : std::uint8_t { read, watch, write, ingest, vend, admin };

std::string_view name_of(Right right);

// A right over a name, over all names that begin alike (`orders-*`), or over all (`read`,
// `read:*`).
struct Grant {
    Right right = Right::read;
    std::string name;      // without its star
    bool is_begin = true;  // of the names it is for

    bool operator==(const Grant&) const = default;

    // Whether it is for that name.
    [[nodiscard]] bool covers(std::string_view asked) const {
        return is_begin ? asked.starts_with(name) : asked == name;
    }
    // Whether it is for everything that `other` is for.
    [[nodiscard]] bool covers(const Grant& other) const {
        return right == other.right && (is_begin ? other.name.starts_with(name) : *this == other);
    }
};

// Reads `right`, `right:name` or `right:begin*`.
// Fails with refused  if that right is none (the message names those there are), or the name is
//                     empty or has a star before its end.
Result<Grant> parse_grant(std::string_view text);

// As parse_grant() reads it.
std::string text_of(const Grant& grant);

// Whether a claim of that name says something of the token itself, such as when it ends, and
// nothing that an attribute could be compared with.
bool is_of_token(std::string_view claim);

struct Caller {
    std::string subject;  // `sub` of a token, the name of a machine
    std::vector<std::string> roles;
    // The texts of each other claim, as they are compared with attributes: of an array those of its
    // elements. A number is its canonical decimal, a boolean true or false.
    std::map<std::string, std::vector<std::string>, std::less<>> claims;
    // What of that can be used; nothing: all of it.
    std::optional<std::vector<Grant>> grants;
    bool is_anonymous = false;  // shows no credential

    bool operator==(const Caller&) const = default;
};

// An admin whose rights nothing narrows.
const std::shared_ptr<const Caller>& everybody();

// Shows no credential, and so has no name, no role and no claims.
const std::shared_ptr<const Caller>& nobody();

}  // namespace freshet::engine
