#include "tests/world/appending.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace freshet::support {

using engine::ChangeBatch;
using engine::Receipt;

ChangeBatch batch_of(std::vector<storage::Change> changes) {
    ChangeBatch batch;
    for (storage::Change& change : changes) {
        std::string sequence = change.sequence.text();
        batch.records.push_back({.change = std::move(change), .sequence = std::move(sequence)});
    }
    return batch;
}

std::vector<Result<Receipt>> append_group(engine::Sequencer& sequencer,
                                          std::vector<ChangeBatch> batches) {
    std::vector<std::optional<Result<Receipt>>> heard(batches.size());
    for (std::size_t i = 0; i < batches.size(); ++i) {
        sequencer.submit(std::move(batches[i]),
                         [&heard, i](Result<Receipt> answer) { heard[i] = std::move(answer); });
    }
    const bool some_wait =
        std::any_of(heard.begin(), heard.end(), [](const auto& answer) { return !answer; });
    if (some_wait) sequencer.step();
    std::vector<Result<Receipt>> answers;
    answers.reserve(heard.size());
    for (auto& answer : heard) {
        answers.push_back(answer ? *std::move(answer)
                                 : fail(Errc::unavailable, "nobody has answered"));
    }
    return answers;
}

Result<Receipt> append(engine::Sequencer& sequencer, ChangeBatch batch) {
    std::vector<ChangeBatch> batches;
    batches.push_back(std::move(batch));
    return std::move(append_group(sequencer, std::move(batches)).front());
}

}  // namespace freshet::support
