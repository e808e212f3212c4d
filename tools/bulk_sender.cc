#include "tools/bulk_sender.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <thread>
#include <utility>

#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "http/messages/target.h"
#include "tools/json_members.h"

namespace freshet::tools {

namespace {

using engine::JsonDocument;
using engine::JsonNode;
using http::ClientAnswer;
using std::chrono::milliseconds;

constexpr milliseconds backoff_min{100};
constexpr milliseconds backoff_max{5'000};

// Why a piece did not get through this time.
struct Setback {
    std::string why;
    milliseconds asked{0};  // what the server wants to be left alone for
};

// Nothing if another try would end in the same way.
std::optional<Setback> setback_of(const Result<ClientAnswer>& answer) {
    if (!answer) {
        if (answer.error().code != Errc::unavailable) return std::nullopt;
        return Setback{.why = answer.error().message};
    }
    switch (answer->status) {
        case 408:
        case 429:
        case 502:
        case 503:
        case 504:
        case 507:
            return Setback{answer->fault(),
                           answer->retry_after().value_or(std::chrono::seconds(0))};
        default:
            return std::nullopt;
    }
}

// The piece without its first lines.
Piece after_lines(Piece piece, std::uint64_t lines) {
    for (; lines > 0 && piece.lines > 0; --lines) {
        piece.text.remove_prefix(piece.text.find('\n') + 1);
        ++piece.first_line;
        --piece.lines;
    }
    return piece;
}

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find('\n'));
}

std::string one_decimal(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", number);
    return text;
}

}  // namespace

void add_timeout_option(CLI::App& app, std::chrono::seconds& timeout) {
    constexpr std::int64_t day = 24L * 60 * 60;
    app.add_option_function<std::int64_t>(
           "--timeout",
           [&timeout](std::int64_t seconds) { timeout = std::chrono::seconds(seconds); },
           "Give up after so many seconds without progress (60)")
        ->check(CLI::Range(std::int64_t{1}, day).description(""))
        ->type_name("SECONDS");
}

Result<http::Client> make_bulk_client(const ServerAccess& access, std::chrono::seconds timeout) {
    http::ClientDeadlines deadlines;
    deadlines.answer = std::min<milliseconds>(deadlines.answer, timeout);
    deadlines.connect = std::min<milliseconds>(deadlines.connect, timeout);
    return make_client(access, deadlines);
}

void BulkTotals::add(const JsonNode& answer) {
    lines += number_member(answer, "lines").value_or(0);
    appended += number_member(answer, "appended").value_or(0);
    duplicates += number_member(answer, "duplicates").value_or(0);
    ignored += number_member(answer, "ignored").value_or(0);
    if (const auto newest = number_member(answer, "position")) position = newest;
}

std::string BulkTotals::text() const {
    return std::to_string(appended) + " appended, " + engine::quantity(duplicates, "duplicate") +
           ", " + std::to_string(ignored) + " ignored";
}

BulkSender::BulkSender(BulkOptions options, http::Client client)
    : options_(std::move(options)),
      client_(std::move(client)),
      progress_(options_.command),
      backoff_(backoff_min) {}

bool BulkSender::send_all(LineSource& source, const LineCheck& check) {
    source_ = &source;
    bool is_first = true;
    while (true) {
        const auto piece = source.next();
        if (!piece) return stop(piece.error().message);
        if (!*piece) break;
        if (std::exchange(is_first, false) && check) {
            const auto checked = check(first_line((*piece)->text));
            if (!checked) return stop(source.name() + ":1: " + checked.error().message);
        }
        last_progress_ = Clock::now();  // the time spent on waiting for the piece does not count
        if (!send(**piece)) return false;
        say_progress();
    }
    source_ = nullptr;
    ++files_before_;
    lines_before_ = totals_.lines;
    bytes_before_ += source.bytes_read();
    return true;
}

// Sends the piece until it stands. False if it cannot be brought to, which has been said then.
bool BulkSender::send(Piece piece) {
    while (true) {
        const auto answer = client_.exchange(request(piece));
        if (answer && answer->status == 200) return take_receipt(*answer, piece);

        const auto setback = setback_of(answer);
        if (!setback) return answer ? refuse(*answer, piece) : stop(answer.error().message);
        if (answer) {
            const auto problem = JsonDocument::parse(answer->body);
            const std::uint64_t standing =
                problem ? number_member(problem->root(), "lines").value_or(0) : 0;
            if (standing > 0) {
                totals_.add(problem->root());
                piece = after_lines(piece, standing);
                progressed();
                if (piece.lines == 0) return true;
            }
        }
        if (!wait(setback->why, setback->asked)) return false;
    }
}

http::ClientRequest BulkSender::request(const Piece& piece) const {
    http::Target target{.segments = {"records"}, .query = {}};
    if (!options_.table.empty()) target.query.push_back({"table", options_.table});
    if (!options_.reconciliation.empty()) {
        target.query.push_back({"reconciliation", options_.reconciliation});
    }
    return {.method = "POST",
            .target = http::format_target(target),
            .headers = {{"Content-Type", "application/x-ndjson"}, {"Prefer", "return=minimal"}},
            .body = piece.text};
}

