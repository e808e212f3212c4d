#include "http/serving/input_buffer.h"

#include <cstring>
#include <utility>

namespace freshet::http {

boost::asio::mutable_buffer InputBuffer::room(bool for_body) {
    const std::size_t count = end_ - begin_;
    const bool needs_large = for_body || count >= small;
    resize(needs_large ? large : small);
    return boost::asio::buffer(bytes_.get() + end_, capacity_ - end_);
}

void InputBuffer::release() {
    if (begin_ < end_) return;
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
}

// Moves what is unread to the front, of another block if the size is another.
void InputBuffer::resize(std::size_t capacity) {
    const std::size_t count = end_ - begin_;
    if (capacity == capacity_) {
        if (begin_ > 0 && count > 0) std::memmove(bytes_.get(), bytes_.get() + begin_, count);
    } else {
        auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
        if (count > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, count);
        bytes_ = std::move(bytes);
        capacity_ = capacity;
    }
    begin_ = 0;
    end_ = count;
}

}  // namespace freshet::http
