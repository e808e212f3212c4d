// The part of a connection's story that takes long, and is done elsewhere meanwhile.
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "http/serving/connection.h"

namespace freshet::http {

// What route() says of the request, which takes long. `waited`: for the position that it names.
Awaitable<NextStep> Connection::step_elsewhere(bool waited) {
    // Earlier requests need not wait for it.
    if (!write_now() && !co_await write_rest()) co_return Answer(408);
    std::optional<NextStep> step;
    const bool is_done = co_await do_elsewhere(
        [this, &step, waited] { step = routed(wall_clock_now(), waited, engine::Patience::any); });
    busy_since_ = now();
    if (!is_done) co_return Answer(503);
    // Its credential may have ended meanwhile.
    auto refusal =
        refuse_ended(service_.routes, reader_.request(), exchange_.endpoint(), wall_clock_now());
    if (refusal) co_return *std::move(refusal);
    co_return *std::move(step);
}

// Does the work on the thread of service_.long_work, and continues when it is done, however long
// that takes: nothing else may touch what the work does. It ends, since it only works on what is
// there. Returns false if the connection was closed before it began. Throws what the work throws.
Awaitable<bool> Connection::do_elsewhere(std::function<void()> work) {
    elsewhere_ = std::make_shared<WorkElsewhere>();
    const auto outcome = elsewhere_;
    bool is_over = false;
    Timer timer(channel_.executor(), TimePoint::max());
    const std::function<void()> tell = [&is_over, &timer] {
        is_over = true;
        timer.cancel();
    };
    service_.long_work.do_soon(client(),
                               [work = std::move(work), outcome, postbox = postbox_, tell] {
                                   try {
                                       if (outcome->is_wanted) {
                                           work();
                                           outcome->is_done = true;
                                       }
                                   } catch (...) {
                                       outcome->fault = std::current_exception();
                                   }
                                   postbox->post_surely(tell);
                               });
    while (!is_over) {
        co_await timer.async_wait(as_value);
    }
    elsewhere_.reset();
    if (outcome->fault) std::rethrow_exception(outcome->fault);
    co_return outcome->is_done;
}

}  // namespace freshet::http
