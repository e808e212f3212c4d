// GET /functions and what is below it: how functions are doing, and what is done with them. For
// admins; a machine needs the right `admin:/functions`.
//
//     GET   /functions            {"functions":[{"name":"notify","state":"running","place":41,…}]}
//     GET   /functions/NAME       one of them
//     POST  /functions/NAME/pause, /resume
//     POST  /functions/NAME/place {"place":41}, "trim_horizon", "latest" or "2026-11-20T11:39:28Z":
//                                 it is fed with what stands behind that
//     POST  /functions/NAME/try   {"filter":{"eventName":["INSERT"]},"records":1000}: what the
//                                 filter, or its own, would take of the newest records
//
// Each order is a notice in the log, so it holds over restarts.
//
// Threads: any.
#pragma once

#include <optional>

#include "http/messages/query.h"
#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_functions(const Call& call);
NextStep get_function(const Call& call);
NextStep pause_function(const Call& call);
NextStep resume_function(const Call& call);
NextStep place_function(const Call& call);
NextStep try_function(const Call& call);

// Refuses those who may not, and functions that are not there, whatever the body says.
std::optional<Answer> check_function(const Call& call);

// The function that the path names, if the caller may see it and asks with no other parameters than
// these; or 400, 403, or 404.
tl::expected<const engine::Function*, Answer> administered_function(const Call& call,
                                                                    Names parameters = {});

// An order that notices of a function carry out. `answer` is what the caller is told once they are
// in the log; Receipt::notices says which are.
NextStep note_of_function(std::vector<storage::Notice> notices,
                          std::function<Answer(const engine::Receipt& receipt)> answer);

// That the order was carried out: an object that begins with `json`, with the position from which
// on that can be read. `did` is for the audit.
Answer noted_answer(std::string json, const engine::Receipt& receipt, const std::string& did);

// A notice of the function, by the caller, of that kind.
storage::Notice notice_of(const Call& call, const engine::Function& function,
                          storage::NoticeKind kind, storage::FunctionNote note);

}  // namespace freshet::http
