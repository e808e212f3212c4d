#include "engine/records/transaction_body.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "engine/records/body_faults.h"
#include "engine/records/item_body.h"
#include "engine/records/item_reader.h"
#include "engine/records/pattern_json.h"
#include "engine/text/json.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {
namespace {

using storage::Image;

struct Verb {
    std::string_view word;
    CommandKind kind;
    std::string_view document;  // the member that has it; empty: it has none
};
constexpr std::array<Verb, 5> verbs = {{{"put", CommandKind::put, "item"},
                                        {"patch", CommandKind::merge, "changes"},
                                        {"update", CommandKind::update, {}},
                                        {"delete", CommandKind::remove, {}},
                                        {"check", CommandKind::check, {}}}};

const Verb& verb_of(CommandKind kind) {
    return *std::find_if(verbs.begin(), verbs.end(),
                         [kind](const Verb& verb) { return verb.kind == kind; });
}

// Compact, with the members of each object in the order of their names.
void append_canonical(std::string& out, const JsonNode& node) {
    const bool is_array = node.is(JsonType::array);
    if (!is_array && !node.is(JsonType::object)) return append_json(out, node);
    std::vector<const JsonNode*> inner;
    for (const JsonNode& one : node) inner.push_back(&one);
    if (!is_array) {
        std::stable_sort(inner.begin(), inner.end(), [](const JsonNode* a, const JsonNode* b) {
            return a->name() < b->name();
        });
    }
    out += is_array ? '[' : '{';
    for (const JsonNode* one : inner) {
        if (one != inner.front()) out += ',';
        if (!is_array) {
            append_json_string(out, one->name());
            out += ':';
        }
        append_canonical(out, *one);
    }
    out += is_array ? ']' : '}';
}

// What a write has, as far as it was read.
struct WriteParts {
    const Table* table = nullptr;
    std::optional<ItemName> name;
    std::optional<Image> document;
    std::optional<ItemUpdate> update;
    Precondition precondition;
};

// Reads one write.
class WriteReader {
public:
    WriteReader(const Catalog& catalog, Faults& faults, ItemForm form,
                const TransactionHelpers& helpers)
        : catalog_(catalog), faults_(faults), form_(form), helpers_(helpers) {}

    // `node` is the object behind the verb, at that place. Nothing if there is a fault in it.
    std::optional<Command> read(const Verb& verb, const JsonNode& node, const Place& place) {
        const std::size_t before = faults_.count();
        if (!node.is(JsonType::object)) {
            faults_.add(place, found(node) + ", expected an object with table and key");
            return std::nullopt;
        }
        WriteParts parts;
        parts.table = table_of(node, place);
        if (parts.table == nullptr) return std::nullopt;
        for (const JsonNode& member : node) {
            const Place at(place, member.name());
            if (node.find(member.name()) != &member) {
                faults_.add(at, "is there twice");
            } else if (member.name() == "key") {
                parts.name = key_of(*parts.table, member, at);
            } else if (!verb.document.empty() && member.name() == verb.document) {
                parts.document = ItemReader(faults_, form_).document(member, at);
            } else if (!is_read(verb, member, at, place, parts)) {
                faults_.add(at, "is not known, " + expected_name(member.name(), known(verb)));
            }
        }
        check_parts(verb, node, place, parts);
        if (faults_.count() > before) return std::nullopt;
        if (!parts.name) parts.name = name_in(parts, place);
        if (parts.name && parts.document) take_document(verb, parts, place);
        if (faults_.count() > before) return std::nullopt;
        return Command{.table = parts.table,
                       .item = *std::move(parts.name),
                       .kind = verb.kind,
                       .document = std::move(parts.document),
                       .update = std::move(parts.update),
                       .precondition = std::move(parts.precondition)};
    }

    // The table of the last write, if it is not the caller's to write.
    [[nodiscard]] const Table* forbidden() const { return forbidden_; }

private:
    static std::vector<std::string_view> known(const Verb& verb) {
        std::vector<std::string_view> names = {"table", "key"};
        if (!verb.document.empty()) names.push_back(verb.document);
        if (verb.kind == CommandKind::update) {
            names.insert(names.end(), {update_add, update_set, update_delete});
        }
        names.insert(names.end(), {"if", "ifMatch", "ifNoneMatch"});
        return names;
    }

    // Null, and noted, if there is none that can be written directly.
    const Table* table_of(const JsonNode& node, const Place& place) {
        const JsonNode* name = node.find("table");
        if (name == nullptr || !name->is(JsonType::string)) {
            faults_.add(name == nullptr ? place : Place(place, "table"),
                        name == nullptr ? "has no table, expected one"
                                        : found(*name) + ", expected the name of a table");
            return nullptr;
        }
        const Table* table = catalog_.table(name->text());
        if (table == nullptr) {
            faults_.add(Place(place, "table"), "is no table of this server");
        } else if (table->is_direct && !helpers_.may_write(*table)) {
            forbidden_ = table;
            return nullptr;
        } else if (!table->is_direct) {
            faults_.add(Place(place, "table"),
                        "takes the records of a stream, expected a table with source = "
                        "\"direct\" in its declaration");
            return nullptr;
        }
        return table;
    }

