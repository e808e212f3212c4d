#include "http/routes/view_poll.h"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "engine/watching/live_board.h"
#include "http/routes/live_question.h"
#include "http/routes/long_poll.h"

namespace freshet::http {

namespace {

using Kind = engine::LiveAnswer::Kind;

// Watches as a stream does, so that all who wait for the same view share the work. Where there is
// no room for another live view, the view is read at each growth of the log.
class ViewPoll final : public LongPoll {
public:
    ViewPoll(const Call& call, ReadView read)
        : call_{.context = call.context,
                .request = call.request,
                .now = call.now,
                .waited = true,
                .patience = engine::Patience::any},
          read_(read) {}

    std::variant<Answer, storage::Position> ask(bool is_over) override {
        const auto newest = call_.context.engine.read_point();
        if (!newest) return problem_of(newest.error());
        const storage::Position next{(*newest)->position().value + 1};
        const bool is_other = may_be_other(**newest);
        if (!is_other && !is_over) return next;
        NextStep step = read_(call_);
        auto* answer = std::get_if<Answer>(&step);
        if (answer == nullptr) return problem(503, "the view cannot be read at the moment");
        if (answer->status == 304 && !is_over) return next;
        return std::move(*answer);
    }

private:
    bool may_be_other(const engine::ReadPoint& read_point) {
        if (!watch_ && !begin_watch(read_point)) return true;
        const auto seen = watch_->look(read_point, cursor_);
        if (!seen) return true;
        cursor_ = seen->cursor;
        return seen->kind != Kind::unchanged;
    }

    bool begin_watch(const engine::ReadPoint& read_point) {
        auto query = live_query(call_, read_point, call_.request.target);
        if (!query) return false;
        auto watch = call_.context.engine.live().watch(*std::move(query));
        if (!watch) return false;
        watch_.emplace(*std::move(watch));
        return true;
    }

    const Call call_;
    const ReadView read_;
    std::optional<engine::LiveWatch> watch_;
    engine::LiveCursor cursor_;
};

}  // namespace

NextStep await_other_view(const Call& call, ReadView read, std::chrono::milliseconds wait) {
    return begin_poll(std::make_unique<ViewPoll>(call, read), wait);
}

}  // namespace freshet::http
