// The body of a direct write: an item, or a patch of one, as plain JSON or as DynamoDB's.
//
//     {"status":"NEW","total":7.50}                     plain: digits stay as they are
//     {"status":{"S":"NEW"},"tags":{"SS":["a","b"]}}    typed: also what plain JSON cannot say
//
// The key of the item comes with the path, so the body may leave its attributes out. Where it has
// them they must be the same.
//
// Threads: pure.
#pragma once

#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/commands/item_name.h"
#include "engine/commands/item_update.h"
#include "engine/text/fault.h"
#include "engine/values/item_form.h"
#include "storage/image.h"
#include "storage/result.h"

namespace freshet::engine {

using DocumentOr = tl::expected<storage::Image, std::vector<Fault>>;
using UpdateOr = tl::expected<ItemUpdate, std::vector<Fault>>;

// Reads the document; or each fault of it, with its pointer.
// Fails with malformed  if the body is not JSON.
Result<DocumentOr> read_document(std::string body, ItemForm form);

// The document of the item of that key: with the key's attributes as `keys` has them. A fault for
// each attribute of the key that the document gives another value.
DocumentOr document_of(const Table& table, storage::ImageView keys, storage::ImageView document);

// The same of a patch: without the key's attributes, which cannot change.
DocumentOr patch_of(const Table& table, storage::ImageView keys, storage::ImageView patch);

// The body of an update (engine/commands/item_update.h): an object whose members are in that form.
// A fault also for each attribute of the key.
// Fails with malformed  if the body is not JSON.
Result<UpdateOr> read_update(const Table& table, std::string body, ItemForm form);

struct NamedItem {
    ItemName name;
    bool is_made = false;  // whether a part of its key was missing
};

// The name of the item as the document has its key, where an attribute of it that is missing, a
// string, is what `make` says. A fault for each other that is missing or wrong.
tl::expected<NamedItem, std::vector<Fault>> item_named_in(const Table& table,
                                                          storage::ImageView document,
                                                          const std::function<std::string()>& make);

// The same of an item that is new, with a fault if no attribute is missing.
tl::expected<ItemName, std::vector<Fault>> item_made(const Table& table,
                                                     storage::ImageView document,
                                                     const std::function<std::string()>& make);

}  // namespace freshet::engine
