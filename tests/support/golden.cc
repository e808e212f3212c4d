#include "tests/support/golden.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "tests/support/places.h"

namespace freshet::support {
namespace {

constexpr std::string_view indent = "    ";
constexpr std::size_t line_bytes = 40;  // of one line of hex
constexpr std::size_t group_bytes = 8;

unsigned digit_value(char digit) {
    constexpr std::string_view digits = "0123456789abcdef";
    const std::size_t at = digits.find(digit);
    if (at == std::string_view::npos) throw std::runtime_error("a golden file has a bad hex digit");
    return static_cast<unsigned>(at);
}

void append_hex_line(std::string& bytes, std::string_view line) {
    std::string digits;
    for (const char c : line) {
        if (c != ' ') digits.push_back(c);
    }
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes.push_back(
            static_cast<char>(digit_value(digits[i]) << 4U | digit_value(digits[i + 1])));
    }
}

std::map<std::string, std::string> read_encodings(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::map<std::string, std::string> encodings;
    std::string* bytes = nullptr;
    bool is_first = true;  // line of an encoding
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') continue;
        if (!line.starts_with(indent)) {
            const auto [at, is_new] = encodings.try_emplace(line);
            if (!is_new) throw std::runtime_error(path + " has the name twice: " + line);
            bytes = &at->second;
            is_first = true;
        } else if (bytes == nullptr) {
            throw std::runtime_error(path + " has bytes without a name");
        } else if (line[indent.size()] == '"') {
            if (!std::exchange(is_first, false)) *bytes += '\n';
            *bytes += line.substr(indent.size() + 1, line.size() - indent.size() - 2);
        } else {
            append_hex_line(*bytes, line);
        }
    }
    return encodings;
}

// The bytes as the lines of a golden file.
std::string hex_lines(std::string_view bytes) {
    std::string lines;
    for (std::size_t i = 0; i < bytes.size(); i += group_bytes) {
        lines += i % line_bytes == 0 ? indent : " ";
        lines += hex_text(bytes.substr(i, group_bytes));
        const std::size_t end = i + group_bytes;
        if (end >= bytes.size() || end % line_bytes == 0) lines += '\n';
    }
    return lines;
}

// The text as the lines of a golden file.
std::string text_lines(std::string_view text) {
    std::string lines = std::string(indent) + '"';
    for (const char c : text) {
        if (c == '\n') lines.append("\"\n").append(indent).append(1, '"');
        if (c != '\n') lines.push_back(c);
    }
    return lines + "\"\n";
}

std::size_t first_difference(std::string_view a, std::string_view b) {
    std::size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
    return at;
}

}  // namespace

std::optional<std::string> golden_output() {
    const char* folder = std::getenv("FRESHET_WRITE_GOLDEN");
    if (folder == nullptr) return std::nullopt;
    return folder;
}

std::string golden_path(const std::string& name) {
    return source_folder() + "/tests/golden/" + name;
}

std::string hex_text(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text.push_back(digits[static_cast<unsigned char>(c) >> 4U]);
        text.push_back(digits[static_cast<unsigned char>(c) & 0xFU]);
    }
    return text;
}

GoldenFile::GoldenFile(std::string name) : name_(std::move(name)) {
    if (!golden_output()) encodings_ = read_encodings(golden_path(name_));
}

testing::AssertionResult GoldenFile::holds(const std::string& encoding,
                                           std::string_view found) const {
    return compare(encoding, found, Form::hex);
}

testing::AssertionResult GoldenFile::holds_text(const std::string& encoding,
                                                std::string_view found) const {
    return compare(encoding, found, Form::text);
}

testing::AssertionResult GoldenFile::compare(const std::string& encoding, std::string_view found,
                                             Form form) const {
    const auto shown = [form](std::string_view bytes) {
        return form == Form::hex ? hex_lines(bytes) : text_lines(bytes);
    };
    if (const auto folder = golden_output()) {
        const std::filesystem::path path = *folder + "/" + name_;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::app) << encoding << '\n' << shown(found);
        return testing::AssertionSuccess();
    }
    const auto expected = encodings_.find(encoding);
    if (expected == encodings_.end()) {
        return testing::AssertionFailure()
               << "tests/golden/" << name_ << " has no encoding \"" << encoding << "\"; found:\n"
               << shown(found);
    }
    if (expected->second == found) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << "The encoding \"" << encoding << "\" is not that of tests/golden/" << name_
           << ": it differs from byte " << first_difference(expected->second, found) << " on.\n"
           << "expected:\n"
           << shown(expected->second) << "found:\n"
           << shown(found)
           << "Data folders and clients keep such bytes. If the change is meant, it needs a new "
              "format version and a new golden file; the old file is never edited "
              "(tests/golden/README.md).";
}

const std::string& GoldenFile::bytes(const std::string& encoding) const {
    const auto found = encodings_.find(encoding);
    if (found == encodings_.end()) {
        throw std::runtime_error("tests/golden/" + name_ + " has no encoding " + encoding);
    }
    return found->second;
}

}  // namespace freshet::support
