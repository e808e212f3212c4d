#include "tools/append_command.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "engine/json.h"
#include "http/client.h"
#include "http/target.h"
#include "tools/exit_code.h"
#include "tools/json_members.h"
#include "tools/line_source.h"
#include "tools/progress.h"

namespace freshet::tools {

namespace {

using engine::JsonDocument;
using engine::JsonNode;
using http::ClientAnswer;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* command = "append";
constexpr milliseconds backoff_min{100};
constexpr milliseconds backoff_max{5'000};

// What stands in the log by now, as the server has counted it.
struct Totals {
    std::uint64_t lines = 0;
    std::uint64_t appended = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t ignored = 0;
    std::optional<std::uint64_t> position;

    // Adds what an answer, or a fault, says of the lines that stand.
    void add(const JsonNode& answer) {
        lines += number_member(answer, "lines").value_or(0);
        appended += number_member(answer, "appended").value_or(0);
        duplicates += number_member(answer, "duplicates").value_or(0);
        ignored += number_member(answer, "ignored").value_or(0);
        if (const auto newest = number_member(answer, "position")) position = newest;
    }
    [[nodiscard]] std::uint64_t records() const { return appended + duplicates + ignored; }
    [[nodiscard]] std::string text() const {
        return std::to_string(appended) + " appended, " + std::to_string(duplicates) +
               " duplicates, " + std::to_string(ignored) + " ignored";
    }
};

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

std::string one_decimal(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", number);
    return text;
}

http::ClientDeadlines deadlines_of(const AppendOptions& options) {
    http::ClientDeadlines deadlines;
    deadlines.answer = std::min<milliseconds>(deadlines.answer, options.timeout);
    deadlines.connect = std::min<milliseconds>(deadlines.connect, options.timeout);
    return deadlines;
}

class Appending {
public:
    Appending(const AppendOptions& options, http::Client client, LineSource source)
        : options_(options), client_(std::move(client)), source_(std::move(source)) {}

    int run();

private:
    bool send(Piece piece);
    [[nodiscard]] http::ClientRequest request(const Piece& piece) const;
    bool take_receipt(const ClientAnswer& answer, const Piece& piece);
    void progressed();
    bool wait_after(const Setback& setback);
    bool refuse(const ClientAnswer& answer, const Piece& piece);
    bool print_faults(const JsonNode& problem, const Piece& piece) const;
    bool stop(std::string_view why);
    void say_progress();
    void say_end() const;
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - begin_).count();
    }
    [[nodiscard]] std::uint64_t rate() const {
        return static_cast<std::uint64_t>(static_cast<double>(totals_.records()) /
                                          std::max(seconds(), 0.001));
    }

    const AppendOptions& options_;
    http::Client client_;
    LineSource source_;
    Progress progress_{command};
    Totals totals_;
    std::minstd_rand dice_{std::random_device()()};
    Clock::time_point begin_ = Clock::now();
    Clock::time_point last_progress_ = begin_;
    milliseconds backoff_ = backoff_min;
    bool setback_said_ = false;
};

int Appending::run() {
    while (true) {
        const auto piece = source_.next();
        if (!piece) {
            stop(piece.error().message);
            return exit_fault;
        }
        if (!*piece) break;
        last_progress_ = Clock::now();  // the time spent on waiting for the piece does not count
        if (!send(**piece)) return exit_fault;
        say_progress();
    }
    progress_.clear();
    say_end();
    return exit_done;
}

// Sends the piece until it stands. False if it cannot be brought to, which has been said then.
bool Appending::send(Piece piece) {
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
        if (!wait_after(*setback)) return false;
    }
}

http::ClientRequest Appending::request(const Piece& piece) const {
    http::Target target{.segments = {"records"}, .query = {}};
    if (!options_.table.empty()) target.query.push_back({"table", options_.table});
    return {.method = "POST",
            .target = http::format_target(target),
            .headers = {{"Content-Type", "application/x-ndjson"}, {"Prefer", "return=minimal"}},
            .body = piece.text};
}

