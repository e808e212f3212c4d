// The folder of an export of a DynamoDB table to S3, as it is after a download:
//
//     AWSDynamoDB/ID/manifest-summary.json    what was exported, and how; may be missing
//                    manifest-files.json      a line for each data file: its name, items and MD5
//                    data/NAME.json.gz        a line for each item
//
// Pure reading; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/result.h"

namespace freshet::tools {

struct ExportFile {
    std::string path;
    std::optional<std::uint64_t> items;  // as the manifest counts them
    std::string md5;                     // of the file as it is, in base64; empty if not known
};

struct ExportFolder {
    std::vector<ExportFile> files;
    std::string moment;  // `exportTime`: what the export is of; empty if the summary does not say
    std::string table;   // `tableArn`; likewise
};

// The data files that the manifest names, all of which are there. One that was unpacked after the
// download is taken without its MD5.
// Fails with io         if the folder cannot be read, or holds no export;
//            malformed  for a manifest that is none;
//            refused    for an export in another format, or of changes only;
//            corrupt    if a data file is missing, or one of the manifests is not whole.
Result<ExportFolder> read_export_folder(const std::string& folder);

// Reads the file to its end.
// Fails with io       if it cannot be read;
//            corrupt  if its MD5 is not the one that the manifest names.
Result<void> check_md5(const ExportFile& file);

}  // namespace freshet::tools
