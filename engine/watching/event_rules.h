// What a change means to those who watch: a record and its table's rules to an event.
//
//     rules of [[table.event]], in their order  ->  the first that matches names the event
//
// Pure: an event depends on its record and the rules and on nothing else, so it is the same event
// however often and whenever the log is followed. Callable from any thread.
//
// Which image a rule reads
//   - `where`, and every path but those below: the image after; of a REMOVE the one before.
//   - A path of two names or more that begins with `before`: the image before.
//   - `changed`: both. What is missing in one of them, or in an image that is not there, differs
//     from what is present in the other.
//   - Without the image that it would read (the source sends keys alone, or old images), a rule
//     with `changed` or `where` does not match, and fields and topics see the key attributes.
#pragma once

#include <optional>
#include <string>

#include "engine/access/grants.h"
#include "engine/catalog/catalog.h"
#include "storage/record.h"

namespace freshet::engine {

struct Event {
    const EventRule* rule = nullptr;
    std::string topic;         // the rule's template filled in; its type where it has none
    AccessTexts access_texts;  // that the rule's access asks for: of the image after, or before
};

// The event that `record`, one of `table`, is; nothing if no rule matches, or if those who watch
// are not told of the record (storage::Record::is_told). Borrows the rule.
//
// In a topic a string stands as it is, a number as its canonical decimal, a binary in base64url as
// in a key, anything else as plain JSON, and nothing in place of what is missing.
std::optional<Event> event_of(const Table& table, const storage::Record& record);

// What those who hear the event of that rule are sent: a JSON object on one line, of the fields
// whose attributes are there. It is no part of the event, because it can be work, and those who may
// not hear an event, or did not ask for it, must not cause any.
std::string event_data(const EventRule& rule, const Table& table, const storage::Record& record);

}  // namespace freshet::engine
