// Damaged bytes of images, items and records: either they are called corrupt, or all that can be
// asked of them has an answer. What the answer says is of no account.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/records/dynamodb_json.h"
#include "storage/data_folder.h"
#include "storage/image.h"
#include "storage/item.h"
#include "storage/record.h"
#include "tests/disks/temp_folder.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/hunt.h"
#include "tests/support/must.h"

namespace freshet::fuzz {
namespace {

using storage::Change;
using storage::Image;
using storage::ImageView;
using storage::Item;
using storage::ItemParts;
using storage::Position;
using storage::Record;
using storage::ValueType;
using storage::ValueView;
using support::must;

// Reads every byte, so that a sanitizer sees a view that reaches too far.
std::size_t touch(std::string_view bytes) {
    std::size_t sum = 0;
    for (const char byte : bytes) sum += static_cast<unsigned char>(byte);
    return sum;
}

std::size_t walk(ValueView value) {
    std::size_t sum = touch(value.name()) + touch(value.text()) + (value.truth() ? 1 : 0);
    switch (value.type()) {
        case ValueType::string_set:
        case ValueType::number_set:
        case ValueType::binary_set:
            for (std::size_t i = 0; i < value.size(); ++i) sum += touch(value.element(i));
            return sum;
        case ValueType::map:
            sum += value.find("items") ? 1 : 0;
            [[fallthrough]];
        case ValueType::list:
            for (std::size_t i = 0; i < value.size(); ++i) sum += walk(value.at(i));
            return sum;
        default:
            return sum + value.size();
    }
}

// What the layers above do with an image: compare it and copy it.
void use(ImageView image) {
    walk(image);
    identical(image, image);
    walk(Image(image).view());
}

void use(const Record& record) {
    touch(record.table());
    touch(record.source());
    touch(record.label());
    touch(record.sequence());
    touch(record.envelope());
    touch(record.stream_envelope());
    use(record.keys());
    if (const auto after = record.after()) use(*after);
    if (const auto before = record.before()) use(before->view());
}

std::vector<Change> changes() {
    const auto tables = catalog();
    std::vector<Change> made;
    for (const std::string& body : record_bodies()) {
        auto batch = must(engine::decode_records(body, *tables, {}));
        for (auto& record : batch.records) made.push_back(std::move(*record.change));
    }
    return made;
}

std::vector<std::string> images() {
    std::vector<std::string> bytes;
    for (const Change& change : changes()) {
        if (change.after) bytes.push_back(change.after->bytes());
    }
    return bytes;
}

std::vector<std::string> items() {
    std::vector<std::string> bytes;
    for (const std::string& image : images()) {
        const ItemParts parts{.source = "orders",
                              .label = "label",
                              .sequence = "57",
                              .created = Position{1},
                              .changed = Position{2},
                              .stale = false,
                              .image = ImageView(image)};
        bytes.push_back(Item(parts).bytes());
    }
    return bytes;
}

std::vector<std::string> records() {
    support::TempFolder temp;
    const auto folder = must(storage::DataFolder::open(temp.file("data"), {}));
    storage::LogBatch batch = folder->log().begin();
    std::vector<std::string> bytes;
    for (const Change& change : changes()) {
        std::optional<ImageView> before;
        if (change.before) before = change.before->view();
        bytes.emplace_back(batch.add(change, {{}, before}).bytes());
    }
    return bytes;
}

template <class T>
bool is_good(const Result<T>& read) {
    if (read) return true;
    EXPECT_EQ(read.error().code, Errc::corrupt);
    return false;
}

// Offsets that reach nowhere, or back to where they are from.
const std::vector<std::string> offsets{
    std::string(4, '\0'),
    std::string(4, '\xFF'),
    std::string("\1\0\0\0", 4),
    std::string("\4\0\0\0", 4),
    std::string("\0\0\0\x80", 4),
    std::string("\xFC\xFF\xFF\xFF", 4),
    std::string("\xFF\xFF\xFF\x7F", 4),
};

TEST(StoredBytesFuzz, ADamagedImageIsCorruptOrReadable) {
    hunt({.corpus = images(), .tokens = offsets, .rounds = 300'000, .in_place = true},
         [](const std::string& bytes, Dice&) {
             const auto image = Image::from_bytes(bytes);
             if (image) use(image->view());
             return is_good(image);
         });
}

TEST(StoredBytesFuzz, ADamagedItemIsCorruptOrReadable) {
    hunt({.corpus = items(), .tokens = offsets, .rounds = 300'000, .in_place = true},
         [](const std::string& bytes, Dice&) {
             const auto item = Item::from_bytes(bytes);
             if (!item) return is_good(item);
             const ItemParts parts = item->parts();
             touch(parts.source);
             touch(parts.label);
             touch(parts.sequence);
             if (parts.image) use(*parts.image);
             return true;
         });
}

TEST(StoredBytesFuzz, ADamagedRecordIsCorruptOrReadable) {
    hunt({.corpus = records(), .tokens = offsets, .rounds = 300'000, .in_place = true},
         [](const std::string& bytes, Dice&) {
             const auto record = Record::from_bytes(Position{7}, 0, bytes);
             if (record) use(*record);
             return is_good(record);
         });
}

}  // namespace
}  // namespace freshet::fuzz