    std::optional<ItemName> key_of(const Table& table, const JsonNode& node, const Place& place) {
        const auto keys = node.is(JsonType::object)
                              ? ItemReader(faults_, form_of_key(node)).document(node, place)
                              : parts_of_key(table, node, place);
        if (!keys) return std::nullopt;
        if (keys->view().size() != table.key.size()) {
            faults_.add(place, "has " + std::to_string(keys->view().size()) +
                                   " parts, expected the " + std::to_string(table.key.size()) +
                                   " of table " + table.name);
            return std::nullopt;
        }
        for (const KeyPart& part : table.key) {
            if (keys->view().find(part.name)) continue;
            faults_.add(place, "lacks " + part.name + ", which is a part of the key");
            return std::nullopt;
        }
        // Nothing is missing that would be made.
        auto named = item_named_in(table, keys->view(), [] { return std::string(); });
        if (named) return std::move(named->name);
        for (const Fault& fault : named.error()) faults_.add(place, fault.detail, fault.pointer);
        return std::nullopt;
    }

    // A key is also taken as answers show it, which is plain JSON in either form.
    [[nodiscard]] ItemForm form_of_key(const JsonNode& node) const {
        for (const JsonNode& part : node) {
            if (part.is(JsonType::object)) return form_;
        }
        return ItemForm::plain;
    }

    // Of an array with a value for each part, or of the value of the only one. Nothing, and noted,
    // if one of them is no string or number.
    std::optional<Image> parts_of_key(const Table& table, const JsonNode& node,
                                      const Place& place) {
        std::vector<const JsonNode*> texts;
        if (node.is(JsonType::array)) {
            for (const JsonNode& part : node) texts.push_back(&part);
        } else {
            texts.push_back(&node);
        }
        storage::ImageBuilder builder;
        std::map<std::string_view, storage::ImageBuilder::Value> values;  // in the order of names
        for (std::size_t i = 0; i < texts.size() && i < table.key.size(); ++i) {
            const bool is_number = texts[i]->is(JsonType::number);
            if (!is_number && !texts[i]->is(JsonType::string)) {
                faults_.add(place, found(*texts[i]) + ", expected a string or a number");
                return std::nullopt;
            }
            const std::string& name = table.key[i].name;
            values.emplace(name, builder.scalar(is_number ? storage::ValueType::number
                                                          : storage::ValueType::string,
                                                name, texts[i]->text()));
        }
        if (texts.size() != table.key.size()) {
            faults_.add(place, "has " + std::to_string(texts.size()) + " parts, expected the " +
                                   std::to_string(table.key.size()) + " of table " + table.name);
            return std::nullopt;
        }
        std::vector<storage::ImageBuilder::Value> sorted;
        sorted.reserve(values.size());
        for (const auto& [name, value] : values) sorted.push_back(value);
        return builder.finish(sorted);
    }

    bool is_read(const Verb& verb, const JsonNode& member, const Place& at, const Place& place,
                 WriteParts& parts) {
        if (member.name() == "table") return true;
        if (member.name() == "if") {
            parts.precondition.condition = read_pattern(member, "if", faults_, at);
            return true;
        }
        if (member.name() == "ifMatch" || member.name() == "ifNoneMatch") {
            const bool is_match = member.name() == "ifMatch";
            if (!member.is(JsonType::string) ||
                !helpers_.take_tags(parts.precondition, is_match, member.text())) {
                faults_.add(at, "is no ETag, such as \"\\\"17-a8f0\\\"\", and not \"*\"");
            }
            return true;
        }
        if (verb.kind != CommandKind::update) return false;
        if (!parts.update) parts.update.emplace();
        return ItemReader(faults_, form_).update_part(*parts.table, member, place, *parts.update);
    }

    // What the verb asks for.
    void check_parts(const Verb& verb, const JsonNode& node, const Place& place,
                     const WriteParts& parts) {
        if (!verb.document.empty() && node.find(verb.document) == nullptr) {
            faults_.add(place, "has no " + std::string(verb.document) + ", expected one");
        }
        if (verb.kind != CommandKind::put && node.find("key") == nullptr) {
            faults_.add(place, "has no key, expected that of an item");
        }
        if (verb.kind == CommandKind::update) check_update(place, parts);
        const bool asks = parts.precondition.names_state() || node.find("if") != nullptr;
        if (verb.kind == CommandKind::check && !asks) {
            faults_.add(place, "has nothing to check, expected if, ifMatch or ifNoneMatch");
        }
    }

