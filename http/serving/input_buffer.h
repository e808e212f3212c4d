// Bytes that were received and not yet used.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <boost/asio/buffer.hpp>

namespace freshet::http {

class InputBuffer {
public:
    static constexpr std::size_t small = 8U << 10U;   // what an idle connection holds
    static constexpr std::size_t large = 64U << 10U;  // while a body is received

    [[nodiscard]] std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t count) { begin_ += count; }

    // Room for what comes next; at least one byte, as long as less than `large` is unread.
    boost::asio::mutable_buffer room(bool for_body);
    void received(std::size_t count) { end_ += count; }

    // Gives the memory back if nothing is unread.
    void release();

private:
    void resize(std::size_t capacity);

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace freshet::http
