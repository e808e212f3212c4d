#include "tests/disks/power_loss_file_system.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace freshet::support {
namespace {

using rocksdb::DataVerificationInfo;
using rocksdb::DirFsyncOptions;
using rocksdb::FileOptions;
using rocksdb::FSDirectory;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// Paths come with doubled and trailing slashes.
std::string plain(const std::string& path) {
    std::string text = std::filesystem::path(path).lexically_normal().string();
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

std::string folder_of(const std::string& path) {
    return std::filesystem::path(path).parent_path().string();
}

std::size_t up_to(std::size_t most, std::mt19937_64& random) {
    return std::uniform_int_distribution<std::size_t>(0, most)(random);
}

struct Node {
    bool is_folder = false;
    std::string bytes;
    std::size_t synced = 0;             // so many of `bytes`
    std::optional<std::string> before;  // what was synced, where `bytes` do not begin with it
};

void cut(Node& node, std::size_t size) {
    if (size >= node.bytes.size()) return;
    if (!node.before && size < node.synced) node.before = node.bytes.substr(0, node.synced);
    node.bytes.resize(size);
    node.synced = std::min(node.synced, size);
    if (node.before) node.synced = 0;
}

std::string remains(const Node& node, std::mt19937_64& random) {
    if (node.before && up_to(1, random) == 0) return *node.before;
    return node.bytes.substr(0, node.synced + up_to(node.bytes.size() - node.synced, random));
}

using NodePointer = std::shared_ptr<Node>;
using Entries =
    std::map<std::string, NodePointer>;  // by path, so a folder stands before what it holds

// One change of a folder's entries: what goes, and what comes in its place.
struct EntryChange {
    std::string gone;  // empty if nothing goes
    std::string come;  // empty if nothing comes
    NodePointer node;
};

// A folder that is renamed takes along what it holds.
void move_contents(const std::string& from, const std::string& to, Entries& entries) {
    for (auto held = entries.lower_bound(from + '/');
         held != entries.end() && held->first.starts_with(from + '/');) {
        entries[to + held->first.substr(from.size())] = held->second;
        held = entries.erase(held);
    }
}

void take_effect(const EntryChange& change, Entries& entries) {
    if (!change.gone.empty()) entries.erase(change.gone);
    if (!change.come.empty()) entries[change.come] = change.node;
    const bool moves = !change.gone.empty() && !change.come.empty() && change.node->is_folder;
    if (moves) move_contents(change.gone, change.come, entries);
}

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (file) return;
    std::fprintf(stderr, "cannot write %s\n", path.c_str());
    std::abort();
}

}  // namespace

// What is remembered of the folder.
class PowerLossFileSystem::Disk {
public:
    Disk(std::string root, Hook before_operation)
        : root_(plain(root)), before_operation_(std::move(before_operation)) {}

    void begin_operation() {
        const std::uint64_t operation = ++operations_;
        if (before_operation_) before_operation_(operation);
    }
    [[nodiscard]] std::uint64_t operations() const { return operations_; }

    // The file of that name, empty from now on if `anew`; made if it is not there.
    NodePointer open(const std::string& path, bool anew) {
        const std::lock_guard lock(mutex_);
        const auto found = now_.find(plain(path));
        if (found == now_.end()) return come(plain(path), std::make_shared<Node>());
        if (anew) cut(*found->second, 0);
        return found->second;
    }

    void make_folder(const std::string& path) {
        const std::lock_guard lock(mutex_);
        if (plain(path) == root_ || now_.contains(plain(path))) return;
        const auto folder = std::make_shared<Node>();
        folder->is_folder = true;
        come(plain(path), folder);
    }

    void remove(const std::string& path) {
        const std::lock_guard lock(mutex_);
        change(plain(path), {.gone = plain(path), .come = {}, .node = nullptr});
    }

    void rename(const std::string& from, const std::string& to) {
        const std::lock_guard lock(mutex_);
        const NodePointer node = now_.at(plain(from));
        change(plain(to), {.gone = plain(from), .come = plain(to), .node = node});
    }

    void link(const std::string& from, const std::string& to) {
        const std::lock_guard lock(mutex_);
        come(plain(to), now_.at(plain(from)));
    }

    void append(Node& node, const Slice& bytes) {
        const std::lock_guard lock(mutex_);
        node.bytes.append(bytes.data(), bytes.size());
    }

    void truncate(Node& node, std::size_t size) {
        const std::lock_guard lock(mutex_);
        cut(node, size);
    }

    void truncate(const std::string& path, std::size_t size) {
        const std::lock_guard lock(mutex_);
        cut(*now_.at(plain(path)), size);
    }

    void sync(Node& node) {
        const std::lock_guard lock(mutex_);
        node.synced = node.bytes.size();
        node.before.reset();
    }

