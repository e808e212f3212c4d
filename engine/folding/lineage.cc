#include "engine/folding/lineage.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "engine/records/direct_change.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// Texts follow each other, each behind its length in decimal and a colon.
void append_text(std::string& bytes, std::string_view text) {
    bytes += std::to_string(text.size());
    bytes += ':';
    bytes += text;
}

std::optional<std::string> take_text(std::string_view& bytes) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size);
    const auto digits = static_cast<std::size_t>(end - bytes.data());
    if (error != std::errc() || digits == bytes.size() || *end != ':') return std::nullopt;
    bytes.remove_prefix(digits + 1);
    if (bytes.size() < size) return std::nullopt;
    std::string text(bytes.substr(0, size));
    bytes.remove_prefix(size);
    return text;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole ? std::optional(number) : std::nullopt;
}

// The moment in microseconds since 1970, a comma, and the position.
std::string text_of(const Lineage::Reconciled& reconciled) {
    return std::to_string(reconciled.moment.time_since_epoch().count()) + ',' +
           std::to_string(reconciled.begun.value);
}

std::optional<Lineage::Reconciled> reconciled_in(std::string_view text) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto micros = whole_number<std::int64_t>(text.substr(0, comma));
    const auto begun = whole_number<std::uint64_t>(text.substr(comma + 1));
    if (!micros || !begun) return std::nullopt;
    return Lineage::Reconciled{.moment = storage::SourceTime(std::chrono::microseconds(*micros)),
                               .begun = storage::Position{*begun}};
}

Error damaged() {
    return {Errc::damaged_state, "the state's fact about the sources of a table cannot be read"};
}

}  // namespace

std::string Lineage::fact_of(std::string_view table) {
    return "lineage/" + std::string(table);
}

Result<Lineage> Lineage::of(std::string_view table, storage::StateBatch& state) {
    const auto bytes = state.fact(fact_of(table));
    if (!bytes) return fail(bytes.error());
    return *bytes ? from_bytes(**bytes) : Lineage();
}

Result<Lineage> Lineage::of(std::string_view table, const storage::StateSnapshot& state) {
    const std::string name = fact_of(table);
    Result<Lineage> lineage;
    const auto read = state.facts(name, [&](std::string_view found, std::string_view bytes) {
        if (found == name) lineage = from_bytes(bytes);
    });
    if (!read) return fail(read.error());
    return lineage;
}

Result<Lineage> Lineage::from_bytes(std::string_view bytes) {
    Lineage lineage;
    const auto families = take_text(bytes);
    if (!families) return fail(damaged());
    std::string_view rest = *families;
    while (!rest.empty()) {
        auto family = take_text(rest);
        if (!family) return fail(damaged());
        lineage.families_.push_back(*std::move(family));
    }
    const auto reconciled = take_text(bytes);
    if (!reconciled) return fail(damaged());
    if (!reconciled->empty()) {
        lineage.reconciled_ = reconciled_in(*reconciled);
        if (!lineage.reconciled_) return fail(damaged());
    }
    while (!bytes.empty()) {
        auto family = take_text(bytes);
        auto label = family ? take_text(bytes) : std::nullopt;
        if (!label || lineage.place_of(*family) == lineage.families_.size()) {
            return fail(damaged());
        }
        lineage.streams_.push_back({*std::move(family), *std::move(label)});
    }
    return lineage;
}

std::string Lineage::bytes() const {
    std::string families;
    for (const std::string& family : families_) append_text(families, family);
    std::string bytes;
    append_text(bytes, families);
    append_text(bytes, reconciled_ ? text_of(*reconciled_) : "");
    for (const StreamName& stream : streams_) {
        append_text(bytes, stream.family);
        append_text(bytes, stream.label);
    }
    return bytes;
}

