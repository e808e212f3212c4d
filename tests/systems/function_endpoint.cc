#include "tests/systems/function_endpoint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <set>
#include <utility>

#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/systems/canned_server.h"
#include "tests/systems/proxy.h"
#include "tests/systems/system.h"

namespace freshet::systems {

namespace {

// Reached only by what hangs.
constexpr std::chrono::milliseconds patience{20'000};

std::uint64_t number_in(const JsonValue& value) {
    return value.type() == JsonValue::Type::number ? std::stoull(value.text()) : 0;
}

FunctionCall function_call_of(const JsonValue& value) {
    FunctionCall call{.number = number_in(value["number"]),
                      .method = value["method"].text(),
                      .path = value["path"].text(),
                      .attempt = number_in(value["attempt"]),
                      .at_ms = number_in(value["at"]),
                      .answered_ms = number_in(value["answered"]),
                      .outcome = value["outcome"].text(),
                      .text = value["text"].text(),
                      .body = value["body"]};
    for (const auto& [name, text] : value["headers"].members()) call.headers[name] = text.text();
    for (const JsonValue& sequence : value["sequences"].elements()) {
        call.sequences.push_back(sequence.text());
    }
    for (const JsonValue& other : value["meanwhile"].elements()) {
        call.meanwhile.push_back(number_in(other));
    }
    return call;
}

std::vector<FunctionCall> function_calls_of(const JsonValue& value) {
    std::vector<FunctionCall> calls;
    for (const JsonValue& call : value.elements()) calls.push_back(function_call_of(call));
    return calls;
}

FunctionLedger function_ledger_of(const JsonValue& value) {
    FunctionLedger ledger;
    for (const auto& [item, deliveries] : value.members()) {
        for (const JsonValue& delivery : deliveries.elements()) {
            ledger[item].push_back({.sequence = delivery["sequence"].text(),
                                    .event = delivery["event"].text(),
                                    .call = number_in(delivery["call"]),
                                    .path = delivery["path"].text()});
        }
    }
    return ledger;
}

// How many different records it has.
std::size_t records_in(const FunctionLedger& ledger) {
    std::set<std::pair<std::string, std::string>> records;
    for (const auto& [item, deliveries] : ledger) {
        for (const FunctionDelivery& delivery : deliveries) {
            records.emplace(delivery.path + ' ' + item, delivery.sequence);
        }
    }
    return records.size();
}

std::string calls_target(std::uint64_t after, const std::string& path) {
    return "/calls?after=" + std::to_string(after) + (path.empty() ? "" : "&path=" + encoded(path));
}

std::string ledger_target(const std::string& path) {
    return "/ledger?" + (path.empty() ? "" : "path=" + encoded(path));
}

std::string awaiting(const std::string& target, std::size_t count) {
    return target + "&at_least=" + std::to_string(count) +
           "&wait_ms=" + std::to_string(patience.count());
}

std::string shown(const std::vector<FunctionCall>& calls) {
    std::string text;
    for (const FunctionCall& call : calls) {
        text += "\n" + std::to_string(call.number) + " " + call.path + ":";
        for (const std::string& sequence : call.sequences) text += " " + sequence;
        text += ": " + call.outcome;
    }
    return text.empty() ? "nothing" : text;
}

}  // namespace

std::string FunctionCall::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

FunctionEndpoint::FunctionEndpoint(std::optional<support::CertificateFiles> certificate)
    : certificate_(std::move(certificate)), port_(closed_port()) {
    start();
}

std::string FunctionEndpoint::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::string FunctionEndpoint::secure_url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(port_ + 1) + path;
}

void FunctionEndpoint::behave(const std::string& json) {
    asked("PUT", "/behaviour", 204, json);
}

std::vector<FunctionCall> FunctionEndpoint::calls(std::uint64_t after, const std::string& path) {
    return function_calls_of(asked("GET", calls_target(after, path), 200));
}

std::vector<FunctionCall> FunctionEndpoint::await_calls(std::size_t count, std::uint64_t after,
                                                        const std::string& path) {
    auto calls = function_calls_of(asked("GET", awaiting(calls_target(after, path), count), 200));
    if (calls.size() < count) {
        ADD_FAILURE() << "the function was to be called " << count << " times, and was "
                      << calls.size() << " times: " << shown(calls);
        calls.resize(count);
    }
    return calls;
}

void FunctionEndpoint::forget_calls() {
    asked("DELETE", "/calls", 204);
}

FunctionLedger FunctionEndpoint::ledger(const std::string& path) {
    return function_ledger_of(asked("GET", ledger_target(path), 200));
}

FunctionLedger FunctionEndpoint::await_ledger(std::size_t records, const std::string& path) {
    auto ledger = function_ledger_of(asked("GET", awaiting(ledger_target(path), records), 200));
    if (records_in(ledger) < records) {
        ADD_FAILURE() << "the function was to take " << records << " records, and took "
                      << records_in(ledger) << " of these calls: " << shown(calls(0, path));
    }
    return ledger;
}

void FunctionEndpoint::forget_ledger() {
    asked("DELETE", "/ledger", 204);
}

void FunctionEndpoint::kill() {
    process_->send(SIGKILL);
    process_->wait();
    process_.reset();
}

void FunctionEndpoint::start() {
    std::vector<std::string> command{"/usr/bin/env"};
    if (certificate_) {
        command.push_back("TLS_CERT=" + certificate_->certificate);
        command.push_back("TLS_KEY=" + certificate_->key);
    }
    command.insert(command.end(),
                   {"node", support::source_folder() + "/tests/systems/function_endpoint.mjs",
                    std::to_string(port_), folder_.file("ledger.jsonl")});
    process_.emplace(command);
    await_listener(port_);
    if (::testing::Test::HasFatalFailure()) {
        process_->send(SIGTERM);
        ADD_FAILURE() << "tools/setup test installs Node.js: " << process_->wait().errors;
    }
}

JsonValue FunctionEndpoint::asked(std::string_view method, const std::string& target, int status,
                                  const std::string& body) {
    const auto answer = support::HttpClient(port_).request(method, target, {}, body);
    EXPECT_EQ(answer.status, status) << method << " " << target << ": " << answer.body;
    return answer.status == 200 ? json(answer.body) : JsonValue();
}

}  // namespace freshet::systems
