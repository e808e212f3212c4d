#include "tools/held_sources.h"

#include <utility>

#include "engine/records/stream_arn.h"
#include "engine/text/shown_text.h"
#include "engine/values/time_text.h"
#include "storage/facts_on_disk.h"

namespace freshet::tools {

using engine::Lineage;

Result<std::map<std::string, Lineage>> held_sources(const std::string& folder,
                                                    const engine::Catalog& catalog) {
    std::map<std::string, Lineage> sources;
    const auto facts = storage::facts_on_disk(folder, Lineage::fact_of(""));
    if (!facts) return fail(facts.error());
    for (const auto& table : catalog.tables()) {
        const auto fact = facts->find(Lineage::fact_of(table->name));
        if (fact == facts->end()) continue;
        auto lineage = Lineage::from_bytes(fact->second);
        if (!lineage) return fail(lineage.error());
        sources.emplace(table->name, *std::move(lineage));
    }
    return sources;
}

std::string sources_text(const engine::Table& table, const Lineage& lineage) {
    std::string text;
    bool takes_from = false;
    for (const std::string& family : lineage.families()) {
        text += (text.empty() ? "    took from " : ", then ") +
                engine::shown_text(engine::text_of({.family = family, .label = {}}));
        const auto arn = engine::parse_stream_arn(family);
        takes_from = takes_from || !arn || arn->source == table.from;
    }
    if (text.empty()) text = "    took from no stream yet";
    if (lineage.reconciled()) {
        text += "; even with the export of " + engine::text_of(lineage.reconciled()->moment);
    }
    text += "\n";
    if (takes_from || lineage.empty()) return text;
    return text + "    records of " + engine::shown_text(table.from) +
           " will be refused until you adopt their stream: freshet adopt --table " + table.name +
           " --stream ARN\n";
}

}  // namespace freshet::tools
