// What somebody watches: an item in a view, a page of a list, or a group of a total.
//
// Two queries of the same id show the same at every read point, so all who watch it share one live
// view. Of the caller, only what decides whether it may read is part of the id
// (reading_rights() in engine/access/grants.h), so a thousand agents who may see one board are one.
//
// Invariants
//   - It is one of a declared view, and what it shows depends on the read point alone.
//
// Threads: immutable; any. Borrows the catalog.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/access/caller.h"
#include "engine/catalog/catalog.h"
#include "engine/views/read_point.h"
#include "storage/result.h"

namespace freshet::engine {

class LiveQuery {
public:
    using Asker = std::shared_ptr<const Caller>;

    // `key` has one text for each part of the table's key. Fails with refused  if it does not fit.
    static Result<LiveQuery> of(const ItemView& view, const std::vector<std::string>& key,
                                Asker caller);
    // The window is the request's: the page keeps its beginning, its bounds and its limit, whatever
    // moves through it. Fails with refused  if the limit is not from 1 to page_limit_max.
    static Result<LiveQuery> of(const ListView& list, PageRequest page, Asker caller);
    // `group` has one text for each `by`.
    static Result<LiveQuery> of(const TotalView& total, std::vector<std::string> group,
                                Asker caller);

    // Equal for those who see the same.
    [[nodiscard]] const std::string& id() const { return id_; }
    // Of what is asked for, how it is declared, and what the caller may read of it: a picture that
    // a client has of another fingerprint is of something else.
    [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

    struct Item {
        const ItemView* view;
        std::vector<std::string> key;
        std::string key_bytes;
    };
    struct Page {
        const ListView* list;
        PageRequest request;
    };
    struct Group {
        const TotalView* total;
        std::vector<std::string> texts;
    };
    using Asked = std::variant<Item, Page, Group>;
    [[nodiscard]] const Asked& asked() const { return asked_; }
    [[nodiscard]] const Caller& caller() const { return *caller_; }
    // Of the view.
    [[nodiscard]] const std::string& name() const;

private:
    LiveQuery(Asked asked, Asker caller, const std::string& what, std::uint64_t definition,
              std::string_view rights);

    Asked asked_;
    Asker caller_;
    std::string id_;
    std::uint64_t fingerprint_;
};

}  // namespace freshet::engine
