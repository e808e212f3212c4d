// How much memory the bodies take that are being received: all of them together, and those of each
// client.
//
//     bytes of a body come  ->  resize()  ->  there is room, or it is said of what there is none
//     its request is answered  ->  ~Hold()
//
// A body is held as it comes, not as it is announced: a client that announces much and sends
// nothing takes nothing from others.
//
// Invariants
//   - What is held is given back, however its holder ends.
//   - Never more is held than there is room for, of anybody.
//   - Where others hold something, too, a client never has more than is left for the next one: so
//     however many take as much as they can, there is room for one more.
//   - Memory: a place for each client that holds something.
//
// Threads: any; a Hold belongs to one at a time.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "http/limits/limit_key.h"

namespace freshet::http {

class BodyBudget {
public:
    // What has no room for more.
    enum class Full { all, client };

    // One body's part, for as long as it lives. The budget outlives it.
    class Hold {
    public:
        Hold() = default;  // of nothing so far
        ~Hold();
        Hold(Hold&& other) noexcept;
        Hold& operator=(Hold&& other) noexcept;
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

        [[nodiscard]] bool is_open() const { return budget_ != nullptr; }
        [[nodiscard]] std::size_t bytes() const { return bytes_; }

        // Makes it so many bytes. Where they are more than before and there is no room, it says of
        // what, and all stays as it was. It must be open.
        std::optional<Full> resize(std::size_t bytes);

    private:
        friend class BodyBudget;
        Hold(BodyBudget& budget, std::vector<LimitKey> clients);

        BodyBudget* budget_ = nullptr;
        std::vector<LimitKey> clients_;
        std::size_t bytes_ = 0;
    };

    // In bytes.
    BodyBudget(std::size_t all_max, std::size_t client_max);

    // For one body, which counts for each of these: its address, its subject, or nobody.
    Hold open(std::vector<LimitKey> clients);

    [[nodiscard]] std::size_t all_max() const { return all_max_; }
    [[nodiscard]] std::size_t client_max() const { return client_max_; }
    // How many are held.
    [[nodiscard]] std::size_t bytes() const;
    [[nodiscard]] std::size_t clients() const;

private:
    std::optional<Full> resize(const Hold& hold, std::size_t bytes);

    const std::size_t all_max_;
    const std::size_t client_max_;
    mutable std::mutex mutex_;  // guards what follows
    std::size_t bytes_ = 0;
    std::unordered_map<LimitKey, std::size_t, LimitKeyHash> of_clients_;  // none of them 0
};

}  // namespace freshet::http
