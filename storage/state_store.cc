#include "storage/state_store.h"

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "storage/data_folder.h"
#include "storage/empty_stretches.h"
#include "storage/internal/fixed.h"
#include "storage/internal/memory_overlay.h"
#include "storage/internal/rocks.h"
#include "storage/internal/state_error.h"
#include "storage/internal/state_keys.h"
#include "storage/internal/state_walk.h"
#include "storage/invariant.h"
#include "storage/item_cache.h"
#include "storage/scratch_folder.h"

namespace freshet::storage {
namespace {

using internal::fact_entry;
using internal::item_entry;
using internal::of_state;
using internal::row_entry;
using internal::state_error;

constexpr std::string_view checkpoint_key(&internal::checkpoint_tag, 1);
// Nobody writes behind it but its commits.
constexpr std::size_t shelf_window_bytes = std::size_t{1} << 20U;
constexpr std::size_t checkpoint_bytes = 4 * internal::fixed_bytes;

std::string encode(const Checkpoint& checkpoint) {
    std::string bytes;
    internal::append_fixed(bytes, checkpoint.mark.epoch);
    internal::append_fixed(bytes, checkpoint.mark.position.value);
    internal::append_fixed(bytes, checkpoint.mark.chain);
    internal::append_fixed(bytes, checkpoint.layout);
    return bytes;
}

Result<std::shared_ptr<const Item>> read_item(rocksdb::DB& db, const rocksdb::ReadOptions& options,
                                              const std::string& entry) {
    std::string bytes;
    const rocksdb::Status status = db.Get(options, entry, &bytes);
    if (status.IsNotFound()) return std::shared_ptr<const Item>();
    if (!status.ok()) return fail(state_error(status, "reading an item"));
    auto item = Item::from_bytes(std::move(bytes));
    if (!item) return fail(of_state(item.error()));
    return std::make_shared<const Item>(std::move(*item));
}

Error reopening() {
    return {Errc::unavailable, "the state is being reopened"};
}

// Whether a state that takes account of the log up to `before` may come to do so up to `mark`.
bool may_follow(const LogMark& mark, const LogMark& before) {
    return mark.epoch != before.epoch || mark.position > before.position || mark == before;
}

}  // namespace

std::string after_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFFU) {
        prefix.pop_back();
    }
    if (prefix.empty()) return prefix;
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

StateSnapshot::StateSnapshot(std::shared_ptr<const internal::WrittenState> written,
                             std::shared_ptr<const StateWindow::Seen> seen, std::uint64_t version,
                             std::shared_ptr<ItemCache> cache,
                             std::shared_ptr<EmptyStretches> stretches)
    : written_(std::move(written)),
      seen_(std::move(seen)),
      version_(version),
      cache_(std::move(cache)),
      stretches_(std::move(stretches)) {}

StateSnapshot::~StateSnapshot() = default;

Result<std::shared_ptr<const Item>> StateSnapshot::item(std::string_view table,
                                                        std::string_view key) const {
    const std::string entry = item_entry(table, key);
    const HashedKey looked_up(entry);
    if (auto known = cache_->find(looked_up, version_)) return known;
    for (auto commit = seen_->commits.rbegin(); commit != seen_->commits.rend(); ++commit) {
        const std::shared_ptr<const Item>* const written = (*commit)->item(looked_up);
        if (written == nullptr) continue;
        cache_->add(looked_up, *written, version_);
        return *written;
    }
    auto item = read_item(written_->db(), written_->options(), entry);
    if (item && *item) cache_->add(looked_up, *item, version_);
    return item;
}

std::unique_ptr<internal::StateWalk> StateSnapshot::walk(std::string begin, std::string end) const {
    return std::make_unique<internal::StateWalk>(
        *written_, seen_, internal::EntryRange{.begin = std::move(begin), .end = std::move(end)},
        RowOrder::rising, nullptr);
}

