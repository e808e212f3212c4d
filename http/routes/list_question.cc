#include "http/routes/list_question.h"

#include <algorithm>
#include <utility>

#include "http/credentials/credentials.h"
#include "http/routes/path_parts.h"

namespace freshet::http {

namespace {

std::optional<std::string> text_parameter(const Target& target, std::string_view name) {
    const auto text = find_parameter(target, name);
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

// The order that is asked for; nothing if none is.
OrAnswer<std::optional<engine::Direction>> order_parameter(const Target& target) {
    const auto text = find_parameter(target, "order");
    if (!text) return std::nullopt;
    if (*text == "asc") return engine::Direction::ascending;
    if (*text == "desc") return engine::Direction::descending;
    return tl::unexpected(problem(400, "query parameter 'order' must be asc or desc"));
}

// Puts the caller where the owner stands among the parts of a partition: `?me=1`.
std::optional<Answer> add_caller(std::vector<std::string>& parts, const Request& request,
                                 const engine::ListView& list,
                                 const std::vector<engine::AttributePath>& by) {
    const auto owner = std::find(by.begin(), by.end(), list.table->owner);
    if (owner == by.end()) {
        return problem(400, "?me=1 is for lists that are partitioned by their items' owner");
    }
    if (request.identity.is_anonymous()) return credential_needed();
    if (request.caller().subject.empty()) {
        return problem(400,
                       "?me=1 needs a credential that says who it is: a token with the claim sub");
    }
    const auto place = std::min(owner - by.begin(), std::ssize(parts));
    parts.insert(parts.begin() + place, request.caller().subject);
    return std::nullopt;
}

}  // namespace

OrAnswer<ListQuestion> ListQuestion::of(const Target& target, const engine::ListView& list) {
    ListQuestion question(list);
    engine::PageRequest& asked = question.asked_;
    auto partition = parts_of(target, 2);
    if (!partition) return tl::unexpected(partition.error());
    asked.partition = *std::move(partition);
    const auto me = flag_parameter(target, "me");
    if (!me) return tl::unexpected(me.error());
    question.is_of_caller_ = *me;
    // There is no page without the last part, so this slash is one: the partition of the empty
    // text.
    const bool is_empty_part = target.ends_in_slash && !*me && !find_parameter(target, "key") &&
                               asked.partition.size() + 1 == list.by.size();
    if (is_empty_part) asked.partition.emplace_back();
    const auto limit =
        number_parameter(target, "limit", {1, engine::page_limit_max}, engine::page_limit_default);
    if (!limit) return tl::unexpected(limit.error());
    const auto order = order_parameter(target);
    if (!order) return tl::unexpected(order.error());
    asked.limit = static_cast<std::size_t>(*limit);
    asked.cursor = find_parameter(target, "cursor").value_or("");
    asked.order = *order;
    asked.since = text_parameter(target, "since");
    asked.until = text_parameter(target, "until");
    return question;
}

OrAnswer<engine::PageRequest> ListQuestion::page(
    const Request& request, const std::vector<engine::AttributePath>& by) const {
    engine::PageRequest page = asked_;
    if (is_of_caller_) {
        auto refusal = add_caller(page.partition, request, list_, by);
        if (refusal) return tl::unexpected(*std::move(refusal));
    }
    if (page.partition.size() != by.size()) {
        return tl::unexpected(wrong_part_count("a partition of this list", names_of(by)));
    }
    return page;
}

}  // namespace freshet::http
