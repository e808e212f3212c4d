// What is wrong with a body, and where in it: collected while the body is read.
//
//     RecordReader, ImageReader  ->  Faults::add(Place, …)  ->  Refusal
//
// A reader that finds a fault notes it and goes on, so that one answer names them all.
//
// Invariants
//   - At most faults_max are kept, and none once their pointers are fault_pointer_bytes_max long;
//     all are counted.
//   - A Place looks into the outer one and the body's names, and outlives neither.
//
// Threads: they belong to the one thread that decodes the body.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/records/change_batch.h"
#include "engine/text/fault.h"
#include "engine/text/json.h"

namespace freshet::engine {

// Where a value stands within its record. Kept on the stack while the value is read, and made text
// only if there is something to say about it.
class Place {
public:
    Place() = default;  // the record itself
    Place(const Place& outer, std::string_view name) : outer_(&outer), name_(name) {}
    Place(const Place& outer, std::size_t index) : outer_(&outer), index_(index) {}

    // Appends the JSON Pointer from the record to here.
    void append_to(std::string& pointer) const;

private:
    const Place* outer_ = nullptr;
    std::string_view name_;
    std::optional<std::size_t> index_;
};

// The faults of a body, in the order in which they are found.
class Faults {
public:
    // Of a body that is one text.
    Faults() = default;
    // Of the records that the batch is made from; it must outlive this.
    explicit Faults(const ChangeBatch& batch) : batch_(&batch) {}

    // Whatever is added from now on stands in the index-th record.
    void begin_record(std::size_t index) { record_ = index; }

    // `below` is the rest of the pointer where the fault stands deeper than `place`.
    void add(const Place& place, std::string detail, std::string_view below = {});

    // With those that are not kept any more.
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] bool full() const {
        return faults_.size() == faults_max || pointer_bytes_ > fault_pointer_bytes_max;
    }
    std::vector<Fault> take() && { return std::move(faults_); }

    // How far they are, to come back to.
    struct Mark {
        std::size_t kept;
        std::size_t pointer_bytes;
        std::size_t count;
    };
    [[nodiscard]] Mark mark() const { return {faults_.size(), pointer_bytes_, count_}; }
    // Forgets those that were added since, of which one was kept at least, and returns the first.
    Fault forget_since(const Mark& mark);

private:
    const ChangeBatch* batch_ = nullptr;
    std::size_t record_ = 0;
    std::vector<Fault> faults_;
    std::size_t pointer_bytes_ = 0;  // of those that are kept
    std::size_t count_ = 0;
};

// A piece of the body for a message: an excerpt between backticks.
std::string quote(std::string_view text);

// "found an array".
std::string found(const JsonNode& node);

}  // namespace freshet::engine
