// An export of a DynamoDB table to S3 as it is on disk after a download: data files packed by gzip,
// and the two manifests. Packed and summed up by the machine's own gzip and md5sum.
//
// Threads: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace freshet::systems {

// A line of a data file, without its end: the item of these attributes.
std::string export_line(std::string_view attributes);

class ExportFiles {
public:
    // Makes the folder.
    explicit ExportFiles(std::string folder);

    // Adds a data file with these lines, each with its end, as `data/NAME`, and its line in the
    // manifest. A name that ends in .gz has it packed.
    void add(const std::string& name, const std::string& lines);

    // Writes both manifests: once everything was added.
    void finish() const;

    // These are what the manifests say; the data files stay as they are.
    void say_more_items(const std::string& name, int more);
    void say_in_summary(std::string_view members);

    [[nodiscard]] const std::string& folder() const { return folder_; }
    [[nodiscard]] std::string path(const std::string& name) const {
        return folder_ + "/data/" + name;
    }

private:
    std::string folder_;
    std::string manifest_;
    std::string summary_ = R"("outputFormat":"DYNAMODB_JSON","exportType":"FULL_EXPORT")";
    std::int64_t items_ = 0;
};

}  // namespace freshet::systems
