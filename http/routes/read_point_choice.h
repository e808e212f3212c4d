// Which read point a request is answered from.
#pragma once

#include <memory>
#include <variant>

#include "engine/views/read_point.h"
#include "http/routes/routes.h"

namespace freshet::http {

using ReadPointPtr = std::shared_ptr<const engine::ReadPoint>;

// The newest read point; or the wait for one at `min_position`; or the answer that there is none.
std::variant<ReadPointPtr, PositionToAwait, Answer> choose_read_point(const engine::Engine& engine,
                                                                      const Target& target,
                                                                      bool waited);

// Marks an answer that was made from the read point: its position, and the id after which a stream
// continues from there.
void set_state_headers(Answer& answer, const engine::ReadPoint& read_point);
// The same of an answer that shows nothing after `shown`: a stream continues from there.
void set_state_headers(Answer& answer, const engine::ReadPoint& read_point,
                       storage::Position shown);

}  // namespace freshet::http
