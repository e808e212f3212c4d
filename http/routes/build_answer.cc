#include "http/routes/build_answer.h"

#include <algorithm>

namespace freshet::http {

namespace {

constexpr const char* retry_after_s = "5";

}  // namespace

Answer unreadable(const engine::Engine& engine, const std::string& view, const Error& error) {
    if (error.code != Errc::unavailable) return problem_of(error);
    for (const engine::BuildStatus& build : engine.status().builds) {
        if (std::find(build.views.begin(), build.views.end(), view) == build.views.end()) continue;
        Answer answer =
            problem(503, error.message + ", about " +
                             std::to_string(static_cast<int>(build.share * 100)) + " % by now");
        answer.set("Retry-After", retry_after_s);
        return answer;
    }
    return problem_of(error);  // it has just become whole
}

}  // namespace freshet::http
