#include "engine/watching/live_query.h"

#include <xxhash.h>

#include <optional>
#include <string_view>
#include <utility>

#include "engine/access/grants.h"
#include "engine/catalog/item_key.h"
#include "engine/text/overloaded.h"
#include "storage/invariant.h"

namespace freshet::engine {
namespace {

// Says the same only of the same: each text is preceded by its length, each list by its count.
class Naming {
public:
    Naming(std::string_view kind, std::string_view view) {
        text(kind);
        text(view);
    }

    void text(std::string_view value) {
        out_.append(std::to_string(value.size())).append(":").append(value);
    }
    void texts(const std::vector<std::string>& values) {
        out_.append(std::to_string(values.size())).append(";");
        for (const std::string& value : values) text(value);
    }
    void bound(const std::optional<std::string>& value) {
        out_.append(value ? "+" : "-");
        if (value) text(*value);
    }

    [[nodiscard]] const std::string& out() const { return out_; }

private:
    std::string out_;
};

std::string_view name_of(std::optional<Direction> order) {
    if (!order) return "";
    return *order == Direction::ascending ? "asc" : "desc";
}

}  // namespace

Result<LiveQuery> LiveQuery::of(const ItemView& view, const std::vector<std::string>& key,
                                Asker caller) {
    auto bytes = item_key_from_text(*view.table, key);
    if (!bytes) return fail(bytes.error());
    Naming naming("item", view.name);
    naming.text(*bytes);
    const std::string rights = reading_rights(*caller, view);
    return LiveQuery(Item{.view = &view, .key = key, .key_bytes = *std::move(bytes)},
                     std::move(caller), naming.out(), view.fingerprint, rights);
}

Result<LiveQuery> LiveQuery::of(const ListView& list, PageRequest page, Asker caller) {
    if (page.limit == 0 || page.limit > page_limit_max) {
        return fail(Errc::refused, "a page has from 1 to " + std::to_string(page_limit_max) +
                                       " items, and not " + std::to_string(page.limit));
    }
    page.tells_keys = true;
    Naming naming("page", list.name);
    naming.texts(page.partition);
    naming.text(std::to_string(page.limit));
    naming.text(page.cursor);
    naming.text(name_of(page.order));
    naming.bound(page.since);
    naming.bound(page.until);
    const std::string rights = reading_rights(*caller, list);
    return LiveQuery(Page{.list = &list, .request = std::move(page)}, std::move(caller),
                     naming.out(), page_fingerprint(list), rights);
}

Result<LiveQuery> LiveQuery::of(const TotalView& total, std::vector<std::string> group,
                                Asker caller) {
    Naming naming("group", total.name);
    naming.texts(group);
    const std::string rights = reading_rights(*caller, total);
    return LiveQuery(Group{.total = &total, .texts = std::move(group)}, std::move(caller),
                     naming.out(), total.fingerprint, rights);
}

LiveQuery::LiveQuery(Asked asked, Asker caller, const std::string& what, std::uint64_t definition,
                     std::string_view rights)
    : asked_(std::move(asked)),
      caller_(std::move(caller)),
      id_(what + "/" + std::string(rights)),
      fingerprint_(XXH3_64bits_withSeed(id_.data(), id_.size(), definition)) {
    invariant(caller_ != nullptr, "somebody asks for what is watched");
}

const std::string& LiveQuery::name() const {
    return std::visit(
        Overloaded{[](const Item& item) -> const std::string& { return item.view->name; },
                   [](const Page& page) -> const std::string& { return page.list->name; },
                   [](const Group& group) -> const std::string& { return group.total->name; }},
        asked_);
}

}  // namespace freshet::engine
