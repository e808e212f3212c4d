#include "engine/config/function.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "engine/config/function_filter.h"
#include "engine/text/address_reach.h"
#include "engine/text/enum_words.h"
#include "engine/text/letter_case.h"
#include "engine/text/nearest_name.h"

namespace freshet::engine {
namespace {

using std::chrono::seconds;

// AWS's ranges.
constexpr std::int64_t batch_size_max = 10'000;
constexpr std::int64_t batching_window_s_max = 300;
constexpr std::int64_t tumbling_window_s_max = 900;
constexpr std::int64_t retries_max = 10'000;
constexpr std::int64_t record_age_s_min = 60;
constexpr std::int64_t record_age_s_max = 604'800;
constexpr std::int64_t lanes_max = 10;
constexpr std::int64_t timeout_s_max = 900;

std::string beside(std::string_view file, const std::string& path) {
    return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

// Whether the host is an address that nothing is ever sent to.
bool is_refused(const std::string& host) {
    const auto address = IpAddress::parse(host);
    if (!address) return false;
    const AddressReach reach = reach_of(*address);
    return reach == AddressReach::link || reach == AddressReach::nobody;
}

void read_url(const Section& section, Function& function) {
    const auto word = section.word("url");
    const bool has_command = section.find("command") != nullptr;
    if (word.has_value() == has_command) {
        section.mistakes().add(section.line(), std::string("found ") +
                                                   (has_command ? "both" : "neither") +
                                                   " url and command, expected one of them: where "
                                                   "the function is, or how it is started");
    }
    if (!word) return;
    auto url = parse_http_url(word->text);
    if (!url) {
        section.mistakes().add(word->line,
                               "found " + in_quotes(word->text) +
                                   " for url, expected http:// or https://, a host, and perhaps a "
                                   "port and a path: \"http://127.0.0.1:9000/notify\"");
        return;
    }
    if (is_refused(url->host)) {
        section.mistakes().add(word->line,
                               "found the address " + url->host +
                                   " in url, expected one that is neither link-local, where clouds "
                                   "hand out credentials, nor that of no single machine");
    }
    function.url = *std::move(url);
}

void read_command(const Section& section, std::string_view file, Function& function) {
    const toml::node* node = section.find("command");
    if (node == nullptr) return;
    for (const Word& word : section.words("command")) function.command.push_back(word.text);
    if (node->as_array() == nullptr || function.command.empty() ||
        function.command.front().empty()) {
        section.mistakes().add(line_of(*node), "found " + description_of(*node) +
                                                   " for command, expected the program and its "
                                                   "arguments: [\"node\", \"word-count.mjs\"]");
    }
    function.folder = std::filesystem::absolute(file).parent_path().string();
}

// What would be taken by a function of the other kind only, and so be taken for done.
void check_kind(const Section& section, std::initializer_list<std::string_view> keys,
                std::string_view needed) {
    if (section.find(needed) != nullptr) return;
    for (const std::string_view key : keys) {
        const toml::node* node = section.find(key);
        if (node == nullptr) continue;
        section.mistakes().add(line_of(*node), "found " + std::string(key) + ", expected " +
                                                   std::string(needed) + " beside it");
    }
}

void read_table_name(const Section& section, const std::vector<std::unique_ptr<Table>>& tables,
                     Function& function) {
    const auto word = section.required_word("table");
    if (!word) return;
    std::vector<std::string_view> names;
    for (const auto& table : tables) {
        names.push_back(table->name);
        if (table->name == word->text) function.table = table.get();
    }
    if (function.table != nullptr) return;
    section.mistakes().add(word->line, "found the table " + in_quotes(word->text) + ", " +
                                           expected_name(word->text, names));
}

// A date and a time with its zone, as TOML has it.
std::optional<storage::AppendTime> time_of(const toml::date_time& value) {
    if (!value.offset) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(value.date.year),
                                           std::chrono::month(value.date.month),
                                           std::chrono::day(value.date.day));
    const auto time = std::chrono::sys_days(date) + std::chrono::hours(value.time.hour) +
                      std::chrono::minutes(value.time.minute) + seconds(value.time.second) +
                      std::chrono::nanoseconds(value.time.nanosecond) -
                      std::chrono::minutes(value.offset->minutes);
    return std::chrono::floor<std::chrono::microseconds>(time);
}

std::optional<StartingPosition> start_of(const toml::node& node) {
    if (const auto* text = node.as_string()) {
        const std::string word = in_lower_case(text->get());
        if (word == "trim_horizon") return TrimHorizon{};
        if (word == "latest") return Latest{};
    }
    if (const auto* number = node.as_integer(); number != nullptr && number->get() >= 0) {
        return storage::Position{static_cast<std::uint64_t>(number->get())};
    }
    if (const auto* time = node.as_date_time()) {
        if (const auto moment = time_of(time->get())) return *moment;
    }
    return std::nullopt;
}

void read_start(const Section& section, Function& function) {
    const toml::node* node = section.find("starting_position");
    if (node == nullptr) return;
    if (const auto start = start_of(*node)) {
        function.start = *start;
        return;
    }
    section.mistakes().add(line_of(*node),
                           "found " + description_of(*node) +
                               " for starting_position, expected \"trim_horizon\", \"latest\", the "
                               "position of a record (the first one to be fed is behind it), or a "
                               "time, without quotes: 2026-11-20T11:39:28Z");
}

// A number for which -1 stands for none.
std::optional<std::int64_t> read_bound(const Section& section, std::string_view key,
                                       std::int64_t min, std::int64_t max) {
    const toml::node* node = section.find(key);
    if (node == nullptr) return std::nullopt;
    const auto* number = node->as_integer();
    const std::int64_t value = number == nullptr ? min - 2 : number->get();
    if (value == -1) return std::nullopt;
    if (number != nullptr && value >= min && value <= max) return value;
    section.mistakes().add(line_of(*node), "found " + std::string(key) + " = " +
                                               description_of(*node) +
                                               ", expected -1 (no bound) or "
                                               "an integer from " +
                                               std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
}

template <class Enum>
void read_choice(const Section& section, std::string_view key, Enum& choice) {
    const auto word = section.word(key);
    if (!word) return;
    constexpr auto& words = enum_words<Enum>;
    const auto* const found = std::find(words.begin(), words.end(), word->text);
    if (found == words.end()) {
        section.mistakes().add(word->line, "found " + in_quotes(word->text) + " for " +
                                               std::string(key) + ", " +
                                               expected_name(word->text, words));
        return;
    }
    choice = static_cast<Enum>(found - words.begin());
}

void read_networks(const Section& section, Function& function) {
    for (const Word& word : section.words("networks")) {
        if (const auto block = AddressBlock::parse(word.text)) {
            function.networks.push_back(*block);
            continue;
        }
        section.mistakes().add(word.line, "found " + in_quotes(word.text) +
                                              " in networks, expected an address, or a block of "
                                              "them: \"10.0.0.0/8\"");
    }
}

void read_secret(const Section& section, std::string_view file, Function& function) {
    const auto* source = section.table("secret");
    if (source == nullptr) return;
    const Section secret(*source, "function.secret", {"file", "env"}, section.mistakes());
    const auto path = secret.word("file");
    const auto variable = secret.word("env");
    if (path.has_value() == variable.has_value()) {
        section.mistakes().add(secret.line(), std::string("found ") + (path ? "both" : "neither") +
                                                  " file and env, expected one of them: where the "
                                                  "secret is");
    }
    function.secret = SecretSettings{.file = path ? beside(file, path->text) : std::string(),
                                     .variable = variable ? variable->text : std::string()};
}

void read_delivery(const Section& section, std::string_view file, Function& function) {
    read_url(section, function);
    read_command(section, file, function);
    for (const Word& word : section.words("environment")) {
        function.environment.push_back(word.text);
    }
    check_kind(section, {"networks", "secret", "authorities"}, "url");
    check_kind(section, {"environment"}, "command");
    read_networks(section, function);
    read_secret(section, file, function);
    if (const auto path = section.word("authorities")) {
        function.authorities = beside(file, path->text);
    }
    read_choice(section, "format", function.format);
    if (const auto timeout = section.integer("timeout_s", 1, timeout_s_max)) {
        function.timeout = seconds(*timeout);
    }
}

void read_batching(const Section& section, Function& function) {
    if (const auto size = section.integer("batch_size", 1, batch_size_max)) {
        function.batch_size = static_cast<std::size_t>(*size);
    }
    if (const auto window = section.integer("batching_window_s", 0, batching_window_s_max)) {
        function.batching_window = seconds(*window);
    }
    if (const auto window = section.integer("tumbling_window_s", 0, tumbling_window_s_max);
        window && *window > 0) {
        function.tumbling_window = seconds(*window);
        if (function.format != FunctionFormat::lambda) {
            section.mistakes().add(line_of(*section.find("tumbling_window_s")),
                                   "found tumbling_window_s beside format = \"cloudevents\", which "
                                   "has no place for a window, expected one of them");
        }
    }
    if (const auto lanes = section.integer("parallelization_factor", 1, lanes_max)) {
        function.lanes = static_cast<std::size_t>(*lanes);
    }
}

void read_patience(const Section& section, Function& function) {
    if (const auto retries = read_bound(section, "maximum_retry_attempts", 0, retries_max)) {
        function.retries_max = static_cast<std::uint32_t>(*retries);
    }
    if (const auto age =
            read_bound(section, "maximum_record_age_s", record_age_s_min, record_age_s_max)) {
        function.record_age_max = seconds(*age);
    }
    function.bisects = section.flag("bisect_batch_on_function_error");
    function.reports_failures = section.flag("report_batch_item_failures");
    read_choice(section, "hold", function.hold);
}

}  // namespace

Function read_function(const toml::table& source, std::string_view file,
                       const std::vector<std::unique_ptr<Table>>& tables, Names& names,
                       Mistakes& mistakes) {
    const Section section(source, "function",
                          {"name",
                           "table",
                           "url",
                           "command",
                           "environment",
                           "networks",
                           "secret",
                           "authorities",
                           "format",
                           "timeout_s",
                           "batch_size",
                           "batching_window_s",
                           "parallelization_factor",
                           "tumbling_window_s",
                           "starting_position",
                           "filter",
                           "maximum_retry_attempts",
                           "maximum_record_age_s",
                           "bisect_batch_on_function_error",
                           "report_batch_item_failures",
                           "hold",
                           "enabled"},
                          mistakes);
    Function function;
    function.name = read_name(section, names);
    read_table_name(section, tables, function);
    read_delivery(section, file, function);
    read_batching(section, function);
    read_start(section, function);
    function.filter = read_filter(section);
    read_patience(section, function);
    if (section.find("enabled") != nullptr) function.is_enabled = section.flag("enabled");
    return function;
}

}  // namespace freshet::engine
