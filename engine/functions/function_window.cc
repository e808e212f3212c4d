#include "engine/functions/function_window.h"

#include <utility>

#include "engine/text/json.h"
#include "engine/values/time_text.h"

namespace freshet::engine {

void FunctionWindow::open(const storage::Record& first) {
    const auto since = first.appended().time_since_epoch();
    start_ = storage::AppendTime(since - since % length_);
    first_ = first.position();
    state_ = "{}";
    is_ending_ = false;
    is_early_ = false;
}

void FunctionWindow::close() {
    *this = FunctionWindow(length_);
}

void FunctionWindow::take_state(std::string state) {
    state_ = std::move(state);
    if (state_.size() <= window_state_bytes_max) return;
    is_ending_ = true;
    is_early_ = true;
}

std::string FunctionWindow::members(std::string_view table, std::size_t lane) const {
    const auto truth = [](bool is_so) { return is_so ? "true" : "false"; };
    std::string json = R"(,"window":{"start":")" + text_of(start_);
    json += R"(","end":")" + text_of(end()) + R"("},"state":)" + state_;
    json += R"(,"shardId":"lane-)" + std::to_string(lane);
    json += R"(","eventSourceARN":"arn:freshet:dynamodb:::table/)" + std::string(table);
    json += R"(","isFinalInvokeForWindow":)" + std::string(truth(is_ending_));
    json += R"(,"isWindowTerminatedEarly":)" + std::string(truth(is_early_));
    return json;
}

}  // namespace freshet::engine