Result<void> StateSnapshot::rows(std::string_view projection, std::string_view prefix,
                                 std::string_view after, const RowVisitor& visit) const {
    RowRange range{.begin = std::string(prefix), .end = after_prefix(std::string(prefix))};
    // A NUL after a place makes the smallest one above it.
    if (!after.empty()) range.begin = std::max(range.begin, std::string(after) + '\0');
    return rows(projection, range, RowOrder::rising, visit);
}

Result<void> StateSnapshot::rows(std::string_view projection, const RowRange& range, RowOrder order,
                                 const RowVisitor& visit) const {
    const std::string first = row_entry(projection, "");
    const std::string begin = first + range.begin;
    const std::string end = range.end.empty() ? after_prefix(first) : first + range.end;
    if (begin >= end) return {};

    stretches_->forget_merged(written_->rocks()->compactions());
    internal::StateWalk walk(*written_, seen_, {.begin = begin, .end = end}, order,
                             stretches_.get());
    for (; walk.valid(); walk.next()) {
        const auto go_on = visit(walk.entry().substr(first.size()), walk.value());
        if (!go_on) return fail(go_on.error());
        if (!*go_on) return {};
    }
    if (!walk.status().ok()) return fail(state_error(walk.status(), "reading a list"));
    return {};
}

Result<void> StateSnapshot::items(std::string_view table, std::string_view after,
                                  const ItemVisitor& visit) const {
    const std::string first = item_entry(table, "");
    // A NUL after a key makes the smallest one above it.
    const std::string begin = after.empty() ? first : first + std::string(after) + '\0';
    const auto items = walk(begin, after_prefix(first));
    for (; items->valid(); items->next()) {
        const auto item = Item::from_bytes(std::string(items->value()));
        if (!item) return fail(of_state(item.error()));
        const auto go_on = visit(items->entry().substr(first.size()), *item);
        if (!go_on) return fail(go_on.error());
        if (!*go_on) return {};
    }
    if (!items->status().ok()) return fail(state_error(items->status(), "reading the items"));
    return {};
}

std::size_t StateSnapshot::unordered() const {
    std::size_t entries = 0;
    for (const auto& run : seen_->runs) entries += run->unordered();
    return entries;
}

double StateSnapshot::share_of_items(std::string_view table, std::string_view key) const {
    const std::string first = item_entry(table, "");
    const std::string here = first + std::string(key);
    const std::string last = after_prefix(first);
    const std::array<rocksdb::Range, 2> ranges = {rocksdb::Range(first, here),
                                                  rocksdb::Range(first, last)};
    std::array<std::uint64_t, 2> bytes{};
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    rocksdb::DB& db = written_->db();
    const rocksdb::Status status =
        db.GetApproximateSizes(options, db.DefaultColumnFamily(), ranges.data(), 2, bytes.data());
    if (!status.ok() || bytes[1] == 0) return 0;
    return std::min(1.0, static_cast<double>(bytes[0]) / static_cast<double>(bytes[1]));
}

Result<void> StateSnapshot::facts(std::string_view prefix, const FactVisitor& visit) const {
    const std::string begin = fact_entry(prefix);
    const auto facts = walk(begin, after_prefix(begin));
    for (; facts->valid(); facts->next()) visit(facts->entry().substr(1), facts->value());
    if (!facts->status().ok()) return fail(state_error(facts->status(), "reading the facts"));
    return {};
}

Result<void> StateSnapshot::facts_between(std::string_view after, std::string_view end,
                                          const FactRangeVisitor& visit) const {
    const std::string first = fact_entry(after) + '\0';
    const std::string last = fact_entry(end);
    if (last <= first) return {};
    const auto facts = walk(first, last);
    while (facts->valid() && visit(facts->entry().substr(1), facts->value())) facts->next();
    if (!facts->status().ok()) return fail(state_error(facts->status(), "reading the facts"));
    return {};
}