bool BulkSender::take_receipt(const ClientAnswer& answer, const Piece& piece) {
    const auto receipt = JsonDocument::parse(answer.body);
    if (!receipt || !number_member(receipt->root(), "appended")) {
        return stop("the answer does not say what was appended; does a Freshet listen at " +
                    client_.server().text() + "?");
    }
    const std::uint64_t lines = totals_.lines + piece.lines;
    totals_.add(receipt->root());
    totals_.lines = lines;
    progressed();
    return true;
}

void BulkSender::progressed() {
    last_progress_ = Clock::now();
    backoff_ = backoff_min;
    setback_said_ = false;
}

// Waits before the next try, at least as long as is asked; false if the time without progress is
// over before that.
bool BulkSender::wait(std::string_view why, milliseconds asked) {
    milliseconds pause =
        std::max(std::exchange(backoff_, std::min(2 * backoff_, backoff_max)), asked);
    pause += milliseconds(std::uniform_int_distribution<std::int64_t>(0, pause.count() / 4)(dice_));
    if (Clock::now() + pause > last_progress_ + options_.timeout) {
        return stop("no progress within " + std::to_string(options_.timeout.count()) +
                    " s (--timeout): " + std::string(why));
    }
    if (!setback_said_) progress_.notice(std::string(why) + "; trying again");
    setback_said_ = true;
    std::this_thread::sleep_for(pause);
    return true;
}

bool BulkSender::refuse(const ClientAnswer& answer, const Piece& piece) {
    const auto problem = JsonDocument::parse(answer.body);
    progress_.clear();
    if (!problem) return stop(advised_fault(answer));
    totals_.add(problem->root());
    if (print_faults(problem->root(), piece)) return stop("the server refuses what is named above");
    return stop(advised_fault(answer));
}

// Prints FILE:LINE: what is wrong there. False if the problem names no line.
bool BulkSender::print_faults(const JsonNode& problem, const Piece& piece) const {
    const auto line = number_member(problem, "line");
    const auto print = [&](const JsonNode& fault) {
        const std::uint64_t in_piece = number_member(fault, "line").value_or(line.value_or(1));
        std::cerr << source_->name() << ":" << piece.first_line + in_piece - 1 << ": "
                  << fault_text(fault) << "\n";
    };
    const JsonNode* errors = problem.find("errors");
    if (errors != nullptr && errors->is(engine::JsonType::array) && errors->size() > 0) {
        for (const JsonNode& fault : *errors) print(fault);
        return true;
    }
    if (line) print(problem);
    return line.has_value();
}

bool BulkSender::stop(std::string_view why) {
    progress_.notice(why);
    if (source_ != nullptr) progress_.notice(standing());
    if (files_before_ > 0) progress_.notice("of all files together: " + totals_.text());
    progress_.notice(options_.reconciliation.empty()
                         ? "running it again is safe: what was appended is then a duplicate"
                         : "nothing was written to the table; run it again");
    return false;
}

// What stands of the file that is being sent.
std::string BulkSender::standing() const {
    const std::uint64_t lines = totals_.lines - lines_before_;
    if (lines == 0) return "nothing of " + source_->name() + " is known to be appended";
    std::string text = (lines == 1 ? "the first line of " + source_->name() + " stands"
                                   : "the first " + std::to_string(lines) + " lines of " +
                                         source_->name() + " stand");
    if (files_before_ == 0) text += " (" + totals_.text() + ")";
    return text;
}

double BulkSender::seconds() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
}

std::uint64_t BulkSender::rate() const {
    return static_cast<std::uint64_t>(static_cast<double>(totals_.records()) /
                                      std::max(seconds(), 0.001));
}

void BulkSender::say_progress() {
    progress_.update([this] {
        std::string text = engine::quantity(totals_.lines, "line") + ", " +
                           engine::quantity(rate(), options_.unit) + "/s";
        if (options_.bytes_total && *options_.bytes_total > 0) {
            const std::uint64_t read = bytes_before_ + source_->bytes_read();
            const auto share =
                static_cast<double>(read) / static_cast<double>(*options_.bytes_total);
            text += ", " + std::to_string(static_cast<int>(100 * std::min(share, 1.0))) + " %";
        }
        return text;
    });
}

void BulkSender::say_end(bool as_json) {
    progress_.clear();
    const std::string position = totals_.position ? std::to_string(*totals_.position) : "";
    if (!as_json) {
        std::cout << engine::quantity(totals_.records(), options_.unit) << ": " << totals_.text();
        if (!position.empty()) std::cout << "; position " << position;
        std::cout << "; " << one_decimal(seconds()) << " s, " << rate() << "/s\n";
        return;
    }
    std::cout << "{\"" << options_.unit << "s\":" << totals_.records()
              << ",\"lines\":" << totals_.lines << ",\"appended\":" << totals_.appended
              << ",\"duplicates\":" << totals_.duplicates << ",\"ignored\":" << totals_.ignored
              << ",\"position\":" << (position.empty() ? "null" : position)
              << ",\"seconds\":" << one_decimal(seconds()) << ",\"" << options_.unit
              << "s_per_s\":" << rate() << "}\n";
}

}  // namespace freshet::tools
