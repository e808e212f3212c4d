#include "engine/records/line_chunk.h"

#include <algorithm>
#include <utility>

#include "engine/records/plain_reader.h"
#include "engine/records/unread_record.h"
#include "engine/text/json_grammar.h"

namespace freshet::engine {
namespace {

// So many bytes are looked at together: enough to make little of what each look costs, and few
// enough to stay in the processor's cache.
constexpr std::size_t window_bytes = 64U << 10U;

// The whole lines that `bytes` begins with, as many as are looked at together; empty if it has the
// end of none.
std::string_view whole_lines(std::string_view bytes) {
    const std::string_view window = bytes.substr(0, window_bytes);
    return window.substr(0, window.rfind('\n') + 1);
}

}  // namespace

LineChunk::LineChunk(const Catalog& catalog, const DecodeOptions& options,
                     std::size_t line_bytes_max)
    : catalog_(catalog), options_(options), line_bytes_max_(line_bytes_max) {
    batch_.partial = options_.partial;
}

std::size_t LineChunk::take(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !is_full()) {
        const std::string_view rest = bytes.substr(taken);
        const std::string_view lines = line_.empty() ? whole_lines(rest) : std::string_view{};
        taken += lines.empty() ? take_piece(rest) : take_lines(lines);
    }
    return taken;
}

// They are decoded where they are.
std::size_t LineChunk::take_lines(std::string_view lines) {
    PlainReader reader(catalog_, options_);
    reader.begin(lines);
    std::size_t taken = 0;
    while (taken < lines.size() && !is_full()) {
        if (batch_.records.size() == 1) expect_lines(batch_.bytes);
        const std::string_view line = lines.substr(taken, lines.find('\n', taken) - taken);
        taken += line.size() + 1;
        ++lines_;
        if (line.size() > line_bytes_max_) {
            refuse_length();
        } else if (!reader.read(line, lines_, batch_)) {
            decode(std::string(line));
        }
    }
    return taken;
}

// Where a second line follows the first, there are many as a rule.
void LineChunk::expect_lines(std::size_t bytes_each) {
    const std::size_t lines = chunk_bytes_max / std::max<std::size_t>(bytes_each, 1) + 1;
    batch_.records.reserve(std::min(lines, chunk_records_max));
}

// A piece of a line, which may be its last.
std::size_t LineChunk::take_piece(std::string_view bytes) {
    const std::string_view piece = bytes.substr(0, bytes.find('\n'));
    const bool ends = piece.size() < bytes.size();
    if (piece.size() > line_bytes_max_ - line_.size()) {
        ++lines_;
        refuse_length();
    } else {
        line_ += piece;
        if (ends) end_line();
    }
    return piece.size() + (ends ? 1 : 0);
}

void LineChunk::end() {
    if (!line_.empty()) end_line();
}

bool LineChunk::is_full() const {
    return wrong_ || batch_.records.size() >= chunk_records_max || batch_.bytes >= chunk_bytes_max;
}

ChangeBatch LineChunk::take_batch() {
    ChangeBatch next;
    next.partial = options_.partial;
    return std::exchange(batch_, std::move(next));
}

void LineChunk::end_line() {
    ++lines_;
    const std::string line = std::exchange(line_, {});
    PlainReader reader(catalog_, options_);
    reader.begin(line);
    if (!reader.read(line, lines_, batch_)) decode(line);
}

void LineChunk::decode(const std::string& line) {
    if (std::all_of(line.begin(), line.end(), is_space)) return;

    auto decoded = decode_with_care(line, lines_, catalog_, options_, batch_);
    if (!decoded && park(line, decoded.error())) return;
    if (!decoded) refuse(decoded.error().code, std::move(decoded.error().message));
    wrong_ = batch_.refusal.has_value();
}

// A line that is no JSON.
bool LineChunk::park(const std::string& line, const Error& error) {
    if (error.code != Errc::malformed) return false;
    return park_text(line, lines_, {.pointer = "", .detail = error.message}, options_, batch_);
}

void LineChunk::refuse_length() {
    refuse(Errc::too_large, "more than " + std::to_string(line_bytes_max_) +
                                " bytes in one line (limits.body_bytes)");
}

void LineChunk::refuse(Errc code, std::string detail) {
    wrong_ = true;
    line_ = {};
    Fault fault{.pointer = "", .detail = std::move(detail), .line = lines_};
    batch_.refusal = Refusal{.faults = {std::move(fault)}, .sequence = "", .code = code};
}

}  // namespace freshet::engine
