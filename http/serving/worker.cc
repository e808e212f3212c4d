#include "http/serving/worker.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace freshet::http {

namespace {

// Followers are told for so long what is new, and then others have their turn.
constexpr std::chrono::microseconds pass_slice{200};

// Where all of them took longer than that, others have twice as much time before the next pass, up
// to this: writers come before those who watch. What is new by then is told together.
constexpr std::chrono::milliseconds quiet_max{250};

}  // namespace

Worker::Worker(const Service& service)
    : service_(service),
      work_(asio::make_work_guard(io_)),
      postbox_(std::make_shared<Postbox>(
          io_,
          [this](const std::exception& fault) {
              service_.log->error("a connection's thread continues after: ", fault.what());
          })),
      ticker_(io_),
      grace_timer_(io_),
      alarm_(io_),
      quiet_timer_(io_) {}

// What may throw is want of memory while it stops: then the process ends.
// NOLINTNEXTLINE(bugprone-exception-escape)
Worker::~Worker() {
    stop(std::chrono::milliseconds(0));
    join();
    postbox_->close();
}

void Worker::start() {
    asio::co_spawn(io_, tick_connections(*this), asio::detached);
    thread_ = std::thread([this] { run(); });
}

void Worker::run() {
    while (true) {
        try {
            io_.run();
            return;
        } catch (const std::exception& error) {
            service_.log->error("a connection's thread continues after: ", error.what());
        }
    }
}

Awaitable<void> Worker::tick_connections(Worker& worker) {
    while (true) {
        // Without ticks no deadline would be kept, so they go on, whatever goes wrong.
        try {
            worker.ticker_.expires_after(worker.service_.tick);
            const auto [cancelled] = co_await worker.ticker_.async_wait(as_value);
            // A tick that was due already when the ticker was cancelled is not told of it.
            if (cancelled || worker.is_done()) co_return;
            const TimePoint time = now();
            worker.for_each([time](Connection& connection) { connection.tick(time); });
            worker.wake_due();
            worker.turns_.forget(time);
            worker.postbox_->listen();
        } catch (const std::exception& error) {
            worker.service_.log->error("deadlines are looked at again after: ", error.what());
        }
    }
}

void Worker::adopt(Socket socket, Peer peer) {
    RecordsWatch& watch = *this;
    auto connection = std::make_shared<Connection>(std::move(socket), postbox_, watch, turns_,
                                                   service_, std::move(peer));
    asio::post(io_, [this, connection = std::move(connection)] { add(connection); });
}

void Worker::evict(std::shared_ptr<const Shortage> shortage) {
    asio::post(io_, [this, shortage = std::move(shortage)] {
        http::evict(connections_, *shortage, service_);
    });
}

void Worker::add(std::shared_ptr<Connection> connection) {
    connections_.insert(connection);
    if (stopping_) connection->begin_stop();
    auto life = Connection::serve(connection);
    asio::co_spawn(io_, std::move(life),
                   [this, connection = std::move(connection)](const std::exception_ptr& error) {
                       remove(connection, error);
                   });
}

void Worker::remove(const std::shared_ptr<Connection>& connection,
                    const std::exception_ptr& error) {
    connections_.erase(connection);
    connection->abort();
    end_if_done();
    if (!error) return;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& surprise) {
        service_.log->error("a connection was closed after: ", surprise.what());
    }
}

// What one of them meets, want of memory mostly, is not the others' trouble.
template <class Work>
void Worker::try_with(Connection& connection, Work work) {
    try {
        work(connection);
    } catch (const std::exception& error) {
        service_.log->error("a connection was cut after: ", error.what());
        connection.abort();
    }
}

template <class Work>
void Worker::for_each(Work work) {
    for (const auto& connection : connections_) try_with(*connection, work);
}

void Worker::watch(storage::Position position) {
    const storage::Position next{position.value + 1};
    if (ticket_ && awaited_ <= next) return;
    if (ticket_) service_.routes.engine.give_up(*ticket_);
    ticket_.reset();
    awaited_ = next;
    // A wait that was given up may have ended just before, and be on its way here.
    const std::uint64_t wait = ++waits_;
    ticket_ = service_.routes.engine.when_reached(next, [this, wait, postbox = postbox_] {
        postbox->post_surely([this, wait] {
            if (wait == waits_) wake_followers();
        });
    });
}

