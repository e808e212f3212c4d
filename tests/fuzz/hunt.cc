#include "tests/fuzz/hunt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "tests/fuzz/mutator.h"
#include "tests/support/rounds.h"

// Only in programs that a sanitizer watches: those end without a signal.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace freshet::fuzz {
namespace {

// What is being looked at, for whoever reports the end of this program.
std::string input;
std::size_t round_number = 0;

void put(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

// As a C++ string literal. Takes no memory: what has just crashed may be the allocation.
void put_escaped(std::string_view bytes) {
    put("\"");
    for (const char byte : bytes) {
        char text[8];
        const bool plain = byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
        // Octal, since a digit behind a hexadecimal escape would become a part of it.
        const int size = std::snprintf(text, sizeof(text), plain ? "%c" : "\\%03o",
                                       static_cast<unsigned>(static_cast<unsigned char>(byte)));
        put({text, static_cast<std::size_t>(size)});
    }
    put("\"\n");
}

void put_state() {
    char text[80];
    const int size = std::snprintf(text, sizeof(text), "FRESHET_SEED=%llu, round %zu, input ",
                                   static_cast<unsigned long long>(seed()), round_number);
    put({text, static_cast<std::size_t>(size)});
    put_escaped(input);
}

void on_signal(int signal) {
    put_state();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void report_crashes() {
    std::signal(SIGABRT, on_signal);
    if (__sanitizer_set_death_callback != nullptr) {
        __sanitizer_set_death_callback(put_state);
        return;
    }
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_signal);
}

bool take(const Check& check, Dice& dice) {
    const bool taken = check(input, dice);
    ++round_number;
    return taken;
}

}  // namespace

void hunt(const Game& game, const Check& check) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed()));
    report_crashes();
    round_number = 0;
    Dice dice(seed());

    for (const std::string& good : game.corpus) {
        input = good;
        EXPECT_TRUE(take(check, dice)) << "of the corpus";
        if (::testing::Test::HasFailure()) return put_state();
    }

    std::vector<std::string> tokens = game.tokens;
    if (!game.in_place) {
        for (const std::string& token : hostile_tokens()) tokens.push_back(token);
    }
    Mutator mutator(dice, game.corpus, tokens);
    const std::size_t spoilt = support::rounds(game.rounds);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < spoilt; ++i) {
        input = game.in_place ? mutator.next_in_place() : mutator.next();
        if (take(check, dice)) ++taken;
        if (::testing::Test::HasFailure()) return put_state();
    }
    std::printf("%zu of %zu spoilt inputs were taken\n", taken, spoilt);
    EXPECT_GT(taken, 0U);
    EXPECT_LT(taken, spoilt);
}

}  // namespace freshet::fuzz
