#include "engine/text/text_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace freshet::engine {

Result<std::string> read_text_file(const std::string& path) {
    const auto failed = [&] {
        return fail(Errc::io, path + ": cannot be read: " + std::generic_category().message(errno));
    };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               &std::fclose);
    if (!file) return failed();

    std::string text;
    std::array<char, 65'536> block;
    std::size_t count = 0;
    while ((count = std::fread(block.data(), 1, block.size(), file.get())) > 0) {
        text.append(block.data(), count);
    }
    if (std::ferror(file.get()) != 0) return failed();
    return text;
}

}  // namespace freshet::engine
