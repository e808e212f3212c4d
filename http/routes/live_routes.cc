#include "http/routes/live_routes.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/watching/live_board.h"
#include "engine/watching/live_query.h"
#include "http/messages/query.h"
#include "http/messages/target.h"
#include "http/routes/list_question.h"
#include "http/routes/live_question.h"
#include "http/routes/read_point_choice.h"
#include "http/routes/stream_routes.h"
#include "http/streams/live_stream.h"

namespace freshet::http {

namespace {

using engine::LiveQuery;
using engine::ReadPoint;

constexpr std::string_view all_events = "all";

// A view that is watched, and whether the caller may not read it. The first look finds what is
// wrong with the question, while that can be answered.
struct Begun {
    LiveRequest::View view;
    bool is_forbidden;
};

OrAnswer<Begun> begin(engine::Engine& engine, LiveQuery query, std::string name,
                      const ReadPoint& read_point) {
    const std::uint64_t fingerprint = query.fingerprint();
    auto watch = engine.live().watch(std::move(query));
    if (!watch) return tl::unexpected(refusal_of_stream(watch.error()));
    const auto answer = watch->look(read_point, {});
    if (!answer) return tl::unexpected(refusal_of_stream(answer.error()));
    return Begun{.view = {std::move(name), *std::move(watch), fingerprint},
                 .is_forbidden = answer->kind == engine::LiveAnswer::Kind::ended};
}

// The parameters that are the stream's, and not its view's.
std::optional<Answer> read_form(const Target& target, LiveRequest& asked) {
    const auto named_bookmarks = flag_parameter(target, "bookmarks");
    if (!named_bookmarks) return named_bookmarks.error();
    asked.named_bookmarks = *named_bookmarks;
    const auto form = find_parameter(target, "as");
    if (form && *form != "patch") {
        return problem(400, "query parameter 'as' must be patch, or not be there");
    }
    asked.form = form ? LiveRequest::Form::patch : LiveRequest::Form::change;
    if (!find_parameter(target, "every_ms")) return std::nullopt;
    const auto every = number_parameter(target, "every_ms", {1, live_every_ms_max}, 1);
    if (!every) return every.error();
    asked.every = std::chrono::milliseconds(*every);
    return std::nullopt;
}

StreamToFollow stream_of(const Call& call, LiveRequest asked, const ReadPoint& read_point) {
    asked.last_id = id_asked_for(call.request, read_point.mark().epoch);
    auto stream = std::make_unique<LiveStream>(call.context.engine, std::move(asked), read_point);
    Answer head = stream_head(stream->start_id());
    return StreamToFollow{std::move(head), std::move(stream)};
}

// Where the newest read point is awaited, or there is none: the step to take.
std::variant<ReadPointPtr, NextStep> read_point_of(const Call& call) {
    auto chosen = choose_read_point(call.context.engine, call.request.target, call.waited);
    if (auto* wait = std::get_if<PositionToAwait>(&chosen)) return NextStep(*wait);
    if (auto* refusal = std::get_if<Answer>(&chosen)) {
        const bool passes = refusal->status == 503 || refusal->status == 504;
        if (!passes) return NextStep(std::move(*refusal));
        return NextStep(stream_later("the views cannot be read at the moment", later_retry_ms));
    }
    ReadPointPtr read_point = std::get<ReadPointPtr>(std::move(chosen));
    const bool takes_long =
        call.patience == engine::Patience::little && read_point->takes_long_to_order();
    if (takes_long) return NextStep(TakesLong());
    return read_point;
}

// Others would wait while so many are read.
bool takes_long(const Call& call, std::size_t rows) {
    return call.patience == engine::Patience::little && rows > engine::long_page_rows;
}

std::optional<Answer> refuse_rows(std::size_t rows) {
    if (rows <= live_rows_max) return std::nullopt;
    return problem(400, "one connection watches " + std::to_string(live_rows_max) +
                            " rows at most, and these pages have " + std::to_string(rows) +
                            " together: lower their limit");
}

// What is asked for by one `view=`: `order/7c9e`, `my-orders/ada?limit=20`.
OrAnswer<Target> target_of(const std::string& view) {
    if (view.starts_with('/')) {
        return tl::unexpected(
            problem(400, "view=" + view + ": name it without /views/, such as view=order/7c9e"));
    }
    auto target = parse_target("/views/" + view);
    if (target && target->segments.size() >= 2) return *std::move(target);
    const std::string why = target ? "it names no view" : target.error().message;
    return tl::unexpected(problem(400, "view=" + view + ": " + why));
}

OrAnswer<LiveQuery> query_of(const Call& call, const ReadPoint& read_point,
                             const std::string& view) {
    const auto target = target_of(view);
    if (!target) return tl::unexpected(target.error());
    auto refusal = refuse_unknown_parameters(*target, window_parameters, {"key"});
    if (refusal) return tl::unexpected(*std::move(refusal));
    return live_query(call, read_point, *target);
}

// A refusal of one view among several: its client may ask again without it.
Answer refusal_of_view(Answer refusal, const std::string& view) {
    add_member(refusal, "view", view);
    return refusal;
}

// The events that are to be told beside the views; nothing if none are asked for.
OrAnswer<std::optional<StreamRequest>> events_of(const Call& call) {
    const Target& target = call.request.target;
    engine::EventFilter::Request asked{.types = find_parameters(target, "type"),
                                       .topics = find_parameters(target, "events"),
                                       .tables = find_parameters(target, "table"),
                                       .keys = find_parameters(target, "key")};
    std::vector<std::string>& topics = asked.topics;
    if (topics.empty()) {
        if (asked.types.empty() && asked.tables.empty() && asked.keys.empty()) return std::nullopt;
        return tl::unexpected(
            problem(400, "type, table and key narrow events: ask for events=all beside them"));
    }
    const bool is_all = std::find(topics.begin(), topics.end(), all_events) != topics.end();
    if (is_all) topics.clear();
    StreamRequest events;
    events.names_topics = true;
    events.caller = call.request.identity.caller;
    auto filter =
        engine::EventFilter::make(call.context.engine.catalog(), asked, call.request.caller());
    if (!filter) return tl::unexpected(problem_of(filter.error()));
    events.filter = *std::move(filter);
    return events;
}

// Which of the texts is there twice; nothing if none is.
std::optional<std::string> twice(std::vector<std::string> texts) {
    std::sort(texts.begin(), texts.end());
    const auto found = std::adjacent_find(texts.begin(), texts.end());
    return found == texts.end() ? std::nullopt : std::optional(*found);
}

std::optional<Answer> refuse_views(const std::vector<std::string>& names) {
    if (names.size() > live_views_max) {
        return problem(400, "one connection watches " + std::to_string(live_views_max) +
                                " views at most, and these are " + std::to_string(names.size()));
    }
    if (const auto name = twice(names)) {
        return problem(400, "view=" + *name + " is there twice");
    }
    return std::nullopt;
}

}  // namespace

NextStep follow_view(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal =
            refuse_unknown_parameters(target,
                                      {"limit", "cursor", "order", "since", "until", "me",
                                       "min_position", "timeout_s", "as", "bookmarks", "every_ms"},
                                      {"key", "last_event_id", "lastEventId", "lastEventID"})) {
        return *refusal;
    }
    LiveRequest asked;
    if (auto refusal = read_form(target, asked)) return *std::move(refusal);
    auto chosen = read_point_of(call);
    if (auto* step = std::get_if<NextStep>(&chosen)) return std::move(*step);
    const ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);

    auto query = live_query(call, read_point, target);
    if (!query) return query.error();
    const std::size_t rows = rows_of(*query);
    if (auto refusal = refuse_rows(rows)) return *std::move(refusal);
    if (takes_long(call, rows)) return TakesLong();
    std::string name = target.segments[1];
    auto begun = begin(call.context.engine, *std::move(query), std::move(name), read_point);
    if (!begun) return begun.error();
    if (begun->is_forbidden) {
        return problem(403, "this credential may not read what this view shows here");
    }
    asked.views.push_back(std::move(begun->view));
    return stream_of(call, std::move(asked), read_point);
}

