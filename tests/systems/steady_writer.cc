#include "tests/systems/steady_writer.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "tests/systems/orders.h"

namespace freshet::systems {

namespace {

// Reached only when something hangs.
constexpr std::chrono::seconds patience{60};

}  // namespace

SteadyWriter::SteadyWriter(unsigned seed) : dice_(seed), thread_(&SteadyWriter::work, this) {}

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

void SteadyWriter::work() {
    draw();
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
    while (!stopped_ && post(client)) {
        draw();
        const std::lock_guard lock(mutex_);
        ++posts_;
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

// One to three changes, mostly of orders that are there.
void SteadyWriter::draw() {
    std::string records;
    const std::size_t count = 1 + dice_() % 3;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t item = dice_() % present_.size();
        const std::string key = "order-" + std::to_string(item);
        const std::string status = attribute("status", "status-" + std::to_string(dice_() % 3));
        ++sequence_;
        if (!records.empty()) records += ',';
        if (!present_[item]) {
            records += inserted(key, sequence_, status).text();
        } else if (dice_() % 8 == 0) {
            records += removed(key, sequence_).text();
        } else {
            records += modified(key, sequence_, status).text();
            continue;
        }
        present_[item] = !present_[item];
    }
    body_ = event_of(records);
}

}  // namespace freshet::systems
