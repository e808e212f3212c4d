#include "engine/catalog/catalog.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "engine/text/overloaded.h"

namespace freshet::engine {

namespace {

// Raised when the bytes of keys or places change (engine/catalog/item_key.h,
// engine/values/ordered_bytes.h).
constexpr std::string_view encoding = "encoding 1";

// A text that says the same only of the same: each text is preceded by its length and each list
// by its count, so that no choice of names can make one declaration read like another.
class Description {
public:
    Description() { text(encoding); }

    void text(std::string_view value) {
        text_.append(std::to_string(value.size())).append(":").append(value);
    }
    void number(std::size_t value) { text_.append(std::to_string(value)).append(";"); }

    template <class Items, class Describe>
    void each(const Items& items, Describe describe) {
        number(items.size());
        for (const auto& item : items) describe(item);
    }

    void path(const AttributePath& path) {
        each(path.names(), [this](const std::string& name) { text(name); });
    }

    void key(const std::vector<KeyPart>& key) {
        each(key, [this](const KeyPart& part) {
            text(part.name);
            number(static_cast<std::size_t>(part.type));
        });
    }

    void value(const PatternValue& value) {
        std::visit(Overloaded{
                       [this](bool truth) { text(truth ? "true" : "false"); },
                       [this](const Decimal& decimal) { text("n" + decimal.canonical()); },
                       [this](const std::string& string) { text("s" + string); },
                       [this](Null) { text("null"); },  // no decimal reads so
                   },
                   value);
    }

    // Each kind of entry begins with a number of its own.

    void test(const TextTest& test) {
        const auto kind = [this](std::size_t number_of_kind, const std::string& operand) {
            number(number_of_kind);
            text(operand);
        };
        std::visit(Overloaded{
                       [&](const Prefix& prefix) { kind(2, prefix.text); },
                       [&](const Suffix& suffix) { kind(4, suffix.text); },
                       [&](const EqualsIgnoreCase& equals) { kind(5, equals.text.text()); },
                       [&](const PrefixIgnoreCase& prefix) { kind(6, prefix.text.text()); },
                       [&](const SuffixIgnoreCase& suffix) { kind(7, suffix.text.text()); },
                   },
                   test);
    }

    void anything_but(const AnythingBut& but) {
        number(but.tests.empty() ? 1 : 3);
        each(but.values, [this](const PatternValue& one) { value(one); });
        if (!but.tests.empty()) each(but.tests, [this](const TextTest& one) { test(one); });
    }

    void bound(const std::optional<NumericRange::Bound>& bound) {
        number(bound ? 1 : 0);
        if (!bound) return;
        number(bound->inclusive ? 1 : 0);
        value(bound->value);
    }

    void entry(const PatternEntry& entry) {
        std::visit(Overloaded{
                       [this](const PatternValue& exact) {
                           number(0);
                           value(exact);
                       },
                       [this](const AnythingBut& but) { anything_but(but); },
                       [this](const TextTest& one) { test(one); },
                       [this](const NumericRange& range) {
                           number(8);
                           bound(range.low);
                           bound(range.high);
                       },
                       [this](const Exists& exists) {
                           number(9);
                           number(exists.there ? 1 : 0);
                       },
                   },
                   entry);
    }

    void pattern(const Pattern& pattern) {
        each(pattern.rules(), [this](const Pattern::Rule& rule) {
            text(rule.attribute);
            each(rule.entries, [this](const PatternEntry& one) { entry(one); });
            if (!rule.alternatives.empty()) {
                number(2);
                each(rule.alternatives, [this](const Pattern& one) { this->pattern(one); });
                return;
            }
            number(rule.inner ? 1 : 0);
            if (rule.inner) this->pattern(*rule.inner);
        });
    }

    void shape(const Shape& shape) {
        each(shape.fields, [this](const Field& field) {
            text(field.name);
            path(field.path);
        });
        number(shape.all ? 1 : 0);
        each(shape.hidden, [this](const std::string& name) { text(name); });
    }

    // Says nothing where nothing is derived, so that fingerprints of such tables stay what they
    // were.
    void derivations(const std::vector<Derivation>& derivations) {
        for (const Derivation& derivation : derivations) {
            text(derivation.name);
            number(static_cast<std::size_t>(derivation.function));
            each(derivation.of, [this](const AttributePath& one) { path(one); });
            text(derivation.text);
            each(derivation.in, [this](const std::string& value) { text(value); });
        }
    }

    // Says nothing where nothing is hidden, for the same reason.
    void hiding(const Table& table) {
        if (!table.hides_expired()) return;
        text("hides by");
        text(*table.expires);
    }

