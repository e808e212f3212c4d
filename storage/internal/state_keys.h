// The keys of a state: 'i' TABLE NUL KEY for items, 'p' PROJECTION NUL PLACE for rows, 'f' NAME for
// facts, 'c' for the checkpoint.
//
// No name of a table, and no id of a projection, is the beginning of another with a NUL behind it,
// so none runs into what follows it.
#pragma once

#include <string>
#include <string_view>

namespace freshet::storage::internal {

inline constexpr char item_tag = 'i';
inline constexpr char row_tag = 'p';
inline constexpr char fact_tag = 'f';
inline constexpr char checkpoint_tag = 'c';

// Makes `key` the one of that tag and name with the rest.
inline void assign_key(std::string& key, char tag, std::string_view name, std::string_view rest) {
    key.clear();
    key.reserve(name.size() + rest.size() + 2);
    key.push_back(tag);
    key.append(name);
    key.push_back('\0');
    key.append(rest);
}

inline std::string named_key(char tag, std::string_view name, std::string_view rest) {
    std::string key;
    assign_key(key, tag, name, rest);
    return key;
}

inline std::string item_entry(std::string_view table, std::string_view key) {
    return named_key(item_tag, table, key);
}

inline std::string row_entry(std::string_view projection, std::string_view place) {
    return named_key(row_tag, projection, place);
}

inline std::string fact_entry(std::string_view name) {
    return fact_tag + std::string(name);
}

}  // namespace freshet::storage::internal
