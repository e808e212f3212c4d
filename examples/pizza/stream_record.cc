#include "examples/pizza/stream_record.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace freshet::pizza {

namespace {

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::string_view stream =
    "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-11-01T09:00:00.000";

// `"name":{"S":"text"}`. Nothing that a shop says has to be escaped in JSON.
std::string string_attribute(std::string_view name, std::string_view text) {
    return '"' + std::string(name) + R"(":{"S":")" + std::string(text) + R"("})";
}

std::string pizza_json(const Pizza& pizza) {
    std::string toppings;
    for (const std::string_view topping : pizza.toppings) {
        if (!toppings.empty()) toppings += ',';
        toppings += R"({"S":")" + std::string(topping) + R"("})";
    }
    return R"({"M":{)" + string_attribute("size", pizza.size) + ',' +
           string_attribute("crust", pizza.crust) + ',' + string_attribute("sauce", pizza.sauce) +
           R"(,"toppings":{"L":[)" + toppings + "]}}}";
}

std::string image_json(const Order& order) {
    std::string pizzas;
    for (const Pizza& pizza : order.pizzas) {
        if (!pizzas.empty()) pizzas += ',';
        pizzas += pizza_json(pizza);
    }
    std::string image = "{" + string_attribute("pk", order.key) + ',';
    image += string_attribute("createdAt", order.created_at) + ',';
    image += string_attribute("creator", order.creator) + ',';
    image += string_attribute("status", order.status) + ',';
    image += R"("items":{"L":[)" + pizzas + "]},";
    image += R"("numItems":{"N":")" + std::to_string(order.pizzas.size()) + R"("})";
    if (!order.last_updated.empty()) {
        image += ',' + string_attribute("lastUpdated", order.last_updated);
    }
    return image + '}';
}

// 32 digits that no other record has.
std::string event_id(std::uint64_t nanoseconds) {
    std::uint64_t mixed = nanoseconds * 0x9e3779b97f4a7c15U;  // odd, so that no two become one
    mixed ^= mixed >> 32U;
    const std::uint64_t more = mixed * 0xbf58476d1ce4e5b9U;
    std::array<char, 33> text{};
    std::snprintf(text.data(), text.size(), "%016" PRIx64 "%016" PRIx64, mixed, more);
    return text.data();
}

std::string_view event_name(const OrderChange& change) {
    if (!change.before) return "INSERT";
    return change.after ? "MODIFY" : "REMOVE";
}

}  // namespace

std::string stream_record(const OrderChange& change, std::uint64_t nanoseconds) {
    const Order& order = change.after ? *change.after : *change.before;
    std::string record = R"({"eventID":")" + event_id(nanoseconds);
    record += R"(","eventName":")";
    record += event_name(change);
    record += R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-central-1",)";
    record += R"("dynamodb":{"ApproximateCreationDateTime":)";
    record += std::to_string(nanoseconds / nanoseconds_per_second);
    record += R"(,"Keys":{)" + string_attribute("pk", order.key) + '}';
    if (change.after) record += R"(,"NewImage":)" + image_json(*change.after);
    if (change.before) record += R"(,"OldImage":)" + image_json(*change.before);
    // Longer than 64 bits hold, as those of a real stream are.
    record += R"(,"SequenceNumber":")" + std::to_string(nanoseconds) + "00000";
    record += R"(","StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":")";
    record += stream;
    return record + R"("})";
}

std::string iso_time(std::uint64_t nanoseconds) {
    const auto seconds = static_cast<std::time_t>(nanoseconds / nanoseconds_per_second);
    const auto milliseconds =
        static_cast<unsigned>(nanoseconds % nanoseconds_per_second / 1'000'000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> whole{};
    std::strftime(whole.data(), whole.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03uZ", milliseconds % 1'000);
    return std::string(whole.data()) + fraction.data();
}

}  // namespace freshet::pizza
