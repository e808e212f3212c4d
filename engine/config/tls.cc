#include "engine/config/tls.h"

#include <filesystem>
#include <string>

namespace freshet::engine {

TlsSettings read_tls(const toml::table& source, std::string_view file, Mistakes& mistakes) {
    const Section section(source, "server.tls", {"certificate", "key"}, mistakes);
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    const auto path_of = [&](std::string_view key) -> std::string {
        if (section.find(key) == nullptr) {
            mistakes.add(section.line(),
                         "found no " + std::string(key) +
                             " in [server.tls], expected both, certificate and key");
        }
        const auto word = section.word(key);
        return word ? (folder / word->text).lexically_normal().string() : std::string();
    };
    return {.certificate = path_of("certificate"), .key = path_of("key")};
}

}  // namespace freshet::engine
