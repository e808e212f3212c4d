#include "engine/records/line_chunk.h"

#include <algorithm>
#include <utility>

#include "engine/text/json_grammar.h"

namespace freshet::engine {

LineChunk::LineChunk(const Catalog& catalog, const DecodeOptions& options,
                     std::size_t line_bytes_max)
    : catalog_(catalog), options_(options), line_bytes_max_(line_bytes_max) {
    batch_.partial = options_.partial;
}

std::size_t LineChunk::take(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !is_full()) {
        const std::string_view rest = bytes.substr(taken);
        const std::string_view piece = rest.substr(0, rest.find('\n'));
        const bool ends = piece.size() < rest.size();
        taken += piece.size() + (ends ? 1 : 0);
        if (piece.size() > line_bytes_max_ - line_.size()) {
            ++lines_;
            refuse(Errc::too_large, "more than " + std::to_string(line_bytes_max_) +
                                        " bytes in one line (limits.body_bytes)");
            break;
        }
        line_ += piece;
        if (ends) add_line();
    }
    return taken;
}

void LineChunk::end() {
    if (!line_.empty()) add_line();
}

bool LineChunk::is_full() const {
    return wrong_ || batch_.records.size() >= chunk_records_max || batch_.bytes >= chunk_bytes_max;
}

ChangeBatch LineChunk::take_batch() {
    ChangeBatch next;
    next.partial = options_.partial;
    return std::exchange(batch_, std::move(next));
}

void LineChunk::add_line() {
    ++lines_;
    std::string line = std::exchange(line_, {});
    if (std::all_of(line.begin(), line.end(), is_space)) return;

    auto decoded = decode_text(std::move(line), lines_, catalog_, options_, batch_);
    if (!decoded) refuse(decoded.error().code, std::move(decoded.error().message));
    wrong_ = batch_.refusal.has_value();
}

void LineChunk::refuse(Errc code, std::string detail) {
    wrong_ = true;
    line_ = {};
    Fault fault{.pointer = "", .detail = std::move(detail), .line = lines_};
    batch_.refusal = Refusal{.faults = {std::move(fault)}, .sequence = "", .code = code};
}

}  // namespace freshet::engine
