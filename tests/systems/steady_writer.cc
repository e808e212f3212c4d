#include "tests/systems/steady_writer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <utility>

#include "tests/systems/orders.h"

namespace freshet::systems {

namespace {

// Reached only when something hangs.
constexpr std::chrono::seconds patience{60};

class OrderDice {
public:
    explicit OrderDice(unsigned seed) : dice_(seed) {}

    std::string body() {
        std::string records;
        const std::size_t count = 1 + dice_() % 3;
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) records += ',';
            records += record();
        }
        return event_of(records);
    }

private:
    // Mostly of orders that are there.
    std::string record() {
        const std::size_t item = dice_() % present_.size();
        const std::string key = "order-" + std::to_string(item);
        const std::string status = attribute("status", "status-" + std::to_string(dice_() % 3));
        ++sequence_;
        if (present_[item] && dice_() % 8 != 0) return modified(key, sequence_, status).text();
        present_[item] = !present_[item];
        return present_[item] ? inserted(key, sequence_, status).text()
                              : removed(key, sequence_).text();
    }

    std::mt19937 dice_;
    std::array<bool, 8> present_{};
    std::uint64_t sequence_ = 0;
};

}  // namespace

DrawBody changes_of_orders(unsigned seed) {
    return [dice = OrderDice(seed)]() mutable { return dice.body(); };
}

SteadyWriter::SteadyWriter(DrawBody draw)
    : draw_(std::move(draw)), thread_(&SteadyWriter::work, this) {}

SteadyWriter::~SteadyWriter() {
    stop();
}

void SteadyWriter::go_on(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    client_.emplace(port);
    changed_.notify_all();
}

void SteadyWriter::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void SteadyWriter::await(std::uint64_t more_posts) {
    std::unique_lock lock(mutex_);
    const std::uint64_t enough = posts_ + more_posts;
    const bool came = changed_.wait_for(lock, patience, [&] { return posts_ >= enough; });
    if (!came) throw std::runtime_error("the writer is not answered");
}

std::vector<std::chrono::microseconds> SteadyWriter::take_durations() {
    const std::lock_guard lock(mutex_);
    std::sort(durations_.begin(), durations_.end());
    return std::exchange(durations_, {});
}

void SteadyWriter::work() {
    body_ = draw_();
    while (true) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return client_ || stopped_; });
        if (stopped_) return;
        support::HttpClient client = *std::exchange(client_, std::nullopt);
        lock.unlock();
        post_until_gone(std::move(client));
    }
}

void SteadyWriter::post_until_gone(support::HttpClient client) {
    while (!stopped_) {
        const auto begin = std::chrono::steady_clock::now();
        if (!post(client)) return;
        const auto end = std::chrono::steady_clock::now();
        body_ = draw_();
        const std::lock_guard lock(mutex_);
        ++posts_;
        durations_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(end - begin));
        changed_.notify_all();
    }
}

bool SteadyWriter::post(support::HttpClient& client) {
    const std::string head =
        "POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body_.size()) + "\r\n\r\n";
    if (!client.send(head + body_)) return false;
    const auto answer = client.read_answer();
    return answer && answer->status == 200;
}

}  // namespace freshet::systems
