// The program `pizza-shop`: writes what happens in a pizza shop to standard output, one change
// record a line, each as soon as it has happened.
//
// Sequence numbers are taken from the clock, so that they grow from run to run.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "examples/pizza/shop.h"
#include "examples/pizza/stream_record.h"

namespace freshet::pizza {
namespace {

constexpr int exit_done = 0;
constexpr int exit_fault = 1;
constexpr int exit_usage = 2;

constexpr double rate_min = 0.001;  // below, the waits would outgrow the clock's numbers

constexpr const char* usage =
    "usage: pizza-shop [--rate R] [--orders N] [--seed S]\n"
    "\n"
    "Writes the change records of a pizza shop's orders, as DynamoDB Streams has them, one a "
    "line.\n"
    "\n"
    "  --rate R     R records a second (2); 0: as fast as they can be written\n"
    "  --orders N   end once N orders are completed, rejected or canceled (0: never)\n"
    "  --seed S     the same S gives the same orders and changes, at other times; by default\n"
    "               each run has orders of its own\n"
    "  --help       this text\n";

struct Options {
    double rate = 2;
    std::uint64_t orders = 0;
    std::optional<std::uint64_t> seed;
    bool help = false;
};

// Nothing if the text is not wholly a number.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

// Returns false if there is no such option, or the value is none for it.
bool set_option(Options& options, std::string_view name, std::string_view value) {
    if (name == "--rate") {
        const auto rate = number_of<double>(value);
        const bool usable = rate && (*rate == 0 || (*rate >= rate_min && std::isfinite(*rate)));
        if (!usable) return false;
        options.rate = *rate;
        return true;
    }
    const auto number = number_of<std::uint64_t>(value);
    if (!number) return false;
    if (name == "--orders") {
        options.orders = *number;
    } else if (name == "--seed") {
        options.seed = *number;
    } else {
        return false;
    }
    return true;
}

// Nothing, with a word about it on standard error, if the command line is wrong.
std::optional<Options> parse(const std::vector<std::string>& words) {
    Options options;
    for (std::size_t i = 0; i < words.size(); i += 2) {
        if (words[i] == "--help" || words[i] == "-h") {
            options.help = true;
            return options;
        }
        const std::string value = i + 1 < words.size() ? words[i + 1] : "";
        if (!set_option(options, words[i], value)) {
            std::fprintf(stderr, "pizza-shop: cannot use '%s %s'\n%s", words[i].c_str(),
                         value.c_str(), usage);
            return std::nullopt;
        }
    }
    return options;
}

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

// The clock's nanoseconds since 1970, but each time later than before.
class RisingClock {
public:
    std::uint64_t now() {
        const auto since = std::chrono::system_clock::now().time_since_epoch();
        const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
        last_ = std::max(last_ + 1, static_cast<std::uint64_t>(count));
        return last_;
    }

private:
    std::uint64_t last_ = 0;
};

// Lets `rate` of them begin in a second, beginning at once.
class Pace {
public:
    explicit Pace(double rate) : rate_(rate), begin_(std::chrono::steady_clock::now()) {}

    void await_next() {
        if (rate_ <= 0) return;
        const std::chrono::duration<double> due(static_cast<double>(count_) / rate_);
        ++count_;
        std::this_thread::sleep_until(
            begin_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due));
    }

private:
    double rate_;
    std::chrono::steady_clock::time_point begin_;
    std::uint64_t count_ = 0;
};

bool write_line(std::string line) {
    line += '\n';
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
           std::fflush(stdout) == 0;
}

int run(const Options& options) {
    Shop shop(options.seed ? *options.seed : random_seed(), options.orders);
    RisingClock clock;
    Pace pace(options.rate);
    while (true) {
        pace.await_next();
        const std::uint64_t now = clock.now();
        const auto change = shop.next(iso_time(now));
        if (!change) return exit_done;
        if (write_line(stream_record(*change, now))) continue;
        if (errno == EPIPE) return exit_done;  // nobody reads any more
        std::perror("pizza-shop: standard output");
        return exit_fault;
    }
}

}  // namespace

int main_of(const std::vector<std::string>& words) {
    const auto options = parse(words);
    if (!options) return exit_usage;
    if (options->help) {
        std::fputs(usage, stdout);
        return exit_done;
    }
    std::signal(SIGPIPE, SIG_IGN);  // told by the write's error
    return run(*options);
}

}  // namespace freshet::pizza

int main(int count, char** words) {
    return freshet::pizza::main_of({words + 1, words + count});
}
