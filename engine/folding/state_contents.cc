#include "engine/folding/state_contents.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "engine/folding/lineage.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::StateBatch;
using storage::StateSnapshot;

constexpr std::string_view table_fact = "table/";
constexpr std::string_view skipped_fact = "skipped/";
constexpr std::string_view rows_fact = "rows/";
constexpr std::string_view building_fact = "building/";
constexpr std::string_view walk_fact = "walk/";
constexpr std::string_view configuration_fact = "configuration/";
constexpr std::string_view lineage_fact = "lineage/";

std::string named(std::string_view kind, std::string_view name) {
    return std::string(kind) + std::string(name);
}

std::string hash_text(std::string_view text) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                   XXH3_64bits(text.data(), text.size()), 16);
    return std::string(digits.data(), end.ptr);
}

std::string key_text(const Table& table) {
    std::string text;
    for (const KeyPart& part : table.key) {
        text += std::to_string(static_cast<int>(part.type)) + part.name + '\0';
    }
    return text;
}

// What key_text() has made, as a configuration has it: `["pk", "sk number"]`.
std::string readable(std::string_view key_text) {
    std::string text = "[";
    while (!key_text.empty()) {
        const auto type = static_cast<storage::ValueType>(key_text.front() - '0');
        // Damaged bytes may lack the NUL; they are shown as far as they go.
        const std::size_t end = std::min(key_text.find('\0'), key_text.size());
        if (text.size() > 1) text += ", ";
        text += '"' + std::string(key_text.substr(1, end - 1));
        if (type == storage::ValueType::number) text += " number";
        if (type == storage::ValueType::binary) text += " binary";
        text += '"';
        key_text.remove_prefix(std::min(end + 1, key_text.size()));
    }
    return text + "]";
}

Result<bool> has_items(const StateSnapshot& state, const std::string& table) {
    bool found = false;
    const auto read = state.items(table, "", [&](std::string_view, const storage::Item&) {
        found = true;
        return Result<bool>(false);
    });
    if (!read) return fail(read.error());
    return found;
}

// The facts of one kind, by what stands behind the kind's name.
using Facts = std::map<std::string, std::string, std::less<>>;

Result<Facts> read_facts(const StateSnapshot& state, std::string_view kind) {
    Facts facts;
    const auto read = state.facts(kind, [&](std::string_view name, std::string_view bytes) {
        facts.emplace(name.substr(kind.size()), bytes);
    });
    if (!read) return fail(read.error());
    return facts;
}

// Calls `take` with every list and total of the table, with that of what is due.
template <class Take>
void for_each_projection(const Table& table, Take take) {
    for (const ListView& list : table.lists) take(list);
    if (table.due) take(*table.due);
    for (const TotalView& total : table.totals) take(total);
}

void take_into(TableRows& rows, const ListView& list) {
    rows.lists.push_back(&list);
}

void take_into(TableRows& rows, const TotalView& total) {
    rows.totals.push_back(&total);
}

// Calls `take` with every list and total among the rows.
template <class Take>
void for_each_projection(const TableRows& rows, Take take) {
    for (const ListView* list : rows.lists) take(*list);
    for (const TotalView* total : rows.totals) take(*total);
}

std::set<std::string> ids_of(const TableRows& rows) {
    std::set<std::string> ids;
    for_each_projection(rows, [&](const auto& projection) { ids.insert(projection.rows); });
    return ids;
}

// One comparison of a state with a catalog.
class TakeOver {
public:
    TakeOver(const Catalog& catalog, const StateSnapshot& state, StateBatch& batch)
        : catalog_(catalog), state_(state), batch_(batch), present_(hash_text(catalog.text())) {}

    Result<std::optional<StateContents>> run() {
        if (const auto read = read_all(); !read) return fail(read.error());
        const auto fits = take_tables();
        if (!fits) return fail(fits.error());
        if (!*fits) return std::optional<StateContents>();
        if (const auto taken = take_projections(); !taken) return fail(taken.error());
        keep_earlier();
        begin_walks();
        keep_texts();
        return std::optional(
            StateContents{.whole = std::make_shared<const ProjectionSet>(std::move(whole_)),
                          .walks = std::move(walks_)});
    }

private:
    Result<void> read_all() {
        for (const auto& [facts, kind] :
             {std::pair(&tables_, table_fact), std::pair(&skipped_, skipped_fact),
              std::pair(&rows_, rows_fact), std::pair(&building_, building_fact),
              std::pair(&cursors_, walk_fact), std::pair(&texts_, configuration_fact),
              std::pair(&lineages_, lineage_fact)}) {
            auto read = read_facts(state_, kind);
            if (!read) return fail(read.error());
            *facts = *std::move(read);
        }
        return {};
    }

