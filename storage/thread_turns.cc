#include "storage/thread_turns.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace freshet::storage {
namespace {

// The shortest that Linux knows.
constexpr std::uint64_t short_turn_ns = 100'000;

constexpr int few_turns_nice = 5;  // a third of the time of a thread of nice 0

// What sched_setattr(2) takes, in its first version. Debian 12's C library has neither the call
// nor this, and the kernel's own header defines what sched.h defines.
struct SchedulingAttributes {
    std::uint32_t size;
    std::uint32_t policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime_ns;  // of a thread without a deadline: how long a turn is
    std::uint64_t deadline_ns;
    std::uint64_t period_ns;
};

}  // namespace

void take_short_turns() {
    SchedulingAttributes attributes{};
    attributes.size = sizeof attributes;
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
    attributes.runtime_ns = short_turn_ns;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

// On Linux, niceness is of a thread. It is added to what the process has.
void take_few_turns() {
    thread_local bool takes_few = false;
    if (std::exchange(takes_few, true)) return;
    [[maybe_unused]] const int now_has = nice(few_turns_nice);
}

}  // namespace freshet::storage
