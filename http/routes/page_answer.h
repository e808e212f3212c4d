// The answer that shows a page: `{"items":[…],"next":"…"}`, with the whole path of the next page in
// the header Link. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/views/read_point.h"
#include "http/messages/answer.h"
#include "http/messages/request.h"

namespace freshet::http {

// A page of any kind.
struct Page {
    std::string_view name;              // of the array
    std::vector<std::string> elements;  // each as JSON
    std::string_view next_parameter;    // the one of the query that says where the next begins
    std::string next;                   // its value, of which nothing is to be escaped; or empty
    std::string next_json;              // the same as `next` shows it
};

// 304 if the request knows the page.
Answer page_answer(const Request& request, const Page& page);
Answer page_answer(const Request& request, engine::PageAnswer page);

}  // namespace freshet::http