Result<void> StateSnapshot::everything(const BytesVisitor& visit) const {
    const auto entries = walk("", "");
    for (; entries->valid(); entries->next()) visit(entries->entry(), entries->value());
    if (!entries->status().ok()) {
        return fail(state_error(entries->status(), "reading the state"));
    }
    return {};
}

Result<KnownItem*> StateBatch::known_item(std::string_view table, std::string_view key) {
    internal::assign_key(entry_, internal::item_tag, table, key);
    const HashedKey looked_up(entry_);
    const auto [known, is_new] = notes_->note_item(looked_up);
    if (!is_new || known.item_ != nullptr) return &known;
    if (auto item = cache_->find(looked_up, version_)) {
        known.item_ = std::move(item);
        return &known;
    }
    if (const auto* const written = window_->item(looked_up)) {
        known.item_ = *written;
    } else {
        auto read = read_item(rocks_->db(), rocksdb::ReadOptions(), entry_);
        if (!read) {
            notes_->forget_item(looked_up);
            return fail(read.error());
        }
        known.item_ = *std::move(read);
    }
    if (known.item_) cache_->add(looked_up, known.item_, version_);
    return &known;
}

void StateBatch::put_item(KnownItem& known, const ItemParts& parts) {
    auto item = std::make_shared<const Item>(parts);  // `parts` may look into the one it replaces
    invariant(!known.written_ || known.changed_ <= parts.changed, "an item never becomes older");
    known.item_ = std::move(item);
    known.changed_ = parts.changed;
    known.written_ = true;
}

Result<std::shared_ptr<const Item>> StateBatch::item(std::string_view table, std::string_view key) {
    const auto known = known_item(table, key);
    if (!known) return fail(known.error());
    return (*known)->item();
}

void StateBatch::put_item(std::string_view table, std::string_view key, const ItemParts& parts) {
    internal::assign_key(entry_, internal::item_tag, table, key);
    put_item(notes_->note_item(HashedKey(entry_)).first, parts);
}

Result<std::optional<std::string>> StateBatch::row(std::string_view projection,
                                                   std::string_view place) const {
    const std::string entry = row_entry(projection, place);
    const HashedKey looked_up(entry);
    const auto noted = notes_->rows().find(looked_up);
    const Row* const row = noted != notes_->rows().end() ? &noted->second : window_->row(looked_up);
    if (row != nullptr) return row->value ? std::optional(std::string(*row->value)) : std::nullopt;
    std::string bytes;
    const rocksdb::Status status = rocks_->db().Get(rocksdb::ReadOptions(), entry, &bytes);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return fail(state_error(status, "reading a row"));
    return std::optional<std::string>(std::move(bytes));
}

std::pair<StateBatch::Row&, bool> StateBatch::note_row(std::string_view projection,
                                                       std::string_view place) {
    internal::assign_key(entry_, internal::row_tag, projection, place);
    return notes_->note_row(HashedKey(entry_));
}

void StateBatch::set_row(Row& row, std::string_view key) {
    if (!row.value || row.value->size() < key.size()) {
        row.value = notes_->keep(key);
        return;
    }
    // A batch that writes a row again and again takes memory for it once.
    auto* const kept =
        const_cast<char*>(row.value->data());  // of the notes, and nobody looks there
    std::memmove(kept, key.data(), key.size());
    row.value = std::string_view(kept, key.size());
}

void StateBatch::put_row(std::string_view projection, std::string_view place,
                         std::string_view key) {
    const auto [row, is_new] = note_row(projection, place);
    invariant(is_new || row.value != key, "a row is written only where it changes");
    set_row(row, key);
}

void StateBatch::add_row(std::string_view projection, std::string_view place,
                         std::string_view key) {
    const auto [row, is_new] = note_row(projection, place);
    invariant(is_new || !row.value, "a row is added only where there is none");
    if (is_new) row.was_absent = true;
    set_row(row, key);
}

