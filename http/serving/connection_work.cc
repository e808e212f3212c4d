// The part of a connection's story that takes long, and is done elsewhere meanwhile.
#include <exception>
#include <memory>
#include <utility>

#include "http/serving/connection.h"

namespace freshet::http {

namespace {

// What both threads know of the work. All but the fault is the connection's thread's.
struct Outcome {
    explicit Outcome(const Executor& executor) : timer(executor, TimePoint::max()) {}

    Timer timer;  // cancelled when it is done
    bool is_done = false;
    std::exception_ptr fault;
};

}  // namespace

// Does the work on the thread of service_.long_work, and goes on when it is done, however long that
// takes: nothing else may touch what the work does. It ends, since it only works on what is there.
// Throws what the work throws.
Awaitable<void> Connection::do_elsewhere(std::function<void()> work) {
    const auto outcome = std::make_shared<Outcome>(channel_.executor());
    service_.long_work.do_soon(client(),
                               [work = std::move(work), outcome, postbox = postbox_]() mutable {
                                   try {
                                       work();
                                   } catch (...) {
                                       outcome->fault = std::current_exception();
                                   }
                                   // The last of it must end on the connection's thread, to which
                                   // the timer belongs.
                                   postbox->post([outcome = std::move(outcome)] {
                                       outcome->is_done = true;
                                       outcome->timer.cancel();
                                   });
                               });
    while (!outcome->is_done) co_await outcome->timer.async_wait(as_value);
    if (outcome->fault) std::rethrow_exception(outcome->fault);
}

}  // namespace freshet::http
