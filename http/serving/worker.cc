#include "http/serving/worker.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace freshet::http {

namespace {

// For as long followers are told what is new before others have their turn.
constexpr std::chrono::microseconds wake_slice{200};

// Once all were told, for which that took more than a slice, the others have as much time, up to
// this. Meanwhile there comes more that is new, and followers are told of all of it together.
constexpr std::chrono::milliseconds rest_max{250};

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
      rest_timer_(io_) {}

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
    if (sleeping_.begin()->first == time && sleeping_.begin()->second.size() == 1) set_alarm();
}

void Worker::set_alarm() {
    alarm_.expires_at(sleeping_.begin()->first);
    alarm_.async_wait([this](const ErrorCode& cancelled) {
        if (!cancelled) wake_due();
    });
}

// Also called once more if it was due already when it was cancelled.
void Worker::wake_due() {
    if (is_done()) return;
    const bool is_waking = !to_wake_.empty();
    std::vector<std::weak_ptr<Connection>> due;
    while (!sleeping_.empty() && sleeping_.begin()->first <= now()) {
        auto& sleepers = sleeping_.begin()->second;
        due.insert(due.end(), sleepers.begin(), sleepers.end());
        sleeping_.erase(sleeping_.begin());
    }
    // Before what may fail for want of memory: those who are not woken now are at a heartbeat.
    if (!sleeping_.empty()) set_alarm();
    for (const auto& sleeper : due) {
        if (auto connection = sleeper.lock()) to_wake_.push_back(std::move(connection));
    }
    if (!is_waking) wake_some();
}

void Worker::wake_followers() {
    ticket_.reset();
    wakes_again_ = !to_wake_.empty();
    if (wakes_again_) return;
    if (now() < rests_until_) return wake_after_rest();
    for (const auto& connection : connections_) {
        if (connection->awaits_records()) to_wake_.push_back(connection);
    }
    wake_some();
}

void Worker::wake_after_rest() {
    rest_timer_.expires_at(rests_until_);
    rest_timer_.async_wait([this](const ErrorCode& cancelled) {
        if (!cancelled && !is_done()) wake_followers();
    });
}

// Thousands of followers are told in slices, so that requests are answered in between. Those who
// were told have asked to be woken again.
void Worker::wake_some() {
    const TimePoint begun = now();
    const TimePoint end = begun + wake_slice;
    if (!pass_.is_under_way()) pass_ = service_.routes.engine.live_point().begin_pass();
    while (!to_wake_.empty()) {
        const auto connection = std::move(to_wake_.back());
        to_wake_.pop_back();
        try_with(*connection, [](Connection& follower) { follower.send_new_records(); });
        if (now() < end || to_wake_.empty()) continue;
        pass_work_ += now() - begun;
        try {
            return asio::post(io_, [this] { wake_some(); });
        } catch (const std::bad_alloc&) {
            continue;  // then they are told now
        }
    }
    pass_.end();
    pass_work_ += now() - begun;
    const auto rest = std::min<std::chrono::nanoseconds>(std::exchange(pass_work_, {}), rest_max);
    if (rest > wake_slice) rests_until_ = now() + rest;
    if (std::exchange(wakes_again_, false)) wake_followers();
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
    rest_timer_.cancel();
    sleeping_.clear();
    postbox_->close();
}

void Worker::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace freshet::http
