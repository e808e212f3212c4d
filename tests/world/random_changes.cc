#include "tests/world/random_changes.h"

#include <algorithm>
#include <ostream>
#include <random>
#include <utility>

#include "engine/catalog/item_key.h"
#include "tests/support/must.h"

namespace freshet::support {
namespace {

using storage::ChangeKind;
using storage::ValueType;

// ---- values ----

Value text_value(ValueType type, std::string text) {
    return Value{.type = type, .text = std::move(text)};
}
Value string(std::string text) {
    return text_value(ValueType::string, std::move(text));
}
Value number(std::string text) {
    return text_value(ValueType::number, std::move(text));
}
Value binary(std::string text) {
    return text_value(ValueType::binary, std::move(text));
}
Value boolean(bool truth) {
    return Value{.type = ValueType::boolean, .truth = truth};
}
Value null() {
    return Value{.type = ValueType::null};
}
Value set(ValueType type, std::vector<std::string> elements) {
    return Value{.type = type, .elements = std::move(elements)};
}
Value list(std::vector<Value> values) {
    return Value{.type = ValueType::list, .values = std::move(values)};
}
Value map(Attributes attributes) {
    return Value{.type = ValueType::map, .attributes = std::move(attributes)};
}

// Numbers drawn from a seed; the same on every machine, unlike the standard distributions.
class Dice {
public:
    explicit Dice(std::uint32_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }
    bool one_in(std::size_t chances) { return below(chances) == 0; }

