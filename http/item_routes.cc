#include <string>
#include <type_traits>
#include <vector>

#include "http/entity_tag.h"
#include "http/query.h"
#include "http/read_point_choice.h"
#include "http/read_routes.h"

namespace freshet::http {

namespace {

using engine::ItemView;
using engine::ListView;
using engine::ReadPoint;

// The texts after the first `from` segments, or those of ?key=.
Or<std::vector<std::string>> parts_of(const Target& target, std::size_t from) {
    std::vector<std::string> named = find_parameters(target, "key");
    const auto first = target.segments.begin() + static_cast<std::ptrdiff_t>(from);
    std::vector<std::string> parts(first, target.segments.end());
    if (!named.empty() && !parts.empty()) {
        return tl::unexpected(
            problem(400, "name the key either by path segments or by ?key=, not by both"));
    }
    return named.empty() ? parts : named;
}

template <class Part, class Name>
Answer wrong_part_count(std::string_view what, const std::vector<Part>& parts, Name name_of) {
    std::string detail(what);
    detail += parts.empty() ? " has no parts: name none" : " has these parts: ";
    for (const Part& part : parts) {
        if (&part != parts.data()) detail += ", ";
        detail += name_of(part);
    }
    if (!parts.empty()) detail += "; name each by one path segment or one ?key=";
    return problem(400, detail);
}

Answer item_answer(const Request& request, Result<std::optional<engine::ItemAnswer>> found,
                   std::uint64_t fingerprint) {
    if (!found) return problem_of(found.error());
    if (!*found) return problem(404, "there is no item with this key");
    engine::ItemAnswer& item = **found;

    const std::string tag = item_tag(item.changed, fingerprint);
    item.json += '\n';
    Answer answer =
        none_match_fails(request, tag) ? Answer(304) : json_answer(std::move(item.json));
    answer.set("ETag", tag);
    if (item.stale) answer.set("Freshet-Stale", "true");
    return answer;
}

// An item in the shape of a view or, with the table itself in its place, as a whole.
template <class Shape>
Outcome read_item(const engine::Engine& engine, const Request& request, bool waited,
                  const Shape& shape, const engine::Table& table, std::uint64_t fingerprint) {
    const std::size_t from = std::is_same_v<Shape, engine::Table> ? 3 : 2;
    const auto key = parts_of(request.target, from);
    if (!key) return key.error();
    if (key->size() != table.key.size()) {
        return wrong_part_count("the key", table.key,
                                [](const engine::KeyPart& part) { return part.name; });
    }
    auto chosen = choose_read_point(engine, request.target, waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);

    const ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    Answer answer = item_answer(request, read_point.item(shape, *key), fingerprint);
    set_state_headers(answer, read_point);
    return answer;
}

Answer page_answer(const Request& request, engine::PageAnswer page) {
    std::string body = R"({"items":[)";
    for (const std::string& item : page.items) {
        if (&item != page.items.data()) body += ',';
        body += item;
    }
    body += ']';
    std::string link;
    if (!page.next.empty()) {
        Target next = request.target;
        std::erase_if(next.query, [](const Parameter& p) { return p.name == "cursor"; });
        next.query.push_back({"cursor", page.next});
        link = "<" + format_target(next) + ">; rel=\"next\"";
        // A cursor is base64url: nothing in it needs to be escaped.
        body += R"(,"next":")" + page.next + '"';
    }
    body += "}\n";

    const std::string tag = content_tag(body);
    Answer answer = none_match_fails(request, tag) ? Answer(304) : json_answer(std::move(body));
    answer.set("ETag", tag);
    if (!link.empty()) answer.set("Link", link);
    return answer;
}

Outcome read_page(const engine::Engine& engine, const Request& request, bool waited,
                  const ListView& list) {
    auto partition = parts_of(request.target, 2);
    if (!partition) return partition.error();
    if (partition->size() != list.by.size()) {
        return wrong_part_count("a partition of this list", list.by,
                                [](const engine::AttributePath& by) { return by.text(); });
    }
    const auto limit = number_parameter(request.target, "limit", {1, engine::page_limit_max},
                                        engine::page_limit_default);
    if (!limit) return limit.error();
    auto chosen = choose_read_point(engine, request.target, waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return *wait;
    if (auto* refusal = std::get_if<Answer>(&chosen)) return std::move(*refusal);

    const ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);
    engine::PageRequest wanted;
    wanted.partition = std::move(*partition);
    wanted.limit = static_cast<std::size_t>(*limit);
    wanted.cursor = find_parameter(request.target, "cursor").value_or("");
    auto page = read_point.page(list, wanted);
    Answer answer = page ? page_answer(request, std::move(*page)) : problem_of(page.error());
    set_state_headers(answer, read_point);
    return answer;
}

Answer unknown_view(const engine::Catalog& catalog, const std::string& name) {
    std::string names;
    for (const auto& table : catalog.tables()) {
        for (const ItemView& view : table->views) names += view.name + ", ";
        for (const ListView& list : table->lists) names += list.name + ", ";
    }
    names = names.empty() ? "none" : names.substr(0, names.size() - 2);
    return problem(404, "there is no view '" + name + "'; there are: " + names);
}

}  // namespace

Outcome get_view(const engine::Engine& engine, const Request& request, bool waited) {
    const std::string& name = request.target.segments[1];
    const engine::Catalog::View view = engine.catalog().view(name);
    if (const auto* found = std::get_if<const ItemView*>(&view)) {
        if (auto refusal =
                refuse_unknown_parameters(request.target, {"min_position", "timeout_s"}, {"key"})) {
            return *refusal;
        }
        const ItemView& item_view = **found;
        return read_item(engine, request, waited, item_view, *item_view.table,
                         item_view.fingerprint);
    }
    if (const auto* found = std::get_if<const ListView*>(&view)) {
        if (auto refusal = refuse_unknown_parameters(
                request.target, {"limit", "cursor", "min_position", "timeout_s"}, {"key"})) {
            return *refusal;
        }
        return read_page(engine, request, waited, **found);
    }
    return unknown_view(engine.catalog(), name);
}

Outcome get_item(const engine::Engine& engine, const Request& request, bool waited) {
    const std::string& name = request.target.segments[1];
    const engine::Table* table = engine.catalog().table(name);
    if (table == nullptr) return problem(404, "there is no table '" + name + "'");
    if (auto refusal =
            refuse_unknown_parameters(request.target, {"min_position", "timeout_s"}, {"key"})) {
        return *refusal;
    }
    return read_item(engine, request, waited, *table, *table, table_fingerprint(name));
}

}  // namespace freshet::http
