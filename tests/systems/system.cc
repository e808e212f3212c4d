#include "tests/systems/system.h"

#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/support/places.h"

namespace freshet::systems {

namespace {

constexpr std::chrono::seconds patience{120};
constexpr std::chrono::minutes build_patience{5};

}  // namespace

std::string data_file(const std::string& name) {
    const std::string path = support::source_folder() + "/tests/data/" + name;
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

JsonValue json(std::string_view text) {
    const auto value = JsonValue::parse(text);
    EXPECT_TRUE(value) << "not JSON: " << text;
    return value.value_or(JsonValue());
}

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '_') {
            out += c;
        } else {
            out += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return out;
}

ProcessEnd run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), support::freshet_program());
    return support::run_program(arguments);
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string with(std::string text, std::string_view old_part, std::string_view part) {
    const std::size_t at = text.find(old_part);
    if (at != std::string::npos) return text.replace(at, old_part.size(), part);
    ADD_FAILURE() << old_part << " is not in " << text;
    return text;
}

std::string with_all(std::string text, std::string_view old_part, std::string_view part) {
    for (std::size_t at = 0; (at = text.find(old_part, at)) != std::string::npos;
         at += part.size()) {
        text.replace(at, old_part.size(), part);
    }
    return text;
}

System::System(const std::string& config)
    : process_(support::freshet_program(), folder_.file("freshet.toml")) {
    configure(config);
}

void System::configure(const std::string& config) {
    std::ofstream(config_path(), std::ios::binary) << config;
}

bool System::start(const std::vector<std::string>& more_arguments) {
    const bool started = process_.start(more_arguments);
    if (!started) ADD_FAILURE() << "the server did not start: " << process_.wait().errors;
    return started && await_ready();
}

// The server listens before it has folded its log, so that it can say how far it is.
bool System::await_ready() {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (get("/readyz").status != 200) {
        if (std::chrono::steady_clock::now() > deadline) {
            ADD_FAILURE() << "the server does not become ready";
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

bool System::is_building() {
    return read("/readyz?verbose")["building"].size() > 0;
}

void System::await_built() {
    const auto deadline = std::chrono::steady_clock::now() + build_patience;
    while (is_building()) {
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the build does not end";
        std::this_thread::yield();
    }
}

void System::stop() {
    begin_to_stop();
    await_stop();
}

void System::begin_to_stop() {
    client_.reset();
    process_.begin_to_stop();
}

void System::await_stop() {
    const ProcessEnd end = process_.wait();
    EXPECT_EQ(end.exit_code, 0) << "signal " << end.signal << ": " << end.errors;
}

void System::kill() {
    client_.reset();
    EXPECT_EQ(process_.kill().signal, 9);
}

void System::delete_state() {
    EXPECT_GT(std::filesystem::remove_all(folder() + "/state"), 0U) << "there was no state";
}

HttpAnswer System::request(std::string_view method, std::string_view target,
                           const HttpHeaders& headers, std::string_view body) {
    if (!client_) client_.emplace(process_.port());
    HttpAnswer answer = client_->request(method, target, headers, body);
    if (answer.header("Connection") == "close") client_.reset();
    return answer;
}

HttpAnswer System::get(std::string_view target, const HttpHeaders& headers) {
    return request("GET", target, headers, {});
}

HttpAnswer System::post(std::string_view body, std::string_view target, HttpHeaders headers) {
    headers.emplace_back("Content-Type: application/json");
    return request("POST", target, headers, body);
}

JsonValue System::read(std::string_view target) {
    const HttpAnswer answer = get(target);
    EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
    return json(answer.body);
}

JsonValue System::append(std::string_view body, std::string_view target) {
    const HttpAnswer answer = post(body, target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    JsonValue receipt = json(answer.body);
    EXPECT_EQ(receipt["batchItemFailures"].size(), 0U) << answer.body;
    return receipt;
}

std::vector<JsonValue> System::log(std::uint64_t after_position) {
    std::vector<JsonValue> records;
    std::string after = std::to_string(after_position);
    while (true) {
        const JsonValue page = read("/records?limit=1000&after=" + after);
        const auto& more = page["Records"].elements();
        records.insert(records.end(), more.begin(), more.end());
        if (!page["next"].exists()) return records;
        after = page["next"].text();
    }
}

std::vector<JsonValue> System::list(const std::string& path) {
    std::vector<JsonValue> items;
    std::string target = path + "?limit=1000";
    while (true) {
        const JsonValue page = read(target);
        const auto& more = page["items"].elements();
        items.insert(items.end(), more.begin(), more.end());
        if (!page["next"].exists()) return items;
        target = path + "?limit=1000&cursor=" + page["next"].text();
    }
}

std::uint64_t System::position() {
    return std::stoull(get("/records?limit=1").header("Freshet-Position"));
}

}  // namespace freshet::systems