    void sync_folder(const std::string& path) {
        const std::lock_guard lock(mutex_);
        auto& changes = unsynced_[plain(path)];
        for (const EntryChange& change : changes) take_effect(change, synced_);
        changes.clear();
    }

    void clone(const std::string& path, std::mt19937_64& random) const {
        const std::lock_guard lock(mutex_);
        Entries left = synced_;
        for (const auto& [folder, changes] : unsynced_) {
            const std::size_t kept = up_to(changes.size(), random);
            for (std::size_t i = 0; i < kept; ++i) take_effect(changes[i], left);
        }
        std::filesystem::create_directories(path);
        std::set<std::string> folders = {root_};
        for (const auto& [name, node] : left) {
            if (!folders.contains(folder_of(name))) continue;
            const std::string copy = path + name.substr(root_.size());
            if (node->is_folder) {
                folders.insert(name);
                std::filesystem::create_directory(copy);
            } else {
                write_file(copy, remains(*node, random));
            }
        }
    }

private:
    NodePointer come(const std::string& path, NodePointer node) {
        change(path, {.gone = {}, .come = path, .node = node});
        return node;
    }

    void change(const std::string& path, EntryChange change) {
        take_effect(change, now_);
        unsynced_[folder_of(path)].push_back(std::move(change));
    }

    const std::string root_;
    const Hook before_operation_;
    std::atomic<std::uint64_t> operations_ = 0;
    mutable std::mutex mutex_;  // guards what follows, and every node
    Entries now_;
    Entries synced_;
    std::map<std::string, std::vector<EntryChange>> unsynced_;  // by folder
};

namespace {

using Disk = PowerLossFileSystem::Disk;

class RememberedFile : public rocksdb::FSWritableFileOwnerWrapper {
public:
    RememberedFile(std::unique_ptr<FSWritableFile> file, std::shared_ptr<Disk> disk,
                   NodePointer node)
        : FSWritableFileOwnerWrapper(std::move(file)),
          disk_(std::move(disk)),
          node_(std::move(node)) {}

    IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
        disk_->begin_operation();
        const IOStatus status = target()->Append(bytes, options, debug);
        if (status.ok()) disk_->append(*node_, bytes);
        return status;
    }
    IOStatus Append(const Slice& bytes, const IOOptions& options,
                    const DataVerificationInfo& /*verification*/, IODebugContext* debug) override {
        return Append(bytes, options, debug);
    }

    IOStatus PositionedAppend(const Slice& /*bytes*/, std::uint64_t /*offset*/,
                              const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        return IOStatus::NotSupported("PositionedAppend");
    }
    IOStatus PositionedAppend(const Slice& /*bytes*/, std::uint64_t /*offset*/,
                              const IOOptions& /*options*/,
                              const DataVerificationInfo& /*verification*/,
                              IODebugContext* /*debug*/) override {
        return IOStatus::NotSupported("PositionedAppend");
    }

    IOStatus Truncate(std::uint64_t size, const IOOptions& options,
                      IODebugContext* debug) override {
        disk_->begin_operation();
        const IOStatus status = target()->Truncate(size, options, debug);
        if (status.ok()) disk_->truncate(*node_, size);
        return status;
    }

    IOStatus Sync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        disk_->begin_operation();
        disk_->sync(*node_);
        return IOStatus::OK();
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        return Sync(options, debug);
    }
    IOStatus RangeSync(std::uint64_t /*offset*/, std::uint64_t /*size*/,
                       const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        disk_->begin_operation();
        return IOStatus::OK();
    }

private:
    std::shared_ptr<Disk> disk_;
    NodePointer node_;
};

class RememberedFolder : public rocksdb::FSDirectoryWrapper {
public:
    RememberedFolder(std::unique_ptr<FSDirectory> folder, std::shared_ptr<Disk> disk,
                     std::string path)
        : FSDirectoryWrapper(std::move(folder)), disk_(std::move(disk)), path_(std::move(path)) {}

    IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
        disk_->begin_operation();
        disk_->sync_folder(path_);
        return IOStatus::OK();
    }
    IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                                 const DirFsyncOptions& /*reason*/) override {
        return Fsync(options, debug);
    }

private:
    std::shared_ptr<Disk> disk_;
    std::string path_;
};

}  // namespace

PowerLossFileSystem::PowerLossFileSystem(std::string root, Hook before_operation)
    : FileSystemWrapper(rocksdb::FileSystem::Default()),
      disk_(std::make_shared<Disk>(std::move(root), std::move(before_operation))) {}

PowerLossFileSystem::~PowerLossFileSystem() = default;

std::uint64_t PowerLossFileSystem::operations() const {
    return disk_->operations();
}