    void check_update(const Place& place, const WriteParts& parts) {
        if (!parts.update) {
            return faults_.add(place, "has nothing to do, expected add, set or delete");
        }
        for (const Fault& fault : faults_of(*parts.update)) {
            faults_.add(place, fault.detail, fault.pointer);
        }
    }

    // Of a put, by its item.
    std::optional<ItemName> name_in(WriteParts& parts, const Place& place) {
        auto named = item_named_in(*parts.table, parts.document->view(), helpers_.make_key);
        if (!named) {
            for (const Fault& fault : named.error()) {
                faults_.add(Place(place, "item"), fault.detail, fault.pointer);
            }
            return std::nullopt;
        }
        if (named->is_made) parts.precondition.must_be_absent = true;
        return std::move(named->name);
    }

    // With the key that the write names.
    void take_document(const Verb& verb, WriteParts& parts, const Place& place) {
        const auto read = verb.kind == CommandKind::put ? document_of : patch_of;
        auto document = read(*parts.table, parts.name->keys.view(), parts.document->view());
        if (document) {
            parts.document = *std::move(document);
            return;
        }
        const Place at(place, verb.document);
        for (const Fault& fault : document.error()) faults_.add(at, fault.detail, fault.pointer);
    }

    const Catalog& catalog_;
    Faults& faults_;
    ItemForm form_;
    const TransactionHelpers& helpers_;
    const Table* forbidden_ = nullptr;
};

class TransactionReader {
public:
    TransactionReader(const Catalog& catalog, Faults& faults, ItemForm form,
                      const TransactionHelpers& helpers)
        : faults_(faults), reader_(catalog, faults, form, helpers) {}

    void read(const JsonNode& root, Transaction& transaction) {
        const JsonNode* writes = root.find("writes");
        for (const JsonNode& member : root) {
            if (root.is(JsonType::object) && &member != writes) {
                faults_.add(Place(top_, member.name()), "is not known, expected writes, once");
            }
        }
        if (writes == nullptr || !writes->is(JsonType::array)) {
            faults_.add(top_,
                        "has no writes, expected an array of them: "
                        "{\"writes\":[{\"put\":{…}}]}");
            return;
        }
        const Place place(top_, "writes");
        if (writes->size() == 0 || writes->size() > transaction_writes_max) {
            return faults_.add(place, "has " + std::to_string(writes->size()) +
                                          " writes, expected 1 to " +
                                          std::to_string(transaction_writes_max));
        }
        std::size_t index = 0;
        for (const JsonNode& write : *writes) {
            auto command = read_write(write, Place(place, index), index);
            if (const Table* table = reader_.forbidden()) {
                transaction.forbidden = {.index = index, .table = table};
                return;
            }
            if (command) transaction.commands.push_back(*std::move(command));
            ++index;
        }
    }

private:
    std::optional<Command> read_write(const JsonNode& write, const Place& place,
                                      std::size_t index) {
        const bool is_one = write.is(JsonType::object) && write.size() == 1;
        const Verb* verb = nullptr;
        for (const Verb& one : verbs) {
            if (is_one && write.find(one.word) != nullptr) verb = &one;
        }
        if (verb == nullptr) {
            faults_.add(place,
                        "is no write, expected an object with put, patch, update, delete or "
                        "check, and nothing else");
            return std::nullopt;
        }
        auto command = reader_.read(*verb, *write.find(verb->word), Place(place, verb->word));
        if (!command) return std::nullopt;
        const auto [first, is_new] =
            items_.emplace(std::pair(command->table, command->item.key), index);
        if (is_new) return command;
        faults_.add(place, "is of the same item as /writes/" + std::to_string(first->second) +
                               ", expected one write of each item");
        return std::nullopt;
    }

    Faults& faults_;
    WriteReader reader_;
    std::map<std::pair<const Table*, std::string>, std::size_t> items_;  // and which write has it
    const Place top_;
};

}  // namespace

std::string document_pointer(std::size_t index, CommandKind kind) {
    const Verb& verb = verb_of(kind);
    std::string pointer = "/writes/" + std::to_string(index) + '/' + std::string(verb.word);
    if (!verb.document.empty()) pointer.append("/").append(verb.document);
    return pointer;
}

Result<TransactionOr> read_transaction(const Catalog& catalog, std::string body, ItemForm form,
                                       const TransactionHelpers& helpers) {
    const auto parsed = JsonDocument::parse(std::move(body));
    if (!parsed) return fail(parsed.error());
    Faults faults;
    Transaction transaction;
    TransactionReader(catalog, faults, form, helpers).read(parsed->root(), transaction);
    if (transaction.forbidden) {
        transaction.commands.clear();
        return TransactionOr(std::move(transaction));
    }
    if (faults.count() > 0) return TransactionOr(tl::unexpected(std::move(faults).take()));
    transaction.text = form == ItemForm::typed ? "typed\n" : "plain\n";
    append_canonical(transaction.text, parsed->root());
    return TransactionOr(std::move(transaction));
}

}  // namespace freshet::engine
