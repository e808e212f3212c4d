#include "engine/records/unread_record.h"

#include <memory>
#include <string>
#include <utility>

#include "engine/access/grants.h"
#include "engine/text/excerpt.h"

namespace freshet::engine {
namespace {

constexpr std::size_t sequence_bytes_max = 128;
constexpr std::size_t pointer_bytes_max = 1'024;

// Of a longer one, that of what is around the place.
std::string shortened_pointer(std::string pointer) {
    if (pointer.size() > pointer_bytes_max) pointer.resize(pointer.rfind('/', pointer_bytes_max));
    return pointer;
}

}  // namespace

bool parks_unread(const DecodeOptions& options) {
    if (!options.parks) return false;
    const Table* table = options.table;
    return table == nullptr || (!table->is_direct && may_ingest(*options.caller, table->name));
}

BatchRecord unread_record(std::string_view text, std::string_view sequence, Fault fault,
                          const Caller& sender) {
    BatchRecord record;
    record.sequence =
        sequence.size() > sequence_bytes_max ? excerpt(sequence) : std::string(sequence);
    storage::Notice notice{.kind = storage::NoticeKind::unread,
                           .by = sender.subject,
                           .table = {},
                           .stream = {},
                           .name = {}};
    notice.unread = storage::UnreadNote{.text = std::string(text),
                                        .sequence = record.sequence,
                                        .error = std::move(fault.detail),
                                        .pointer = shortened_pointer(std::move(fault.pointer))};
    record.unread = std::make_shared<const storage::Notice>(std::move(notice));
    return record;
}

bool park_text(std::string_view text, std::uint64_t line, Fault fault, const DecodeOptions& options,
               ChangeBatch& batch) {
    if (!parks_unread(options) || text.size() > unread_text_max) return false;
    batch.bytes += text.size();
    batch.parts.push_back({.begin = batch.records.size(), .line = line, .form = BatchForm::record});
    batch.records.push_back(unread_record(text, "", std::move(fault), *options.caller));
    return true;
}

}  // namespace freshet::engine
