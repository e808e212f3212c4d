#include "storage/item.h"

#include <utility>

#include "storage/internal/bytes.h"
#include "storage/invariant.h"
#include "storage/schema_generated.h"

namespace freshet::storage {
Result<Item> Item::from_bytes(std::string bytes) {
    flatbuffers::Verifier verifier = internal::verifier_for(bytes);
    if (!verifier.VerifyBuffer<fb::Item>(nullptr)) {
        return fail(Errc::corrupt, "the bytes are not those of an item");
    }
    return Item(std::move(bytes));
}

Item::Item(const ItemParts& parts) {
    invariant(parts.created <= parts.changed, "an item's life begins before its newest record");
    const std::string_view image = parts.image ? parts.image->bytes() : std::string_view{};
    flatbuffers::FlatBufferBuilder builder(256 + image.size());

    const auto source = builder.CreateString(parts.source.data(), parts.source.size());
    const auto label = builder.CreateString(parts.label.data(), parts.label.size());
    const auto sequence = builder.CreateString(parts.sequence.data(), parts.sequence.size());
    flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> image_at = 0;
    if (parts.image) {
        builder.ForceVectorAlignment(image.size(), 1, sizeof(std::uint64_t));
        image_at = builder.CreateVector(internal::octets(image), image.size());
    }
    builder.Finish(fb::CreateItem(builder, source, label, sequence, parts.created.value,
                                  parts.changed.value, parts.stale, image_at, parts.imported));
    bytes_ = internal::bytes_of(builder);
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
                    .image = std::nullopt};
    if (item.image() != nullptr) parts.image = ImageView(internal::characters(*item.image()));
    return parts;
}

}  // namespace freshet::storage
