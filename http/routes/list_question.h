// What a target asks of a list: which partition, and which part of it. For a page that is read and
// for one that is watched. Pure.
//
//     ListQuestion::of(target)  ->  page(request, by): by the definition that a read point has
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/views/read_point.h"
#include "http/messages/answer.h"
#include "http/messages/query.h"
#include "http/messages/request.h"
#include "http/messages/target.h"

namespace freshet::http {

// What says which part of a list its page is.
inline const Names window_parameters = {"limit", "cursor", "order", "since", "until", "me"};

class ListQuestion {
public:
    // The target is `/views/LIST/PART…`. 400 if a parameter is not what it may be.
    static OrAnswer<ListQuestion> of(const Target& target, const engine::ListView& list);

    // `by` is what the list is partitioned by. 400 if the parts do not fit, 401 if ?me=1 is asked
    // for by nobody.
    [[nodiscard]] OrAnswer<engine::PageRequest> page(
        const Request& request, const std::vector<engine::AttributePath>& by) const;

private:
    explicit ListQuestion(const engine::ListView& list) : list_(list) {}

    const engine::ListView& list_;
    engine::PageRequest asked_;
    bool is_of_caller_ = false;
};

}  // namespace freshet::http
