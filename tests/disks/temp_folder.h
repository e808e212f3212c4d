// A folder of its own for one test, removed at the end. It is in memory, where the machine has a
// disk there: no test asks anything of a real disk (power is lost in
// support/power_loss_file_system), and a disk that has just taken a whole build lets a write wait
// for many seconds. TMPDIR names another place, and parent_of_temp_folders one before that.
#pragma once

#include <string>

namespace freshet::support {

// The variable by which a test has the processes that it starts make their folders in one of its
// own (tests/support/fresh_process.h).
inline constexpr const char* parent_of_temp_folders = "FRESHET_TEST_FOLDERS";

class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace freshet::support
