// What http/serving/postbox.h promises, by example.

#include "http/serving/postbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace freshet::http {
namespace {

class PostboxTest : public ::testing::Test {
protected:
    // Does what is there to do. Returns how many times the thread was woken for it.
    std::size_t run() {
        io.restart();
        return io.poll();
    }

    boost::asio::io_context io{1};
    std::vector<int> done;
    std::vector<std::string> complaints;
    const std::shared_ptr<Postbox> postbox = std::make_shared<Postbox>(
        io, [this](const std::exception& fault) { complaints.emplace_back(fault.what()); });
};

TEST_F(PostboxTest, WhatIsPostedTogetherWakesTheThreadOnceAndIsDoneInOrder) {
    for (int i = 1; i <= 3; ++i) {
        postbox->post([this, i] { done.push_back(i); });
    }

    EXPECT_EQ(run(), 1U);
    EXPECT_EQ(done, (std::vector<int>{1, 2, 3}));
    postbox->post([this] { done.push_back(4); });
    EXPECT_EQ(run(), 1U);
    EXPECT_EQ(done, (std::vector<int>{1, 2, 3, 4}));
}

TEST_F(PostboxTest, WhatIsPostedMeanwhileIsDoneNext) {
    postbox->post([this] {
        done.push_back(1);
        postbox->post([this] { done.push_back(3); });
    });
    postbox->post([this] { done.push_back(2); });

    EXPECT_EQ(run(), 2U);
    EXPECT_EQ(done, (std::vector<int>{1, 2, 3}));
}

TEST_F(PostboxTest, OneThatFailsDoesNotKeepTheOthersFromBeingDone) {
    postbox->post([] { throw std::runtime_error("a surprise"); });
    postbox->post([this] { done.push_back(1); });
    postbox->post([] { throw std::runtime_error("another"); });

    EXPECT_EQ(run(), 1U);

    EXPECT_EQ(done, (std::vector<int>{1}));
    EXPECT_EQ(complaints, (std::vector<std::string>{"a surprise", "another"}));
    postbox->post([this] { done.push_back(2); });
    EXPECT_EQ(run(), 1U);
    EXPECT_EQ(done, (std::vector<int>{1, 2}));
}

// Work that there is no memory to keep, the first time that it is copied.
struct Scarce {
    explicit Scarce(int& count) : failures(count) {}
    Scarce(const Scarce& other) : failures(other.failures) {
        if (std::exchange(failures, 0) > 0) throw std::bad_alloc();
    }
    Scarce& operator=(const Scarce&) = delete;
    ~Scarce() = default;
    void operator()() const {}

    int& failures;
};

TEST_F(PostboxTest, WhatThereIsNoMemoryForIsNotPosted) {
    int failures = 1;
    const Scarce scarce(failures);

    EXPECT_FALSE(postbox->try_post(scarce));
    EXPECT_EQ(run(), 0U);
    EXPECT_TRUE(postbox->try_post([this] { done.push_back(1); }));

    EXPECT_EQ(run(), 1U);
    EXPECT_EQ(done, (std::vector<int>{1}));
}

TEST_F(PostboxTest, NothingIsPostedOnceItIsClosed) {
    postbox->post([this] { done.push_back(1); });
    postbox->close();

    postbox->post([this] { done.push_back(2); });

    run();
    EXPECT_TRUE(done.empty());
    EXPECT_TRUE(io.stopped()) << "the event loop has nothing to wait for";
}

TEST_F(PostboxTest, NothingIsLostOfWhatManyThreadsPost) {
    constexpr int threads = 4;
    constexpr int each = 10'000;
    auto work = boost::asio::make_work_guard(io);
    std::atomic<int> count = 0;
    std::thread worker([this] { io.run(); });

    std::vector<std::thread> posters;
    for (int i = 0; i < threads; ++i) {
        posters.emplace_back([this, &count] {
            for (int k = 0; k < each; ++k) postbox->post([&count] { ++count; });
        });
    }
    for (std::thread& poster : posters) poster.join();
    postbox->post([this, &work] {
        work.reset();
        postbox->close();  // so that the event loop has nothing left to wait for
    });
    worker.join();

    EXPECT_EQ(count, threads * each);
}

}  // namespace
}  // namespace freshet::http