void PowerLossFileSystem::clone(const std::string& path, std::mt19937_64& random) const {
    disk_->clone(path, random);
}

IOStatus PowerLossFileSystem::NewWritableFile(const std::string& path, const FileOptions& options,
                                              std::unique_ptr<FSWritableFile>* file,
                                              IODebugContext* debug) {
    disk_->begin_operation();
    std::unique_ptr<FSWritableFile> real;
    const IOStatus status = target_->NewWritableFile(path, options, &real, debug);
    if (!status.ok()) return status;
    *file = std::make_unique<RememberedFile>(std::move(real), disk_, disk_->open(path, true));
    return status;
}

IOStatus PowerLossFileSystem::ReopenWritableFile(const std::string& path,
                                                 const FileOptions& options,
                                                 std::unique_ptr<FSWritableFile>* file,
                                                 IODebugContext* debug) {
    disk_->begin_operation();
    std::unique_ptr<FSWritableFile> real;
    const IOStatus status = target_->ReopenWritableFile(path, options, &real, debug);
    if (!status.ok()) return status;
    *file = std::make_unique<RememberedFile>(std::move(real), disk_, disk_->open(path, false));
    return status;
}

IOStatus PowerLossFileSystem::Truncate(const std::string& path, std::size_t size,
                                       const IOOptions& options, IODebugContext* debug) {
    disk_->begin_operation();
    const IOStatus status = target_->Truncate(path, size, options, debug);
    if (status.ok()) disk_->truncate(path, size);
    return status;
}

IOStatus PowerLossFileSystem::RenameFile(const std::string& from, const std::string& to,
                                         const IOOptions& options, IODebugContext* debug) {
    disk_->begin_operation();
    const IOStatus status = target_->RenameFile(from, to, options, debug);
    if (status.ok()) disk_->rename(from, to);
    return status;
}

IOStatus PowerLossFileSystem::LinkFile(const std::string& from, const std::string& to,
                                       const IOOptions& options, IODebugContext* debug) {
    disk_->begin_operation();
    const IOStatus status = target_->LinkFile(from, to, options, debug);
    if (status.ok()) disk_->link(from, to);
    return status;
}

IOStatus PowerLossFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                         IODebugContext* debug) {
    disk_->begin_operation();
    const IOStatus status = target_->DeleteFile(path, options, debug);
    if (status.ok()) disk_->remove(path);
    return status;
}

IOStatus PowerLossFileSystem::CreateDir(const std::string& path, const IOOptions& options,
                                        IODebugContext* debug) {
    disk_->begin_operation();
    const IOStatus status = target_->CreateDir(path, options, debug);
    if (status.ok()) disk_->make_folder(path);
    return status;
}

IOStatus PowerLossFileSystem::CreateDirIfMissing(const std::string& path, const IOOptions& options,
                                                 IODebugContext* debug) {
    disk_->begin_operation();
    const IOStatus status = target_->CreateDirIfMissing(path, options, debug);
    if (status.ok()) disk_->make_folder(path);
    return status;
}

IOStatus PowerLossFileSystem::DeleteDir(const std::string& path, const IOOptions& options,
                                        IODebugContext* debug) {
    disk_->begin_operation();
    const IOStatus status = target_->DeleteDir(path, options, debug);
    if (status.ok()) disk_->remove(path);
    return status;
}

IOStatus PowerLossFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                           std::unique_ptr<FSDirectory>* folder,
                                           IODebugContext* debug) {
    std::unique_ptr<FSDirectory> real;
    const IOStatus status = target_->NewDirectory(path, options, &real, debug);
    if (!status.ok()) return status;
    *folder = std::make_unique<RememberedFolder>(std::move(real), disk_, path);
    return status;
}

IOStatus PowerLossFileSystem::ReuseWritableFile(const std::string& /*path*/,
                                                const std::string& /*old_path*/,
                                                const FileOptions& /*options*/,
                                                std::unique_ptr<FSWritableFile>* /*file*/,
                                                IODebugContext* /*debug*/) {
    return IOStatus::NotSupported("ReuseWritableFile");
}

IOStatus PowerLossFileSystem::NewRandomRWFile(const std::string& /*path*/,
                                              const FileOptions& /*options*/,
                                              std::unique_ptr<rocksdb::FSRandomRWFile>* /*file*/,
                                              IODebugContext* /*debug*/) {
    return IOStatus::NotSupported("NewRandomRWFile");
}

IOStatus PowerLossFileSystem::NewMemoryMappedFileBuffer(
    const std::string& /*path*/, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* /*buffer*/) {
    return IOStatus::NotSupported("NewMemoryMappedFileBuffer");
}

}  // namespace freshet::support
