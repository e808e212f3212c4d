// Who may read, watch and write what: every rule of that, in one place.
//
//     access of the configuration  ×  the caller  ×  the attributes that the rule asks for
//
// Any entry of an `access` allows, and all parts of one must hold; the role `admin` always passes.
// Grants narrow what the rules allow, and allow nothing by themselves. What is public is allowed to
// all, also to those who show no credential, and grants do not narrow it: showing a valid
// credential never takes away what is open without one. An attribute is compared by its text, the
// one that names a partition: of a string itself, of a number its canonical decimal, of a boolean
// true or false. What is missing, or of another type, equals nothing; nor does an empty text.
//
// What is admin's alone: whole items, their history and the log of a table, by its name; `/status`,
// `/metrics` and, for revoking, `/tokens`, which no table can be called.
//
// Threads: pure; any.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/access/caller.h"
#include "engine/catalog/catalog.h"
#include "engine/catalog/seen_image.h"
#include "storage/image.h"
#include "storage/result.h"

namespace freshet::engine {

// The texts of the attributes that the parts of an access ask for, one after the other.
using AccessTexts = std::vector<std::optional<std::string>>;

// Asks for each of them.
AccessTexts access_texts(
    const Access& access,
    const std::function<std::optional<storage::ValueView>(const AttributePath&)>& find);

// Whether everybody is allowed, also those who show no credential.
bool is_public(const Access& access);

// What can be said before the attributes are known.
enum class Clearance { never, by_attributes, always };

// Of an item in a view, of a page of a list, and of a group of a total.
Clearance may_read(const Caller& caller, const ItemView& view);
Clearance may_read(const Caller& caller, const ListView& list);
Clearance may_read(const Caller& caller, const TotalView& total);

// Whether the item with this image may be read in the view. Asks for stored attributes first, and
// for a derived one only where all else of its entry holds: those who may not read an item cannot
// make us work for it.
bool may_read(const Caller& caller, const ItemView& view, const SeenImage& image);

// The same, of an item of which only the key is known: `key` has the attributes of the key, and no
// others. An entry that a part of the key contradicts cannot hold, whatever the item is, so those
// for whom no entry is left are refused before the item is read.
Clearance may_read_by_key(const Caller& caller, const ItemView& view, const SeenImage& key);

// Whether the page of this partition, or of the groups that begin so, may be read. `by` names the
// parts: an attribute that is not among the first `parts.size()` of them is not known.
bool may_read(const Caller& caller, const ListView& list, std::span<const AttributePath> by,
              std::span<const std::string> parts);
bool may_read(const Caller& caller, const TotalView& total, std::span<const AttributePath> by,
              std::span<const std::string> parts);

// What of the caller decides what it may read in the view. Two callers of whom that is equal may
// read the same there, whatever item, page or group it is.
std::string reading_rights(const Caller& caller, const ItemView& view);
std::string reading_rights(const Caller& caller, const ListView& list);
std::string reading_rights(const Caller& caller, const TotalView& total);

// Of the events of a rule; by attributes also where it depends on the topic.
Clearance may_watch(const Caller& caller, const EventRule& rule);
// Of its events with that topic.
Clearance may_watch(const Caller& caller, const EventRule& rule, std::string_view topic);
// Whether one event of the rule may be heard: `texts` are those that the rule's access asks for.
bool may_watch(const Caller& caller, const EventRule& rule, std::string_view topic,
               const AccessTexts& texts);

// Whether the item may be written directly. Asked of the image before the write and of the one
// after it, where there are such, so that nobody takes an item from its owner or gives it away.
bool may_write(const Caller& caller, const Table& table, const SeenImage& image);
// What can be said of that before any image is known.
Clearance may_write(const Caller& caller, const Table& table);

// Whether a caller who may write the item may do with it, as it is in the image, what the access is
// of: take a step, or what else a status decides (engine/commands/transition_check.h).
bool may_do(const Caller& caller, const Access& access, const SeenImage& image);

// Whether records of the table may be appended; of any table.
bool may_ingest(const Caller& caller, std::string_view table);
bool may_ingest(const Caller& caller);

// Whether tokens may be made at all.
bool may_vend(const Caller& caller);

// Whether a token for `wanted` may be made: the right to vend is for roles by their names, and
// nobody hands on more than they have. Only an admin speaks for others.
// Fails with forbidden  if it may not; the message says what would be too much.
Result<void> check_vended(const Caller& maker, const Caller& wanted);

// Whether the caller has the role admin; a machine always has. Grants may narrow it.
bool is_admin(const Caller& caller);

// Whether what is admin's alone may be done to what has that name.
bool may_administer(const Caller& caller, std::string_view name);
// The same of every name.
bool may_administer_all(const Caller& caller);

}  // namespace freshet::engine
