#include "http/routes/web_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace freshet::http {

namespace {

namespace fs = std::filesystem;

constexpr const char* index_name = "index.html";

constexpr std::string_view other_type = "application/octet-stream";

// By the ending of the file's name. Text is UTF-8.
constexpr auto types = std::to_array<std::pair<std::string_view, std::string_view>>({
    {".avif", "image/avif"},
    {".css", "text/css; charset=utf-8"},
    {".gif", "image/gif"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/vnd.microsoft.icon"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".mp3", "audio/mpeg"},
    {".mp4", "video/mp4"},
    {".otf", "font/otf"},
    {".pdf", "application/pdf"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webm", "video/webm"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
    {".xml", "application/xml"},
});

std::string_view type_of(std::string_view name) {
    const auto* const found = std::find_if(types.begin(), types.end(), [name](const auto& type) {
        return name.ends_with(type.first);
    });
    return found == types.end() ? other_type : found->second;
}

// An open file, until it is let go of.
class OpenFile {
public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    OpenFile(OpenFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    OpenFile& operator=(OpenFile&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    [[nodiscard]] int get() const { return descriptor_; }
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

private:
    int descriptor_;
};

Error system_error(const std::string& what) {
    return {Errc::io, what + ": " + std::generic_category().message(errno)};
}

// A segment that was decoded may hold anything.
bool is_name(const std::string& segment) {
    return !segment.empty() && segment.front() != '.' &&
           segment.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

std::vector<std::string> names_of(const Target& target) {
    std::vector<std::string> names = target.segments;
    if (names.empty() || target.ends_in_slash) names.emplace_back(index_name);
    return names;
}

// The file of these names, each in the folder before it; a closed one if there is none. Links are
// not followed, and what is no plain file is none. Fails with io  if that cannot be found out.
Result<OpenFile> open_file(int folder, const std::vector<std::string>& names, struct stat& found) {
    if (!std::all_of(names.begin(), names.end(), is_name)) return OpenFile(-1);
    OpenFile at(-1);
    for (const std::string& name : names) {
        const bool is_last = &name == &names.back();
        const int flags = O_CLOEXEC | O_NOFOLLOW | (is_last ? O_RDONLY | O_NONBLOCK : O_DIRECTORY);
        at = OpenFile(::openat(at.is_open() ? at.get() : folder, name.c_str(), flags));
        if (at.is_open()) continue;
        const bool is_short_of = errno == EMFILE || errno == ENFILE || errno == EIO;
        if (is_short_of) return fail(system_error("a file of the folder static"));
        return at;
    }
    if (::fstat(at.get(), &found) != 0 || !S_ISREG(found.st_mode)) return OpenFile(-1);
    return at;
}

bool is_there(int folder, const char* name) {
    struct stat found {};
    const auto file = open_file(folder, {name}, found);
    return file && file->is_open();
}

fs::path resolved(const std::string& path) {
    std::error_code error;
    fs::path found = fs::weakly_canonical(fs::absolute(path, error), error);
    return found.has_filename() ? found : found.parent_path();
}

bool is_within(const fs::path& inner, const fs::path& outer) {
    const auto [end, at] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return end == outer.end();
}

}  // namespace

Result<std::unique_ptr<const WebFolder>> WebFolder::open(const std::string& path,
                                                         const std::vector<std::string>& secrets) {
    const fs::path folder = resolved(path);
    for (const std::string& secret : secrets) {
        const fs::path place = resolved(secret);
        if (!is_within(place, folder) && !is_within(folder, place)) continue;
        std::string why = "found static = \"";
        why.append(path).append("\", which everybody may read, and which holds, or is in, ");
        why.append(secret).append("; expected a folder with nothing but pages");
        return fail(Errc::refused, std::move(why));
    }
    const int descriptor = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return fail(system_error("the folder " + path + ", static in [server]"));
    return std::unique_ptr<const WebFolder>(new WebFolder(descriptor));
}

WebFolder::WebFolder(int descriptor)
    : descriptor_(descriptor), has_index_(is_there(descriptor, index_name)) {}

WebFolder::~WebFolder() {
    ::close(descriptor_);
}

Result<std::optional<WebFile>> WebFolder::read(const Target& target) const {
    const std::vector<std::string> names = names_of(target);
    struct stat found {};
    const auto file = open_file(descriptor_, names, found);
    if (!file) return fail(file.error());
    if (!file->is_open()) return std::nullopt;
    const auto size = static_cast<std::size_t>(found.st_size);
    if (size > web_file_bytes_max) {
        return fail(Errc::too_large, "this file is longer than the " +
                                         std::to_string(web_file_bytes_max) +
                                         " bytes that are served");
    }
    WebFile answer{.bytes = std::string(size, '\0'), .type = type_of(names.back())};
    std::size_t at = 0;
    while (at < size) {
        const ssize_t count = ::read(file->get(), answer.bytes.data() + at, size - at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail(system_error("a file of the folder static"));
        if (count == 0) break;  // it has become shorter
        at += static_cast<std::size_t>(count);
    }
    answer.bytes.resize(at);
    return answer;
}

}  // namespace freshet::http
