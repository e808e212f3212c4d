#include "tests/world/model.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

namespace freshet::support {
namespace {

using storage::ChangeKind;
using storage::ValueType;

std::vector<ListDefinition> lists_of(const std::string& table) {
    return {{.name = "my-" + table,
             .by = "creator",
             .unfinished_only = false,
             .sort = {{"createdAt", true}},
             .whole = false},
            {.name = "open-" + table,
             .by = std::nullopt,
             .unfinished_only = true,
             .sort = {{"rank", false}, {"createdAt", true}},
             .whole = true}};
}

// A number without its exponent: a whole part and a fraction, both of a fixed width.
struct WrittenOut {
    bool negative = false;
    std::string whole;
    std::string fraction;
};

constexpr std::size_t width = 400;  // digits on either side of the point

WrittenOut write_out(const std::string& number) {
    WrittenOut out;
    std::string digits;
    std::size_t at = 0;
    if (number[at] == '-' || number[at] == '+') out.negative = number[at++] == '-';
    long point = -1;
    for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
        if (number[at] == '.') {
            point = static_cast<long>(digits.size());
        } else {
            digits += number[at];
        }
    }
    if (point < 0) point = static_cast<long>(digits.size());
    if (at < number.size()) point += std::strtol(number.c_str() + at + 1, nullptr, 10);

