// A PATH for as long as the object lives.
//
// Threads: one, while nobody else asks for the environment.
#pragma once

#include <cstdlib>
#include <string>

namespace freshet::bench {

class OtherPath {
public:
    explicit OtherPath(const std::string& path) {
        const char* const before = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
        before_ = before == nullptr ? "" : before;
        setenv("PATH", path.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    }
    ~OtherPath() { setenv("PATH", before_.c_str(), 1); }  // NOLINT(concurrency-mt-unsafe)
    OtherPath(const OtherPath&) = delete;
    OtherPath& operator=(const OtherPath&) = delete;

private:
    std::string before_;
};

}  // namespace freshet::bench
