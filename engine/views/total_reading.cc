#include "engine/views/total_reading.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/catalog/seen_image.h"
#include "engine/folding/lists.h"
#include "engine/text/json.h"
#include "engine/values/plain_json.h"
#include "engine/values/shown_names.h"
#include "engine/views/list_cursor.h"
#include "storage/invariant.h"

namespace freshet::engine {

using storage::RowOrder;
using storage::RowRange;
using Function = TotalValue::Function;

namespace {

void append_name(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
}

}  // namespace

TotalReading::TotalReading(const storage::StateSnapshot& state, const TotalView& total)
    : state_(state), total_(total), by_names_(shown_names(total.by)) {
    for (const Function function : {Function::count, Function::sum, Function::min, Function::max}) {
        add_members(function);
    }
}

void TotalReading::add_members(Function function) {
    Members members{.function = function, .values = {}, .names = {}};
    std::vector<AttributePath> paths;
    for (std::size_t i = 0; i < total_.values.size(); ++i) {
        if (total_.values[i].function != function) continue;
        members.values.push_back(i);
        paths.push_back(total_.values[i].path);
    }
    if (members.values.empty()) return;
    if (function != Function::count) members.names = shown_names(paths);
    members_.push_back(std::move(members));
}

Result<std::string> TotalReading::group(const std::vector<std::string>& texts,
                                        std::vector<std::string>* shown) const {
    if (texts.size() != total_.by.size()) {
        return fail(Errc::refused, "found " + std::to_string(texts.size()) + " parts, expected " +
                                       std::to_string(total_.by.size()) + ": a group of total " +
                                       total_.name);
    }
    const std::string place = group_place(partition_prefix(texts));
    std::optional<GroupRow> row = empty_group(total_);
    const auto read =
        state_.rows(total_.rows, {.begin = place, .end = place + '\0'}, RowOrder::rising,
                    [&](std::string_view, std::string_view bytes) -> Result<bool> {
                        row = decode_group(total_, bytes);
                        return false;
                    });
    if (!read) return fail(read.error());
    if (!row) return fail(damaged());
    Work work{.shown = shown};
    return json(texts, *row, work);
}

Result<PageAnswer> TotalReading::page(const GroupsRequest& request, Patience patience) const {
    invariant(request.limit > 0, "a page of groups has room for a group");
    if (request.first.size() > total_.by.size()) {
        return fail(Errc::refused,
                    "found " + std::to_string(request.first.size()) + " parts, expected at most " +
                        std::to_string(total_.by.size()) + ": groups of total " + total_.name);
    }
    const CursorScope scope{.name = total_.name,
                            .fingerprint = total_.fingerprint,
                            .prefix = group_place(partition_prefix(request.first)),
                            .reading = {}};
    std::string last_place;
    if (!request.cursor.empty()) {
        auto place = read_cursor(scope, request.cursor);
        if (!place) return fail(place.error());
        last_place = *std::move(place);
    }

    PageAnswer page;
    std::size_t bytes = 0;
    Work work;
    const auto add_group = [&](std::string_view place, std::string_view row) -> Result<bool> {
        if (page.items.size() >= request.limit || bytes >= page_bytes_max || work.is_enough()) {
            page.next = write_cursor(scope, last_place);
            return false;
        }
        if (patience == Patience::little &&
            (page.items.size() >= long_page_rows || work.takes_long())) {
            page = {.takes_long = true};
            return false;
        }
        const auto texts = texts_of_group(total_, place);
        const auto decoded = decode_group(total_, row);
        if (!texts || !decoded) return fail(damaged());
        auto group = json(*texts, *decoded, work);
        if (!group) return fail(group.error());
        bytes += group->size();
        page.items.push_back(*std::move(group));
        last_place = place;
        return true;
    };
    const auto read = state_.rows(total_.rows, scope.prefix, last_place, add_group);
    if (!read) return fail(read.error());
    return page;
}

Result<std::optional<std::vector<std::string>>> TotalReading::first_group() const {
    std::optional<std::vector<std::string>> texts;
    const auto read = state_.rows(total_.rows, group_place(""), "",
                                  [&](std::string_view place, std::string_view) -> Result<bool> {
                                      texts = texts_of_group(total_, place);
                                      if (!texts) return fail(damaged());
                                      return false;
                                  });
    if (!read) return fail(read.error());
    return texts;
}

Result<std::string> TotalReading::json(const std::vector<std::string>& texts, const GroupRow& row,
                                       Work& work) const {
    std::string out = "{";
    for (std::size_t i = 0; i < texts.size(); ++i) {
        append_name(out, by_names_[i]);
        append_json_string(out, texts[i]);
    }
    const std::string group = partition_prefix(texts);
    for (const Members& members : members_) {
        append_name(out, name_of(members.function));
        if (members.function == Function::count) {
            out += std::to_string(row.items);
            continue;
        }
        out += '{';
        if (members.function == Function::sum) {
            for (std::size_t i = 0; i < row.sums.size(); ++i) {
                append_name(out, members.names[i]);
                out += row.sums[i].canonical();
            }
        } else if (auto shown = append_extremes(out, group, members, work); !shown) {
            return fail(shown.error());
        }
        out += '}';
    }
    return out + '}';
}

Result<void> TotalReading::append_extremes(std::string& out, const std::string& group,
                                           const Members& members, Work& work) const {
    for (std::size_t i = 0; i < members.values.size(); ++i) {
        append_name(out, members.names[i]);
        auto shown = append_extreme(out, group, members.values[i], work);
        if (!shown) return shown;
    }
    return {};
}

Result<void> TotalReading::append_extreme(std::string& out, const std::string& group,
                                          std::size_t value, Work& work) const {
    ++work.extremes;
    const std::string prefix = extremes_prefix(group, path_of_extreme(total_, value));
    const bool least = total_.values[value].function == Function::min;
    std::optional<std::string> key;
    const auto read =
        state_.rows(total_.rows, {.begin = prefix, .end = storage::after_prefix(prefix)},
                    least ? RowOrder::rising : RowOrder::falling,
                    [&](std::string_view, std::string_view row) -> Result<bool> {
                        key = row;
                        return false;
                    });
    if (!read) return fail(read.error());
    if (!key) {
        out += "null";
        return {};
    }
    const auto item = state_.item(total_.table->name, *key);
    if (!item) return fail(item.error());
    if (!*item || !(*item)->parts().image) return fail(damaged());
    work.bytes += (*item)->bytes().size();
    const SeenImage image(total_.table->derive, *(*item)->parts().image);
    const auto attribute = image.find(total_.values[value].path);
    if (!attribute) return fail(damaged());
    append_plain_json(out, *attribute);
    if (work.shown != nullptr) work.shown->push_back(*std::move(key));
    return {};
}

Error TotalReading::damaged() const {
    return {Errc::damaged_state, "a row of total " + total_.name + " is not as it was written"};
}

}  // namespace freshet::engine
