#include "engine/functions/function_lane.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// So that a batch can be gathered while another one is under way.
constexpr std::size_t batches_waiting_max = 2;

}  // namespace

std::size_t FunctionLane::room() const {
    if (waiting_bytes_ >= function_batch_bytes_max) return 0;
    const std::size_t most = batches_waiting_max * function_.batch_size;
    return most - std::min(waiting_.size(), most);
}

void FunctionLane::push(FunctionRecord record) {
    invariant(record.record.position() > taken_, "what is taken is taken once");
    taken_ = record.record.position();
    waiting_bytes_ += record.event.size() + 1;
    waiting_.push_back(std::move(record));
}

bool FunctionLane::is_full_batch() const {
    return waiting_.size() >= function_.batch_size || waiting_bytes_ >= function_batch_bytes_max;
}

Clock::TimePoint FunctionLane::due() const {
    if (waiting_.empty()) return Clock::TimePoint::max();
    const Clock::TimePoint since = waiting_.front().taken;
    return is_full_batch() ? since : since + function_.batching_window;
}

// What closes a batch is the first of its size, its bytes and its window. A record that the bytes
// have no room for begins the next one.
FunctionLane::Batch* FunctionLane::front(Clock::TimePoint now, storage::AppendTime until,
                                         bool is_closing) {
    if (!batches_.empty()) return &batches_.front();
    if (waiting_.empty() || waiting_.front().record.appended() >= until) return nullptr;
    // What is behind the end has not to be waited for.
    const bool is_whole = is_closing || waiting_.back().record.appended() >= until;
    if (!is_whole && due() > now) return nullptr;
    Batch batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.records.size() < function_.batch_size) {
        if (waiting_.front().record.appended() >= until) break;
        const std::size_t more = waiting_.front().event.size() + 1;
        if (!batch.records.empty() && bytes + more > function_batch_bytes_max) break;
        bytes += more;
        batch.records.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    waiting_bytes_ -= bytes;
    batches_.push_back(std::move(batch));
    return &batches_.front();
}

std::vector<FunctionRecord> FunctionLane::take_front(std::size_t count) {
    auto& records = batches_.front().records;
    invariant(count <= records.size(), "a batch has what is taken of it");
    const auto end = records.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<FunctionRecord> done(std::make_move_iterator(records.begin()),
                                     std::make_move_iterator(end));
    records.erase(records.begin(), end);
    if (records.empty()) batches_.pop_front();
    return done;
}

void FunctionLane::split() {
    Batch& first = batches_.front();
    invariant(first.records.size() > 1, "a single record is not split");
    const auto middle =
        first.records.begin() + static_cast<std::ptrdiff_t>((first.records.size() + 1) / 2);
    Batch second{
        .records = {std::make_move_iterator(middle), std::make_move_iterator(first.records.end())},
        .attempts = first.attempts};
    first.records.erase(middle, first.records.end());
    batches_.insert(std::next(batches_.begin()), std::move(second));
}

std::vector<FunctionRecord> FunctionLane::take_item(std::string_view item) {
    std::vector<FunctionRecord> taken;
    const auto take_of = [&](auto& records) {
        const auto end = std::stable_partition(
            records.begin(), records.end(),
            [&](const FunctionRecord& record) { return record.item != item; });
        std::move(end, records.end(), std::back_inserter(taken));
        records.erase(end, records.end());
    };
    for (Batch& batch : batches_) take_of(batch.records);
    std::erase_if(batches_, [](const Batch& batch) { return batch.records.empty(); });
    const std::size_t before = taken.size();
    take_of(waiting_);
    for (std::size_t i = before; i < taken.size(); ++i) {
        waiting_bytes_ -= taken[i].event.size() + 1;
    }
    return taken;
}

const storage::Record* FunctionLane::oldest() const {
    if (!batches_.empty()) return &batches_.front().records.front().record;
    return waiting_.empty() ? nullptr : &waiting_.front().record;
}

std::size_t FunctionLane::size() const {
    std::size_t size = waiting_.size();
    for (const Batch& batch : batches_) size += batch.records.size();
    return size;
}

}  // namespace freshet::engine