void StateBatch::erase_row(std::string_view projection, std::string_view place) {
    const auto [row, is_new] = note_row(projection, place);
    invariant(is_new || row.value, "a row is erased only where it was");
    row.value.reset();
}

void StateBatch::erase_rows(std::string_view projection) {
    erased_.push_back(row_entry(projection, ""));
}

void StateBatch::erase_items(std::string_view table) {
    erased_.push_back(item_entry(table, ""));
}

Result<std::optional<std::string_view>> StateBatch::fact(std::string_view name) {
    const std::string entry = fact_entry(name);
    const auto as_view = [](const std::optional<std::string>& bytes) {
        return bytes ? std::optional<std::string_view>(*bytes) : std::nullopt;
    };
    const StateNotes::Facts& noted = notes_->facts();
    if (const auto written = noted.find(entry); written != noted.end()) {
        return as_view(written->second);
    }
    if (const auto* const committed = window_->fact(entry)) return as_view(*committed);
    const auto [known, is_new] = read_facts_.try_emplace(entry);
    if (!is_new) return as_view(known->second);
    std::string bytes;
    const rocksdb::Status status = rocks_->db().Get(rocksdb::ReadOptions(), entry, &bytes);
    if (!status.ok() && !status.IsNotFound()) {
        read_facts_.erase(known);
        return fail(state_error(status, "reading a fact"));
    }
    if (status.ok()) known->second = std::move(bytes);
    return as_view(known->second);
}

void StateBatch::put_fact(std::string_view name, std::string_view bytes) {
    notes_->facts().insert_or_assign(fact_entry(name), std::string(bytes));
}

void StateBatch::erase_fact(std::string_view name) {
    notes_->facts().insert_or_assign(fact_entry(name), std::nullopt);
}

Result<std::vector<std::string>> StateBatch::fact_names(std::string_view begin,
                                                        std::string_view end,
                                                        std::size_t limit) const {
    const std::string first = fact_entry(begin);
    const std::string last = fact_entry(end);
    if (last <= first) return std::vector<std::string>();
    std::map<std::string, bool> there;  // by entry; false: it was erased
    const StateNotes::Facts& noted = notes_->facts();
    for (auto it = noted.lower_bound(first); it != noted.end() && it->first < last; ++it) {
        there.emplace(it->first, it->second.has_value());
    }
    const StateWindow::Facts& committed = window_->facts();
    for (auto it = committed.lower_bound(first); it != committed.end() && it->first < last; ++it) {
        there.emplace(it->first, it->second->has_value());
    }
    const rocksdb::Slice upper_bound(last);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper_bound;
    const std::unique_ptr<rocksdb::Iterator> facts(rocks_->db().NewIterator(options));
    std::size_t found = 0;
    for (facts->Seek(first); facts->Valid() && found < limit; facts->Next()) {
        found += there.emplace(facts->key().ToString(), true).first->second ? 1 : 0;
    }
    if (!facts->status().ok()) return fail(state_error(facts->status(), "reading the facts"));
    std::vector<std::string> names;
    for (const auto& [entry, is_there] : there) {
        if (is_there && names.size() < limit) names.push_back(entry.substr(1));
    }
    return names;
}

void StateBatch::visit_entries(const EntryVisitor& visit) const {
    invariant(erased_.empty(), "what is visited of a batch is all that it changes");
    for (const auto& [entry, item] : notes_->items()) {
        if (item.is_written()) visit(EntryKind::item, entry.bytes().substr(1));
    }
    for (const auto& [entry, row] : notes_->rows()) visit(EntryKind::row, entry.bytes().substr(1));
}

bool StateBatch::is_over(const StateSnapshot& snapshot) const {
    return rocks_ == snapshot.written_->rocks() && version_ == snapshot.version_;
}

