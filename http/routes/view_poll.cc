#include "http/routes/view_poll.h"

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "engine/watching/live_board.h"
#include "http/routes/live_question.h"
#include "http/routes/long_poll.h"

namespace freshet::http {

namespace {

using Kind = engine::LiveAnswer::Kind;

// Watches as a stream does, so that all who wait for the same view share the work.
class ViewPoll final : public LongPoll {
public:
    ViewPoll(const Call& call, ReadView read, engine::LiveWatch watch)
        : call_{.context = call.context,
                .request = call.request,
                .now = call.now,
                .waited = true,
                .patience = engine::Patience::any},
          read_(read),
          watch_(std::move(watch)) {}

    std::variant<Answer, storage::Position> ask(bool is_over) override {
        const auto newest = call_.context.engine.read_point();
        if (!newest) return problem_of(newest.error());
        const storage::Position next{(*newest)->position().value + 1};
        if (!is_over && !may_be_other(**newest)) return next;
        NextStep step = read_(call_);
        auto* answer = std::get_if<Answer>(&step);
        if (answer == nullptr) return problem(503, "the view cannot be read at the moment");
        if (answer->status == 304 && !is_over) return next;
        return std::move(*answer);
    }

private:
    bool may_be_other(const engine::ReadPoint& read_point) {
        if (!watch_.may_have_changed(read_point, cursor_)) return false;
        const auto seen = watch_.look(read_point, cursor_);
        if (!seen) return true;
        cursor_ = seen->cursor;
        return seen->kind != Kind::unchanged;
    }

    const Call call_;
    const ReadView read_;
    const engine::LiveWatch watch_;
    engine::LiveCursor cursor_;
};

}  // namespace

NextStep await_other_view(const Call& call, ReadView read, std::chrono::milliseconds wait) {
    const auto newest = call.context.engine.read_point();
    if (!newest) return problem_of(newest.error());
    auto query = live_query(call, **newest, call.request.target);
    // What is answered to a stream that may come again is none for those who read JSON.
    if (!query && query.error().status == 200) {
        return problem(503, "the view cannot be read at the moment");
    }
    if (!query) return query.error();
    if (rows_of(*query) > engine::long_page_rows) {
        return problem(400, "wait_s is for pages of " + std::to_string(engine::long_page_rows) +
                                " rows at most: lower their limit");
    }
    auto watch = call.context.engine.live().watch(*std::move(query));
    if (!watch) return problem_of(watch.error());
    return begin_poll(std::make_unique<ViewPoll>(call, read, *std::move(watch)), wait);
}

}  // namespace freshet::http