    // Returns false if the log has to be folded anew.
    Result<bool> take_tables() {
        for (const auto& [name, key] : tables_) {
            const Table* table = catalog_.table(name);
            if (table != nullptr && key_text(*table) == key) continue;
            const auto used = has_items(state_, name);
            if (!used) return fail(used.error());
            if (table != nullptr && *used) {
                return fail(Errc::refused,
                            "table " + name + " is declared with the key " +
                                readable(key_text(*table)) + ", and its items came with " +
                                readable(key) +
                                " (the key of a table with records cannot be changed: declare "
                                "it as it was, or a table of another name)");
            }
            if (table != nullptr) continue;
            if (*used || lineages_.contains(name)) note_skipped(name, batch_);
            batch_.erase_items(name);
            batch_.erase_fact(Lineage::fact_of(name));
            batch_.erase_fact(named(table_fact, name));
        }
        for (const auto& table : catalog_.tables()) {
            if (skipped_.contains(table->name)) return false;
            batch_.put_fact(named(table_fact, table->name), key_text(*table));
        }
        return true;
    }

    // Sorts what is declared into what is whole and what is to be built.
    Result<void> take_projections() {
        for (const auto& table : catalog_.tables()) {
            const auto used = has_items(state_, table->name);
            if (!used) return fail(used.error());
            TableRows missing{.table = table.get(), .lists = {}};
            for_each_projection(*table, [&](const auto& projection) {
                if (*used && !rows_.contains(projection.rows)) {
                    take_into(missing, projection);
                    return;
                }
                whole_.add(projection);
                batch_.put_fact(named(rows_fact, projection.rows), present_);
                declared_.insert(projection.rows);
            });
            if (!missing.empty()) missing_.emplace(table->name, std::move(missing));
        }
        return {};
    }

    // Rows that are declared no more serve until what takes their place is built, or go.
    void keep_earlier() {
        for (const auto& [id, hash] : rows_) {
            if (declared_.contains(id)) continue;
            if (keep(id, hash)) {
                used_texts_.insert(hash);
                continue;
            }
            batch_.erase_rows(id);
            batch_.erase_fact(named(rows_fact, id));
        }
    }

    bool keep(const std::string& id, const std::string& hash) {
        const auto text = texts_.find(hash);
        if (text == texts_.end()) return false;
        for (const auto& [name, rows] : missing_) {
            bool kept = false;
            for_each_projection(rows, [&](const auto& projection) {
                kept = kept || keep_for(projection, id, text->second);
            });
            if (kept) return true;
        }
        return false;
    }

    // Whether `id` is an earlier definition of the projection that can be read still.
    template <class Projection>
    bool keep_for(const Projection& present, const std::string& id, const std::string& text) {
        if (id.compare(0, present.name.size() + 1, present.name + '\0') != 0) return false;
        const auto earlier = catalog_.earlier(text);
        if (!earlier) return false;  // an earlier release took it, this one does not
        const Catalog::View view = earlier->view(present.name);
        const auto* found = std::get_if<const Projection*>(&view);
        if (found == nullptr || (*found)->rows != id) return false;
        if ((*found)->table->name != present.table->name) return false;
        whole_.keep(earlier);
        whole_.add(**found);
        return true;
    }

    void begin_walks() {
        std::map<std::string, std::set<std::string>> begun;  // by table
        for (const auto& [id, table] : building_) begun[table].insert(id);

        for (auto& [name, rows] : missing_) {
            const std::set<std::string> wanted = ids_of(rows);
            const bool goes_on = begun.contains(name) && begun.at(name) == wanted;
            if (!goes_on) begin_walk(name, wanted, begun[name]);
            const auto cursor = cursors_.find(name);
            walks_.emplace_back(std::move(rows), goes_on && cursor != cursors_.end()
                                                     ? cursor->second
                                                     : std::string());
            begun.erase(name);
        }
        for (const auto& [name, ids] : begun) begin_walk(name, {}, ids);
    }

