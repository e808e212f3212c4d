// What is declared: tables, the views, lists and totals of their items, and the events of their
// changes.
//
// Read once from the configuration (engine/config/config.h), then immutable: any thread may read
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/catalog/derivation.h"
#include "engine/catalog/pattern.h"
#include "engine/catalog/schema.h"
#include "engine/values/attribute_path.h"
#include "engine/values/ordered_bytes.h"
#include "storage/record.h"

namespace freshet::engine {

struct Table;

// One attribute of a table's key; `type` is string, number or binary.
struct KeyPart {
    std::string name;
    storage::ValueType type = storage::ValueType::string;
};

// One member of the JSON that a reader sees.
struct Field {
    std::string name;
    AttributePath path;
};

// The shape in which an item is shown: the fields in order, and with `all` every attribute but
// `hidden` besides.
struct Shape {
    std::vector<Field> fields;
    bool all = false;
    std::vector<std::string> hidden;
};

// What one attribute must equal for a caller to be admitted: a claim of the caller, or a text.
struct AccessPart {
    AttributePath attribute;
    std::string claim;  // its name; empty: `text`
    std::string text;

    bool operator==(const AccessPart&) const = default;
};

// All of it must hold. `owner` is a part: the owner attribute equals the claim `sub`. `signed-in`
// is an entry that asks for a credential and nothing else.
struct AccessEntry {
    std::string role;  // empty if none is asked for
    std::vector<AccessPart> parts;
    bool is_public = false;  // `public`: not even a credential is asked for

    bool operator==(const AccessEntry&) const = default;
};

// Who may read: any entry admits. What that means is in engine/access/grants.h.
using Access = std::vector<AccessEntry>;

// The shape of one item, by its key.
struct ItemView {
    std::string name;
    const Table* table = nullptr;
    Shape shape;
    Access access;
    bool hide = false;              // what may not be read is not there
    std::uint64_t fingerprint = 0;  // of everything its answers depend on
};

struct SortPart {
    AttributePath path;
    Direction direction = Direction::ascending;
};

// An ordered, filtered, partitioned set of items.
struct ListView {
    std::string name;
    const Table* table = nullptr;
    std::vector<AttributePath> by;  // an item without one of these has no row
    std::vector<SortPart> sort;     // ties break by key
    Pattern where;
    Shape shape;
    Access access;
    std::uint64_t fingerprint = 0;  // of everything its rows depend on: table, key, by, sort, where
    std::string rows;               // under which they are stored: name and fingerprint
};

// The name of the list that a table keeps of what is due, by its `expires`. No view can have it.
std::string name_of_due(std::string_view table);

// Of everything that the list's pages depend on: its rows, and the shape in which they are shown.
std::uint64_t page_fingerprint(const ListView& list);

// One of the numbers and values that a total shows.
struct TotalValue {
    enum class Function : std::uint8_t { count, sum, min, max };

    Function function = Function::count;
    AttributePath path;  // none of count

    bool operator==(const TotalValue&) const = default;
};

// `count`, `sum`, `min`, `max`.
std::string_view name_of(TotalValue::Function function);

inline constexpr std::size_t total_values_max = 100;  // of one total

// How many items there are, their sums and extremes: of all, or of each group of them.
struct TotalView {
    std::string name;
    const Table* table = nullptr;
    std::vector<AttributePath> by;  // an item without one of these is in no group
    Pattern where;
    std::vector<TotalValue> values;  // each once
    Access access;
    std::uint64_t fingerprint =
        0;             // of everything its rows depend on: table, key, by, where, values
    std::string rows;  // under which they are stored: name and fingerprint
};

// A topic with a path in place of each attribute's value: `{pk}-status-updated`.
struct TopicTemplate {
    using Part = std::variant<std::string, AttributePath>;

