// Entity tags: what an answer's content is called, so that a reader need not fetch it again. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/values/item_form.h"
#include "http/messages/request.h"
#include "storage/position.h"

namespace freshet::http {

// Of one item in one shape: `"1042-9f3c…"`.
std::string item_tag(storage::Position changed, std::uint64_t fingerprint);

// Of whatever these bytes are.
std::string content_tag(std::string_view body);

// Which state of an item a tag names, by whichever view it came; nothing if it is no tag of ours. A
// proxy that packs its copy may have marked it as weak, or with the coding: the state is the same.
std::optional<storage::Position> state_named_by(std::string_view tag);

// The fingerprint of the shape that shows a table's whole items in this form.
std::uint64_t table_fingerprint(std::string_view table,
                                engine::ItemForm form = engine::ItemForm::plain);

// Whether an If-None-Match of the request names `tag` or anything (`*`). Tags are compared weakly,
// and so that one matches which a proxy has marked with the coding of its copy:
// `"1042-9f3c…-gzip"`.
bool none_match_fails(const Request& request, std::string_view tag);

}  // namespace freshet::http
