// The body of a transaction: several direct writes and checks, to be carried out all or none.
//
//     {"writes":[
//       {"put":{"table":"orders","key":"7c9e","item":{"status":"NEW"},"ifNoneMatch":"*"}},
//       {"update":{"table":"stock","key":"tomato","add":{"left":-1},
//                  "if":{"left":[{"numeric":[">",0]}]}}},
//       {"check":{"table":"users","key":"ann","if":{"blocked":[{"exists":false}]}}}
//     ]}
//
// `put` has an `item`, `patch` has `changes` (RFC 7396), `update` what an update has, and `delete`
// and `check` have neither. A key is a string or a number, an array of its parts, or an object of
// them in the form of the body. A `put` without one has its key in its item, and what is missing of
// it is made.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/commands/command.h"
#include "engine/text/fault.h"
#include "engine/values/item_form.h"
#include "storage/result.h"

namespace freshet::engine {

// As in DynamoDB.
inline constexpr std::size_t transaction_writes_max = 100;

// What its reader needs of those who know more.
struct TransactionHelpers {
    // Takes the entity tags of an If-Match, or else of an If-None-Match. False if one is none.
    std::function<bool(Precondition& expected, bool is_match, std::string_view tags)> take_tags;
    std::function<std::string()> make_key;
    std::function<bool(const Table& table)> may_write;  // at all
};

struct Transaction {
    std::vector<Command> commands;  // each of another item; without their callers
    // The body, the same of one with other spaces and with members in another order.
    std::string text;
    // The first write of a table that is not the caller's to write, if any. Then there are no
    // commands: nothing is said of the others.
    struct Forbidden {
        std::size_t index = 0;
        const Table* table = nullptr;
    };
    std::optional<Forbidden> forbidden = std::nullopt;
};

// The pointer to a command's document in the body: `/writes/2/put/item`.
std::string document_pointer(std::size_t index, CommandKind kind);

using TransactionOr = tl::expected<Transaction, std::vector<Fault>>;

// Reads the transaction, whose documents are in that form; or each fault of it, with its pointer.
// Fails with malformed  if the body is not JSON.
Result<TransactionOr> read_transaction(const Catalog& catalog, std::string body, ItemForm form,
                                       const TransactionHelpers& helpers);

}  // namespace freshet::engine