Lineage::Finding Lineage::find(const StreamName& name) const {
    using Kind = Finding::Kind;
    std::uint32_t candidate = 0;  // the only one that the name may mean
    std::size_t candidates = 0;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
        const auto number = static_cast<std::uint32_t>(i + 1);
        const bool may_mean =
            name.family.empty() || (name.label.empty() && streams_[i].family == name.family);
        if (!may_mean && streams_[i] == name) return {Kind::known, number};
        if (!may_mean) continue;
        candidate = number;
        ++candidates;
    }
    if (candidates == 1) return {Kind::known, candidate};
    if (candidates > 1) return {Kind::ambiguous};
    if (families_.empty() || is_nameless()) return {Kind::joins};
    if (name.family.empty()) return {Kind::ambiguous};
    return {place_of(name.family) < families_.size() ? Kind::joins : Kind::foreign};
}

std::uint32_t Lineage::join(const StreamName& name) {
    const std::uint32_t number = number_of_next(name);
    if (number <= streams_.size()) {
        StreamName& stream = streams_[number - 1];
        if (stream.family != name.family) families_.front() = name.family;
        stream = name;
        return number;
    }
    if (place_of(name.family) == families_.size()) families_.push_back(name.family);
    streams_.push_back(name);
    return number;
}

std::uint32_t Lineage::number_of_next(const StreamName& name) const {
    const auto found =
        std::find_if(streams_.begin(), streams_.end(), [&](const StreamName& stream) {
            return is_nameless() || (stream.family == name.family && stream.label.empty());
        });
    return static_cast<std::uint32_t>(found - streams_.begin()) + 1;
}

bool Lineage::adopt(std::string_view family) {
    if (!families_.empty() && families_.back() == family) return false;
    const std::size_t place = place_of(family);
    if (place < families_.size()) {
        families_.erase(families_.begin() + static_cast<std::ptrdiff_t>(place));
    }
    families_.emplace_back(family);
    return true;
}

void Lineage::reconcile(const Reconciled& reconciled) {
    if (!reconciled_ || reconciled_->moment <= reconciled.moment) reconciled_ = reconciled;
}

Lineage::Order Lineage::order(std::uint32_t stream, std::uint32_t other) const {
    invariant(0 < stream && stream <= streams_.size() && 0 < other && other <= streams_.size(),
              "only streams that have joined are compared");
    return stream == other ? Order::same : order(streams_[stream - 1], streams_[other - 1]);
}

Lineage::Order Lineage::order_of_next(const StreamName& name, std::uint32_t other) const {
    invariant(0 < other && other <= streams_.size(), "only a stream that has joined is met");
    return number_of_next(name) == other ? Order::same : order(name, streams_[other - 1]);
}

Lineage::Order Lineage::order(const StreamName& mine, const StreamName& theirs) const {
    // Labels are ISO timestamps of one width: their order as text is their order in time.
    if (mine.family == theirs.family) {
        return mine.label < theirs.label ? Order::earlier_label : Order::later;
    }
    return place_of(mine.family) < place_of(theirs.family) ? Order::earlier_family : Order::later;
}

std::size_t Lineage::place_of(std::string_view family) const {
    const auto found = std::find(families_.begin(), families_.end(), family);
    return static_cast<std::size_t>(found - families_.begin());
}

bool is_written_here(const Table& table, const Lineage& lineage) {
    const std::string ours = stream_name(direct_stream(table, {})).family;
    return table.is_direct && (lineage.empty() || lineage.families().back() == ours);
}

Result<Lineage*> Lineages::of(const std::string& table, storage::StateBatch& state) {
    const auto bytes = state.fact(Lineage::fact_of(table));
    if (!bytes) return fail(bytes.error());
    const std::string_view now = bytes->value_or(std::string_view());
    Known& known = known_[table];
    if (known.bytes == now) return &known.lineage;
    auto lineage = *bytes ? Lineage::from_bytes(now) : Result<Lineage>(Lineage());
    if (!lineage) return fail(lineage.error());
    ++read_;
    known.lineage = *std::move(lineage);
    known.bytes = now;
    return &known.lineage;
}

void Lineages::distrust(const std::string& table) {
    known_[table].bytes.reset();
}

Result<KnownFamilies> known_families(const Catalog& catalog, const storage::StateSnapshot& state) {
    KnownFamilies known;
    for (const auto& table : catalog.tables()) {
        const auto lineage = Lineage::of(table->name, state);
        if (!lineage) return fail(lineage.error());
        known.push_back({.table = table.get(), .families = lineage->families()});
    }
    return known;
}

}  // namespace freshet::engine
