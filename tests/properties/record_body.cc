#include "tests/properties/record_body.h"

#include <algorithm>
#include <set>

#include "engine/text/base64.h"

namespace freshet::properties {
namespace {

const std::vector<std::string> names{"a",     "b",    "pk",       "status", "S",
                                     "items", "M",    "toppings", "",       "createdAt",
                                     "ü",     "Keys", "eventName"};

}  // namespace

std::string RecordBody::record() {
    struct Source {
        std::string arn;
        std::string keys;
    };
    const std::string id = "order-" + std::to_string(below(1'000));
    const std::string number = digits();
    const std::vector<Source> sources{
        {"arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026", R"("pk":{"S":")" + id + "\"}"},
        {"arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2027", R"("pk":{"S":")" + id + "\"}"},
        {"arn:aws:dynamodb:eu-west-1:1:table/orders", R"("pk":{"S":"note-1"})"},
        {"arn:aws:dynamodb:ddblocal:0:table/meters/stream/x", R"("n":{"N":")" + number + "\"}"},
        {"arn:aws:dynamodb:eu-west-1:1:table/blobs/stream/x",
         R"("b":{"B":"3q2+7w=="},"sk":{"S":")" + id + "\"}"},
    };
    const std::vector<Source> odd_sources{
        {"arn:aws:dynamodb:eu-west-1:1:table/unknown/stream/x", R"("pk":{"S":"1"})"},
        {"arn:aws:dynamodb:eu-west-1:1:table/meters/stream/x", R"("pk":{"S":"1"})"},
        {"arn:aws:dynamodb:eu-west-1:1:table/orders/stream/x", R"("pk":{"S":""})"},
        {"own name", R"("pk":{"S":"1"})"},
        {"", R"("pk":{"S":"1"})"},
    };
    const std::vector<Source>& choices = is_odd() ? odd_sources : sources;
    const Source source = choices[below(choices.size())];
    std::string kind = one_of({"INSERT", "MODIFY", "MODIFY", "REMOVE"});

    std::vector<std::string> all{member("dynamodb", stream(kind, source.keys)),
                                 member("eventSourceARN", quoted(source.arn))};
    if (is_odd()) kind = one_of({"insert", "", "DELETE"});
    all.push_back(member("eventName", is_odd() ? unknown_value(1) : quoted(kind)));
    for (const char* name : {"eventID", "awsRegion", "eventVersion"}) {
        if (below(2) == 0) all.push_back(member(name, unknown_value(2)));
    }
    if (is_odd()) {
        all.push_back(member(one_of({"position", "table", "imported", "reconciled", "told",
                                     "expired", "Item", "Keys", "Records", "eventName",
                                     "eventSourceARN", "dynamodb", "event\\u004eame"}),
                             one_of({"true", "false", "7", "\"x\"", "{}", quoted(source.arn)})));
    }
    if (is_odd()) all.erase(all.begin() + static_cast<std::ptrdiff_t>(below(3)));
    return members(std::move(all));
}

