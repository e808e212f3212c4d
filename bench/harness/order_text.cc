#include "bench/harness/order_text.h"

#include <array>
#include <charconv>
#include <chrono>

#include "bench/harness/dice.h"

namespace freshet::bench {
namespace {

using Words = std::string_view;

constexpr std::array<Words, versions_of_a_life> statuses = {
    "WAITING ON CUSTOMER", "WAITING ON CUSTOMER", "SUBMITTED", "IN PROGRESS", "COMPLETED"};
constexpr std::array<Words, 4> sizes = {"small", "medium", "large", "family"};
constexpr std::array<Words, 4> crusts = {"thin", "hand-tossed", "deep dish", "gluten-free"};
constexpr std::array<Words, 4> sauces = {"tomato", "pesto", "white", "barbecue"};
constexpr std::array<Words, 8> toppings = {"olives",  "onions",    "pepperoni", "mushrooms",
                                           "spinach", "pineapple", "peppers",   "anchovies"};

constexpr std::uint64_t milliseconds_of_a_year = 365ULL * 24 * 3'600 * 1'000;
constexpr std::uint64_t milliseconds_of_a_step = 61'337;
constexpr std::uint64_t seconds_to_2026 = 1'767'225'600;

// `width` digits of `number`, with zeros before them.
void append_digits(std::string& out, std::uint64_t number, std::size_t width) {
    std::array<char, 20> digits{};
    for (std::size_t i = width; i > 0; --i) {
        digits[i - 1] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    out.append(digits.data(), width);
}

void append_hex(std::string& out, std::uint64_t number, std::size_t width) {
    std::array<char, 16> digits{};
    for (std::size_t i = width; i > 0; --i) {
        digits[i - 1] = "0123456789abcdef"[number & 15U];
        number >>= 4U;
    }
    out.append(digits.data(), width);
}

// The time of a version, since 2026 began. An order is placed at any time of the year, so that its
// rows fall anywhere in a list that is sorted by it.
std::uint64_t milliseconds_of(OrderVersion of) {
    return scrambled(of.order ^ 0x7157U) % milliseconds_of_a_year +
           of.version * milliseconds_of_a_step;
}

void append_time(std::string& out, std::uint64_t milliseconds) {
    const std::uint64_t seconds = milliseconds / 1'000;
    const std::chrono::sys_days day{
        std::chrono::days((seconds_to_2026 + seconds) / (24ULL * 3'600))};
    const std::chrono::year_month_day date(day);
    append_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    out += '-';
    append_digits(out, static_cast<unsigned>(date.month()), 2);
    out += '-';
    append_digits(out, static_cast<unsigned>(date.day()), 2);
    out += 'T';
    append_digits(out, seconds / 3'600 % 24, 2);
    out += ':';
    append_digits(out, seconds / 60 % 60, 2);
    out += ':';
    append_digits(out, seconds % 60, 2);
    out += '.';
    append_digits(out, milliseconds % 1'000, 3);
    out += 'Z';
}

void append_pizza(std::string& out, std::uint64_t dice) {
    out += R"({"M":{"size":{"S":")";
    out += sizes[dice & 3U];
    out += R"("},"crust":{"S":")";
    out += crusts[(dice >> 2U) & 3U];
    out += R"("},"sauce":{"S":")";
    out += sauces[(dice >> 4U) & 3U];
    out += R"("},"toppings":{"L":[)";
    const std::uint64_t more = (dice >> 6U) & 1U;
    for (std::uint64_t i = 0; i <= more; ++i) {
        if (i > 0) out += ',';
        out += R"({"S":")";
        out += toppings[((dice >> 8U) + i * 3) & 7U];
        out += R"("})";
    }
    out += "]}}}";
}

// An edit gives the order other pizzas; to be opened again does, too.
void append_items(std::string& out, OrderVersion of) {
    const std::uint64_t edits =
        std::uint64_t{of.version} / versions_of_a_life * 2 + (of.version % versions_of_a_life > 0);
    const std::uint64_t dice = scrambled(of.order * 131 + edits);
    const std::uint64_t count = 1 + dice % 7 / 3;  // 1 and 2 three times as often as 3
    out += R"(,"items":{"L":[)";
    for (std::uint64_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        append_pizza(out, scrambled(dice + i));
    }
    out += R"(]},"numItems":{"N":")";
    append_digits(out, count, 1);
    out += R"("})";
}

void append_image(std::string& out, OrderVersion of) {
    out += R"({"pk":{"S":")";
    append_order_key(out, of.order);
    out += R"("},"createdAt":{"S":")";
    append_time(out, milliseconds_of({.order = of.order, .version = 0}));
    out += R"("},"creator":{"S":")";
    append_customer(out, scrambled(of.order ^ 0xc057U) % customers);
    out += R"("},"status":{"S":")";
    out += status_of(of.version);
    out += R"("})";
    append_items(out, of);
    if (of.version > 0) {
        out += R"(,"lastUpdated":{"S":")";
        append_time(out, milliseconds_of(of));
        out += R"("})";
    }
    if (of.expires_at > 0) {
        out += R"(,"expiresAt":{"N":")";
        append_digits(out, of.expires_at, 10);
        out += R"("})";
    }
    out += '}';
}

Words name_of(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::insert:
            return "INSERT";
        case ChangeKind::modify:
            return "MODIFY";
        default:
            return "REMOVE";
    }
}

}  // namespace

std::string_view status_of(std::uint32_t version) {
    return statuses[version % versions_of_a_life];
}

void append_order_key(std::string& out, std::uint64_t order) {
    const std::uint64_t first = scrambled(order);
    append_hex(out, first >> 32U, 8);
    out += '-';
    append_hex(out, first >> 16U, 4);
    out += '-';
    append_hex(out, first, 4);
    out += '-';
    append_hex(out, first >> 40U, 4);
    out += '-';
    append_hex(out, order, 12);
}

std::uint64_t order_of_key(std::string_view key) {
    constexpr std::size_t number_digits = 12;
    std::uint64_t order = 0;
    if (key.size() != order_key_bytes) return order;
    const char* const end = key.data() + key.size();
    std::from_chars(end - number_digits, end, order, 16);
    return order;
}

void append_customer(std::string& out, std::uint64_t customer) {
    constexpr std::size_t digits = 6;
    out += "user-";
    append_digits(out, customer, digits);
}

void append_record(std::string& out, ChangeKind kind, OrderVersion to, std::uint64_t sequence) {
    const std::uint64_t id = scrambled(sequence);
    out += R"({"eventID":")";
    append_hex(out, id, 16);
    append_hex(out, scrambled(id), 16);
    out += R"(","eventName":")";
    out += name_of(kind);
    out += R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-central-1",)";
    out += R"("dynamodb":{"ApproximateCreationDateTime":)";
    append_digits(out, seconds_to_2026 + sequence / 1'000, 10);
    out += R"(,"Keys":{"pk":{"S":")";
    append_order_key(out, to.order);
    out += R"("}})";
    if (kind != ChangeKind::remove) {
        out += R"(,"NewImage":)";
        append_image(out, to);
    }
    if (kind != ChangeKind::insert) {
        out += R"(,"OldImage":)";
        OrderVersion before = to;
        if (kind == ChangeKind::modify) --before.version;
        append_image(out, before);
    }
    out += R"(,"SequenceNumber":"36335000)";  // of more digits than 64 bits hold
    append_digits(out, sequence, 17);
    out += R"(","SizeBytes":300,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":)";
    out += R"("arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/)";
    out += R"(2026-11-01T09:00:00.000"})";
}

}  // namespace freshet::bench
