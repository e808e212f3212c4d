// /tables/TABLE/sources: the table's source lineage (engine/folding/lineage.h), for admins.
//
//     GET   {"sources":[{"family":"arn:…:table/orders","labels":["2026-11-20T11:39:28.605"]}]}
//     POST  {"stream":"arn:…"}  adopts the family of that stream: it is the latest from here on.
//           {"position":2,"adopted":true}; false if it was that already. `note` says what may not
//           have been meant
//
// Threads: any.
#pragma once

#include <string>

#include "engine/folding/lineage.h"
#include "http/routes/routes.h"

namespace freshet::http {

NextStep get_sources(const Call& call);
NextStep post_sources(const Call& call);

// As a JSON array, from the earliest family to the latest, and so the labels of each.
void append_sources_json(std::string& json, const engine::Lineage& lineage);

// The moment of the export that the table is even with, as a member: ,"reconciled":"…". Nothing
// if there is none.
void append_reconciled_json(std::string& json, const engine::Lineage& lineage);

}  // namespace freshet::http