    [[nodiscard]] std::uint64_t fingerprint() const {
        return XXH3_64bits(text_.data(), text_.size());
    }

private:
    std::string text_;
};

std::uint64_t fingerprint(const ItemView& view) {
    Description description;
    description.text("item view");
    description.text(view.table->name);
    description.key(view.table->key);
    description.shape(view.shape);
    description.derivations(view.table->derive);
    description.hiding(*view.table);
    return description.fingerprint();
}

void describe_rows(Description& description, const ListView& list) {
    description.text("list");
    description.text(list.table->name);
    description.key(list.table->key);
    description.each(list.by, [&](const AttributePath& path) { description.path(path); });
    description.each(list.sort, [&](const SortPart& part) {
        description.path(part.path);
        description.number(static_cast<std::size_t>(part.direction));
    });
    description.pattern(list.where);
    description.derivations(list.table->derive);
    description.hiding(*list.table);
}

std::uint64_t fingerprint(const ListView& list) {
    Description description;
    describe_rows(description, list);
    return description.fingerprint();
}

std::uint64_t fingerprint(const TotalView& total) {
    Description description;
    description.text("total");
    description.text(total.table->name);
    description.key(total.table->key);
    description.each(total.by, [&](const AttributePath& path) { description.path(path); });
    description.pattern(total.where);
    description.each(total.values, [&](const TotalValue& value) {
        description.number(static_cast<std::size_t>(value.function));
        description.path(value.path);
    });
    description.derivations(total.table->derive);
    description.hiding(*total.table);
    return description.fingerprint();
}

// The name keeps two lists of the same definition apart, the fingerprint two definitions of one.
std::string rows_of(const std::string& name, std::uint64_t fingerprint) {
    std::string rows = name + '\0';
    for (unsigned shift = 64; shift > 0; shift -= 8) {
        rows.push_back(static_cast<char>((fingerprint >> (shift - 8)) & 0xFFU));
    }
    return rows;
}

}  // namespace

std::uint64_t page_fingerprint(const ListView& list) {
    Description description;
    describe_rows(description, list);
    description.shape(list.shape);
    return description.fingerprint();
}

std::string name_of_due(std::string_view table) {
    return std::string(table) + "/expires";
}

std::string_view name_of(TotalValue::Function function) {
    switch (function) {
        case TotalValue::Function::count:
            return "count";
        case TotalValue::Function::sum:
            return "sum";
        case TotalValue::Function::min:
            return "min";
        case TotalValue::Function::max:
            break;
    }
    return "max";
}

Catalog::Catalog(std::vector<std::unique_ptr<Table>> tables, std::string text, ParseCatalog parse)
    : tables_(std::move(tables)), text_(std::move(text)), parse_(parse) {
    for (const auto& table : tables_) {
        tables_by_name_.emplace(table->name, table.get());
        for (ItemView& view : table->views) {
            view.table = table.get();
            view.fingerprint = fingerprint(view);
            views_by_name_.emplace(view.name, &view);
        }
        const auto place = [&table](ListView& list) {
            list.table = table.get();
            list.fingerprint = fingerprint(list);
            list.rows = rows_of(list.name, list.fingerprint);
        };
        for (ListView& list : table->lists) {
            place(list);
            views_by_name_.emplace(list.name, &list);
        }
        if (table->due) place(*table->due);
        for (TotalView& total : table->totals) {
            total.table = table.get();
            total.fingerprint = fingerprint(total);
            total.rows = rows_of(total.name, total.fingerprint);
            views_by_name_.emplace(total.name, &total);
        }
    }
}

const Table* Catalog::table(std::string_view name) const {
    const auto found = tables_by_name_.find(name);
    return found == tables_by_name_.end() ? nullptr : found->second;
}

Catalog::View Catalog::view(std::string_view name) const {
    const auto found = views_by_name_.find(name);
    return found == views_by_name_.end() ? View() : found->second;
}

bool Catalog::has_due(std::string_view rows) const {
    return std::any_of(tables_.begin(), tables_.end(),
                       [&](const auto& table) { return table->due && table->due->rows == rows; });
}

bool Catalog::knows_source(std::string_view source) const {
    return std::any_of(tables_.begin(), tables_.end(),
                       [&](const auto& table) { return table->from == source; });
}

const Table* Catalog::route(std::string_view source, storage::ImageView keys) const {
    const Table* direct = nullptr;
    for (const auto& table : tables_) {
        if (table->from != source || !table->where.matches(keys)) continue;
        if (!table->is_direct) return table.get();
        if (direct == nullptr) direct = table.get();
    }
    return direct;
}

}  // namespace freshet::engine
