// PostgreSQL's messages (protocol 3.0): what the harness needs of them.
//
// Threads: pure, but for the socket.
#pragma once

#include <string>
#include <string_view>

#include "bench/harness/local_socket.h"

namespace freshet::bench {

// Begins a session of that user in the database of the same name, without a password.
void begin_session(LocalSocket& socket, const std::string& user);

// Appends a query of SQL; several statements are one transaction.
void append_query(std::string& out, std::string_view sql);

// Appends COPY … FROM STDIN with the rows, each of which ends with a line's end.
void append_copy(std::string& out, std::string_view sql, std::string_view rows);

// Prepares a statement of that name with one parameter, and appends its execution.
void prepare(LocalSocket& socket, std::string_view name, std::string_view sql);
void append_execution(std::string& out, std::string_view name, std::string_view parameter);

// Takes all that answers one of these, if it was received. Throws a Failure if PostgreSQL reports
// an error.
bool take_result(LocalSocket& socket);
void await_result(LocalSocket& socket);

}  // namespace freshet::bench