    template <class T>
    const T& of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }

private:
    std::mt19937 random_;
};

const std::vector<std::string>& texts() {
    static const std::vector<std::string> texts{"",
                                                "a",
                                                "ab",
                                                "COMPLETED",
                                                "all-orders",
                                                "__proto__",
                                                "a/b",
                                                "say \"hi\"\\\n\r\t\x01\x1f",
                                                std::string("nul\0l", 5),
                                                "\xC3\xBC\xF0\x9F\x8D\x95",
                                                "7.5",
                                                "true",
                                                std::string(1'100, 'x')};
    return texts;
}

const std::vector<std::string>& numbers() {
    static const std::vector<std::string> numbers{"0",
                                                  "-0",
                                                  "0.00",
                                                  "7.50",
                                                  "7.5",
                                                  "75e-1",
                                                  "+7.5",
                                                  "007.5",
                                                  ".5",
                                                  "5.",
                                                  "-3",
                                                  "-3.0",
                                                  "-30E-1",
                                                  "1e2",
                                                  "100",
                                                  "-99999999999999999999999999999999999999",
                                                  "99999999999999999999999999999999999999.1",
                                                  "99999999999999999999999999999999999999.2",
                                                  "9.9e+125",
                                                  "-9.9E125",
                                                  "1e-130",
                                                  "-1e-130",
                                                  "12345678901234567890"};
    return numbers;
}

const std::vector<std::string>& binaries() {
    static const std::vector<std::string> binaries{"",
                                                   "a",
                                                   std::string("\0", 1),
                                                   std::string("\0\x01", 2),
                                                   std::string("\0\xFF", 2),
                                                   "\xFF\xFE",
                                                   "COMPLETED"};
    return binaries;
}

// Elements that differ from each other, in any order.
std::vector<std::string> some(Dice& dice, std::vector<std::string> choices) {
    std::vector<std::string> chosen;
    do {
        const std::size_t at = dice.below(choices.size());
        chosen.push_back(choices[at]);
        choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(at));
    } while (!choices.empty() && !dice.one_in(2));
    return chosen;
}

Value any_value(Dice& dice, int depth) {
    switch (dice.below(depth > 0 ? 10 : 8)) {
        case 0:
            return string(dice.of(texts()));
        case 1:
            return number(dice.of(numbers()));
        case 2:
            return binary(dice.of(binaries()));
        case 3:
            return boolean(dice.one_in(2));
        case 4:
            return null();
        case 5:
            return set(ValueType::string_set, some(dice, texts()));
        case 6:
            return set(ValueType::number_set, some(dice, {"7.50", "-3", "0", "1e2", ".5", "99"}));
        case 7:
            return set(ValueType::binary_set, some(dice, binaries()));
        case 8: {
            std::vector<Value> values;
            while (!dice.one_in(3)) values.push_back(any_value(dice, depth - 1));
            return list(std::move(values));
        }
        default: {
            Attributes attributes;
            while (!dice.one_in(3)) attributes[dice.of(texts())] = any_value(dice, depth - 1);
            return map(std::move(attributes));
        }
    }
}

// The attributes that lists look at: mostly of the type they should be.
void draw_attribute(Dice& dice, const std::string& name, Attributes& image) {
    static const std::map<std::string, std::vector<Value>> usual{
        {"creator",
         {string("ann"), string("bob"), string("ann"), string("7.5"), number("7.50"), number("-0"),
          boolean(true), string("true"), string("")}},
        {"createdAt",
         {string("2026-01-01"), string("2026-01-02"), string("2026-01-02T10"),
          string(std::string(1'024, 'x') + "1"), string(std::string(1'024, 'x') + "2")}},
        {"rank",
         {number("1"), number("2"), number("10"), number("-3"), number("7.50"), number("7.5"),
          number("1e2"), number("0.5")}},
        {"status", {string("OPEN"), string("COMPLETED"), string("WAITING"), string("COMPLETED")}},
        {"inner", {map({{"city", string("Paris")}}), map({{"city", number("007")}}), map({})}},
    };
    if (dice.one_in(8)) {
        image.erase(name);
    } else if (dice.one_in(6) && name != "creator") {
        image[name] = any_value(dice, 1);
    } else {
        image[name] = dice.of(usual.at(name));
    }
}

Attributes draw_image(std::uint32_t look, const std::optional<Attributes>& before) {
    static const std::vector<std::string> looked_at{"creator", "createdAt", "rank", "status",
                                                    "inner"};
    Dice dice(look);
    if (before && dice.one_in(2)) {
        Attributes image = *before;
        if (!dice.one_in(4)) draw_attribute(dice, dice.of(looked_at), image);
        return image;
    }
    Attributes image;
    for (const std::string& name : looked_at) draw_attribute(dice, name, image);
    if (look == 0) return image;
    while (dice.one_in(2)) image["extra-" + dice.of(texts())] = any_value(dice, 3);
    return image;
}

// ---- items ----

struct ItemChoice {
    std::string table;
    std::vector<Attributes> keys;  // ways to write the same key
};

const std::vector<ItemChoice>& items() {
    const auto one = [](const char* table, const char* name, std::string key) {
        return ItemChoice{table, {{{name, string(std::move(key))}}}};
    };
    const auto priced = [](const std::string& shop, const std::vector<std::string>& prices) {
        ItemChoice choice{"prices", {}};
        for (const std::string& price : prices) {
            choice.keys.push_back({{"shop", string(shop)}, {"price", number(price)}});
        }
        return choice;
    };
    const auto blob = [](std::string id) {
        return ItemChoice{"blobs", {{{"id", binary(std::move(id))}}}};
    };
    static const std::vector<ItemChoice> items{
        one("orders", "pk", "all-orders"),
        priced("s", {"7.50", "7.5", "75e-1", "+7.5", "007.5"}),
        one("orders", "pk", std::string("a\0b", 3)),
        blob(std::string("\0\x01\xFF", 3)),
        one("notes", "id", "all-orders"),
        one("orders", "pk", "ADMIN-x"),
        one("orders", "pk", "a"),
        one("orders", "pk", "__proto__"),
        priced("s", {"0", "-0", "0.00", "0e9"}),
        priced("s", {"-99999999999999999999999999999999999999"}),
        priced(std::string("s\0", 2), {"100", "1e2", "1E+2"}),
        one("notes", "id", "a/b"),
        one("notes", "id", "say \"hi\"\n\xC3\xBC"),
        one("orders", "pk", std::string(300, 'k')),
        blob(std::string("\0", 1)),
        blob("\xFF"),
    };
    return items;
}

// ---- sequence numbers ----

constexpr std::size_t digits_max = 40;

std::string plus_power_of_ten(std::string digits, std::size_t power) {
    if (digits.size() <= power) digits.insert(0, power + 1 - digits.size(), '0');
    std::size_t at = digits.size() - power;
    while (at > 0 && digits[at - 1] == '9') digits[--at] = '0';
    if (at == 0) return "1" + digits;
    ++digits[at - 1];
    return digits;
}

std::string with_zeros(const std::string& digits, std::size_t zeros) {
    return std::string(std::min(zeros, digits_max - digits.size()), '0') + digits;
}

// One item as its source knows it.
struct SourceItem {
    std::optional<Attributes> image;
    std::string sequence = "0";
    unsigned label = 0;
    bool has_sent = false;

    void begin_label() {
        ++label;
        sequence = "0";
    }

    std::string next_sequence(const Write& write) {
        std::string next = plus_power_of_ten(sequence, write.magnitude);
        if (next.size() > digits_max) {
            begin_label();
            next = "1";
        }
        sequence = next;
        return with_zeros(next, write.leading_zeros);
    }
};

std::string label_text(unsigned number) {
    const std::string digits = std::to_string(number);
    return "2026-01-01T00:00:00." + std::string(3 - digits.size(), '0') + digits;
}

ChangeKind kind_of(const Write& write, bool is_there) {
    if (is_there && write.act == 0) return ChangeKind::insert;
    if (is_there) return write.act <= 2 ? ChangeKind::remove : ChangeKind::modify;
    if (write.act == 0) return ChangeKind::remove;
    return write.act <= 2 ? ChangeKind::modify : ChangeKind::insert;
}

SentRecord send(const Write& write, SourceItem& item, const ItemChoice& choice) {
    SentRecord record;
    record.table = choice.table;
    record.kind = kind_of(write, item.image.has_value());
    record.source = choice.table;
    record.keys = choice.keys[write.look % choice.keys.size()];
    record.sequence = item.next_sequence(write);
    record.label = label_text(item.label);

    std::optional<Attributes> after;
    if (record.kind != ChangeKind::remove) {
        after = draw_image(write.look, item.image);
        for (const auto& [name, value] : record.keys) (*after)[name] = value;
    }
    const bool sends_after = write.view == 0 || write.view == 1;
    const bool sends_before = write.view == 0 || write.view == 2;
    if (sends_after) record.after = after;
    if (sends_before && record.kind != ChangeKind::insert) record.before = item.image;
    item.image = after;
    item.has_sent = true;
    return record;
}

// ---- JSON ----

std::string typed_json(const Value& value);

std::string typed_attributes(const Attributes& attributes) {
    std::string out;
    for (const auto& [name, value] : attributes) {
        out += (out.empty() ? "" : ",") + plain_json(string(name)) + ":" + typed_json(value);
    }
    return "{" + out + "}";
}

std::string typed_elements(const Value& set) {
    std::string out;
    for (const std::string& element : set.elements) {
        const bool bytes = set.type == ValueType::binary_set;
        out += (out.empty() ? "" : ",") + plain_json(string(bytes ? base64(element) : element));
    }
    return "[" + out + "]";
}

std::string typed_json(const Value& value) {
    std::string out;
    switch (value.type) {
        case ValueType::string:
            return "{\"S\":" + plain_json(value) + "}";
        case ValueType::number:
            return "{\"N\":\"" + value.text + "\"}";
        case ValueType::binary:
            return "{\"B\":" + plain_json(value) + "}";
        case ValueType::boolean:
            return "{\"BOOL\":" + plain_json(value) + "}";
        case ValueType::null:
            return "{\"NULL\":true}";
        case ValueType::string_set:
            return "{\"SS\":" + typed_elements(value) + "}";
        case ValueType::number_set:
            return "{\"NS\":" + typed_elements(value) + "}";
        case ValueType::binary_set:
            return "{\"BS\":" + typed_elements(value) + "}";
        case ValueType::list:
            for (const Value& element : value.values) {
                out += (out.empty() ? "" : ",") + typed_json(element);
            }
            return "{\"L\":[" + out + "]}";
        case ValueType::map:
            return "{\"M\":" + typed_attributes(value.attributes) + "}";
    }
    return out;
}

const char* event_name(ChangeKind kind) {
    if (kind == ChangeKind::insert) return "INSERT";
    return kind == ChangeKind::modify ? "MODIFY" : "REMOVE";
}

std::string view_type(const SentRecord& record) {
    if (record.after) return record.before ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE";
    return record.before ? "OLD_IMAGE" : "KEYS_ONLY";
}

constexpr std::string_view origin = "arn:aws:dynamodb:eu-west-1:123456789012:table/";

std::string arn_member(const SentRecord& record) {
    return R"("eventSourceARN":")" + std::string(origin) + record.source + "/stream/" +
           record.label + '"';
}

std::string record_json(const SentRecord& record) {
    if (record.imported) return "{\"Item\":" + typed_attributes(*record.after) + "}";
    std::string out =
        R"({"eventID":"1","eventName":")" + std::string(event_name(record.kind)) + '"';
    if (!record.source.empty()) {
        out += ',' + arn_member(record);
    }
    out += R"(,"dynamodb":{"StreamViewType":")" + view_type(record) + R"(","Keys":)" +
           typed_attributes(record.keys);
    if (record.after) out += ",\"NewImage\":" + typed_attributes(*record.after);
    if (record.before) out += ",\"OldImage\":" + typed_attributes(*record.before);
    return out + R"(,"SequenceNumber":")" + record.sequence + (record.broken ? "x" : "") + "\"}}";
}

