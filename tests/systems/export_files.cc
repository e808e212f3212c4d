#include "tests/systems/export_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/support/server_process.h"
#include "tests/world/model.h"

namespace freshet::systems {

namespace {

// As the manifest has it.
std::string md5_of(const std::string& path) {
    const std::string sum = support::run_program({"/usr/bin/md5sum", path}).output;
    EXPECT_GE(sum.size(), 32U);
    std::string bytes;
    for (std::size_t i = 0; i < 32; i += 2) {
        bytes += static_cast<char>(std::stoi(sum.substr(i, 2), nullptr, 16));
    }
    return support::base64(bytes);
}

}  // namespace

std::string export_line(std::string_view attributes) {
    return R"({"Item":{)" + std::string(attributes) + "}}";
}

ExportFiles::ExportFiles(std::string folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_ + "/data");
}

void ExportFiles::add(const std::string& name, const std::string& lines) {
    const bool is_packed = name.ends_with(".gz");
    const std::string written = path(is_packed ? name.substr(0, name.size() - 3) : name);
    std::ofstream(written, std::ios::binary) << lines;
    if (is_packed) {
        EXPECT_EQ(support::run_program({"/bin/gzip", "-1", written}).exit_code, 0);
    }

    const auto items = std::count(lines.begin(), lines.end(), '\n');
    items_ += items;
    manifest_ += R"({"itemCount":)" + std::to_string(items) + R"(,"md5Checksum":")" +
                 md5_of(path(name)) + R"(","etag":"e-1","dataFileS3Key":)" +
                 R"("PREFIX/AWSDynamoDB/0170-0a1b/data/)" + name + "\"}\n";
}

void ExportFiles::finish() const {
    std::ofstream(folder_ + "/manifest-files.json", std::ios::binary) << manifest_;
    std::ofstream(folder_ + "/manifest-summary.json", std::ios::binary)
        << R"({"version":"2023-08-01","itemCount":)" << items_ << "," << summary_ << "}";
}

void ExportFiles::say_more_items(const std::string& name, int more) {
    const std::string count = R"("itemCount":)";
    const std::size_t line = manifest_.rfind(count, manifest_.find("/data/" + name));
    ASSERT_NE(line, std::string::npos) << name;
    const std::size_t begin = line + count.size();
    const std::size_t end = manifest_.find(',', begin);
    const int said = std::stoi(manifest_.substr(begin, end - begin)) + more;
    manifest_.replace(begin, end - begin, std::to_string(said));
    items_ += more;
}

void ExportFiles::say_in_summary(std::string_view members) {
    summary_ = members;
}

}  // namespace freshet::systems
