#include "http/routes/read_point_choice.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "http/messages/query.h"
#include "http/streams/event_id.h"

namespace freshet::http {

std::variant<ReadPointPtr, PositionToAwait, Answer> choose_read_point(const engine::Engine& engine,
                                                                      const Target& target,
                                                                      bool waited) {
    constexpr Range any{0, std::numeric_limits<std::uint64_t>::max()};
    const auto wanted = number_parameter(target, "min_position", any, 0);
    if (!wanted) return wanted.error();
    const auto timeout = seconds_parameter(target, "timeout_s", wait_default);
    if (!timeout) return timeout.error();

    auto read_point = engine.read_point();
    if (!read_point) return problem_of(read_point.error());
    const storage::Position position{*wanted};
    if ((*read_point)->position() >= position) return std::move(*read_point);
    if (!waited) return PositionToAwait{position, *timeout};

    Answer late = problem(504, "position " + std::to_string(position.value) +
                                   " was not reached in time; it is " +
                                   std::to_string((*read_point)->position().value));
    set_state_headers(late, **read_point);
    return late;
}

void set_state_headers(Answer& answer, const engine::ReadPoint& read_point) {
    set_state_headers(answer, read_point, read_point.position());
}

void set_state_headers(Answer& answer, const engine::ReadPoint& read_point,
                       storage::Position shown) {
    answer.set("Freshet-Position", std::to_string(read_point.position().value));
    std::string id;
    append_event_id(id, {read_point.mark().epoch, std::min(shown, read_point.position())});
    answer.set("Last-Event-ID", id);
    answer.set("Cache-Control", "no-cache");
    answer.set("Vary", "Accept, Authorization, Cookie");
}

}  // namespace freshet::http
