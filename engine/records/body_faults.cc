#include "engine/records/body_faults.h"

#include "engine/text/excerpt.h"
#include "storage/invariant.h"

namespace freshet::engine {

void Place::append_to(std::string& pointer) const {
    if (outer_ == nullptr) return;
    outer_->append_to(pointer);
    if (index_) {
        pointer += '/' + std::to_string(*index_);
    } else {
        append_pointer(pointer, name_);
    }
}

void Faults::add(const Place& place, std::string detail, std::string_view below) {
    ++count_;
    if (full()) return;
    RecordPlace record = batch_ == nullptr ? RecordPlace{} : batch_->place(record_);
    place.append_to(record.pointer);
    record.pointer += below;
    pointer_bytes_ += record.pointer.size();
    faults_.push_back({std::move(record.pointer), std::move(detail), record.line});
}

Fault Faults::forget_since(const Mark& mark) {
    invariant(mark.kept < faults_.size(), "a fault was found");
    Fault first = std::move(faults_[mark.kept]);
    faults_.resize(mark.kept);
    pointer_bytes_ = mark.pointer_bytes;
    count_ = mark.count;
    return first;
}

std::string quote(std::string_view text) {
    return "`" + excerpt(text) + "`";
}

std::string found(const JsonNode& node) {
    return "found " + std::string(name_of(node.type()));
}

}  // namespace freshet::engine
