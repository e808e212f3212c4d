#include "tests/crash/killed_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "engine/engine.h"
#include "tests/support/must.h"
#include "tests/world/tables.h"

namespace freshet::crash {
namespace {

using engine::Engine;
using engine::Receipt;
using support::must;

constexpr std::size_t writers_count = 8;
// So short a pipe that the writers wait for the reader rather than fill the disk.
constexpr int pipe_bytes = 4'096;

void require(bool holds, const char* what) {
    if (holds) return;
    std::perror(what);
    std::abort();
}

// The answers of one batch, in one write: short enough to arrive whole or not at all.
void send(const std::vector<Answer>& answers) {
    const std::size_t size = answers.size() * sizeof(Answer);
    if (::write(STDOUT_FILENO, answers.data(), size) != static_cast<ssize_t>(size)) std::_Exit(1);
}

void write_for_ever(Engine& engine, Sequences& sequences, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (;;) {
        const std::vector<Delivery> deliveries = next_deliveries(sequences, random);
        std::promise<Result<Receipt>> answered;
        engine.append(batch_of(engine.catalog(), deliveries),
                      [&](Result<Receipt> answer) { answered.set_value(std::move(answer)); });
        send(answers_of(deliveries, must(answered.get_future().get())));
    }
}

void wait_until_it_serves(const Engine& engine) {
    while (engine.status().mode != engine::SequencerMode::serving) std::this_thread::yield();
}

}  // namespace

int run_killed_writer(const std::vector<std::string>& arguments) {
    if (arguments.size() != 2 + items_count) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::uint64_t seed = std::stoull(arguments[1]);
    Sequences sequences;
    for (std::size_t i = 0; i < items_count; ++i) sequences[i] = std::stoull(arguments[2 + i]);

    const auto engine = must(
        Engine::open(support::small_catalog(),
                     {.path = arguments[0], .storage = {}, .sequencer = {}, .clock = nullptr}));
    engine->start();
    wait_until_it_serves(*engine);
    std::vector<std::thread> writers;
    for (std::size_t i = 0; i < writers_count; ++i) {
        writers.emplace_back([&, i] { write_for_ever(*engine, sequences, seed + i); });
    }
    for (std::thread& writer : writers) writer.join();
    return 1;
}

KilledWriter::KilledWriter(const std::string& path, std::uint64_t seed,
                           const std::vector<std::uint64_t>& newest) {
    std::vector<std::string> words = {"crash_tests", writer_flag, path, std::to_string(seed)};
    for (const std::uint64_t sequence : newest) words.push_back(std::to_string(sequence));
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    int ends[2];
    require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    require(::fcntl(ends[1], F_SETPIPE_SZ, pipe_bytes) > 0, "F_SETPIPE_SZ");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    const int failure =
        ::posix_spawn(&process_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = failure;
    require(failure == 0, "posix_spawn");
    ::close(ends[1]);
    answers_ = ends[0];
}

KilledWriter::~KilledWriter() {
    if (answers_ >= 0) ::close(answers_);
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

std::vector<Answer> KilledWriter::kill_after(std::size_t count) {
    std::vector<Answer> answers;
    bool killed = false;
    for (;;) {
        Answer answer;
        const ssize_t size = ::read(answers_, &answer, sizeof(answer));
        if (size == 0) break;
        require(size == static_cast<ssize_t>(sizeof(answer)), "reading an answer");
        answers.push_back(answer);
        if (killed || answers.size() < count) continue;
        ::kill(process_, SIGKILL);
        killed = true;
    }
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
    return answers;
}

}  // namespace freshet::crash