    digits.insert(0, width, '0');
    point += static_cast<long>(width);
    assert(point >= 0 && point <= static_cast<long>(2 * width));
    digits.append(2 * width, '0');
    const auto split = static_cast<std::size_t>(point);
    out.whole = digits.substr(0, split);
    out.whole.insert(0, 2 * width - out.whole.size(), '0');
    out.fraction = digits.substr(split, width);
    const bool zero = (out.whole + out.fraction).find_first_not_of('0') == std::string::npos;
    if (zero) out.negative = false;
    return out;
}

// JSON wants no plus, no zeros in front, and a digit on either side of a point.
std::string json_number(const std::string& number) {
    std::string out;
    std::size_t at = 0;
    if (number[at] == '-') out += '-';
    if (number[at] == '-' || number[at] == '+') ++at;
    std::string whole;
    while (at < number.size() && number[at] >= '0' && number[at] <= '9') whole += number[at++];
    while (!whole.empty() && whole.front() == '0') whole.erase(0, 1);
    out += whole.empty() ? "0" : whole;
    if (at < number.size() && number[at] == '.') {
        std::string fraction;
        ++at;
        while (at < number.size() && number[at] >= '0' && number[at] <= '9') {
            fraction += number[at++];
        }
        if (!fraction.empty()) out += "." + fraction;
    }
    return out + number.substr(at);
}

std::string json_string(const std::string& text) {
    constexpr char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20) {
            out += std::string("\\u00") + hex[byte / 16] + hex[byte % 16];
        } else if (c == '"' || c == '\\') {
            out += std::string("\\") + c;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string json_set(const Value& set) {
    std::vector<std::pair<std::string, std::string>> sorted;  // what orders it, and the JSON of it
    for (const std::string& element : set.elements) {
        if (set.type == ValueType::number_set) {
            sorted.emplace_back(sortable_number(element), json_number(element));
        } else if (set.type == ValueType::binary_set) {
            sorted.emplace_back(element, json_string(base64(element)));
        } else {
            sorted.emplace_back(element, json_string(element));
        }
    }
    std::sort(sorted.begin(), sorted.end());
    std::string out;
    for (const auto& [order, json] : sorted) out += (out.empty() ? "" : ",") + json;
    return "[" + out + "]";
}

const Value* find(const Attributes& attributes, const std::string& name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? nullptr : &found->second;
}

bool is_unfinished(const Value& status) {
    switch (status.type) {
        case ValueType::string:
            return status.text != "COMPLETED";
        case ValueType::string_set:
            return std::any_of(status.elements.begin(), status.elements.end(),
                               [](const std::string& text) { return text != "COMPLETED"; });
        case ValueType::list:
            return std::any_of(status.values.begin(), status.values.end(), is_unfinished);
        case ValueType::map:
            return false;
        default:
            return true;
    }
}

std::optional<std::string> partition_of(const Value* value) {
    if (value == nullptr) return std::nullopt;
    if (value->type == ValueType::string) return value->text;
    if (value->type == ValueType::boolean) return value->truth ? "true" : "false";
    if (value->type == ValueType::number) return shortest_number(value->text);
    return std::nullopt;
}

// Where a value stands among values of all types, and among those of its own.
struct Rank {
    int type;
    std::string text;

    auto operator<=>(const Rank&) const = default;
};

constexpr int missing = 9;

Rank rank_of(const Value* value) {
    constexpr std::size_t compared_bytes = 1'024;
    if (value == nullptr) return {missing, ""};
    switch (value->type) {
        case ValueType::null:
            return {0, ""};
        case ValueType::boolean:
            return {1, value->truth ? "1" : "0"};
        case ValueType::number:
            return {2, sortable_number(value->text)};
        case ValueType::string:
            return {3, value->text.substr(0, compared_bytes)};
        case ValueType::binary:
            return {4, value->text.substr(0, compared_bytes)};
        default:
            return {missing, ""};
    }
}

struct Row {
    std::vector<Rank> ranks;
    ItemName name;
    std::string json;
};

bool stands_before(const std::vector<SortAttribute>& sort, const Row& a, const Row& b) {
    for (std::size_t i = 0; i < sort.size(); ++i) {
        if (a.ranks[i] == b.ranks[i]) continue;
        const bool last_matters = a.ranks[i].type == missing || b.ranks[i].type == missing;
        if (last_matters) return b.ranks[i].type == missing;
        return sort[i].descending ? b.ranks[i] < a.ranks[i] : a.ranks[i] < b.ranks[i];
    }
    return a.name < b.name;
}

std::string row_json(const ListDefinition& list, const Attributes& image) {
    if (list.whole) return plain_json(Value{.type = ValueType::map, .attributes = image});
    std::string out;
    const Value* creator = find(image, "creator");
    if (creator != nullptr) out = "\"who\":" + plain_json(*creator);
    const Value* inner = find(image, "inner");
    const bool has_city = inner != nullptr && inner->type == ValueType::map;
    const Value* city = has_city ? find(inner->attributes, "city") : nullptr;
    if (city != nullptr) out += (out.empty() ? "" : ",") + ("\"city\":" + plain_json(*city));
    return "{" + out + "}";
}

bool belongs(const ListDefinition& list, const Attributes& image) {
    const Value* status = find(image, "status");
    return !list.unfinished_only || (status != nullptr && is_unfinished(*status));
}

// `lineage` is that of the record's table.
ModelVerdict judge(ModelLineage lineage, const ModelItem* known, const SentRecord& record) {
    if (record.broken) return ModelVerdict::refused;
    if (record.imported) return known ? ModelVerdict::duplicate : ModelVerdict::appended;
    const auto stream = lineage.join(record);
    if (!stream) return ModelVerdict::refused;
    if (known == nullptr || known->imported) return ModelVerdict::appended;
    const auto last = known->numbers.find(*stream);
    if (last != known->numbers.end() && !is_lower_sequence(last->second, record.sequence)) {
        return ModelVerdict::duplicate;
    }
    const bool is_earlier = lineage.streams[*stream].label < lineage.streams[known->stream].label;
    return is_earlier ? ModelVerdict::duplicate : ModelVerdict::appended;
}

}  // namespace

const std::vector<TableDefinition>& defined_tables() {
    static const std::vector<TableDefinition> tables{
        {.name = "orders", .key = {{"pk", ValueType::string}}, .lists = lists_of("orders")},
        {.name = "notes", .key = {{"id", ValueType::string}}, .lists = lists_of("notes")},
        {.name = "prices",
         .key = {{"shop", ValueType::string}, {"price", ValueType::number}},
         .lists = lists_of("prices")},
        {.name = "blobs", .key = {{"id", ValueType::binary}}, .lists = lists_of("blobs")},
    };
    return tables;
}

const TableDefinition& defined_table(std::string_view name) {
    const auto& tables = defined_tables();
    return *std::find_if(tables.begin(), tables.end(),
                         [&](const TableDefinition& table) { return table.name == name; });
}

std::string configuration() {
    const auto table = [](const std::string& name, const std::string& key) {
        return "[[table]]\n"
               "name = \"" +
               name +
               "\"\n"
               "key = " +
               key +
               "\n"
               "[[table.list]]\n"
               "name = \"my-" +
               name +
               "\"\n"
               "by = \"creator\"\n"
               "sort = \"createdAt desc\"\n"
               "fields = [\"who=creator\", \"city=inner.city\"]\n"
               "[[table.list]]\n"
               "name = \"open-" +
               name +
               "\"\n"
               "where = { status = [{ anything-but = \"COMPLETED\" }] }\n"
               "sort = [\"rank\", \"createdAt desc\"]\n"
               "fields = [\"*\"]\n"
               "[[table.event]]\n"
               "type = \"" +
               name +
               "-status\"\n"
               "topic = \"of {creator}\"\n"
               "changed = [\"status\"]\n"
               "data = [\"status\", \"was=before.status\"]\n"
               "[[table.event]]\n"
               "type = \"" +
               name +
               "-changed\"\n"
               "where = { status = [{ anything-but = \"COMPLETED\" }] }\n"
               "data = [\"createdAt\"]\n";
    };
    return table("orders", "[\"pk\"]") + table("notes", "[\"id\"]") +
           table("prices", "[\"shop\", \"price number\"]") + table("blobs", "[\"id binary\"]");
}

bool is_lower_sequence(const std::string& a, const std::string& b) {
    const std::string::size_type digits = std::max(a.size(), b.size());
    return std::string(digits - a.size(), '0') + a < std::string(digits - b.size(), '0') + b;
}

std::string sortable_number(const std::string& number) {
    const WrittenOut out = write_out(number);
    std::string digits = out.whole + out.fraction;
    if (!out.negative) return "1" + digits;
    for (char& digit : digits) digit = static_cast<char>('9' - (digit - '0'));
    return "0" + digits;
}

std::string shortest_number(const std::string& number) {
    WrittenOut out = write_out(number);
    out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size() - 1));
    while (!out.fraction.empty() && out.fraction.back() == '0') out.fraction.pop_back();
    const std::string sign = out.negative ? "-" : "";
    return sign + out.whole + (out.fraction.empty() ? "" : "." + out.fraction);
}

