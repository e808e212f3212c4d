#include "storage/record.h"

#include <chrono>
#include <utility>
#include <vector>

#include "storage/internal/bytes.h"
#include "storage/internal/record_codec.h"
#include "storage/invariant.h"
#include "storage/schema_generated.h"

namespace freshet::storage {
namespace {

// Longer than anything is kept, and short enough to be added to any time.
constexpr std::uint64_t kept_max = 1'000'000'000'000;

const fb::LogRecord& record_in(std::string_view bytes) {
    return *fb::GetLogRecord(bytes.data());
}

// What an image before has that the image after does not, attribute by attribute. Both are sorted
// by name, so one walk over the two finds it.
struct Delta {
    std::vector<ValueView> differing;     // of the image before
    std::vector<std::string_view> lacks;  // names that only the image after has

    void find(ImageView before, ImageView after) {
        differing.clear();
        lacks.clear();
        std::size_t b = 0;
        std::size_t a = 0;
        while (b < before.size() && a < after.size()) {
            const ValueView was = before.at(b);
            const ValueView is = after.at(a);
            const int order = was.name().compare(is.name());
            if (order > 0) lacks.push_back(is.name());
            if (order < 0 || (order == 0 && !identical(was, is))) differing.push_back(was);
            b += order <= 0 ? 1 : 0;
            a += order >= 0 ? 1 : 0;
        }
        for (; b < before.size(); ++b) differing.push_back(before.at(b));
        for (; a < after.size(); ++a) lacks.push_back(after.at(a).name());
    }
};

// Makes one image after the other of attributes that are sorted by name.
class ImageCopier {
public:
    Image image_of(const std::vector<ValueView>& attributes) {
        values_.clear();
        for (const ValueView attribute : attributes) values_.push_back(builder_.copy(attribute));
        return builder_.finish_copies(values_);
    }

private:
    ImageBuilder builder_;
    std::vector<ImageBuilder::Value> values_;
};

// What a thread keeps from one record to the next, so that a record allocates nothing of it.
struct Workplace {
    internal::KeptBuilder bytes;
    ImageCopier images;
    Delta delta;
    std::vector<flatbuffers::Offset<flatbuffers::String>> names;
};

std::optional<Workplace>& place_of_thread() {
    thread_local std::optional<Workplace> place;
    return place;
}

Workplace& workplace_of_thread() {
    std::optional<Workplace>& place = place_of_thread();
    return place ? *place : place.emplace();
}

// The inverse of difference(). What differs, what is lacking and the image after are all sorted by
// name, so one walk over the three does it.
Image resolve(ImageView differing, const fb::LogRecord& record, ImageView after) {
    const auto* lacks = record.before_lacks();
    const flatbuffers::uoffset_t lacks_end = lacks == nullptr ? 0 : lacks->size();
    std::vector<ValueView> attributes;
    std::size_t d = 0;
    flatbuffers::uoffset_t l = 0;
    for (std::size_t a = 0; a < after.size(); ++a) {
        const ValueView attribute = after.at(a);
        const std::string_view name = attribute.name();
        while (d < differing.size() && differing.at(d).name() < name) {
            attributes.push_back(differing.at(d++));
        }
        while (l < lacks_end && internal::characters(lacks->Get(l)) < name) ++l;
        if (d < differing.size() && differing.at(d).name() == name) {
            attributes.push_back(differing.at(d++));
        } else if (l == lacks_end || internal::characters(lacks->Get(l)) != name) {
            attributes.push_back(attribute);
        }
    }
    while (d < differing.size()) attributes.push_back(differing.at(d++));
    return ImageCopier().image_of(attributes);
}

std::optional<ImageView> image_in(const flatbuffers::Vector<std::uint8_t>* bytes) {
    if (bytes == nullptr) return std::nullopt;
    return ImageView(internal::characters(*bytes));
}

std::optional<Idempotency> idempotency_in(const fb::Idempotency* said) {
    if (said == nullptr) return std::nullopt;
    return Idempotency{.caller = std::string(internal::characters(said->caller())),
                       .key = std::string(internal::characters(said->key())),
                       .payload = std::string(internal::characters(said->payload()))};
}

flatbuffers::Offset<fb::Idempotency> encode(const std::optional<Idempotency>& idempotency,
                                            flatbuffers::FlatBufferBuilder& builder) {
    if (!idempotency) return 0;
    return fb::CreateIdempotency(builder, builder.CreateString(idempotency->caller),
                                 builder.CreateString(idempotency->key),
                                 builder.CreateString(idempotency->payload));
}

std::optional<FunctionNote> function_note_in(const fb::FunctionNote* said) {
    if (said == nullptr) return std::nullopt;
    return FunctionNote{.record = Position{said->record()},
                        .reset = Position{said->reset()},
                        .replaces = Position{said->replaces()},
                        .is_reset = said->is_reset(),
                        .status = static_cast<ParkedAs>(said->status()),
                        .attempts = said->attempts(),
                        .error = std::string(internal::characters(said->error())),
                        .body = std::string(internal::characters(said->body())),
                        .is_dropped = said->is_dropped(),
                        .is_paused = said->is_paused()};
}

flatbuffers::Offset<fb::FunctionNote> encode(const std::optional<FunctionNote>& note,
                                             flatbuffers::FlatBufferBuilder& builder) {
    if (!note) return 0;
    const auto text = [&builder](const std::string& characters) {
        return characters.empty() ? flatbuffers::Offset<flatbuffers::String>(0)
                                  : builder.CreateString(characters);
    };
    const auto error = text(note->error);
    const auto body = text(note->body);
    return fb::CreateFunctionNote(builder, note->record.value, note->reset.value, note->is_reset,
                                  static_cast<fb::ParkedAs>(note->status), note->attempts, error,
                                  body, note->is_dropped, note->is_paused, note->replaces.value);
}

std::optional<UnreadNote> unread_note_in(const fb::UnreadNote* said) {
    if (said == nullptr) return std::nullopt;
    return UnreadNote{.text = std::string(internal::characters(said->text())),
                      .sequence = std::string(internal::characters(said->sequence())),
                      .error = std::string(internal::characters(said->error())),
                      .pointer = std::string(internal::characters(said->pointer())),
                      .record = Position{said->record()}};
}

flatbuffers::Offset<fb::UnreadNote> encode(const std::optional<UnreadNote>& note,
                                           flatbuffers::FlatBufferBuilder& builder) {
    if (!note) return 0;
    const auto text = [&builder](const std::string& characters) {
        return characters.empty() ? flatbuffers::Offset<flatbuffers::String>(0)
                                  : builder.CreateString(characters);
    };
    const auto record = text(note->text);
    const auto sequence = text(note->sequence);
    const auto error = text(note->error);
    const auto pointer = text(note->pointer);
    return fb::CreateUnreadNote(builder, record, sequence, error, pointer, note->record.value);
}

// Nested buffers keep their own alignment, so that they can be read where they lie.
flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> encode_image(
    std::string_view bytes, flatbuffers::FlatBufferBuilder& builder) {
    builder.ForceVectorAlignment(bytes.size(), 1, sizeof(std::uint64_t));
    return builder.CreateVector(internal::octets(bytes), bytes.size());
}

// Whether it has the text of the record that it is about, or says where that was kept; a notice of
// any other kind need have neither.
bool tells_of_unread(const fb::Notice& notice) {
    const fb::UnreadNote* note = notice.unread();
    if (notice.kind() == fb::NoticeKind::unread) return note != nullptr && note->text() != nullptr;
    if (notice.kind() == fb::NoticeKind::discarded) return note != nullptr && note->record() > 0;
    return true;
}

// A change has keys, and an image that a delta is of; a notice has none of them, and one of a write
// or of an item tells of which.
bool is_whole(const fb::LogRecord& record) {
    if (const fb::Notice* notice = record.notice()) {
        const bool is_of_write = notice->kind() == fb::NoticeKind::idempotency;
        const bool is_expiry = notice->kind() == fb::NoticeKind::expiry;
        const bool is_parked = notice->kind() == fb::NoticeKind::parked;
        const bool is_of_function =
            notice->kind() >= fb::NoticeKind::place && notice->kind() <= fb::NoticeKind::paused;
        return record.keys() == nullptr && tells_of_unread(*notice) &&
               (!(is_of_write || is_expiry || is_parked) || notice->keys() != nullptr) &&
               (!is_of_write || notice->idempotency() != nullptr) &&
               (!is_of_function || notice->function() != nullptr) &&
               (!(is_expiry || is_of_function) ||
                (notice->name() != nullptr && notice->name()->size() > 0));
    }
    return record.keys() != nullptr && (!record.before_is_delta() || record.after() != nullptr);
}

}  // namespace

namespace internal {

std::string_view encode_record(const Change& change, const Admission& admission,
                               AppendTime appended) {
    invariant(change.keys.has_value(), "a change that is logged has its keys");
    invariant(change.kind != ChangeKind::remove || !change.after, "a removal leaves no image");
    Workplace& workplace = workplace_of_thread();
    flatbuffers::FlatBufferBuilder& builder = workplace.bytes.begin();

    const auto text = [&builder](std::string_view characters) {
        return characters.empty() ? flatbuffers::Offset<flatbuffers::String>(0)
                                  : builder.CreateString(characters.data(), characters.size());
    };
    const auto image = [&builder](std::string_view bytes) { return encode_image(bytes, builder); };

    const auto table = text(change.table);
    const auto source = text(change.source);
    const auto label = text(change.label);
    const auto sequence = text(change.sequence.text());
    const auto keys = image(change.keys->bytes());
    const auto envelope = text(change.envelope);
    const auto stream_envelope = text(change.stream_envelope);
    const auto idempotency = encode(change.idempotency, builder);

    flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> after = 0;
    if (change.after) after = image(change.after->bytes());

    flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> before = 0;
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> lacks = 0;
    const bool is_delta = admission.before && change.after;
    if (is_delta) {
        workplace.delta.find(*admission.before, change.after->view());
        workplace.names.clear();
        for (const std::string_view name : workplace.delta.lacks) {
            workplace.names.push_back(builder.CreateString(name.data(), name.size()));
        }
        if (!workplace.names.empty()) lacks = builder.CreateVector(workplace.names);
        before = image(workplace.images.image_of(workplace.delta.differing).bytes());
    } else if (admission.before) {
        before = image(admission.before->bytes());
    }

    fb::LogRecordBuilder record(builder);
    record.add_previous(admission.previous.value);
    record.add_table(table);
    record.add_source(source);
    record.add_label(label);
    record.add_sequence(sequence);
    record.add_keys(keys);
    record.add_after(after);
    record.add_before(before);
    record.add_before_lacks(lacks);
    record.add_envelope(envelope);
    record.add_stream_envelope(stream_envelope);
    record.add_kind(static_cast<fb::ChangeKind>(change.kind));
    record.add_before_is_delta(is_delta);
    record.add_before_was_sent(change.before.has_value());
    record.add_imported(change.imported);
    record.add_appended(appended.time_since_epoch().count());
    record.add_stream(admission.stream);
    record.add_joins(admission.joins);
    if (change.time) record.add_time(change.time->time_since_epoch().count());
    record.add_unchanged(admission.unchanged);
    record.add_reconciled(change.reconciled);
    record.add_told(change.told);
    record.add_idempotency(idempotency);
    record.add_stays_hidden(admission.stays_hidden);
    fb::FinishLogRecordBuffer(builder, record.Finish());
    return bytes_of(builder);
}

void end_record() {
    std::optional<Workplace>& place = place_of_thread();
    if (place && place->bytes.end()) place.reset();
}

std::string encode_notice(const Notice& notice, AppendTime appended) {
    flatbuffers::FlatBufferBuilder builder;
    flatbuffers::Offset<flatbuffers::String> name = 0;
    if (!notice.name.empty()) name = builder.CreateString(notice.name);
    flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> keys = 0;
    if (notice.keys) keys = encode_image(notice.keys->bytes(), builder);
    const auto said = fb::CreateNotice(
        builder, static_cast<fb::NoticeKind>(notice.kind), builder.CreateString(notice.by),
        builder.CreateString(notice.table), builder.CreateString(notice.stream),
        static_cast<fb::RevokedBy>(notice.revoked_by), name,
        static_cast<std::uint64_t>(notice.kept.count()),
        notice.moment ? notice.moment->time_since_epoch().count() : 0, notice.begun.value,
        notice.asked ? notice.asked->time_since_epoch().count() : 0,
        encode(notice.idempotency, builder), keys, notice.newest.value,
        encode(notice.function, builder), encode(notice.unread, builder));
    const auto table = builder.CreateString(notice.table);
    fb::LogRecordBuilder record(builder);
    record.add_table(table);
    record.add_appended(appended.time_since_epoch().count());
    record.add_notice(said);
    fb::FinishLogRecordBuffer(builder, record.Finish());
    return std::string(bytes_of(builder));
}

}  // namespace internal

Result<Record> Record::from_bytes(Position position, std::uint64_t chain, std::string bytes) {
    const auto text = std::make_shared<const std::string>(std::move(bytes));
    return within(position, chain, text, *text);
}

Result<Record> Record::within(Position position, std::uint64_t chain,
                              std::shared_ptr<const std::string> text, std::string_view bytes) {
    flatbuffers::Verifier verifier = internal::verifier_for(bytes);
    if (!fb::VerifyLogRecordBuffer(verifier) || !is_whole(record_in(bytes))) {
        return fail(Errc::corrupt, "the log's bytes at position " + std::to_string(position.value) +
                                       " are not those of a record");
    }
    return Record(position, chain, std::move(text), bytes);
}

AppendTime Record::appended() const {
    return AppendTime(std::chrono::microseconds(record_in(bytes_).appended()));
}
bool Record::is_notice() const {
    return record_in(bytes_).notice() != nullptr;
}
std::optional<Notice> Record::notice() const {
    const fb::Notice* said = record_in(bytes_).notice();
    invariant(said != nullptr, "only a notice is asked what it says");
    if (said->kind() > fb::NoticeKind::MAX) return std::nullopt;
    if (said->revoked_by() > fb::RevokedBy::MAX) return std::nullopt;
    const fb::FunctionNote* function = said->function();
    if (function != nullptr && function->status() > fb::ParkedAs::MAX) return std::nullopt;
    std::optional<SourceTime> moment;
    if (said->moment() != 0) moment = SourceTime(std::chrono::microseconds(said->moment()));
    std::optional<Image> keys;
    if (const auto view = image_in(said->keys())) keys.emplace(*view);
    std::optional<AppendTime> asked;
    if (said->asked() > 0) asked = AppendTime(std::chrono::microseconds(said->asked()));
    return Notice{.kind = static_cast<NoticeKind>(said->kind()),
                  .by = std::string(internal::characters(said->by())),
                  .table = std::string(internal::characters(said->table())),
                  .stream = std::string(internal::characters(said->stream())),
                  .revoked_by = static_cast<RevokedBy>(said->revoked_by()),
                  .name = std::string(internal::characters(said->name())),
                  .kept = std::chrono::seconds(std::min(said->kept(), kept_max)),
                  .moment = moment,
                  .begun = Position{said->begun()},
                  .asked = asked,
                  .idempotency = idempotency_in(said->idempotency()),
                  .keys = std::move(keys),
                  .newest = Position{said->newest()},
                  .function = function_note_in(function),
                  .unread = unread_note_in(said->unread())};
}
std::optional<Idempotency> Record::idempotency() const {
    return idempotency_in(record_in(bytes_).idempotency());
}
bool Record::has_idempotency() const {
    return record_in(bytes_).idempotency() != nullptr;
}
std::string_view Record::table() const {
    return internal::characters(record_in(bytes_).table());
}
ChangeKind Record::kind() const {
    return static_cast<ChangeKind>(record_in(bytes_).kind());
}
std::string_view Record::source() const {
    return internal::characters(record_in(bytes_).source());
}
std::string_view Record::label() const {
    return internal::characters(record_in(bytes_).label());
}
std::string_view Record::sequence() const {
    return internal::characters(record_in(bytes_).sequence());
}
std::uint32_t Record::stream() const {
    return record_in(bytes_).stream();
}
std::optional<SourceTime> Record::time() const {
    const std::int64_t time = record_in(bytes_).time();
    if (time == 0) return std::nullopt;
    return SourceTime(std::chrono::microseconds(time));
}
Position Record::previous() const {
    return Position{record_in(bytes_).previous()};
}
ImageView Record::keys() const {
    const auto* keys = record_in(bytes_).keys();
    invariant(keys != nullptr, "a notice is not asked for an item");
    return ImageView(internal::characters(*keys));
}
std::optional<ImageView> Record::after() const {
    return image_in(record_in(bytes_).after());
}

std::optional<Image> Record::before() const {
    const fb::LogRecord& record = record_in(bytes_);
    const auto before = image_in(record.before());
    if (!before) return std::nullopt;
    if (!record.before_is_delta()) return Image(*before);
    return resolve(*before, record, *after());
}

bool Record::before_was_sent() const {
    return record_in(bytes_).before_was_sent();
}
bool Record::joins() const {
    return record_in(bytes_).joins();
}
bool Record::unchanged() const {
    return record_in(bytes_).unchanged();
}
bool Record::stays_hidden() const {
    return record_in(bytes_).stays_hidden();
}
bool Record::reconciled() const {
    return record_in(bytes_).reconciled();
}
bool Record::is_told() const {
    const fb::LogRecord& record = record_in(bytes_);
    if (record.reconciled()) return record.told();
    return !record.imported() && !record.unchanged();
}
bool Record::imported() const {
    return record_in(bytes_).imported();
}
std::string_view Record::envelope() const {
    return internal::characters(record_in(bytes_).envelope());
}
std::string_view Record::stream_envelope() const {
    return internal::characters(record_in(bytes_).stream_envelope());
}

}  // namespace freshet::storage
