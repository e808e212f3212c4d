// One watched query as time passes: its newest picture, and what led to it.
//
//     [since ….. until] step [to ….. until] step [to ….. position]: the picture
//
// In each stretch the picture was one and the same. A step keeps what it takes to go back over it:
// the keys that it moved, and not what they showed. So a client that has the picture of any
// position in a stretch is told what has changed since, all steps as one change; and what is kept
// for that is small, however large the pictures are. A change is made once for all who ask for it.
//
// Invariants
//   - The picture is that of every position from the end of the last step to position().
//   - Positions rise. What is between two stretches is not known, and neither is what is before the
//     first one.
//   - The steps take a bounded number and size: the oldest go first.
//
// Threads: one at a time. What it hands out is immutable; any.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/watching/picture.h"
#include "storage/position.h"

namespace freshet::engine {

// A change to a picture, as those who watch share it: who first asks for its JSON has it made.
class LiveChange {
public:
    LiveChange(std::shared_ptr<const Picture> after, Difference difference)
        : after_(std::move(after)), difference_(std::move(difference)) {}

    [[nodiscard]] const Picture& after() const { return *after_; }
    [[nodiscard]] const Difference& difference() const { return difference_; }
    // As picture_json.h has them.
    [[nodiscard]] const std::string& json() const;
    [[nodiscard]] const std::string& patch() const;

    // Of memory, about, once its JSON is made.
    [[nodiscard]] std::size_t bytes() const;

private:
    const std::shared_ptr<const Picture> after_;
    const Difference difference_;
    mutable std::once_flag asked_for_json_;
    mutable std::string json_;
    mutable std::once_flag asked_for_patch_;
    mutable std::string patch_;
};

// What is kept of the steps that led to a picture.
struct HistoryLimit {
    std::size_t steps = 256;
    std::size_t bytes = 64U << 10U;
};

class LiveView {
public:
    explicit LiveView(const HistoryLimit& limit) : limit_(limit) {}

    // Whether anything is known of it; the rest is asked only then.
    [[nodiscard]] bool is_known() const { return is_known_; }
    [[nodiscard]] storage::Position position() const { return position_; }
    // Null if it was let go of.
    [[nodiscard]] const std::shared_ptr<const Picture>& picture() const { return picture_; }

    // Nothing is known from now on.
    void forget();
    // This is the picture at `position`, and nothing is known of what was before.
    void begin(Picture picture, storage::Position position);
    // The picture stays what it is up to `position`.
    void stay(storage::Position position);
    // It stayed what it was up to `until`, and is this at `position`. It must be there.
    void change(Picture picture, storage::Position until, storage::Position position);
    // Lets go of the picture and the steps. Since when it is that picture is known still.
    void let_go();
    // Gives back the picture that was let go of, as it is at `position`, up to which it stayed.
    void recall(Picture picture, storage::Position position);

    // How many steps lead from the picture of that position to the newest one. Nothing if the two
    // cannot be related.
    [[nodiscard]] std::optional<std::size_t> steps_after(storage::Position position) const;

    // The last so many steps, at least one, as one change; null if nothing has changed over them.
    // The picture must be there.
    [[nodiscard]] std::shared_ptr<const LiveChange> change_over(std::size_t steps);

    // What it takes of memory, about.
    [[nodiscard]] std::size_t bytes() const;

private:
    struct Step {
        storage::Position until;  // the picture before was seen up to here
        storage::Position to;     // and the one after from here on
        Difference difference;
        std::vector<std::string> shown;  // the keys of those that the difference shows
    };

    void add_step(Difference difference, storage::Position until, storage::Position position);
    void clear_changes();
    [[nodiscard]] std::size_t bytes_of(const Step& step) const;
    [[nodiscard]] Difference difference_over(std::size_t steps) const;

    HistoryLimit limit_;
    bool is_known_ = false;
    storage::Position since_;
    storage::Position position_;
    std::shared_ptr<const Picture> picture_;
    std::deque<Step> steps_;
    std::size_t step_bytes_ = 0;
    // Those made of the newest picture, by the number of steps. The last one goes first.
    std::deque<std::pair<std::size_t, std::shared_ptr<const LiveChange>>> changes_;
    std::size_t change_bytes_ = 0;
};

}  // namespace freshet::engine