std::string base64(std::string_view bytes) {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bits;
    for (const char c : bytes) {
        for (unsigned bit = 8; bit-- > 0;) {
            bits += ((static_cast<unsigned char>(c) >> bit) & 1U) != 0 ? '1' : '0';
        }
    }
    while (bits.size() % 6 != 0) bits += '0';
    std::string out;
    for (std::size_t i = 0; i < bits.size(); i += 6) {
        out += letters[std::stoul(bits.substr(i, 6), nullptr, 2)];
    }
    while (out.size() % 4 != 0) out += '=';
    return out;
}

std::string plain_json(const Value& value) {
    std::string out;
    switch (value.type) {
        case ValueType::string:
            return json_string(value.text);
        case ValueType::number:
            return json_number(value.text);
        case ValueType::binary:
            return json_string(base64(value.text));
        case ValueType::boolean:
            return value.truth ? "true" : "false";
        case ValueType::null:
            return "null";
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            return json_set(value);
        case ValueType::list:
            for (const Value& element : value.values) {
                out += (out.empty() ? "" : ",") + plain_json(element);
            }
            return "[" + out + "]";
        case ValueType::map:
            for (const auto& [name, attribute] : value.attributes) {
                out += (out.empty() ? "" : ",") + json_string(name) + ":" + plain_json(attribute);
            }
            return "{" + out + "}";
    }
    return out;
}

