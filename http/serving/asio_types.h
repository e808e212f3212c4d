// Asio as this folder uses it: one executor type, and awaited errors as values.
#pragma once

#include <utility>  // Asio 1.81's awaitable.hpp relies on it

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace freshet::http {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using TimePoint = std::chrono::steady_clock::time_point;
using ErrorCode = boost::system::error_code;

inline TimePoint now() {
    return std::chrono::steady_clock::now();
}

// What credentials expire by.
inline std::chrono::sys_seconds wall_clock_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

template <class T>
using Awaitable = asio::awaitable<T, Executor>;

// That a peer leaves or a timer is cancelled is no surprise: co_await gives the error back.
inline constexpr auto as_value = asio::as_tuple(asio::use_awaitable_t<Executor>{});

}  // namespace freshet::http