    std::string text;         // as it was written
    std::vector<Part> parts;  // of the text, in order; none where there is no template
};

// What a record means to a watcher. The first rule of a table that matches names the event.
struct EventRule {
    std::string type;
    TopicTemplate topic;  // without parts: the type
    std::optional<storage::ChangeKind> on;
    std::vector<AttributePath> changed;  // any of these differs between before and after
    Pattern where;                       // on the after-image; on the before-image of a REMOVE
    std::vector<Field> data;             // a path may begin with `before.`
    Access access;
};

// A step that the status of an item may take (engine/commands/transition_check.h). The field is an
// attribute of the item itself.
struct Transition {
    std::string field;
    std::vector<std::string> from;  // none: a new item may begin with it
    std::string to;
    Access access;
    Pattern where;         // on the item as it would be
    bool touches = false;  // a status that is written again as it is makes a record, too
};

// What may be changed only while a status is one of these, and by whom of those who may write the
// item; nothing: by them all.
struct Editable {
    std::string field;
    std::vector<std::string> in;
    std::vector<std::string> attributes;  // of the item itself
    std::optional<Access> access = std::nullopt;
};

// When an item may be removed, and by whom of those who may write it; nothing: by them all.
struct Removable {
    std::string field;
    std::vector<std::string> in;
    std::optional<Access> access = std::nullopt;
};

struct Table {
    std::string name;
    std::vector<KeyPart> key;  // one part or two
    std::optional<AttributePath> owner;
    // Whether applications write its items here (engine/commands/). Otherwise they come as records
    // of a stream. It takes one or the other.
    bool is_direct = false;
    bool demands_precondition = false;  // a direct write says which state it is meant for
    std::optional<Schema> schema;       // of what is written directly, as the three below
    std::vector<Transition> transitions;
    std::vector<Editable> editable;
    std::vector<Removable> removable;  // none: whenever it may be written
    Access write;                      // who may write items directly
    std::string from;                  // the source table's name; its own name if it is direct
    Pattern where;                     // on key attributes only
    // Sorted by name, and each is there once.
    std::vector<Derivation> derive;
    std::vector<ItemView> views;
    std::vector<ListView> lists;
    std::vector<TotalView> totals;
    std::vector<EventRule> events;
    // The attribute of an item that says when its time is over, as DynamoDB's TTL
    // (engine/expiring/); nothing: none is ever over.
    std::optional<std::string> expires = std::nullopt;
    // What is due, and will be, in the order of its time. Nobody asks for it but the server.
    std::optional<ListView> due = std::nullopt;

    // Whether an item whose time is over is kept and not shown: it is for its source to remove it.
    [[nodiscard]] bool hides_expired() const { return expires && !is_direct; }
};

class Catalog;

// Reads the text of a configuration; null if it is not one that this release takes.
using ParseCatalog = std::shared_ptr<const Catalog> (*)(std::string_view text);

class Catalog {
public:
    // Takes the tables in the order of the file and points their views at them. `text` is the
    // configuration that declares them, and `parse` reads others of its kind.
    explicit Catalog(std::vector<std::unique_ptr<Table>> tables, std::string text = {},
                     ParseCatalog parse = nullptr);

    // What this catalog was read from; empty if it was made otherwise.
    [[nodiscard]] const std::string& text() const { return text_; }

    // The catalog that an earlier configuration declares, by its text; null if it cannot be read.
    [[nodiscard]] std::shared_ptr<const Catalog> earlier(std::string_view text) const {
        return parse_ == nullptr ? nullptr : parse_(text);
    }

    [[nodiscard]] const std::vector<std::unique_ptr<Table>>& tables() const { return tables_; }

    [[nodiscard]] const Table* table(std::string_view name) const;  // null if there is none

    // The item view, list or total of that name; monostate if there is none.
    using View = std::variant<std::monostate, const ItemView*, const ListView*, const TotalView*>;
    [[nodiscard]] View view(std::string_view name) const;

    // Whether these are the rows of what is due of some table.
    [[nodiscard]] bool has_due(std::string_view rows) const;

    // Whether any table takes from the source table of that name.
    [[nodiscard]] bool knows_source(std::string_view source) const;
    // The first table in the file that takes from `source` and whose `where` the keys match: one
    // that is written directly only if there is no other. Null if none does.
    [[nodiscard]] const Table* route(std::string_view source, storage::ImageView keys) const;

private:
    std::vector<std::unique_ptr<Table>> tables_;
    std::map<std::string, const Table*, std::less<>> tables_by_name_;
    std::map<std::string, View, std::less<>> views_by_name_;
    std::string text_;
    ParseCatalog parse_;
};

}  // namespace freshet::engine