StateStore::StateStore(std::string path, const StorageOptions& options, internal::Purpose purpose)
    : path_(std::move(path)),
      options_(options),
      purpose_(purpose),
      window_bytes_(purpose == internal::Purpose::state ? options.state_window_bytes()
                                                        : shelf_window_bytes),
      cache_(std::make_shared<ItemCache>(
          purpose == internal::Purpose::state ? options.item_cache_bytes() : 0)),
      stretches_(std::make_shared<EmptyStretches>()),
      window_(std::make_shared<StateWindow>(0)) {}

// What cannot be written is folded again.
StateStore::~StateStore() {
    static_cast<void>(write_window());
}

Result<std::shared_ptr<internal::Rocks>> StateStore::rocks() const {
    const std::lock_guard lock(mutex_);
    if (!rocks_) return fail(reopening());
    return rocks_;
}

Result<void> StateStore::open() {
    auto opened = internal::Rocks::open(path_, purpose_, options_);
    if (!opened) return fail(of_state(opened.error()));
    open_on_disk(*std::move(opened));
    return {};
}

void StateStore::open_on_disk(std::shared_ptr<internal::Rocks> rocks) {
    const std::weak_ptr<internal::Rocks> on_disk = rocks;
    take(std::move(rocks));
    const std::lock_guard lock(mutex_);
    on_disk_ = on_disk;
}

Result<void> StateStore::open_in_memory() {
    StorageOptions options = options_;
    options.file_system =
        internal::memory_overlay(internal::file_system(options_), options_.full_disk_bytes);
    auto opened = internal::Rocks::open(path_, purpose_, options);
    if (!opened) return fail(of_state(opened.error()));
    take(*std::move(opened));
    const std::lock_guard lock(mutex_);
    is_in_memory_ = true;
    return {};
}

void StateStore::take(std::shared_ptr<internal::Rocks> rocks) {
    // The one before is let go of without the lock: it may be the last that holds its database.
    std::shared_ptr<const internal::WrittenState> written;
    const std::lock_guard lock(mutex_);
    opened_ = rocks;
    rocks_.swap(rocks);
    is_full_ = is_in_memory_ = keeps_files_ = false;
    ++version_;
    newest_.reset();
    cache_->clear(version_);
    stretches_->clear(++writes_);
    window_ = std::make_shared<StateWindow>(window_bytes_);
    seen_ = window_->seen();
    written = std::make_shared<const internal::WrittenState>(rocks_, writes_);
    written_.swap(written);
}

Result<void> StateStore::mend() {
    bool is_sound = false;
    std::weak_ptr<internal::Rocks> failed;
    {
        const std::lock_guard lock(mutex_);
        if (!rocks_) return fail(reopening());
        is_sound = !is_full_ && !rocks_->has_failed();
        failed = on_disk_;
    }
    if (!is_in_memory()) return is_sound ? Result<void>() : open_in_memory();
    const auto closed = internal::wait_until_closed(failed, options_.longest_read);
    if (!closed) return fail(Errc::busy, closed.error().message);
    // What is in memory has the disk's files open, and no lock: the two can be open at once.
    auto opened = internal::Rocks::open(path_, purpose_, options_);
    if (!opened) return fail(of_state(opened.error()));
    const rocksdb::Status kept = (*opened)->db().DisableFileDeletions();
    if (!kept.ok()) return fail(state_error(kept, "opening the state"));
    open_on_disk(*std::move(opened));
    const std::lock_guard lock(mutex_);
    keeps_files_ = true;
    return {};
}

bool StateStore::is_in_memory() const {
    const std::lock_guard lock(mutex_);
    return is_in_memory_;
}

void StateStore::release_files() {
    std::shared_ptr<internal::Rocks> rocks;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(keeps_files_, false)) rocks = rocks_;
    }
    // Files that stay for lack of it are deleted at the next start.
    if (rocks) rocks->db().EnableFileDeletions(true).PermitUncheckedError();
}

