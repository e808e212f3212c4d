#include "http/functions/function_runner.h"

#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include "http/functions/function_driver.h"
#include "storage/thread_turns.h"

namespace freshet::http {

class FunctionRunner::Parts {
public:
    Parts(engine::Engine& engine, ServerLog& log)
        : engine_(engine),
          log_(log),
          postbox_(std::make_shared<Postbox>(
              io_,
              [this](const std::exception& fault) {
                  log_.error("the functions' thread continues after: ", fault.what());
              })),
          grace_(io_) {}

    // NOLINTNEXTLINE(bugprone-exception-escape): what may throw is want of memory at the end
    ~Parts() {
        stop(std::chrono::milliseconds(0));
        postbox_->close();
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    Result<void> load() {
        const FunctionDriver::Loop loop{.io = io_,
                                        .postbox = postbox_,
                                        .engine = engine_,
                                        .log = log_,
                                        .watch = [this](storage::Position shown) { watch(shown); }};
        for (const auto& function : engine_.functions().functions()) {
            auto credentials = FunctionDriver::load(*function);
            if (!credentials) return fail(credentials.error());
            drivers_.push_back(
                std::make_shared<FunctionDriver>(loop, *function, *std::move(credentials)));
        }
        return {};
    }

    void start() {
        if (drivers_.empty()) return;
        engine_.functions().hear_changes(
            [this, postbox = postbox_](const engine::Function& function, const auto& parked) {
                postbox->post_surely([this, &function, parked] {
                    for (const auto& driver : drivers_) {
                        if (&driver->function() == &function) driver->note_order(parked);
                    }
                });
            });
        for (const auto& driver : drivers_) {
            asio::co_spawn(io_, FunctionDriver::run(driver), [this](const auto&) { end_one(); });
        }
        running_ = drivers_.size();
        fold_ticket_ = engine_.when_reached(
            {}, [this, postbox = postbox_] { postbox->post_surely([this] { wake_all(); }); });
        thread_ = std::thread([this] { run(); });
    }

    void stop(std::chrono::milliseconds grace) {
        if (!thread_.joinable()) return;
        engine_.functions().hear_changes(nullptr);
        postbox_->post_surely([this, grace] {
            for (const auto& driver : drivers_) driver->stop();
            grace_.expires_after(grace);
            grace_.async_wait([this](const ErrorCode& cancelled) {
                if (cancelled) return;
                for (const auto& driver : drivers_) driver->abort();
            });
        });
        thread_.join();
        if (ticket_) engine_.give_up(*ticket_);
        ticket_.reset();
        engine_.give_up(fold_ticket_);
    }

private:
    void wake_all() {
        for (const auto& driver : drivers_) driver->wake();
    }

    void run() {
        storage::take_few_turns();  // writers and readers come first
        while (true) {
            try {
                io_.run();
                return;
            } catch (const std::exception& error) {
                log_.error("the functions' thread continues after: ", error.what());
            }
        }
    }

    void end_one() {
        if (--running_ > 0) return;
        grace_.cancel();
        work_.reset();
        io_.stop();
    }

    // One wait for all drivers, so that the sequencer's work does not grow with them.
    void watch(storage::Position shown) {
        const storage::Position next{shown.value + 1};
        if (ticket_ && awaited_ <= next) return;
        if (ticket_) engine_.give_up(*ticket_);
        awaited_ = next;
        ticket_ = engine_.when_reached(next, [this, next, postbox = postbox_] {
            postbox->post_surely([this, next] {
                if (awaited_ == next) ticket_.reset();
                wake_all();
            });
        });
    }

    engine::Engine& engine_;
    ServerLog& log_;
    asio::io_context io_{1};
    std::optional<asio::executor_work_guard<Executor>> work_{asio::make_work_guard(io_)};
    const std::shared_ptr<Postbox> postbox_;
    Timer grace_;
    std::vector<std::shared_ptr<FunctionDriver>> drivers_;
    std::size_t running_ = 0;
    std::uint64_t fold_ticket_ = 0;  // of the wait until the log is folded
    std::optional<std::uint64_t> ticket_;
    storage::Position awaited_;
    std::thread thread_;
};

FunctionRunner::FunctionRunner(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

FunctionRunner::~FunctionRunner() = default;

Result<std::unique_ptr<FunctionRunner>> FunctionRunner::load(engine::Engine& engine,
                                                             ServerLog& log) {
    auto parts = std::make_unique<Parts>(engine, log);
    if (auto loaded = parts->load(); !loaded) return fail(loaded.error());
    return std::unique_ptr<FunctionRunner>(new FunctionRunner(std::move(parts)));
}

void FunctionRunner::start() {
    parts_->start();
}

void FunctionRunner::stop(std::chrono::milliseconds grace) {
    parts_->stop(grace);
}

}  // namespace freshet::http
