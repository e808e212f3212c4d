// Golden bytes: what a release writes, kept in tests/golden/ and compared with what is written now.
//
// A golden file names each encoding and gives its bytes as hex, or in quotes if it is a text:
//
//     # a comment
//     watermark
//         0000000000000001 …
//     event id
//         "5f3c.1041"
//
// A text of several lines has a pair of quotes for each.
//
// Data folders and clients keep these bytes, so a test that finds others has found a new format.
// The old file stays as it is; tests/golden/README.md says what a new format needs.
//
// With FRESHET_WRITE_GOLDEN=FOLDER nothing is compared: what is found is written there instead.
//
// Threads: one at a time.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::support {

// The folder of FRESHET_WRITE_GOLDEN; nothing in an ordinary run.
std::optional<std::string> golden_output();

// The path of something in tests/golden/.
std::string golden_path(const std::string& name);

std::string hex_text(std::string_view bytes);

class GoldenFile {
public:
    // Reads tests/golden/`name`. Throws if it cannot be read.
    explicit GoldenFile(std::string name);

    // Whether the file has exactly these bytes under the name of that encoding. The failure shows
    // both, and what a new format needs.
    [[nodiscard]] testing::AssertionResult holds(const std::string& encoding,
                                                 std::string_view found) const;
    // The same for an encoding that is a text.
    [[nodiscard]] testing::AssertionResult holds_text(const std::string& encoding,
                                                      std::string_view found) const;

    // What the file has; throws if it has nothing under that name.
    [[nodiscard]] const std::string& bytes(const std::string& encoding) const;

    // How many encodings the file has.
    [[nodiscard]] std::size_t size() const { return encodings_.size(); }

private:
    enum class Form { hex, text };
    [[nodiscard]] testing::AssertionResult compare(const std::string& encoding,
                                                   std::string_view found, Form form) const;

    std::string name_;
    std::map<std::string, std::string> encodings_;
};

}  // namespace freshet::support
