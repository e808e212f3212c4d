// What Freshet should do, said as simply as can be: for comparing with what it does.
//
// The model keeps every record and every item in memory, judges one record after the other, and
// makes each list anew by looking at all items. It shares the names of types with storage/ and
// nothing else: numbers, order, admission and JSON are worked out here in another way.
//
// Threads: values; one thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/image.h"
#include "storage/record.h"

namespace freshet::support {

struct Value;
using Attributes = std::map<std::string, Value>;

// An attribute value of any type.
struct Value {
    storage::ValueType type = storage::ValueType::string;
    std::string text;                   // of a string, a number or a binary
    bool truth = false;                 // of a boolean
    std::vector<std::string> elements;  // of a set
    std::vector<Value> values;          // of a list
    Attributes attributes;              // of a map

    bool operator==(const Value&) const = default;
};

// A change record as a source sends it.
struct SentRecord {
    std::string table;
    storage::ChangeKind kind = storage::ChangeKind::insert;
    std::string source;  // empty, like the label, where the record has no eventSourceARN
    std::string label;
    std::string sequence;
    Attributes keys;
    std::optional<Attributes> after;
    std::optional<Attributes> before;
    bool imported = false;  // an item of an export: without source, with the number 0
    bool broken = false;    // its sequence number is none, which keeps its batch out
};

// ---- what is declared, as the model knows it and as the configuration says it ----

struct KeyAttribute {
    std::string name;
    storage::ValueType type;
};

struct SortAttribute {
    std::string name;
    bool descending;
};

struct ListDefinition {
    std::string name;
    std::optional<std::string> by;
    bool unfinished_only;  // status is there and is not COMPLETED
    std::vector<SortAttribute> sort;
    bool whole;  // shows every attribute; otherwise `creator` as `who`, and `inner.city`
};

struct TableDefinition {
    std::string name;
    std::vector<KeyAttribute> key;
    std::vector<ListDefinition> lists;
};

const std::vector<TableDefinition>& defined_tables();
const TableDefinition& defined_table(std::string_view name);
std::string configuration();

// ---- values ----

// Whether the integer `a`, a text of digits, is less than `b`.
bool is_lower_sequence(const std::string& a, const std::string& b);

// A text whose order as text is the order of the numbers, and the same for the same number.
std::string sortable_number(const std::string& number);

// The number without an exponent and without zeros that say nothing.
std::string shortest_number(const std::string& number);

// As readers see it.
std::string plain_json(const Value& value);
std::string base64(std::string_view bytes);

// ---- the model ----

// An item's table and key; the same for keys that are written in different ways.
struct ItemName {
    std::string table;
    std::vector<std::string> key;  // texts whose order is the order of the key's parts

    auto operator<=>(const ItemName&) const = default;
};
ItemName name_of(const std::string& table, const Attributes& keys);

// A stream of a source table, as a table's records name it; without a name, both are empty.
struct ModelStream {
    std::string source;
    std::string label;

    bool operator==(const ModelStream&) const = default;
};

// From which streams a table's records came. All are of the first one's source.
struct ModelLineage {
    std::vector<ModelStream> streams;

    // Which stream the record is of, after it has joined if need be; nothing if it is none that the
    // table takes from.
    std::optional<std::size_t> join(const SentRecord& record);
};

struct ModelItem {
    std::size_t stream = 0;                      // of the newest record, in the table's lineage
    std::map<std::size_t, std::string> numbers;  // the last one of each stream
    Attributes keys;                             // of the newest record
    std::optional<Attributes> image;
    bool stale = false;
    bool imported = false;    // nothing but an export has told of it
    std::size_t changed = 0;  // the index in the log of its newest record
};

// Everything that can be read as of one moment.
class Moment {
public:
    [[nodiscard]] const std::map<ItemName, ModelItem>& items() const { return items_; }
    [[nodiscard]] const ModelItem* item(const ItemName& name) const;
    [[nodiscard]] ModelLineage lineage(const std::string& table) const;

    // The list's rows as JSON, in order. `partition` is set where the list has a `by`.
    [[nodiscard]] std::vector<std::string> list(const TableDefinition& table,
                                                const ListDefinition& list,
                                                const std::optional<std::string>& partition) const;
    // Every partition that has a row.
    [[nodiscard]] std::set<std::string> partitions(const TableDefinition& table,
                                                   const ListDefinition& list) const;

    // Takes in a record that has been admitted, the index-th of the log.
    void fold(const SentRecord& record, std::size_t index);

private:
    std::map<ItemName, ModelItem> items_;
    std::map<std::string, ModelLineage> lineages_;  // by table
};

enum class ModelVerdict { appended, duplicate, refused };

struct ModelAnswer {
    struct Outcome {
        ModelVerdict verdict;
        std::size_t record;  // the index in the log: its own, or that of its item's newest record
    };
    bool refused = false;           // whole, or with `partial` from the first wrong record on
    std::vector<Outcome> outcomes;  // of the records that were admitted
};

class Model {
public:
    ModelAnswer append(const std::vector<SentRecord>& batch, bool partial);

    [[nodiscard]] const std::vector<SentRecord>& log() const { return log_; }
    [[nodiscard]] const Moment& now() const { return now_; }

private:
    std::vector<SentRecord> log_;
    Moment now_;
};

}  // namespace freshet::support
