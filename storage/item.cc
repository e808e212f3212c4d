#include "storage/item.h"

#include <chrono>
#include <utility>
#include <vector>

#include "storage/internal/bytes.h"
#include "storage/invariant.h"
#include "storage/schema_generated.h"

namespace freshet::storage {
Result<Item> Item::from_bytes(std::string bytes) {
    flatbuffers::Verifier verifier = internal::verifier_for(bytes);
    if (!verifier.VerifyBuffer<fb::Item>(nullptr)) {
        return fail(Errc::corrupt, "the bytes are not those of an item");
    }
    const fb::Item& item = *flatbuffers::GetRoot<fb::Item>(bytes.data());
    if (item.hidden_by() != nullptr && item.image() == nullptr) {
        return fail(Errc::corrupt, "an item is hidden that has no image");
    }
    return Item(std::move(bytes));
}

Item::Item(const ItemParts& parts) {
    invariant(parts.created <= parts.changed, "an item's life begins before its newest record");
    invariant(parts.hidden_by.empty() || parts.image, "an item that is hidden has an image");
    const std::string_view image = parts.image ? parts.image->bytes() : std::string_view{};
    thread_local internal::KeptBuilder kept;
    flatbuffers::FlatBufferBuilder& builder = kept.begin();

    const auto source = builder.CreateString(parts.source.data(), parts.source.size());
    const auto label = builder.CreateString(parts.label.data(), parts.label.size());
    const auto sequence = builder.CreateString(parts.sequence.data(), parts.sequence.size());
    flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> image_at = 0;
    if (parts.image) {
        builder.ForceVectorAlignment(image.size(), 1, sizeof(std::uint64_t));
        image_at = builder.CreateVector(internal::octets(image), image.size());
    }
    std::vector<flatbuffers::Offset<fb::StreamHead>> others;
    for (const StreamHead& head : parts.others) {
        invariant(head.stream != parts.stream, "an item has one head a stream");
        others.push_back(
            fb::CreateStreamHead(builder, head.stream,
                                 builder.CreateString(head.sequence.data(), head.sequence.size())));
    }
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::StreamHead>>> others_at = 0;
    if (!others.empty()) others_at = builder.CreateVector(others);
    flatbuffers::Offset<flatbuffers::String> hidden_by = 0;
    if (!parts.hidden_by.empty()) {
        hidden_by = builder.CreateString(parts.hidden_by.data(), parts.hidden_by.size());
    }
    const std::int64_t time = parts.time ? parts.time->time_since_epoch().count() : 0;
    builder.Finish(fb::CreateItem(builder, source, label, sequence, parts.created.value,
                                  parts.changed.value, parts.stale, image_at, parts.imported,
                                  parts.stream, time, others_at, parts.reconciled, parts.undated,
                                  hidden_by));
    bytes_ = internal::bytes_of(builder);
    kept.end();
}

ItemParts Item::parts() const {
    const fb::Item& item = *flatbuffers::GetRoot<fb::Item>(bytes_.data());
    ItemParts parts{.source = internal::characters(item.source()),
                    .label = internal::characters(item.label()),
                    .sequence = internal::characters(item.sequence()),
                    .created = Position{item.created()},
                    .changed = Position{item.changed()},
                    .stale = item.stale(),
                    .imported = item.imported(),
                    .reconciled = item.reconciled(),
                    .undated = item.undated(),
                    .stream = item.stream(),
                    .time = std::nullopt,
                    .others = {},
                    .image = std::nullopt,
                    .hidden_by = internal::characters(item.hidden_by())};
    if (item.time() != 0) parts.time = SourceTime(std::chrono::microseconds(item.time()));
    if (item.others() != nullptr) {
        for (const fb::StreamHead* head : *item.others()) {
            parts.others.push_back(
                {.stream = head->stream(), .sequence = internal::characters(head->sequence())});
        }
    }
    if (item.image() != nullptr) parts.image = ImageView(internal::characters(*item.image()));
    return parts;
}

}  // namespace freshet::storage
