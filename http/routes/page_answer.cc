#include "http/routes/page_answer.h"

#include <utility>

#include "http/messages/entity_tag.h"
#include "http/messages/target.h"

namespace freshet::http {

Answer page_answer(const Request& request, const Page& page) {
    std::string body = "{\"" + std::string(page.name) + "\":[";
    for (const std::string& element : page.elements) {
        if (&element != page.elements.data()) body += ',';
        body += element;
    }
    body += ']';
    std::string link;
    if (!page.next.empty()) {
        Target next = request.target;
        std::erase_if(next.query,
                      [&](const Parameter& p) { return p.name == page.next_parameter; });
        next.query.push_back({std::string(page.next_parameter), page.next});
        link = "<" + request.prefix + format_target(next) + ">; rel=\"next\"";
        body += R"(,"next":)" + page.next_json;
    }
    body += "}\n";

    const std::string tag = content_tag(body);
    Answer answer = none_match_fails(request, tag) ? Answer(304) : json_answer(std::move(body));
    answer.set("ETag", tag);
    if (!link.empty()) answer.set("Link", link);
    return answer;
}

Answer page_answer(const Request& request, engine::PageAnswer page) {
    // A cursor is base64url.
    return page_answer(request, Page{.name = "items",
                                     .elements = std::move(page.items),
                                     .next_parameter = "cursor",
                                     .next = page.next,
                                     .next_json = '"' + page.next + '"'});
}

}  // namespace freshet::http
