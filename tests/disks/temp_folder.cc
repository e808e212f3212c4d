#include "tests/disks/temp_folder.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace freshet::support {

namespace {

std::filesystem::path parent_of_folders() {
    if (const char* parent = std::getenv(parent_of_temp_folders)) return parent;
    constexpr const char* memory = "/dev/shm";
    const bool chosen = std::getenv("TMPDIR") != nullptr;
    if (!chosen && std::filesystem::is_directory(memory)) return memory;
    return std::filesystem::temp_directory_path();
}

}  // namespace

TempFolder::TempFolder() {
    std::string pattern = (parent_of_folders() / "freshet-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        std::perror("mkdtemp");
        std::abort();
    }
    path_ = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace freshet::support