bool StateStore::is_out_of_room() const {
    const std::lock_guard lock(mutex_);
    return is_full_ || (rocks_ && rocks_->is_out_of_room());
}

Result<void> StateStore::close() {
    static_cast<void>(write_window());  // what cannot be written is folded again
    halt();
    std::weak_ptr<internal::Rocks> old;
    std::weak_ptr<internal::Rocks> on_disk;
    {
        const std::lock_guard lock(mutex_);
        old = opened_;
        on_disk = on_disk_;
    }
    const auto closed = internal::wait_until_closed(old, options_.longest_read);
    return closed ? internal::wait_until_closed(on_disk, options_.longest_read) : closed;
}

void StateStore::halt() {
    // Closed, if these are the last, without the lock.
    std::shared_ptr<internal::Rocks> halted;
    std::shared_ptr<const internal::WrittenState> written;
    const std::lock_guard lock(mutex_);
    halted.swap(rocks_);
    written.swap(written_);
}

Result<std::optional<Checkpoint>> StateStore::checkpoint() const {
    const auto rocks = this->rocks();
    if (!rocks) return fail(rocks.error());
    if (const auto newest = newest_commit()) return newest;
    std::string bytes;
    const rocksdb::Status status =
        (*rocks)->db().Get(rocksdb::ReadOptions(), checkpoint_key, &bytes);
    if (status.IsNotFound()) return std::optional<Checkpoint>();
    if (!status.ok()) return fail(state_error(status, "reading the checkpoint"));
    if (bytes.size() != checkpoint_bytes) {
        return fail(Errc::damaged_state, "the checkpoint is damaged");
    }
    return std::optional<Checkpoint>(
        Checkpoint{.mark = {.epoch = internal::read_fixed(bytes, 0),
                            .position = Position{internal::read_fixed(bytes, 8)},
                            .chain = internal::read_fixed(bytes, 16)},
                   .layout = internal::read_fixed(bytes, 24)});
}

Result<StateBatch> StateStore::begin() const {
    const std::lock_guard lock(mutex_);
    if (!rocks_) return fail(reopening());
    if (is_full_) return fail(Errc::unavailable, "the state waits for room on the disk");
    return StateBatch(rocks_, window_, version_, cache_);
}

std::optional<Checkpoint> StateStore::newest_commit() const {
    const std::lock_guard lock(mutex_);
    return newest_;
}

void StateStore::begin_commit(const StateBatch& batch, const Checkpoint& checkpoint) {
    const std::lock_guard lock(mutex_);
    invariant(batch.rocks_ && batch.rocks_ == opened_.lock(),
              "a batch ends once, in the store that it was begun over");
    invariant(batch.version_ == version_, "a batch is over the newest commit");
    invariant(!newest_ || may_follow(checkpoint.mark, newest_->mark),
              "a checkpoint never goes back");
}

// What the commit has written becomes what is known, before anybody can have a snapshot of it.
// `written` is what the database has with it; null if it does not have it yet.
void StateStore::end_commit(const StateNotes& notes, const Checkpoint& checkpoint,
                            std::shared_ptr<const internal::WrittenState> written) {
    const std::uint64_t version = version_ + 1;  // which only this thread changes
    if (written) cache_->clear(version);
    for (const auto& [entry, known] : notes.items()) {
        cache_->replace(entry, known.item(), version);
    }
    const std::lock_guard lock(mutex_);
    version_ = version;
    if (written) written_.swap(written);
    seen_ = window_->seen();
    newest_ = checkpoint;
}

void StateStore::fail_commit(Errc code) {
    if (code != Errc::disk_full) halt();
    const std::lock_guard lock(mutex_);
    is_full_ = is_full_ || code == Errc::disk_full;
}