NextStep follow_live(const Call& call) {
    const Target& target = call.request.target;
    if (auto refusal = refuse_unknown_parameters(
            target, {"min_position", "timeout_s", "as", "bookmarks", "every_ms"},
            {"view", "events", "type", "table", "key", "last_event_id", "lastEventId",
             "lastEventID"})) {
        return *refusal;
    }
    const std::vector<std::string> names = find_parameters(target, "view");
    if (auto refusal = refuse_views(names)) return *std::move(refusal);
    LiveRequest asked;
    asked.names_views = true;
    if (auto refusal = read_form(target, asked)) return *std::move(refusal);
    auto events = events_of(call);
    if (!events) return events.error();
    asked.events = *std::move(events);
    if (names.empty() && !asked.events) {
        return problem(400,
                       "name what to watch, as in view=VIEW/KEY&view=LIST/PARTITION&events=all");
    }
    auto chosen = read_point_of(call);
    if (auto* step = std::get_if<NextStep>(&chosen)) return std::move(*step);
    const ReadPoint& read_point = *std::get<ReadPointPtr>(chosen);

    if (names.empty()) {
        // As they would be told beside views.
        asked.events->named_bookmarks = asked.named_bookmarks;
        return stream_of_events(call, *std::move(asked.events), read_point);
    }
    std::vector<LiveQuery> queries;
    std::size_t rows = 0;
    for (const std::string& name : names) {
        auto query = query_of(call, read_point, name);
        if (!query) return refusal_of_view(std::move(query.error()), name);
        rows += rows_of(*query);
        queries.push_back(*std::move(query));
    }
    if (auto refusal = refuse_rows(rows)) return *std::move(refusal);
    if (takes_long(call, rows)) return TakesLong();
    std::vector<std::string> refused;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        auto begun = begin(call.context.engine, std::move(queries[i]), names[i], read_point);
        if (!begun) return refusal_of_view(std::move(begun.error()), names[i]);
        asked.views.push_back(std::move(begun->view));
        if (begun->is_forbidden) {
            refused.push_back(names[i].substr(0, names[i].find_first_of("/?")));
        }
    }
    StreamToFollow started = stream_of(call, std::move(asked), read_point);
    started.head.refused_views = std::move(refused);
    return started;
}

}  // namespace freshet::http