bool Appending::take_receipt(const ClientAnswer& answer, const Piece& piece) {
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

void Appending::progressed() {
    last_progress_ = Clock::now();
    backoff_ = backoff_min;
    setback_said_ = false;
}

// Waits before the next try; false if the time without progress is over before that.
bool Appending::wait_after(const Setback& setback) {
    milliseconds wait =
        std::max(std::exchange(backoff_, std::min(2 * backoff_, backoff_max)), setback.asked);
    wait += milliseconds(std::uniform_int_distribution<std::int64_t>(0, wait.count() / 4)(dice_));
    if (Clock::now() + wait > last_progress_ + options_.timeout) {
        return stop("no progress within " + std::to_string(options_.timeout.count()) +
                    " s (--timeout): " + setback.why);
    }
    if (!setback_said_) progress_.notice(setback.why + "; trying again");
    setback_said_ = true;
    std::this_thread::sleep_for(wait);
    return true;
}

bool Appending::refuse(const ClientAnswer& answer, const Piece& piece) {
    const auto problem = JsonDocument::parse(answer.body);
    progress_.clear();
    if (!problem) return stop(advised_fault(answer));
    totals_.add(problem->root());
    if (print_faults(problem->root(), piece)) return stop("the server refuses what is named above");
    return stop(advised_fault(answer));
}

// Prints FILE:LINE: what is wrong there. False if the problem names no line.
bool Appending::print_faults(const JsonNode& problem, const Piece& piece) const {
    const auto line = number_member(problem, "line");
    const auto print = [&](const JsonNode& fault) {
        const std::uint64_t in_piece = number_member(fault, "line").value_or(line.value_or(1));
        std::cerr << source_.name() << ":" << piece.first_line + in_piece - 1 << ": ";
        const std::string_view pointer = text_member(fault, "pointer").value_or("");
        if (!pointer.empty()) std::cerr << pointer << ": ";
        std::cerr << text_member(fault, "detail").value_or("it is refused") << "\n";
    };
    const JsonNode* errors = problem.find("errors");
    if (errors != nullptr && errors->is(engine::JsonType::array) && errors->size() > 0) {
        for (const JsonNode& fault : *errors) print(fault);
        return true;
    }
    if (line) print(problem);
    return line.has_value();
}

// Says why it goes no further, and what stands. Returns false.
bool Appending::stop(std::string_view why) {
    progress_.notice(why);
    const std::string lines = std::to_string(totals_.lines);
    progress_.notice(totals_.lines == 0
                         ? "nothing of " + source_.name() + " is known to be appended"
                         : "the first " + lines + " lines of " + source_.name() + " stand (" +
                               totals_.text() + ")");
    progress_.notice("running it again is safe: what was appended is then a duplicate");
    return false;
}

void Appending::say_progress() {
    progress_.update([this] {
        std::string text =
            std::to_string(totals_.lines) + " lines, " + std::to_string(rate()) + " records/s";
        if (const auto size = source_.bytes_total(); size && *size > 0) {
            const auto share =
                static_cast<double>(source_.bytes_read()) / static_cast<double>(*size);
            text += ", " + std::to_string(static_cast<int>(100 * std::min(share, 1.0))) + " %";
        }
        return text;
    });
}

void Appending::say_end() const {
    const std::string records = std::to_string(totals_.records());
    const std::string position = totals_.position ? std::to_string(*totals_.position) : "";
    if (!options_.json) {
        std::cout << records << " records: " << totals_.text();
        if (!position.empty()) std::cout << "; position " << position;
        std::cout << "; " << one_decimal(seconds()) << " s, " << rate() << "/s\n";
        return;
    }
    std::cout << "{\"records\":" << records << ",\"lines\":" << totals_.lines
              << ",\"appended\":" << totals_.appended << ",\"duplicates\":" << totals_.duplicates
              << ",\"ignored\":" << totals_.ignored
              << ",\"position\":" << (position.empty() ? "null" : position)
              << ",\"seconds\":" << one_decimal(seconds()) << ",\"records_per_s\":" << rate()
              << "}\n";
}

}  // namespace

int append(const AppendOptions& options) {
    auto client = make_client(options.server, deadlines_of(options));
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    auto source = LineSource::open(options.file);
    if (!source) return say_fault(command, source.error().message);
    return Appending(options, *std::move(client), *std::move(source)).run();
}

}  // namespace freshet::tools
