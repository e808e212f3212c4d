// A disk of its own for one test, as small as the test wants it, which can be filled up to the last
// byte while others write to it. It is in memory, and only this process and those that it starts
// see it: a test program with such tests has mounts of its own from its start.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

#include "tests/disks/temp_folder.h"

namespace freshet::support {

class SmallDisk {
public:
    // Ends the test program if the machine does not let it have one.
    explicit SmallDisk(std::uint64_t bytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    // Where it is mounted.
    [[nodiscard]] const std::string& path() const { return folder_.path(); }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

    [[nodiscard]] std::uint64_t free_bytes() const;

    // Fills it by a file of its own, but for so many bytes; make_room() deletes that. What others
    // take or give back meanwhile is theirs: this may be called again.
    void fill(std::uint64_t but = 0);
    void make_room();

private:
    TempFolder folder_;
};

}  // namespace freshet::support
