// A direct write: what a client asks to be made of one item of a table that applications write, and
// what became of it.
//
//     a request  ->  Command  ->  rule() on the item as it is  ->  CommandDone or CommandRefusal
//
// A command is ruled on by the sequencer, between the group's records before it and those after, so
// nothing passes between the check and the write.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/access/caller.h"
#include "engine/catalog/catalog.h"
#include "engine/commands/item_name.h"
#include "engine/commands/item_update.h"
#include "engine/text/fault.h"
#include "storage/image.h"
#include "storage/position.h"

namespace freshet::engine {

enum class CommandKind : std::uint8_t {
    put,     // the item is to be this document
    merge,   // this document is merged into the item (RFC 7396)
    update,  // the item, made if it is not there, is changed so
    remove,
    expire,  // removed by the server, since its time is over: nothing else is asked
    check    // nothing is written: whether the precondition holds decides about those beside it
};

// In which state the client expects the item (RFC 9110, section 13), and what it is to be like. A
// state is named by the position of the item's newest record.
struct Precondition {
    bool must_exist = false;                              // If-Match: *
    bool must_be_absent = false;                          // If-None-Match: *
    std::optional<std::vector<storage::Position>> match;  // If-Match: it is in one of these
    std::vector<storage::Position> none_match;            // If-None-Match: it is in none of these
    // `if`: the item matches it, with what is derived of it. One that is not there has no
    // attributes.
    std::optional<Pattern> condition = std::nullopt;

    // Whether it names a state of the item.
    [[nodiscard]] bool names_state() const {
        return must_exist || must_be_absent || match || !none_match.empty();
    }
};

struct Command {
    const Table* table = nullptr;  // of the engine's catalog
    ItemName item;
    CommandKind kind = CommandKind::put;
    std::optional<storage::Image> document = std::nullopt;  // of put and merge
    std::optional<ItemUpdate> update = std::nullopt;        // of update
    Precondition precondition = {};
    std::shared_ptr<const Caller> caller = everybody();
};

enum class CommandEffect : std::uint8_t { created, changed, removed, unchanged };

// A command that was carried out.
struct CommandDone {
    CommandEffect effect = CommandEffect::unchanged;
    // The item's newest record: the one that was made, or the one before where nothing changed; 0
    // if the item never was.
    storage::Position newest;
    // Of a write that was carried out before under the same name: its item, whose key may have been
    // made then. The rest is what the first one was answered.
    std::optional<ItemName> replayed = std::nullopt;
};

enum class RefusalKind : std::uint8_t {
    forbidden,     // the caller may not write the item as it is, or as it would be
    absent,        // there is no item to merge into
    precondition,  // the item is not in the state that the client expects
    conflict,      // the table does not take it as things are
    invalid,       // the document, or what it would make of the item; the faults say what
    other_payload  // the name was given to another write before
};

struct StatusConflict {
    std::string field;
    std::optional<std::string> current;  // nothing: the item has none yet
    std::vector<std::string> reachable;
};

// Why a command was not carried out.
struct CommandRefusal {
    RefusalKind kind = RefusalKind::conflict;
    std::string detail;
    std::vector<Fault> faults = {};  // of invalid: pointers into the document
    // The item's newest record, by which the client can tell what it missed; 0 if it never was, or
    // the caller may not know.
    storage::Position newest = {};
    // Of a conflict with a status (engine/commands/transition_check.h): where the item stands, and
    // where the caller may take it.
    std::optional<StatusConflict> status = std::nullopt;
};

}  // namespace freshet::engine
