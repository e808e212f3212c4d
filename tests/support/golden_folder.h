// The data folder of an earlier release, in a copy of the test's own.
//
// tests/golden/folder_v1/ and the others hold a folder as a kill left it: its state is of some
// records less than its log. Beside it are what its log has and what it is folded to; the
// configuration of all of them is in the first.
//
// With FRESHET_WRITE_GOLDEN=FOLDER, write_golden_folder() makes one of the records in
// tests/golden/records_v2.jsonl, and of a notice of each kind, as the present release writes them.
//
// Threads: one at a time.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "engine/config/config.h"
#include "engine/engine.h"
#include "storage/result.h"
#include "tests/disks/temp_folder.h"

namespace freshet::support {

// By the formats that wrote them.
inline constexpr std::array golden_folder_names{"folder_v1", "folder_v2"};

// What tests/golden/folder_v1/freshet.toml declares.
engine::Config golden_config();

// Sends a text as POST /records takes it, of that table if one is named; throws unless it is
// appended. The engine's sequencer is stepped by this call.
void append_text(engine::Engine& engine, const std::string& text, const std::string& table = "");

// Makes FOLDER/folder of the records, as the present release writes them, in golden_output().
void write_golden_folder();

class GoldenFolder {
public:
    explicit GoldenFolder(const std::string& name = golden_folder_names.front());

    [[nodiscard]] std::string path() const { return folder_.file("data"); }
    [[nodiscard]] std::string file(const std::string& name) const { return path() + "/" + name; }

    // Opens the copy and folds its log. Fails as these do.
    [[nodiscard]] Result<std::unique_ptr<engine::Engine>> open() const;

private:
    TempFolder folder_;
};

}  // namespace freshet::support
