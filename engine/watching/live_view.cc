#include "engine/watching/live_view.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/watching/picture_json.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::Position;

// So many changes to the newest picture are kept, each from another position.
constexpr std::size_t changes_max = 4;

// The order before the difference, from the one after it.
PictureOrder undone(const PictureOrder& after, const Difference& difference) {
    std::vector<std::string_view> stayed;
    stayed.reserve(after.keys.size());
    auto shown = difference.shown.begin();
    for (std::size_t i = 0; i < after.keys.size(); ++i) {
        while (shown != difference.shown.end() && shown->index < i) ++shown;
        const bool was_put_in =
            shown != difference.shown.end() && shown->index == i && shown->is_put_in;
        if (!was_put_in) stayed.push_back(after.keys[i]);
    }
    PictureOrder before{.keys = {},
                        .next = difference.changes_next ? difference.next_before : after.next};
    before.keys.reserve(stayed.size() + difference.taken.size());
    auto taken = difference.taken.begin();
    auto next = stayed.begin();
    while (taken != difference.taken.end() || next != stayed.end()) {
        if (taken != difference.taken.end() && taken->index == before.keys.size()) {
            before.keys.emplace_back((taken++)->key);
        } else {
            invariant(next != stayed.end(), "what was taken out had a place");
            before.keys.push_back(*next++);
        }
    }
    return before;
}

}  // namespace

const std::string& LiveChange::json() const {
    std::call_once(asked_for_json_, [this] { json_ = change_json(difference_, *after_); });
    return json_;
}

const std::string& LiveChange::patch() const {
    std::call_once(asked_for_patch_, [this] { patch_ = patch_json(difference_, *after_); });
    return patch_;
}

std::size_t LiveChange::bytes() const {
    constexpr std::size_t frame = 48;  // of each entry, besides its JSON
    std::size_t bytes = sizeof(LiveChange) + difference_.next_before.size();
    for (const Difference::Taken& taken : difference_.taken) {
        bytes += sizeof(taken) + frame + 2 * taken.key.size();
    }
    for (const Difference::Shown& shown : difference_.shown) {
        const PictureEntry& entry = after_->entries[shown.index];
        bytes += sizeof(shown) + 2 * (frame + entry.key.size() + entry.json.size());
    }
    return bytes;
}

void LiveView::forget() {
    let_go();
    is_known_ = false;
    since_ = position_ = Position{};
}

void LiveView::begin(Picture picture, Position position) {
    forget();
    is_known_ = true;
    since_ = position_ = position;
    picture_ = std::make_shared<const Picture>(std::move(picture));
}

void LiveView::stay(Position position) {
    invariant(is_known_ && position >= position_, "what is known of a live view is never older");
    position_ = position;
}

void LiveView::change(Picture picture, Position until, Position position) {
    invariant(picture_ && until >= position_ && position >= until,
              "a step leads from a picture to a later one");
    Difference step = difference(*picture_, picture);
    clear_changes();
    // Where nothing was shown, an end makes no difference.
    if (!step.empty() || picture.has_ended) {
        picture_ = std::make_shared<const Picture>(std::move(picture));
    }
    add_step(std::move(step), until, position);
    position_ = position;
}

void LiveView::let_go() {
    picture_.reset();
    if (!steps_.empty()) since_ = steps_.back().to;
    steps_.clear();
    step_bytes_ = 0;
    clear_changes();
}

void LiveView::recall(Picture picture, Position position) {
    invariant(is_known_ && !picture_, "only what was let go of is recalled");
    picture_ = std::make_shared<const Picture>(std::move(picture));
    stay(position);
}

void LiveView::add_step(Difference difference, Position until, Position position) {
    // Nothing was shown between the two, nor has changed: it is one stretch.
    if (difference.empty() && until == position) return;
    Step step{.until = until, .to = position, .difference = std::move(difference), .shown = {}};
    for (const Difference::Shown& shown : step.difference.shown) {
        step.shown.push_back(picture_->entries[shown.index].key);
    }
    step_bytes_ += bytes_of(step);
    steps_.push_back(std::move(step));
    while (steps_.size() > limit_.steps || step_bytes_ > limit_.bytes) {
        step_bytes_ -= bytes_of(steps_.front());
        since_ = steps_.front().to;
        steps_.pop_front();
    }
}

void LiveView::clear_changes() {
    changes_.clear();
    change_bytes_ = 0;
}

std::size_t LiveView::bytes_of(const Step& step) const {
    std::size_t bytes = sizeof(Step) + step.difference.next_before.size() +
                        step.difference.shown.size() * sizeof(Difference::Shown);
    for (const Difference::Taken& taken : step.difference.taken) {
        bytes += sizeof(taken) + taken.key.size();
    }
    for (const std::string& key : step.shown) bytes += sizeof(std::string) + key.size();
    return bytes;
}

std::optional<std::size_t> LiveView::steps_after(Position position) const {
    if (!is_known_ || position < since_ || position > position_) return std::nullopt;
    // From the newest: most who ask are up to date, or nearly so.
    for (std::size_t steps = 0; steps < steps_.size(); ++steps) {
        const Step& step = steps_[steps_.size() - 1 - steps];
        if (position >= step.to) return steps;
        if (position > step.until) return std::nullopt;
    }
    return steps_.size();
}

std::shared_ptr<const LiveChange> LiveView::change_over(std::size_t steps) {
    invariant(picture_ && steps > 0 && steps <= steps_.size(), "steps are asked for that are kept");
    for (const auto& [over, change] : changes_) {
        if (over == steps) return change;
    }
    auto change = std::make_shared<const LiveChange>(picture_, difference_over(steps));
    if (change->difference().empty()) change = nullptr;
    changes_.emplace_front(steps, change);
    change_bytes_ += change ? change->bytes() : 0;
    if (changes_.size() > changes_max) {
        const auto& last = changes_.back().second;
        change_bytes_ -= last ? last->bytes() : 0;
        changes_.pop_back();
    }
    return change;
}

Difference LiveView::difference_over(std::size_t steps) const {
    if (steps == 1) return steps_.back().difference;
    PictureOrder order = order_of(*picture_);
    std::set<std::string, std::less<>> changed;
    for (std::size_t i = 0; i < steps; ++i) {
        const Step& step = steps_[steps_.size() - 1 - i];
        changed.insert(step.shown.begin(), step.shown.end());
        order = undone(order, step.difference);
    }
    return difference(order, changed, *picture_);
}

std::size_t LiveView::bytes() const {
    return sizeof(LiveView) + (picture_ ? picture_->bytes() : 0) + step_bytes_ + change_bytes_;
}

}  // namespace freshet::engine