void Worker::wake_at(TimePoint time, std::weak_ptr<Connection> connection) {
    sleeping_[time].push_back(std::move(connection));
    if (sleeping_.begin()->first == time && sleeping_.begin()->second.size() == 1) set_alarm(time);
}

void Worker::let_sleep(TimePoint time, const Connection& connection) {
    const auto found = sleeping_.find(time);
    if (found == sleeping_.end()) return;
    auto& sleepers = found->second;
    std::erase_if(sleepers, [&](const auto& one) { return one.lock().get() == &connection; });
    if (sleepers.empty()) sleeping_.erase(found);
}

void Worker::set_alarm(TimePoint time) {
    alarm_.expires_at(time);
    alarm_.async_wait([this](const ErrorCode& cancelled) {
        if (!cancelled) wake_due();
    });
}

// Also called once more if it was due already when it was cancelled, and at each tick.
void Worker::wake_due() {
    if (is_done()) return;
    try {
        while (!sleeping_.empty() && sleeping_.begin()->first <= now()) {
            const auto& sleepers = sleeping_.begin()->second;
            due_.insert(due_.end(), sleepers.begin(), sleepers.end());
            sleeping_.erase(sleeping_.begin());
        }
        if (!sleeping_.empty()) set_alarm(sleeping_.begin()->first);
    } catch (const std::bad_alloc&) {
        // Those who are left are due still at the next tick.
    }
    tell_if_quiet();
}

void Worker::wake_followers() {
    ticket_.reset();
    has_news_ = true;
    tell_if_quiet();
}

// One pass for all who are to be told by now: so none of them waits for more than the pass before
// and the quiet after it.
void Worker::tell_if_quiet() {
    const bool has_some = has_news_ || !due_.empty();
    if (!has_some || pass_.is_under_way() || is_done()) return;
    if (now() < quiet_until_) {
        quiet_timer_.expires_at(quiet_until_);
        quiet_timer_.async_wait([this](const ErrorCode& cancelled) {
            if (!cancelled) tell_if_quiet();
        });
        return;
    }
    to_tell_.reserve(due_.size() + (has_news_ ? connections_.size() : 0));
    for (const auto& sleeper : due_) {
        if (auto connection = sleeper.lock()) to_tell_.push_back(std::move(connection));
    }
    due_.clear();
    if (std::exchange(has_news_, false)) {
        for (const auto& connection : connections_) {
            if (connection->awaits_records()) to_tell_.push_back(connection);
        }
    }
    pass_ = service_.routes.engine.live_point().begin_pass();
    tell_some();
}

// Thousands of followers are told in slices, so that requests are answered in between. Those who
// were told have asked to be woken again.
void Worker::tell_some() {
    TimePoint begun = now();
    while (!to_tell_.empty()) {
        const auto connection = std::move(to_tell_.back());
        to_tell_.pop_back();
        try_with(*connection, [](Connection& follower) { follower.send_new_records(); });
        if (now() < begun + pass_slice || to_tell_.empty()) continue;
        pass_work_ += now() - begun;
        begun = now();
        try {
            return asio::post(io_, [this] { tell_some(); });
        } catch (const std::bad_alloc&) {
            continue;  // then they are told now
        }
    }
    pass_.end();
    pass_work_ += now() - begun;
    const std::chrono::nanoseconds work = std::exchange(pass_work_, {});
    if (work > pass_slice) {
        quiet_until_ = now() + std::min<std::chrono::nanoseconds>(2 * work, quiet_max);
    }
    tell_if_quiet();
}

void Worker::stop(std::chrono::milliseconds grace) {
    asio::post(io_, [this, grace] { begin_stop(grace); });
}

void Worker::begin_stop(std::chrono::milliseconds grace) {
    stopping_ = true;
    work_.reset();
    for (const auto& connection : connections_) connection->begin_stop();
    end_if_done();
    if (connections_.empty()) return;
    grace_timer_.expires_after(grace);
    grace_timer_.async_wait([this](const ErrorCode& cancelled) {
        if (!cancelled) abort_connections();
    });
}

void Worker::abort_connections() {
    for (const auto& connection : connections_) connection->abort();
}

bool Worker::is_done() const {
    return stopping_ && connections_.empty();
}

void Worker::end_if_done() {
    if (!is_done()) return;
    ticker_.cancel();
    grace_timer_.cancel();
    alarm_.cancel();
    quiet_timer_.cancel();
    sleeping_.clear();
    postbox_->close();
}

void Worker::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace freshet::http