std::string RecordBody::stream(const std::string& kind, const std::string& keys) {
    std::vector<std::string> all{member("Keys", "{" + keys + "}"),
                                 member("SequenceNumber", quoted(digits()))};
    const bool has_after = kind != "REMOVE" && below(8) != 0;
    const bool has_before = kind != "INSERT" && below(3) != 0;
    if (has_after != is_odd()) all.push_back(member("NewImage", attributes(3, keys)));
    if (has_before != is_odd()) all.push_back(member("OldImage", attributes(3, keys)));
    if (is_odd()) {
        all.push_back(member(one_of({"NewImage", "OldImage", "Keys"}),
                             one_of({"{}", "null", "[]", "7", R"({"pk":{"S":"other"}})"})));
    }
    if (is_odd()) {
        all.push_back(member("SequenceNumber", one_of({"7", "\"\"", "\"1a\"", "null"})));
    }
    if (below(2) == 0) {
        all.push_back(
            member("StreamViewType", has_after ? "\"NEW_AND_OLD_IMAGES\"" : "\"KEYS_ONLY\""));
    }
    if (is_odd()) {
        all.push_back(
            member("StreamViewType", one_of({"\"NEW_IMAGE\"", "\"OTHER\"", "null", "\"\""})));
    }
    if (below(2) == 0) {
        all.push_back(member(
            "ApproximateCreationDateTime",
            one_of({"1795174740", "1.795174740E9", "1795174740123", "\"2026-11-20T11:39:28Z\"",
                    "\"1795174740\"", "null", "-1", "true", "\"x\"", "0"})));
    }
    if (below(2) == 0) all.push_back(member("SizeBytes", std::to_string(below(1'000))));
    if (is_odd()) all.push_back(member("own", unknown_value(3)));
    if (is_odd()) all.erase(all.begin() + static_cast<std::ptrdiff_t>(below(all.size())));
    return members(std::move(all));
}

std::string RecordBody::text() {
    switch (below(4)) {
        case 0:
            return blank() + "[" + elements(1 + below(3), [this] { return record(); }) + "]" +
                   blank();
        case 1: {
            std::vector<std::string> all{
                member("Records", "[" + elements(below(4), [this] { return record(); }) + "]")};
            if (is_odd()) all.push_back(member(one_of({"Records", "other"}), unknown_value(2)));
            return members(std::move(all));
        }
        default:
            return record();
    }
}

std::string RecordBody::spoilt_text() {
    std::string text = this->text();
    for (std::size_t i = 1 + below(3); i > 0; --i) {
        const std::size_t at = below(text.size());
        switch (below(4)) {
            case 0:
                text.erase(at, 1 + below(4));
                break;
            case 1:
                text.insert(at, one_of({"\"", "\\", "{", "}", "[", "]", ",", ":", " ", "0", "null",
                                        "\x01", "\xFF", "\xC3", "\"S\":", "\\u0041", "/", "\f"}));
                break;
            case 2:
                text[at] = static_cast<char>(random_());
                break;
            default:
                text.resize(at + 1);
                break;
        }
        if (text.empty()) return "{}";
    }
    return text;
}

std::string RecordBody::blank() {
    if (!oddities_.blanks || below(3) != 0) return "";
    return one_of({" ", "  ", "\t", "\r", " \t "});
}

// In any order.
std::string RecordBody::members(std::vector<std::string> members) {
    std::shuffle(members.begin(), members.end(), random_);
    std::string text = blank() + "{";
    for (std::size_t i = 0; i < members.size(); ++i) text += (i == 0 ? "" : ",") + members[i];
    return text + blank() + "}" + blank();
}

std::string RecordBody::member(const std::string& name, const std::string& value) {
    return blank() + "\"" + name + "\"" + blank() + ":" + blank() + value + blank();
}

std::string RecordBody::elements(std::size_t count, const std::function<std::string()>& element) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += (i == 0 ? "" : ",") + blank() + element() + blank();
    }
    return text + blank();
}

std::string RecordBody::letters() {
    const std::vector<std::string> pieces{
        "a", "zz", "ham and cheese", "ü", "\xF0\x9F\x8D\x95", " ", "{", "}:,[]", "'", "\x7F", "//"};
    std::string text;
    for (std::size_t i = below(6); i > 0; --i) text += one_of(pieces);
    return text;
}

std::string RecordBody::quoted(const std::string& text) {
    std::string written = text;
    if (is_odd()) {
        written += one_of({"\\n", "\\\"", "\\\\", "\\/", "\\u00fc", "\\ud83c\\udf55", "\\u0000",
                           "\\b\\f\\r\\t", "\\u20AC", "\\uD800", "\\udc00", "\\x", "\\u12"});
    }
    return "\"" + written + "\"";
}

std::string RecordBody::digits() {
    return one_of({"0", "7", "12", "3633500000000062125042319", "007"}) +
           std::to_string(below(100'000));
}

std::string RecordBody::binary() {
    std::string text;
    engine::append_base64(text, letters());
    return is_odd() ? text + one_of({"=", "A", "!", "AA=="}) : text;
}

std::string RecordBody::number_set() {
    std::set<std::string> distinct;
    for (std::size_t i = below(4); i > 0; --i) distinct.insert(std::to_string(below(50)));
    if (is_odd()) distinct.insert(one_of({"7.0", "07", "1e1", "-0", "x"}));
    auto next = distinct.begin();
    return elements(distinct.size(), [&] { return quoted(*next++); });
}

std::string RecordBody::value(std::size_t depth) {
    const auto of = [this](const std::string& tag, const std::string& content) {
        return "{" + member(tag, content) + "}";
    };
    if (is_odd()) {
        return one_of({R"({"S":7})",
                       R"({"S":null})",
                       R"({"N":"1,5"})",
                       R"({"N":5})",
                       R"({"N":""})",
                       R"({"N":"+.5e-7"})",
                       R"({"N":"1e9999999"})",
                       R"({"N":"5."})",
                       R"({"X":"y"})",
                       R"({"S":"a","N":"1"})",
                       R"({})",
                       R"([])",
                       R"("x")",
                       R"({"NULL":false})",
                       R"({"NULL":null})",
                       R"({"BOOL":"true"})",
                       R"({"BOOL":null})",
                       R"({"L":{}})",
                       R"({"M":[]})",
                       R"({"SS":["a","a"]})",
                       R"({"SS":[1]})",
                       R"({"SS":"a"})",
                       R"({"NS":["1","1.0"]})",
                       R"({"BS":["AA==","AA=="]})",
                       R"({"BS":["A"]})",
                       R"({"M":{"a":{"S":"1"},"a":{"S":"2"}}})",
                       R"({"M":{"":{"NULL":true}}})",
                       R"({"\u0053":"escaped tag"})",
                       R"({"M":{"\u0061":{"S":"escaped name"}}})"});
    }
    const auto set = [this](const std::function<std::string()>& element) {
        std::set<std::string> distinct;
        for (std::size_t i = below(4); i > 0; --i) distinct.insert(element());
        auto next = distinct.begin();
        return "[" + elements(distinct.size(), [&] { return quoted(*next++); }) + "]";
    };
    switch (below(depth == 0 ? 8 : 12)) {
        case 0:
            return of("N", quoted(one_of({"0", "-7", "7.50", "1E+10", "-0.0", "12e-3"})));
        case 1:
            return of("B", quoted(binary()));
        case 2:
            return of("BOOL", below(2) == 0 ? "true" : "false");
        case 3:
            return of("NULL", "true");
        case 4:
            return of("SS", set([this] { return letters(); }));
        case 5:
            return of("NS", "[" + number_set() + "]");
        case 6:
            return of("BS", set([this] { return binary(); }));
        case 8:
        case 9:
            return of("L", "[" + elements(below(4), [&] { return value(depth - 1); }) + "]");
        case 10:
        case 11:
            return of("M", attributes(depth - 1, ""));
        default:
            return of("S", quoted(letters()));
    }
}

std::string RecordBody::attributes(std::size_t depth, const std::string& keys) {
    std::vector<std::string> all;
    if (!keys.empty()) all.push_back(keys);
    std::set<std::string> there{"pk", "n", "b", "sk"};
    for (std::size_t i = below(6); i > 0; --i) {
        const std::string& name = one_of(names);
        if (there.insert(name).second || (is_odd() && is_odd())) {
            all.push_back(member(name, value(depth)));
        }
    }
    return members(std::move(all));
}

std::string RecordBody::unknown_value(std::size_t depth) {
    switch (below(depth == 0 ? 4 : 6)) {
        case 0:
            return quoted(letters());
        case 1:
            return one_of(
                {"0", "-1.5", "1e5", "12345678901234567890123", "1.50", "true", "false", "null"});
        case 2:
            return is_odd() ? one_of({"01", "nul", "+1", "1.", "tru\"e\"", "\"a\"b", "-"}) : "1";
        case 4:
            return "[" + elements(below(3), [&] { return unknown_value(depth - 1); }) + "]";
        case 5: {
            std::vector<std::string> all;
            for (std::size_t i = below(3); i > 0; --i) {
                all.push_back(member(one_of(names), unknown_value(depth - 1)));
            }
            return members(std::move(all));
        }
        default:
            return quoted("x");
    }
}

}  // namespace freshet::properties
