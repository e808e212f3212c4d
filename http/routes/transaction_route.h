// POST /transactions: several direct writes and checks, carried out all or none
// (engine/records/transaction_body.h).
//
// The answer says of each write what became of it, in their order:
//
//     {"position":1042,"writes":[{"table":"orders","key":{"id":"7c9e"},"status":"created",
//                                 "position":1041,"etag":"\"1041-9f3c…\""}]}
//
// A refusal is that of the first write that was refused, and names it by its place: "write":1. Its
// `etag` is of the item's state, if it has one.
#pragma once

#include <optional>

#include "http/messages/answer.h"
#include "http/routes/routes.h"

namespace freshet::http {

// Refuses by the head alone those who may write no item of any table, and bodies of other types.
std::optional<Answer> check_transaction(const Call& call);

NextStep post_transactions(const Call& call);

}  // namespace freshet::http