// ---- changes without JSON ----

using BuiltValue = storage::ImageBuilder::Value;

BuiltValue build(storage::ImageBuilder& builder, const std::string& name, const Value& value) {
    switch (value.type) {
        case ValueType::boolean:
            return builder.boolean(name, value.truth);
        case ValueType::null:
            return builder.null(name);
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set: {
            const std::vector<std::string_view> elements(value.elements.begin(),
                                                         value.elements.end());
            return builder.set(value.type, name, elements);
        }
        case ValueType::list: {
            std::vector<BuiltValue> elements;
            for (const Value& element : value.values) {
                elements.push_back(build(builder, "", element));
            }
            return builder.list(name, elements);
        }
        case ValueType::map: {
            std::vector<BuiltValue> attributes;
            for (const auto& [inner, attribute] : value.attributes) {
                attributes.push_back(build(builder, inner, attribute));
            }
            return builder.map(name, attributes);
        }
        default:
            return builder.scalar(value.type, name, value.text);
    }
}

storage::Image image_of_tree(const Attributes& attributes) {
    storage::ImageBuilder builder;
    std::vector<BuiltValue> values;
    for (const auto& [name, value] : attributes) values.push_back(build(builder, name, value));
    return builder.finish(values);
}

storage::Change change_of(const SentRecord& record, const engine::Catalog& catalog) {
    storage::Change change;
    change.table = record.table;
    change.kind = record.kind;
    if (!record.source.empty()) {
        change.origin = origin;
        change.source = record.source;
        change.label = record.label;
        change.envelope = arn_member(record);
    }
    change.sequence = must(storage::SequenceNumber::parse(record.sequence));
    change.keys = image_of_tree(record.keys);
    change.key = *engine::item_key(*catalog.table(record.table), change.keys->view());
    if (record.after) change.after = image_of_tree(*record.after);
    if (record.before) change.before = image_of_tree(*record.before);
    change.imported = record.imported;
    return change;
}

