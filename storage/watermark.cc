#include "storage/watermark.h"

#include <rocksdb/file_system.h>
#include <xxhash.h>

#include <array>
#include <utility>

#include "storage/internal/fixed.h"
#include "storage/internal/rocks.h"
#include "storage/invariant.h"

namespace freshet::storage {
namespace {

constexpr std::array<std::string_view, 2> slot_names{"watermark-0", "watermark-1"};
constexpr std::size_t slot_bytes =
    5 * internal::fixed_bytes;  // number, epoch, position, chain, hash

struct Slot {
    std::uint64_t number;
    LogMark mark;
};

std::string encode(const Slot& slot) {
    std::string bytes;
    internal::append_fixed(bytes, slot.number);
    internal::append_fixed(bytes, slot.mark.epoch);
    internal::append_fixed(bytes, slot.mark.position.value);
    internal::append_fixed(bytes, slot.mark.chain);
    internal::append_fixed(bytes, XXH3_64bits(bytes.data(), bytes.size()));
    return bytes;
}

std::optional<Slot> decode(std::string_view bytes) {
    if (bytes.size() != slot_bytes) return std::nullopt;
    const std::size_t hashed = slot_bytes - internal::fixed_bytes;
    if (internal::read_fixed(bytes, hashed) != XXH3_64bits(bytes.data(), hashed)) {
        return std::nullopt;
    }
    return Slot{.number = internal::read_fixed(bytes, 0),
                .mark = {.epoch = internal::read_fixed(bytes, 8),
                         .position = Position{internal::read_fixed(bytes, 16)},
                         .chain = internal::read_fixed(bytes, 24)}};
}

}  // namespace

Watermark::Watermark(std::string folder, std::shared_ptr<rocksdb::FileSystem> files)
    : folder_(std::move(folder)), files_(std::move(files)) {}

Result<std::unique_ptr<Watermark>> Watermark::open(std::string folder,
                                                   std::shared_ptr<rocksdb::FileSystem> files,
                                                   bool accept_loss) {
    std::unique_ptr<Watermark> watermark(new Watermark(std::move(folder), std::move(files)));
    std::size_t unreadable = 0;
    for (const std::string_view name : slot_names) {
        const std::string path = watermark->folder_ + "/" + std::string(name);
        if (!watermark->files_->FileExists(path, rocksdb::IOOptions(), nullptr).ok()) continue;
        std::string bytes;
        const auto read = rocksdb::ReadFileToString(watermark->files_.get(), path, &bytes);
        if (!read.ok()) return fail(internal::error_of(read, "reading " + path));
        const std::optional<Slot> slot = decode(bytes);
        if (!slot) {
            ++unreadable;
        } else if (slot->number > watermark->writes_) {
            watermark->writes_ = slot->number;
            watermark->mark_ = slot->mark;
        }
    }
    // One unreadable slot is a torn write; the other one, or the time before any, still stands.
    if (unreadable == slot_names.size() && !accept_loss) {
        return fail(Errc::corrupt, "both watermark files in " + watermark->folder_ +
                                       " are damaged, so nobody can tell whether the log is whole; "
                                       "go on with what there is by --accept-loss");
    }
    return watermark;
}

Result<void> Watermark::write(const LogMark& mark) {
    invariant(!mark_ || mark.position > mark_->position || mark == *mark_,
              "a watermark never goes back");
    const std::uint64_t number = writes_ + 1;
    const std::string path = folder_ + "/" + std::string(slot_names[number % 2]);
    const bool is_new = !files_->FileExists(path, rocksdb::IOOptions(), nullptr).ok();

    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status =
        files_->NewWritableFile(path, rocksdb::FileOptions(), &file, nullptr);
    const rocksdb::IOOptions io;
    if (status.ok()) status = file->Append(encode({.number = number, .mark = mark}), io, nullptr);
    if (status.ok()) status = file->Fsync(io, nullptr);
    if (status.ok()) status = file->Close(io, nullptr);
    if (status.ok() && is_new) {
        std::unique_ptr<rocksdb::FSDirectory> folder;
        status = files_->NewDirectory(folder_, io, &folder, nullptr);
        if (status.ok()) status = folder->Fsync(io, nullptr);
    }
    if (!status.ok()) return fail(internal::error_of(status, "writing " + path));
    writes_ = number;
    mark_ = mark;
    return {};
}

}  // namespace freshet::storage
