// What became of one call of a function, by its answer, in the form of Lambda's partial batch
// responses: {"batchItemFailures":[{"itemIdentifier":"SEQUENCE"}]}.
//
// Threads: pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/function.h"

namespace freshet::engine {

// The answer to a call, as it came.
struct FunctionReply {
    int status = 0;
    std::string_view body;
    bool says_error = false;  // the header X-Amz-Function-Error is there
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
    bool ends_window = false;  // it answers the last call of a tumbling window
};

struct FunctionAnswer {
    // Which record of the batch is the first that failed; all before it were taken. Nothing: all
    // of them were.
    std::optional<std::size_t> failed = std::nullopt;
    // Whether that one was named, rather than the whole batch.
    bool is_partial = false;
    // Whether the call counts as an attempt: the function got the batch, as far as anybody knows.
    bool is_attempt = true;
    std::string error;       // for people
    std::string state = {};  // of a tumbling window, as JSON, if there is one
    std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

// An answer that there is none: `counts` is whether the function may have got the batch.
FunctionAnswer no_answer(std::string error, bool counts);

// Reads the answer to a batch whose records have these names, each by the first that is given to
// it or by the second.
//
//   - 2xx is success. With `report_batch_item_failures` the body may say otherwise: the lowest
//     record that it names is where the batch begins again. A body that is not what the function
//     promised, or names a record that is not in the batch, fails the batch: nothing is taken for
//     done that may not be.
//   - In a tumbling window the body has to have the `state` of the next call, but in the last one.
//   - 429 and 503 say that the function was not reached, and count as no attempt.
//   - Anything else fails the batch, redirects included.
//   - Lambda's emulator answers 200 also to what was thrown: so there an error in the body counts,
//     and in the lines of a process, which have no status.
FunctionAnswer read_answer(const Function& function, const FunctionReply& reply,
                           const std::vector<std::string>& identifiers,
                           const std::vector<std::string>& event_ids);

}  // namespace freshet::engine
