// The live views: GET /views/… as text/event-stream, and GET /live, which watches several views and
// events on one connection.
//
// As the other streams do (http/routes/stream_routes.h), they answer 200 and ask to come again
// where that may help.
#pragma once

#include <cstddef>
#include <cstdint>

#include "http/routes/routes.h"

namespace freshet::http {

// So many views are watched on one connection at most, and so many rows of them together.
inline constexpr std::size_t live_views_max = 64;
inline constexpr std::size_t live_rows_max = 500;
// The most of `every_ms`: what is told less often than once a minute is no live view.
inline constexpr std::uint64_t live_every_ms_max = 60'000;

NextStep follow_view(const Call& call);
NextStep follow_live(const Call& call);

}  // namespace freshet::http
