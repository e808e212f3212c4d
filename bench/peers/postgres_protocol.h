// PostgreSQL's messages (protocol 3.0): what the harness needs of them.
//
// Threads: pure, but for the socket.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/local_socket.h"

namespace freshet::bench {

// Begins a session of that user in the database of the same name, without a password.
void begin_session(LocalSocket& socket, const std::string& user);

// Appends a query of SQL; several statements are one transaction.
void append_query(std::string& out, std::string_view sql);

// Appends COPY … FROM STDIN with the rows, each of which ends with a line's end.
void append_copy(std::string& out, std::string_view sql, std::string_view rows);

// Prepares a statement of that name.
void prepare(LocalSocket& socket, std::string_view name, std::string_view sql);
// Appends its execution. Those before an end are one transaction, which ends there, and are
// answered together.
void append_execution(std::string& out, std::string_view name,
                      const std::vector<std::string_view>& parameters);
void append_end(std::string& out);

using Columns = std::vector<std::string_view>;  // of a row; of a null, nothing
using RowVisitor = std::function<void(const Columns& columns)>;

// Takes all that answers one of these, if it was received, and calls `visit` with each row of it.
// Throws a Failure if PostgreSQL reports an error.
bool take_result(LocalSocket& socket, const RowVisitor& visit = {});
void await_result(LocalSocket& socket, const RowVisitor& visit = {});

// The number that a query comes to.
std::uint64_t ask_number(LocalSocket& socket, std::string_view sql);

// Takes the next notification, if one was received: what it says. On a connection that asks for
// nothing else.
std::optional<std::string> take_notification(LocalSocket& socket);

}  // namespace freshet::bench
