// The words of DynamoDB's JSON that stand for values of ours: type tags and event names.
//
//     image_reader.cc, record_reader.cc  ->  key_of()    a word to what it means
//     typed_json.cc, dynamodb_json.cc    ->  name_in()   and back
//
// Constants and pure functions, usable from any thread.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "storage/image.h"
#include "storage/record.h"

namespace freshet::engine {

inline constexpr std::array<std::pair<storage::ValueType, std::string_view>, 10> type_tags{{
    {storage::ValueType::string, "S"},
    {storage::ValueType::number, "N"},
    {storage::ValueType::binary, "B"},
    {storage::ValueType::boolean, "BOOL"},
    {storage::ValueType::null, "NULL"},
    {storage::ValueType::string_set, "SS"},
    {storage::ValueType::number_set, "NS"},
    {storage::ValueType::binary_set, "BS"},
    {storage::ValueType::list, "L"},
    {storage::ValueType::map, "M"},
}};
inline constexpr std::string_view known_tags = "S, N, B, BOOL, NULL, SS, NS, BS, L, M";

inline constexpr std::array<std::pair<storage::ChangeKind, std::string_view>, 3> event_names{{
    {storage::ChangeKind::insert, "INSERT"},
    {storage::ChangeKind::modify, "MODIFY"},
    {storage::ChangeKind::remove, "REMOVE"},
}};

// What `text` stands for; nothing if it is none of the names.
template <class Names>
auto key_of(const Names& names, std::string_view text) {
    using Key = decltype(names[0].first);
    for (const auto& [key, name] : names) {
        if (name == text) return std::optional<std::remove_cvref_t<Key>>(key);
    }
    return std::optional<std::remove_cvref_t<Key>>();
}

// The name of `key`; empty if it has none.
template <class Names, class Key>
std::string_view name_in(const Names& names, Key key) {
    for (const auto& [candidate, name] : names) {
        if (candidate == key) return name;
    }
    return {};
}

}  // namespace freshet::engine
