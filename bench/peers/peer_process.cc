#include "bench/peers/peer_process.h"

#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "bench/harness/failure.h"
#include "bench/harness/local_socket.h"
#include "bench/harness/machine.h"

namespace freshet::bench {
namespace {

namespace fs = std::filesystem;

constexpr double start_seconds_max = 60;

std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) fail_by_system("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool is_bound = ::bind(socket, any, size) == 0 && ::getsockname(socket, any, &size) == 0;
    close(socket);
    if (!is_bound) fail_by_system("looking for a free port");
    return ntohs(address.sin_port);
}

void give_to(const std::string& path, const std::string& user) {
    const passwd* const entry = getpwnam(user.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) throw Failure("there is no user " + user);
    if (chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0) fail_by_system("chown " + path);
    // What is above it has to be walked through.
    fs::permissions(fs::path(path).parent_path(), fs::perms::others_exec | fs::perms::group_exec,
                    fs::perm_options::add);
}

// The parent of a process; 0 if it is gone. The name before it stands in parentheses and may hold
// blanks.
pid_t parent_of(const std::string& pid) {
    std::ifstream in("/proc/" + pid + "/stat");
    std::string line;
    std::getline(in, line);
    const std::size_t at = line.rfind(')');
    if (at == std::string::npos) return 0;
    std::istringstream rest(line.substr(at + 1));
    std::string state;
    pid_t parent = 0;
    rest >> state >> parent;
    return parent;
}

}  // namespace

bool is_in_path(const std::string& program) {
    return !path_of_program(program).empty();
}

std::string package_version(const Plan& plan, const std::string& package) {
    constexpr std::string_view mark = R"("version": ")";
    std::ifstream in(plan.peers_folder + "/node_modules/" + package + "/package.json");
    std::string line;
    while (std::getline(in, line)) {
        const std::size_t at = line.find(mark);
        if (at == std::string::npos) continue;
        const std::size_t begin = at + mark.size();
        return line.substr(begin, line.find('"', begin) - begin);
    }
    return "";
}

PeerFolder make_peer_folder(const Plan& plan, const std::string& name,
                            std::optional<std::string> user) {
    static unsigned folders = 0;
    PeerFolder folder{.path = plan.folder + "/" + name + "-" + std::to_string(++folders),
                      .port = free_port(),
                      .core = plan.server_core,
                      .user = geteuid() == 0 ? std::move(user) : std::nullopt};
    fs::create_directories(folder.path);
    if (folder.user) give_to(folder.path, *folder.user);
    return folder;
}

ChildOptions options_in(const PeerFolder& folder, std::vector<std::string> command) {
    return {.command = std::move(command),
            .cores = {folder.core},
            .output_path = folder.path + ".log",
            .folder = folder.path,
            .user = folder.user};
}

PeerProcess::PeerProcess(PeerFolder folder, std::vector<std::string> command, int end_signal)
    : folder_(std::move(folder)),
      end_signal_(end_signal),
      process_(std::make_unique<ChildProcess>(options_in(folder_, std::move(command)))) {
    const std::uint64_t begin = now_ns();
    while (!is_listening(folder_.port)) {
        pause_ms(10);
        if (!process_->running() || seconds_since(begin) > start_seconds_max) {
            throw Failure("a peer does not start: " + process_->printed());
        }
    }
}

PeerProcess::~PeerProcess() {
    if (!process_) return;
    process_->end(end_signal_);
    std::error_code ignored;
    fs::remove_all(folder_.path, ignored);
}

double PeerProcess::cpu_seconds() const {
    double seconds =
        cpu_seconds_of(process_->pid()) + cpu_seconds_of_ended_children(process_->pid());
    std::error_code code;
    for (auto at = fs::directory_iterator("/proc", code); !code && at != fs::directory_iterator();
         at.increment(code)) {
        const std::string name = at->path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        if (parent_of(name) == process_->pid()) seconds += cpu_seconds_of(std::stoi(name));
    }
    return seconds;
}

}  // namespace freshet::bench
