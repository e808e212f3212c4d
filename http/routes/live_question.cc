#include "http/routes/live_question.h"

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/access/grants.h"
#include "engine/catalog/catalog.h"
#include "http/credentials/credentials.h"
#include "http/routes/list_question.h"
#include "http/routes/path_parts.h"
#include "http/routes/read_routes.h"
#include "http/routes/stream_routes.h"

namespace freshet::http {

namespace {

using engine::ItemView;
using engine::ListView;
using engine::LiveQuery;
using engine::ReadPoint;
using engine::TotalView;

template <class T>
OrAnswer<T> or_refusal(Result<T> result) {
    if (!result) return tl::unexpected(refusal_of_stream(result.error()));
    return *std::move(result);
}

// Of what is one, and no list.
std::optional<Answer> refuse_window(const Target& target) {
    for (const std::string_view name : window_parameters) {
        if (!find_parameter(target, name)) continue;
        return problem(400, "query parameter '" + std::string(name) + "' is for lists");
    }
    return std::nullopt;
}

// Asks for a view in the words of a path, `/views/VIEW/PART…?limit=…`.
class Asker {
public:
    Asker(const Call& call, const ReadPoint& read_point)
        : catalog_(call.context.engine.catalog()),
          request_(call.request),
          read_point_(read_point) {}

    [[nodiscard]] OrAnswer<LiveQuery> query(const Target& target) const {
        const std::string& name = target.segments[1];
        const engine::Catalog::View view = catalog_.view(name);
        if (request_.identity.is_anonymous() && !may_be_read(view)) {
            return tl::unexpected(credential_needed());
        }
        if (const auto* found = std::get_if<const ItemView*>(&view)) return item(target, **found);
        if (const auto* found = std::get_if<const ListView*>(&view)) return page(target, **found);
        if (const auto* found = std::get_if<const TotalView*>(&view)) return group(target, **found);
        return tl::unexpected(unknown_view(catalog_, name, request_.caller()));
    }

private:
    // Whether the caller may read something of it. Nobody else is told that it is there.
    [[nodiscard]] bool may_be_read(const engine::Catalog::View& view) const {
        const auto may_be = [&](const auto& found) {
            if constexpr (std::is_pointer_v<std::decay_t<decltype(found)>>) {
                return may_read(request_.caller(), *found) != engine::Clearance::never;
            } else {
                return false;  // there is none of that name
            }
        };
        return std::visit(may_be, view);
    }

    [[nodiscard]] OrAnswer<LiveQuery> item(const Target& target, const ItemView& view) const {
        if (auto refusal = refuse_window(target)) return tl::unexpected(*std::move(refusal));
        const auto key = key_of(target, *view.table, 2);
        if (!key) return tl::unexpected(key.error());
        return or_refusal(LiveQuery::of(view, *key, request_.identity.caller));
    }

    [[nodiscard]] OrAnswer<LiveQuery> page(const Target& target, const ListView& list) const {
        const auto question = ListQuestion::of(target, list);
        if (!question) return tl::unexpected(question.error());
        const auto definition = read_point_.definition_of(list);
        if (!definition) return tl::unexpected(refusal_of_stream(definition.error()));
        auto page = question->page(request_, (*definition)->by);
        if (!page) return tl::unexpected(page.error());
        return or_refusal(LiveQuery::of(list, *std::move(page), request_.identity.caller));
    }

    [[nodiscard]] OrAnswer<LiveQuery> group(const Target& target, const TotalView& total) const {
        if (auto refusal = refuse_window(target)) return tl::unexpected(*std::move(refusal));
        auto parts = parts_of(target, 2);
        if (!parts) return tl::unexpected(parts.error());
        const auto definition = read_point_.definition_of(total);
        if (!definition) return tl::unexpected(refusal_of_stream(definition.error()));
        const auto& by = (*definition)->by;
        if (parts->size() != by.size()) {
            return tl::unexpected(wrong_part_count("a group of this total", names_of(by)));
        }
        return or_refusal(LiveQuery::of(total, *std::move(parts), request_.identity.caller));
    }

    const engine::Catalog& catalog_;
    const Request& request_;
    const ReadPoint& read_point_;
};

}  // namespace

OrAnswer<LiveQuery> live_query(const Call& call, const ReadPoint& read_point,
                               const Target& target) {
    return Asker(call, read_point).query(target);
}

std::size_t rows_of(const LiveQuery& query) {
    const auto* page = std::get_if<LiveQuery::Page>(&query.asked());
    return page == nullptr ? 1 : page->request.limit;
}

Answer refusal_of_stream(const Error& error) {
    const bool passes = error.code == Errc::unavailable || error.code == Errc::busy ||
                        error.code == Errc::damaged_state || error.code == Errc::io;
    return passes ? stream_later(error.message, later_retry_ms) : problem_of(error);
}

}  // namespace freshet::http
