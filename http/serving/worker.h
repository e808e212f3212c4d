// One thread with its own event loop and the connections that live on it.
//
// Its followers are told of what is new in passes: of those who await records when there are some,
// and of those who sleep when it is time. A pass is cut in slices, and after a long one the thread
// is quiet for a while, so that requests are answered soon however many follow.
//
// Threads: start, stop and join by the server; adopt and evict by any; everything else on the
// worker's own thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "engine/watching/live_point.h"
#include "http/serving/asio_types.h"
#include "http/serving/client_turns.h"
#include "http/serving/connection.h"
#include "http/serving/eviction.h"

#include <boost/asio/executor_work_guard.hpp>

namespace freshet::http {

class Worker final : private RecordsWatch {
public:
    explicit Worker(const Service& service);
    ~Worker() override;  // NOLINT(bugprone-exception-escape): see worker.cc
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    [[nodiscard]] asio::io_context& io() { return io_; }

    void start();

    // Serves a connection that was accepted, on a socket of io(). Called from any thread.
    void adopt(Socket socket, Peer peer);

    // Closes connections so that others have room. Called from any thread.
    void evict(std::shared_ptr<const Shortage> shortage);

    // Closes what is idle at once, and what is busy when it is done or `grace` is over.
    void stop(std::chrono::milliseconds grace);
    void join();

private:
    static Awaitable<void> tick_connections(Worker& worker);
    void add(std::shared_ptr<Connection> connection);
    void remove(const std::shared_ptr<Connection>& connection, const std::exception_ptr& error);
    void begin_stop(std::chrono::milliseconds grace);
    void abort_connections();
    // One wait for all of them, so that the sequencer's work does not grow with the followers.
    void watch(storage::Position position) override;
    // One timer for all of them, too.
    void wake_at(TimePoint time, std::weak_ptr<Connection> connection) override;
    void let_sleep(TimePoint time, const Connection& connection) override;
    void set_alarm(TimePoint time);
    void wake_due();
    void wake_followers();
    void tell_if_quiet();
    void tell_some();
    template <class Work>
    void try_with(Connection& connection, Work work);
    template <class Work>
    void for_each(Work work);
    [[nodiscard]] bool is_done() const;
    void end_if_done();
    void run();

    const Service& service_;
    asio::io_context io_{1};
    ClientTurns turns_{io_};
    std::optional<asio::executor_work_guard<Executor>> work_;
    std::shared_ptr<Postbox> postbox_;
    Timer ticker_;
    Timer grace_timer_;
    Timer alarm_;  // for the first of those that sleep
    std::map<TimePoint, std::vector<std::weak_ptr<Connection>>> sleeping_;
    Connections connections_;
    bool stopping_ = false;
    std::optional<std::uint64_t> ticket_;         // of the wait for records, if one is under way
    storage::Position awaited_;                   // by it
    bool has_news_ = false;                       // those who await records are to be told
    std::vector<std::weak_ptr<Connection>> due_;  // and these, who slept
    engine::LivePoint::Pass pass_;                // under way while there are
    std::vector<std::shared_ptr<Connection>> to_tell_;
    std::chrono::nanoseconds pass_work_{0};
    TimePoint quiet_until_;  // no pass begins before
    Timer quiet_timer_;
    std::uint64_t waits_ = 0;
    std::thread thread_;
};

}  // namespace freshet::http
