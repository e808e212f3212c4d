// A folder of its own for one test, removed at the end. It is in memory, where the machine has a
// disk there: no test asks anything of a real disk (power is lost in
// support/power_loss_file_system), and a disk that has just taken a whole build lets a write wait
// for many seconds. TMPDIR names another place.
#pragma once

#include <string>

namespace freshet::support {

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
