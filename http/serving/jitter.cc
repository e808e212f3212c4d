#include "http/serving/jitter.h"

#include <random>

namespace freshet::http {

using std::chrono::milliseconds;

milliseconds jitter(milliseconds most) {
    thread_local std::minstd_rand dice{std::random_device{}()};
    return milliseconds(std::uniform_int_distribution<milliseconds::rep>(0, most.count())(dice));
}

milliseconds reconnect_delay() {
    return milliseconds(3'000) + jitter(milliseconds(5'000));
}

}  // namespace freshet::http