    // Throws away what a walk for others has built, and notes what this one is to build.
    void begin_walk(const std::string& table, const std::set<std::string>& wanted,
                    const std::set<std::string>& others) {
        for (const std::string& id : others) {
            if (!declared_.contains(id)) batch_.erase_rows(id);
            batch_.erase_fact(named(building_fact, id));
        }
        for (const std::string& id : wanted) {
            batch_.erase_rows(id);
            batch_.put_fact(named(building_fact, id), table);
        }
        batch_.erase_fact(named(walk_fact, table));
    }

    void keep_texts() {
        used_texts_.insert(present_);
        for (const auto& [hash, text] : texts_) {
            if (!used_texts_.contains(hash)) batch_.erase_fact(named(configuration_fact, hash));
        }
        batch_.put_fact(named(configuration_fact, present_), catalog_.text());
    }

    const Catalog& catalog_;
    const StateSnapshot& state_;
    StateBatch& batch_;
    const std::string present_;  // the hash of the catalog's own text

    Facts tables_;
    Facts skipped_;
    Facts rows_;
    Facts building_;
    Facts cursors_;
    Facts texts_;
    Facts lineages_;

    ProjectionSet whole_;
    std::set<std::string, std::less<>> declared_;  // whole, and of the present definition
    std::map<std::string, TableRows> missing_;     // by table
    std::vector<TableWalk> walks_;
    std::set<std::string> used_texts_;
};

// Puts the list or total of these rows, as the catalog declares it, to those that are held.
bool hold(const Catalog& catalog, const std::string& id, HeldProjections& held) {
    const Catalog::View view = catalog.view(id.substr(0, id.find('\0')));
    if (const auto* list = std::get_if<const ListView*>(&view); list && (*list)->rows == id) {
        held.lists.push_back(*list);
        return true;
    }
    if (const auto* total = std::get_if<const TotalView*>(&view); total && (*total)->rows == id) {
        held.totals.push_back(*total);
        return true;
    }
    return catalog.has_due(id);  // which nobody asks for
}

}  // namespace

Result<std::optional<StateContents>> take_over(const Catalog& catalog, const StateSnapshot& state,
                                               StateBatch& batch) {
    invariant(batch.is_over(state), "a state is taken over as of the newest commit");
    return TakeOver(catalog, state, batch).run();
}

Result<HeldProjections> held_projections(const Catalog& catalog, const StateSnapshot& state) {
    const auto rows = read_facts(state, rows_fact);
    if (!rows) return fail(rows.error());
    const auto texts = read_facts(state, configuration_fact);
    if (!texts) return fail(texts.error());

    HeldProjections held;
    std::map<std::string, const Catalog*> catalogs;  // by the hash; null: it cannot be read
    for (const auto& [hash, text] : *texts) {
        auto earlier = catalog.earlier(text);
        if (!earlier) continue;
        catalogs[hash] = earlier.get();
        held.catalogs.push_back(std::move(earlier));
    }
    for (const auto& [id, hash] : *rows) {
        const Catalog* earlier = catalogs[hash];
        if (earlier != nullptr && hold(*earlier, id, held)) continue;
        held.unknown.push_back(id.substr(0, id.find('\0')));
    }
    return held;
}

Result<std::vector<std::string>> held_tables(const StateSnapshot& state) {
    const auto facts = read_facts(state, table_fact);
    if (!facts) return fail(facts.error());
    std::vector<std::string> names;
    for (const auto& [name, key] : *facts) names.push_back(name);
    return names;
}

void note_progress(const TableWalk& walk, StateBatch& batch) {
    invariant(!walk.cursor().empty(), "a walk that is under way has passed an item");
    batch.put_fact(named(walk_fact, walk.rows().table->name), walk.cursor());
}

void note_end(const TableWalk& walk, const Catalog& catalog, StateBatch& batch) {
    invariant(catalog.table(walk.rows().table->name) == walk.rows().table,
              "a walk ends by the catalog that it was begun by");
    const std::string hash = hash_text(catalog.text());
    for (const std::string& id : ids_of(walk.rows())) {
        batch.erase_fact(named(building_fact, id));
        batch.put_fact(named(rows_fact, id), hash);
    }
    batch.erase_fact(named(walk_fact, walk.rows().table->name));
}

void note_skipped(std::string_view table, StateBatch& batch) {
    batch.put_fact(named(skipped_fact, table), "");
}

}  // namespace freshet::engine
