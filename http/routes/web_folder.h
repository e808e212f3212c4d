// The files that are served beside the data: an app's pages, from one folder.
//
//     open(folder)  ->  read(target)
//
// A file is served under its exact path beneath the folder, as it is at the moment; `index.html`
// also under its folder's path with a slash at the end. They are for everybody.
//
// Invariants
//   - Nothing outside of the folder is read, whatever the target: no links are followed, and what
//     begins with a dot is not there.
//   - The folder holds nothing that is not to be seen: no data, no key, no configuration.
//
// Threads: any; nothing changes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/messages/target.h"
#include "storage/result.h"

namespace freshet::http {

// Of one file. It is in memory until its client has taken it, among all answers, so a longer one
// is not for this server but for one of files in front of it.
inline constexpr std::size_t web_file_bytes_max = 1U << 20U;

struct WebFile {
    std::string bytes;
    std::string_view type;  // of its media, by the ending of its name
};

class WebFolder {
public:
    // `secrets` are the files and folders that nobody shall see.
    // Fails with io       if it is no folder that can be read;
    //            refused  if it holds a secret, or lies in one.
    static Result<std::unique_ptr<const WebFolder>> open(const std::string& path,
                                                         const std::vector<std::string>& secrets);
    ~WebFolder();
    WebFolder(const WebFolder&) = delete;
    WebFolder& operator=(const WebFolder&) = delete;

    // Whether there was a page for the root when it was opened.
    [[nodiscard]] bool has_index() const { return has_index_; }

    // The file that the target names; nothing if there is none.
    // Fails with too_large  beyond web_file_bytes_max;
    //            io         if it cannot be read.
    [[nodiscard]] Result<std::optional<WebFile>> read(const Target& target) const;

private:
    explicit WebFolder(int descriptor);

    const int descriptor_;
    const bool has_index_;
};

}  // namespace freshet::http