Result<void> StateStore::commit(StateBatch&& batch, const Checkpoint& checkpoint) {
    StateBatch ended = std::move(batch);  // lets go of the database at the end
    begin_commit(ended, checkpoint);
    const bool erases = !ended.erased_.empty();
    if (erases || window_->is_full()) {
        if (auto written = write_window(); !written) return written;
    }
    const std::shared_ptr<StateNotes> notes = std::move(ended.notes_);
    const std::string bytes = encode(checkpoint);
    notes->seal({.key = checkpoint_key, .value = bytes});
    if (!erases) {
        window_->add(notes);
        end_commit(*notes, checkpoint, nullptr);
        return {};
    }
    StateWindow alone(0);
    alone.add(notes);
    auto written = write(alone, ended.erased_);
    if (!written) return fail(written.error());
    end_commit(*notes, checkpoint, *std::move(written));
    return {};
}

Result<void> StateStore::write_behind(bool is_idle) {
    return is_idle || window_->is_due() ? write_window() : Result<void>();
}

// Those who have a snapshot from now on find in the database what the window had.
Result<void> StateStore::write_window() {
    if (window_->is_empty()) return {};
    auto written = write(*window_, {});
    if (!written) return fail(written.error());
    // The window before is let go of without the lock.
    const std::shared_ptr<StateWindow> before =
        std::exchange(window_, std::make_shared<StateWindow>(window_bytes_));
    const std::lock_guard lock(mutex_);
    written_.swap(*written);
    seen_ = window_->seen();
    return {};
}

Result<std::shared_ptr<const internal::WrittenState>> StateStore::write(
    const StateWindow& window, const std::vector<std::string>& erased) {
    const auto opened = rocks();
    if (!opened) return fail(opened.error());
    internal::Rocks& rocks = **opened;
    rocksdb::WriteBatch& batch = rocks.empty_batch();
    rocksdb::Status status;
    for (const std::string& prefix : erased) {
        invariant(prefix.ends_with('\0'), "a range that is deleted begins with a name and a NUL");
        if (status.ok()) status = batch.DeleteRange(prefix, after_prefix(prefix));
    }
    std::size_t deletions = 0;
    // In their order: each is put behind the one before it, and is not searched for.
    const std::vector<StateNotes::Entry> entries = window.in_order();
    for (const StateNotes::Entry& entry : entries) {
        if (!status.ok()) break;
        status = entry.value ? batch.Put(entry.key, *entry.value) : batch.Delete(entry.key);
        deletions += entry.value ? 0 : 1;
    }
    rocksdb::WriteOptions options;
    options.disableWAL = true;  // the log is the truth; what is lost here is folded again
    if (status.ok()) status = rocks.db().Write(options, &batch);
    if (!status.ok()) {
        const Error error = of_state(rocks.write_error(status, "writing the state"));
        fail_commit(error.code);
        return fail(error);
    }
    flush_deletions(rocks, deletions);
    stretches_->replace(++writes_, [&](const EmptyStretches::Tell& tell) {
        for (const StateNotes::Entry& entry : entries) {
            if (entry.value && entry.key.front() == internal::row_tag) tell(entry.key);
        }
    });
    return std::make_shared<const internal::WrittenState>(*opened, writes_);
}

void StateStore::flush_deletions(internal::Rocks& rocks, std::size_t deletions) {
    deletions_ += deletions;
    if (deletions_ >= deletions_max) begin_flush(rocks);
}

Result<void> StateStore::flush_if_due() {
    if (auto written = write_window(); !written) return written;
    std::shared_ptr<internal::Rocks> rocks;
    Waiting now;
    {
        const std::lock_guard lock(mutex_);
        rocks = rocks_;
        now.version = version_;
    }
    if (rocks) {
        rocks->db().GetIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &now.bytes);
    }
    if (now.bytes > unflushed_bytes_max) {
        // With fewer than before, the earlier ones are on their way.
        now.calls = now.bytes < waiting_.bytes ? 0 : waiting_.calls + 1;
        if (now.version == waiting_.version || now.calls >= flush_calls_max) {
            begin_flush(*rocks);
            now.calls = 0;
        }
    }
    waiting_ = now;
    return {};
}

