#include "engine/folding/first_answers.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/text/enum_words.h"
#include "engine/values/typed_json.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

using storage::ChangeKind;
using storage::Idempotency;
using storage::Position;
using storage::StateBatch;

std::string name_of(const Idempotency& idempotency) {
    return "answered/" + std::to_string(idempotency.caller.size()) + '/' + idempotency.caller +
           '/' + idempotency.key;
}

CommandEffect effect_of(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::insert:
            return CommandEffect::created;
        case ChangeKind::modify:
            return CommandEffect::changed;
        case ChangeKind::remove:
            return CommandEffect::removed;
    }
    return CommandEffect::unchanged;
}

FirstAnswerFact fact_of(const Idempotency& idempotency, CommandEffect effect, Position newest,
                        storage::ImageView keys) {
    std::string bytes = idempotency.payload + ' ' + std::string(word_of(effect)) + ' ' +
                        std::to_string(newest.value) + ' ';
    append_typed_attributes(bytes, keys);
    return {.name = name_of(idempotency), .bytes = std::move(bytes)};
}

// Takes the word up to the next space off the front; nothing if there is none.
std::optional<std::string_view> take_word(std::string_view& bytes) {
    const std::size_t end = bytes.find(' ');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view word = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    return word;
}

std::optional<CommandEffect> effect_named(std::string_view word) {
    for (std::size_t i = 0; i < enum_count<CommandEffect>; ++i) {
        const auto effect = static_cast<CommandEffect>(i);
        if (word_of(effect) == word) return effect;
    }
    return std::nullopt;
}

std::optional<FirstAnswer> read(std::string_view bytes) {
    const auto payload = take_word(bytes);
    const auto word = payload ? take_word(bytes) : std::nullopt;
    const auto effect = word ? effect_named(*word) : std::nullopt;
    const auto digits = effect ? take_word(bytes) : std::nullopt;
    if (!digits) return std::nullopt;
    std::uint64_t newest = 0;
    const char* const end = digits->data() + digits->size();
    if (std::from_chars(digits->data(), end, newest).ptr != end) return std::nullopt;
    return FirstAnswer{.payload = std::string(*payload),
                       .effect = *effect,
                       .newest = Position{newest},
                       .keys = std::string(bytes)};
}

}  // namespace

// A key has printable characters only, so no other name is like this.
Idempotency nth_name(const Idempotency& idempotency, std::size_t index) {
    Idempotency name = idempotency;
    if (index > 0) name.key += '\x1f' + std::to_string(index);
    return name;
}

Result<std::optional<FirstAnswer>> find_first_answer(const Idempotency& idempotency,
                                                     StateBatch& state) {
    const auto bytes = state.fact(name_of(idempotency));
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return std::optional<FirstAnswer>();
    auto answer = read(**bytes);
    if (!answer) {
        return fail(Errc::damaged_state, "the state's fact about a named write cannot be read");
    }
    return answer;
}

bool has_first_answer(const storage::Record& record) {
    if (!record.is_notice()) return record.has_idempotency();
    const auto notice = record.notice();
    return notice && notice->kind == storage::NoticeKind::idempotency;
}

FirstAnswerFact first_answer_fact(const storage::Record& record) {
    if (!record.is_notice()) {
        return fact_of(*record.idempotency(), effect_of(record.kind()), record.position(),
                       record.keys());
    }
    const auto notice = record.notice();
    invariant(notice && notice->idempotency && notice->keys, "such a notice tells of a write");
    return fact_of(*notice->idempotency, CommandEffect::unchanged, notice->newest,
                   notice->keys->view());
}

void fold_first_answer(const FirstAnswerFact& fact, StateBatch& state) {
    state.put_fact(fact.name, fact.bytes);
}

}  // namespace freshet::engine