// The base64 of URLs: two other letters, and nothing to fill up with.
std::string base64url(const std::string& bytes) {
    std::string text = base64(bytes);
    text.erase(text.find_last_not_of('=') + 1);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

// ---- generators ----

rc::Gen<Write> any_write() {
    const auto below = [](int limit) {
        return rc::gen::inRange<std::uint8_t>(0, static_cast<std::uint8_t>(limit));
    };
    const auto all_items = static_cast<int>(items().size());
    return rc::gen::build<Write>(
        rc::gen::set(&Write::item,
                     rc::gen::weightedOneOf<std::uint8_t>({{3, below(4)}, {1, below(all_items)}})),
        rc::gen::set(&Write::act, below(10)),
        rc::gen::set(&Write::view, rc::gen::weightedOneOf<std::uint8_t>(
                                       {{2, rc::gen::just<std::uint8_t>(0)}, {2, below(4)}})),
        rc::gen::set(&Write::magnitude,
                     rc::gen::weightedOneOf<std::uint8_t>({{6, below(3)}, {1, below(digits_max)}})),
        rc::gen::set(&Write::leading_zeros,
                     rc::gen::weightedOneOf<std::uint8_t>(
                         {{2, rc::gen::just<std::uint8_t>(0)}, {1, below(digits_max)}})),
        rc::gen::set(&Write::oddity, rc::gen::weightedElement<Oddity>({{20, Oddity::none},
                                                                       {1, Oddity::new_label},
                                                                       {2, Oddity::no_arn},
                                                                       {1, Oddity::foreign},
                                                                       {1, Oddity::broken}})),
        rc::gen::set(&Write::look));
}

rc::Gen<Step> any_step() {
    const auto some_records = rc::gen::inRange<std::uint8_t>(1, 8);
    return rc::gen::build<Step>(
        rc::gen::set(&Step::kind,
                     rc::gen::weightedElement<StepKind>({{12, StepKind::deliver},
                                                         {4, StepKind::redeliver},
                                                         {2, StepKind::rewind},
                                                         {1, StepKind::skip},
                                                         {2, StepKind::shuffle},
                                                         {3, StepKind::import},
                                                         {1, StepKind::restart},
                                                         {1, StepKind::forget_state}})),
        rc::gen::set(&Step::count, some_records), rc::gen::set(&Step::back, some_records),
        rc::gen::set(&Step::partial, rc::gen::weightedElement<bool>({{3, false}, {1, true}})),
        rc::gen::set(&Step::as_json), rc::gen::set(&Step::waits));
}

}  // namespace

rc::Gen<Story> any_story() {
    return rc::gen::build<Story>(
        rc::gen::set(&Story::writes,
                     rc::gen::scale(0.6, rc::gen::container<std::vector<Write>>(any_write()))),
        rc::gen::set(&Story::steps,
                     rc::gen::scale(0.35, rc::gen::container<std::vector<Step>>(any_step()))));
}

