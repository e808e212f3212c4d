#include "tools/export_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "engine/text/base64.h"
#include "engine/text/json.h"
#include "engine/text/quantity.h"
#include "tools/json_members.h"
#include "tools/md5.h"

namespace freshet::tools {

namespace {

namespace fs = std::filesystem;
using engine::JsonDocument;
using engine::JsonNode;

constexpr const char* summary_name = "manifest-summary.json";
constexpr const char* files_name = "manifest-files.json";
constexpr const char* whole_download =
    "; download the whole folder: aws s3 cp --recursive s3://BUCKET/PREFIX/AWSDynamoDB/ID FOLDER";

std::optional<std::string> text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open()) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

tl::unexpected<Error> fault(Errc code, const fs::path& path, const std::string& what) {
    return fail(code, path.string() + ": " + what);
}

struct Summary {
    std::optional<std::uint64_t> items;
    std::string moment;
    std::string table;
};

// Says nothing if there is none.
Result<Summary> read_summary(const fs::path& path) {
    auto text = text_of(path);
    if (!text) return Summary();
    const auto document = JsonDocument::parse(*std::move(text));
    if (!document) return fault(Errc::malformed, path, document.error().message);

    const JsonNode& summary = document->root();
    const std::string_view format = text_member(summary, "outputFormat").value_or("DYNAMODB_JSON");
    if (format != "DYNAMODB_JSON") {
        return fault(Errc::refused, path,
                     "the export is in the format " + std::string(format) +
                         ", expected DYNAMODB_JSON: export the table anew in that format");
    }
    const std::string_view type = text_member(summary, "exportType").value_or("FULL_EXPORT");
    if (type != "FULL_EXPORT") {
        return fault(
            Errc::refused, path,
            "the export is of the type " + std::string(type) +
                ", which holds changes only, expected FULL_EXPORT: export the whole table");
    }
    return Summary{.items = number_member(summary, "itemCount"),
                   .moment = std::string(text_member(summary, "exportTime").value_or("")),
                   .table = std::string(text_member(summary, "tableArn").value_or(""))};
}

// Where the data file of that key is. It is looked for by its name alone, in the folder `data`.
Result<ExportFile> locate(const fs::path& folder, std::string_view key) {
    const fs::path path = folder / "data" / fs::path(key).filename();
    if (fs::is_regular_file(path)) return ExportFile{.path = path, .items = {}, .md5 = {}};
    const fs::path unpacked = fs::path(path).replace_extension();
    if (path.extension() == ".gz" && fs::is_regular_file(unpacked)) {
        return ExportFile{.path = unpacked, .items = {}, .md5 = {}};
    }
    return fault(Errc::corrupt, path,
                 std::string("is missing, and ") + files_name + " names it" + whole_download);
}

Result<ExportFile> read_line(const fs::path& folder, const JsonNode& line) {
    const auto key = text_member(line, "dataFileS3Key");
    const auto items = number_member(line, "itemCount");
    if (!key || !items) {
        return fail(Errc::malformed, "found no dataFileS3Key with its itemCount, expected both");
    }
    auto file = locate(folder, *key);
    if (!file) return file;
    file->items = items;
    const bool is_as_exported = fs::path(file->path).filename() == fs::path(*key).filename();
    if (is_as_exported) file->md5 = text_member(line, "md5Checksum").value_or("");
    return file;
}

// The lines of the manifest. Those of blanks are none.
Result<std::vector<ExportFile>> read_files(const fs::path& folder, std::string_view text) {
    const fs::path path = folder / files_name;
    std::vector<ExportFile> files;
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const auto document = JsonDocument::parse(std::string(line), number);
        if (!document) return fault(Errc::malformed, path, document.error().message);
        auto file = read_line(folder, document->root());
        if (!file && file.error().code == Errc::malformed) {
            return fault(Errc::malformed, path,
                         "line " + std::to_string(number) + ": " + file.error().message);
        }
        if (!file) return fail(file.error());
        files.push_back(*std::move(file));
    }
    return files;
}

}  // namespace

Result<ExportFolder> read_export_folder(const std::string& folder) {
    auto summary = read_summary(fs::path(folder) / summary_name);
    if (!summary) return fail(summary.error());
    auto manifest = text_of(fs::path(folder) / files_name);
    if (!manifest) {
        return fault(Errc::io, folder,
                     std::string("holds no ") + files_name +
                         ", expected the folder of an export, AWSDynamoDB/ID; data files without "
                         "a manifest are named one by one");
    }
    auto files = read_files(folder, *manifest);
    if (!files) return fail(files.error());

    std::uint64_t items = 0;
    for (const ExportFile& file : *files) items += file.items.value_or(0);
    if (!summary->items || *summary->items == items) {
        return ExportFolder{.files = *std::move(files),
                            .moment = std::move(summary->moment),
                            .table = std::move(summary->table)};
    }
    return fault(Errc::corrupt, fs::path(folder) / files_name,
                 "names files of " + engine::quantity(items, "item") + ", and " + summary_name +
                     " says that there are " + std::to_string(*summary->items) + whole_download);
}

Result<void> check_md5(const ExportFile& file) {
    std::ifstream in(file.path, std::ios::binary);
    if (!in.is_open()) return fail(Errc::io, file.path + " cannot be opened");
    const auto md5 = md5_of(in);
    if (!md5) return fail(md5.error().code, file.path + ": " + md5.error().message);
    std::string found;
    engine::append_base64(found, *md5);
    if (found == file.md5) return {};
    return fault(
        Errc::corrupt, file.path,
        "its MD5 is " + found + ", and " + files_name + " says " + file.md5 + whole_download);
}

}  // namespace freshet::tools
