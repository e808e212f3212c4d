#include "storage/internal/state_walk.h"

#include <utility>

namespace freshet::storage::internal {

StateWalk::StateWalk(const WrittenState& written, std::shared_ptr<const StateWindow::Seen> seen,
                     EntryRange range, RowOrder order, EmptyStretches* stretches)
    : order_(order),
      window_(std::move(seen), range.begin, range.end, order),
      written_(written, std::move(range), order, stretches) {
    settle();
}

std::string_view StateWalk::entry() const {
    return at_ == At::window ? window_.entry().key : written_.entry();
}

std::string_view StateWalk::value() const {
    return at_ == At::window ? *window_.entry().value : written_.value();
}

void StateWalk::next() {
    if (at_ == At::window) {
        if (is_in_both_) written_.next();
        window_.next();
    } else {
        written_.next();
    }
    settle();
}

// Finds what comes next. Where both have it, the window's is the newer one.
void StateWalk::settle() {
    while (written_.status().ok() && window_.valid()) {
        const int compared = written_.valid() ? window_.entry().key.compare(written_.entry()) : -1;
        const bool is_first = order_ == RowOrder::rising ? compared < 0 : compared > 0;
        is_in_both_ = written_.valid() && compared == 0;
        if (written_.valid() && !is_first && !is_in_both_) break;
        if (window_.entry().value) {
            at_ = At::window;
            return;
        }
        if (is_in_both_) written_.next();
        window_.next();
    }
    at_ = written_.valid() ? At::written : At::end;
}

}  // namespace freshet::storage::internal