rc::Gen<Story> any_story_with_named_streams() {
    return rc::gen::map(any_story(), [](Story story) {
        for (Write& write : story.writes) {
            if (write.oddity == Oddity::no_arn) write.oddity = Oddity::none;
        }
        return story;
    });
}

std::vector<SentRecord> history(const std::vector<Write>& writes) {
    std::vector<SourceItem> sources(items().size());
    std::vector<SentRecord> records;
    for (const Write& write : writes) {
        const ItemChoice& choice = items()[write.item];
        SourceItem& item = sources[write.item];
        if (write.oddity == Oddity::new_label) item.begin_label();

        const bool additional = write.oddity == Oddity::broken || write.oddity == Oddity::foreign;
        if (additional && item.has_sent) {
            SourceItem copy = item;
            SentRecord record = send(write, copy, choice);
            record.broken = write.oddity == Oddity::broken;
            if (write.oddity == Oddity::foreign) record.source = "elsewhere";
            records.push_back(std::move(record));
        } else {
            records.push_back(send(write, item, choice));
        }
        if (write.oddity == Oddity::no_arn) records.back().source.clear();
        if (write.oddity == Oddity::no_arn) records.back().label.clear();
    }
    return records;
}

std::vector<SentRecord> export_of(const std::vector<SentRecord>& records) {
    std::vector<SentRecord> items;
    for (const SentRecord& record : records) {
        if (!record.after || record.table != records.front().table) continue;
        SentRecord& item = items.emplace_back();
        item.table = record.table;
        item.sequence = "0";
        item.keys = record.keys;
        item.after = record.after;
        item.imported = true;
    }
    return items;
}

std::string dynamodb_json(const std::vector<SentRecord>& records) {
    std::string out;
    for (const SentRecord& record : records) out += (out.empty() ? "" : ",") + record_json(record);
    return "{\"Records\":[" + out + "]}";
}

engine::ChangeBatch batch_of(const std::vector<SentRecord>& records,
                             const engine::Catalog& catalog) {
    engine::ChangeBatch batch;
    for (const SentRecord& record : records) {
        if (record.broken) {
            batch.refusal = engine::Refusal{.faults = {{.pointer = "", .detail = "it is broken"}},
                                            .sequence = record.sequence};
            break;
        }
        batch.bytes += 1'000;
        batch.records.push_back(
            {.change = change_of(record, catalog), .sequence = record.sequence});
    }
    return batch;
}

Value value_of(storage::ValueView view) {
    Value value{.type = view.type()};
    switch (view.type()) {
        case ValueType::boolean:
            value.truth = view.truth();
            break;
        case ValueType::null:
            break;
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            for (std::size_t i = 0; i < view.size(); ++i) {
                value.elements.emplace_back(view.element(i));
            }
            break;
        case ValueType::list:
            for (std::size_t i = 0; i < view.size(); ++i) {
                value.values.push_back(value_of(view.at(i)));
            }
            break;
        case ValueType::map:
            for (std::size_t i = 0; i < view.size(); ++i) {
                value.attributes[std::string(view.at(i).name())] = value_of(view.at(i));
            }
            break;
        default:
            value.text = view.text();
    }
    return value;
}

std::vector<std::string> url_parts(const std::string& table, const Attributes& keys) {
    std::vector<std::string> parts;
    for (const KeyAttribute& part : defined_table(table).key) {
        const std::string& text = keys.at(part.name).text;
        parts.push_back(part.type == ValueType::binary ? base64url(text) : text);
    }
    return parts;
}

std::ostream& operator<<(std::ostream& out, const Step& step) {
    static const std::vector<std::string> names{"deliver", "redeliver", "rewind",  "skip",
                                                "shuffle", "import",    "restart", "forget_state"};
    out << names[static_cast<std::size_t>(step.kind)] << " count " << int{step.count} << " back "
        << int{step.back};
    return out << (step.partial ? " partial" : "") << (step.as_json ? " as JSON" : "")
               << (step.waits ? " and wait" : "");
}

std::ostream& operator<<(std::ostream& out, const Story& story) {
    out << "the source sends:\n";
    std::size_t index = 0;
    for (const SentRecord& record : history(story.writes)) {
        out << "  " << index++ << " " << record.table << " " << record_json(record) << "\n";
    }
    out << "what arrives:\n";
    for (const Step& step : story.steps) out << "  " << step << "\n";
    return out << "  the rest\n";
}

}  // namespace freshet::support