// In the background. Should it fail, the next commit will.
void StateStore::begin_flush(internal::Rocks& rocks) {
    deletions_ = 0;
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;  // else it would wait for compactions here
    rocks.db().Flush(options).PermitUncheckedError();
}

// The checkpoint is a file among the others: RocksDB takes in all of them or none. It first puts on
// disk what is in memory of the same keys, so what a crash leaves is never this checkpoint without
// what was committed before it.
Result<void> StateStore::take_in(std::vector<std::string> files, ScratchFolder& folder,
                                 const Checkpoint& checkpoint) {
    if (auto written = write_window(); !written) return written;
    const auto rocks = this->rocks();
    if (!rocks) return fail(rocks.error());
    {
        const std::lock_guard lock(mutex_);
        invariant(newest_ && newest_->mark == checkpoint.mark, "files are taken in as of a commit");
    }
    rocksdb::DB& db = (*rocks)->db();
    files.push_back(folder.new_file(".sst"));
    rocksdb::SstFileWriter file(rocksdb::EnvOptions(), db.GetOptions());
    rocksdb::Status status = file.Open(files.back());
    if (status.ok()) status = file.Put(checkpoint_key, encode(checkpoint));
    if (status.ok()) status = file.Finish();
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;  // by a link: what is left in the folder goes with it
    options.failed_move_fall_back_to_copy = true;
    options.write_global_seqno = false;
    if (status.ok()) status = db.IngestExternalFile(files, options);
    if (status.ok()) {
        auto written = std::make_shared<const internal::WrittenState>(*rocks, ++writes_);
        const std::lock_guard lock(mutex_);
        cache_->clear(++version_);
        stretches_->clear(writes_);
        written_.swap(written);
        newest_ = checkpoint;
        return {};
    }
    const Error error = of_state((*rocks)->write_error(status, "taking in the state's files"));
    if (error.code != Errc::disk_full) halt();
    return fail(error);
}

Result<std::unique_ptr<ScratchFolder>> StateStore::make_scratch() const {
    return ScratchFolder::make(path_ + std::string(scratch_suffix), options_.file_system);
}

Result<std::shared_ptr<const StateSnapshot>> StateStore::snapshot() const {
    const std::lock_guard lock(mutex_);
    if (!written_) return fail(reopening());
    return std::shared_ptr<const StateSnapshot>(
        new StateSnapshot(written_, seen_, version_, cache_, stretches_));
}

Result<void> StateStore::flush() {
    if (auto written = write_window(); !written) return written;
    const auto rocks = this->rocks();
    if (!rocks) return fail(rocks.error());
    const rocksdb::Status status = (*rocks)->db().Flush(rocksdb::FlushOptions());
    if (!status.ok()) return fail(of_state((*rocks)->write_error(status, "flushing the state")));
    return {};
}

Result<void> StateStore::reopen() {
    const auto closed = close();
    if (!closed) return fail(closed.error());
    return open();
}

Result<void> StateStore::clear() {
    window_ = std::make_shared<StateWindow>(window_bytes_);  // nothing of it is wanted
    const auto closed = close();
    if (!closed) return fail(closed.error());
    const auto destroyed = internal::Rocks::destroy(path_, options_);
    if (!destroyed) return fail(destroyed.error());
    return is_in_memory() ? open_in_memory() : open();
}

std::optional<DatabaseUsage> StateStore::usage() const {
    const auto rocks = this->rocks();
    if (!rocks) return std::nullopt;
    DatabaseUsage usage = (*rocks)->usage();
    const std::lock_guard lock(mutex_);
    usage.memtable_bytes += seen_->bytes;
    return usage;
}

std::size_t StateStore::cache_bytes() const {
    return options_.state_cache_bytes;
}

}  // namespace freshet::storage