ItemName name_of(const std::string& table, const Attributes& keys) {
    ItemName name{.table = table, .key = {}};
    for (const KeyAttribute& part : defined_table(table).key) {
        const Value& value = keys.at(part.name);
        const bool number = value.type == ValueType::number;
        name.key.push_back(number ? sortable_number(value.text) : value.text);
    }
    return name;
}

const ModelItem* Moment::item(const ItemName& name) const {
    const auto found = items_.find(name);
    return found == items_.end() ? nullptr : &found->second;
}

std::vector<std::string> Moment::list(const TableDefinition& table, const ListDefinition& list,
                                      const std::optional<std::string>& partition) const {
    std::vector<Row> rows;
    for (const auto& [name, item] : items_) {
        if (name.table != table.name || !item.image || !belongs(list, *item.image)) continue;
        if (list.by && partition_of(find(*item.image, *list.by)) != partition) continue;
        Row row{.ranks = {}, .name = name, .json = row_json(list, *item.image)};
        for (const SortAttribute& part : list.sort) {
            row.ranks.push_back(rank_of(find(*item.image, part.name)));
        }
        rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end(),
              [&](const Row& a, const Row& b) { return stands_before(list.sort, a, b); });
    std::vector<std::string> texts;
    for (Row& row : rows) texts.push_back(std::move(row.json));
    return texts;
}

std::set<std::string> Moment::partitions(const TableDefinition& table,
                                         const ListDefinition& list) const {
    std::set<std::string> partitions;
    for (const auto& [name, item] : items_) {
        if (name.table != table.name || !item.image) continue;
        const auto partition = partition_of(find(*item.image, *list.by));
        if (partition) partitions.insert(*partition);
    }
    return partitions;
}

std::optional<std::size_t> ModelLineage::join(const SentRecord& record) {
    const ModelStream named{.source = record.source, .label = record.label};
    if (streams.empty()) streams.push_back(named);
    if (record.source.empty()) {
        return streams.size() == 1 ? std::optional<std::size_t>(0) : std::nullopt;
    }
    if (streams.front().source.empty()) streams.front() = named;
    if (streams.front().source != record.source) return std::nullopt;
    const auto known = std::find(streams.begin(), streams.end(), named);
    if (known == streams.end()) {
        streams.push_back(named);
        return streams.size() - 1;
    }
    return static_cast<std::size_t>(known - streams.begin());
}

ModelLineage Moment::lineage(const std::string& table) const {
    const auto found = lineages_.find(table);
    return found == lineages_.end() ? ModelLineage() : found->second;
}

void Moment::fold(const SentRecord& record, std::size_t index) {
    ModelItem& item = items_[name_of(record.table, record.keys)];
    if (!record.imported) {
        item.stream = lineages_[record.table].join(record).value();
        item.numbers[item.stream] = record.sequence;
    }
    item.imported = record.imported;
    item.keys = record.keys;
    item.changed = index;
    if (record.kind == ChangeKind::modify && !record.after) {
        item.stale = item.image.has_value();
    } else {
        item.image = record.after;
        item.stale = false;
    }
}

ModelAnswer Model::append(const std::vector<SentRecord>& batch, bool partial) {
    std::vector<SentRecord> log = log_;
    Moment moment = now_;
    ModelAnswer answer;
    for (const SentRecord& record : batch) {
        const ItemName name = name_of(record.table, record.keys);
        const ModelVerdict verdict = judge(moment.lineage(record.table), moment.item(name), record);
        if (verdict == ModelVerdict::refused) {
            answer.refused = true;
            break;
        }
        if (verdict == ModelVerdict::appended) {
            moment.fold(record, log.size());
            log.push_back(record);
        }
        answer.outcomes.push_back({verdict, moment.item(name)->changed});
    }
    if (answer.refused && !partial) {
        answer.outcomes.clear();
        return answer;
    }
    log_ = std::move(log);
    now_ = std::move(moment);
    return answer;
}

}  // namespace freshet::support
