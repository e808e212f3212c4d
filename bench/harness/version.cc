#include "bench/harness/version.h"

#include <filesystem>

#include "bench/harness/child_process.h"
#include "bench/harness/machine.h"

namespace freshet::bench {

std::string version_of(const Plan& plan, const std::string& program) {
    const std::string output = plan.folder + "/version.log";
    std::filesystem::remove(output);
    ChildProcess child(
        {.command = {program, "--version"}, .cores = {plan.server_core}, .output_path = output});
    while (child.running()) pause_ms(1);
    const std::string printed = child.printed();
    std::filesystem::remove(output);
    return printed.substr(0, printed.find('\n'));
}

}  // namespace freshet::bench
