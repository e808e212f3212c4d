// The part of a group's path that is of direct writes.
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/folding/first_answers.h"
#include "engine/folding/lineage.h"
#include "engine/records/direct_change.h"
#include "engine/records/item_body.h"
#include "engine/records/stream_arn.h"
#include "engine/sequencing/group_writer.h"
#include "storage/invariant.h"

namespace freshet::engine {

using storage::Image;
using storage::ItemParts;
using storage::Position;

namespace {

std::optional<ItemParts> parts_of(const std::shared_ptr<const storage::Item>& item) {
    return item ? std::optional(item->parts()) : std::nullopt;
}

// Its numbers could not be told from ours.
tl::expected<CommandRuling, CommandRefusal> refuse_nameless(const Command& command) {
    return tl::unexpected(CommandRefusal{
        .kind = RefusalKind::conflict,
        .detail = "the records of table " + command.table->name +
                  " do not say their stream so far: let one come with its eventSourceARN first, "
                  "with source = \"stream\", or import the table into a new data folder"});
}

tl::expected<CommandRuling, CommandRefusal> rule_within(const Command& command,
                                                        const std::optional<ItemParts>& known,
                                                        storage::AppendTime now,
                                                        CommandSizes& sizes) {
    auto looked = sizes.add_condition(command, known);
    if (!looked) return tl::unexpected(std::move(looked.error()));
    auto ruling = rule(command, known, now);
    if (!ruling) return ruling;
    auto made = sizes.add_item(*ruling, known);
    if (!made) return tl::unexpected(std::move(made.error()));
    return ruling;
}

CommandRefusal refuse_other_payload() {
    return {.kind = RefusalKind::other_payload,
            .detail =
                "this Idempotency-Key was used for another write: send that one again as it "
                "was, or this one with a key of its own"};
}

CommandRefusal refuse_other_key() {
    return {.kind = RefusalKind::conflict,
            .detail =
                "the write of this Idempotency-Key was carried out while the table had "
                "another key: send this one with an Idempotency-Key of its own"};
}

// The keys of the item that the first write of a name was about.
Result<Image> keys_of(const FirstAnswer& first) {
    auto keys = read_document(first.keys, ItemForm::typed);
    if (keys && *keys) return **std::move(keys);
    return fail(Errc::damaged_state, "the keys of a named write cannot be read");
}

storage::Notice notice_of(const Command& command, const storage::Idempotency& idempotency,
                          const CommandDone& done) {
    return {.kind = storage::NoticeKind::idempotency,
            .by = idempotency.caller,
            .table = command.table->name,
            .stream = {},
            .name = {},
            .idempotency = idempotency,
            .keys = command.item.keys,
            .newest = done.newest};
}

}  // namespace

// All are ruled on before any of them takes effect.
Result<void> GroupWriter::carry_out(const ChangeBatch& batch, Group& group, Receipt& receipt) {
    const std::vector<Command>& commands = batch.commands;
    if (batch.idempotency) {
        const auto is_replayed = replay(batch, group, receipt);
        if (!is_replayed) return fail(is_replayed.error());
        if (*is_replayed) return {};
    }
    struct Allowed {
        storage::StateBatch::KnownItem* known;
        CommandRuling ruling;
    };
    std::vector<Allowed> allowed;
    allowed.reserve(commands.size());
    std::set<const storage::StateBatch::KnownItem*> items;
    CommandSizes sizes;
    for (const Command& command : commands) {
        const auto known = group.state.known_item(command.table->name, command.item.key);
        if (!known) return fail(known.error());
        invariant(items.insert(*known).second, "the commands of a batch are of different items");
        const auto lineage = lineages_.of(command.table->name, group.state);
        if (!lineage) return fail(lineage.error());
        auto ruling = (*lineage)->is_nameless()
                          ? refuse_nameless(command)
                          : rule_within(command, parts_of((*known)->item()), group.now, sizes);
        if (!ruling) {
            receipt.refused_command =
                RefusedCommand{.index = allowed.size(), .refusal = std::move(ruling.error())};
            return {};
        }
        allowed.push_back({*known, *std::move(ruling)});
    }
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const auto name =
            batch.idempotency ? std::optional(nth_name(*batch.idempotency, i)) : std::nullopt;
        auto done =
            carry_out(commands[i], name, std::move(allowed[i].ruling), *allowed[i].known, group);
        if (!done) return fail(done.error());
        if (done->effect != CommandEffect::unchanged) ++receipt.appended;
        receipt.done.push_back(*done);
    }
    return {};
}

// Comes before everything else: the first one may have made what would now be refused. All of them
// were carried out under the name, or none.
Result<bool> GroupWriter::replay(const ChangeBatch& batch, Group& group, Receipt& receipt) {
    for (std::size_t i = 0; i < batch.commands.size(); ++i) {
        const Command& command = batch.commands[i];
        const auto name = nth_name(*batch.idempotency, i);
        const auto first = find_first_answer(name, group.state);
        if (!first) return fail(first.error());
        if (!*first && i == 0) return false;
        if (!*first) return fail(Errc::damaged_state, "a named write lacks a part of it");
        const auto refuse = [&](CommandRefusal refusal) {
            receipt.done.clear();
            receipt.refused_command = RefusedCommand{.index = i, .refusal = std::move(refusal)};
            return true;
        };
        if ((*first)->payload != name.payload) return refuse(refuse_other_payload());
        auto keys = keys_of(**first);
        if (!keys) return fail(keys.error());
        auto item = ItemName::from_keys(*command.table, *std::move(keys));
        // A table without items may be declared with another key.
        if (!item) return refuse(refuse_other_key());
        group.tally.add(command.table->name, Fate::duplicate);
        receipt.done.push_back(
            {.effect = (*first)->effect, .newest = (*first)->newest, .replayed = *std::move(item)});
    }
    return true;
}

Result<CommandDone> GroupWriter::carry_out(const Command& command,
                                           const std::optional<storage::Idempotency>& idempotency,
                                           CommandRuling&& ruling,
                                           storage::StateBatch::KnownItem& known, Group& group) {
    const std::shared_ptr<const storage::Item> item = known.item();
    const std::optional<ItemParts> parts = parts_of(item);
    const CommandEffect effect = ruling.effect;
    if (effect == CommandEffect::unchanged) {
        const CommandDone done{.effect = effect, .newest = parts ? parts->changed : Position{}};
        if (!idempotency) return done;
        Receipt unused;
        auto noted = append_notice(notice_of(command, *idempotency, done), group, unused);
        if (!noted) return fail(noted.error());
        return done;
    }
    Judged judged{.known = &known};
    const std::string stream = direct_stream(*command.table, group.log.epoch_begun());
    if (auto joined = join_stream(command.table->name, stream, group, judged); !joined) {
        return fail(joined.error());
    }
    storage::Change change = direct_change(command, std::move(ruling), parts,
                                           {.epoch = group.log.head().epoch,
                                            .stream = stream,
                                            .position = group.log.next(),
                                            .appended = group.now});
    change.idempotency = idempotency;
    const auto appended = append(change, judged, parts, group);
    if (!appended) return fail(appended.error());
    return CommandDone{.effect = effect, .newest = appended->position};
}

// A table that took records of another stream so far is written here from now on, as its
// declaration says: that is the order to adopt ours.
Result<void> GroupWriter::join_stream(const std::string& table, const std::string& stream,
                                      Group& group, Judged& judged) {
    const StreamName name = stream_name(stream);
    auto lineage = lineages_.of(table, group.state);
    if (!lineage) return fail(lineage.error());
    if (!(*lineage)->empty() && (*lineage)->families().back() != name.family) {
        const storage::Notice adoption{.kind = storage::NoticeKind::adoption,
                                       .by = {},
                                       .table = table,
                                       .stream = stream,
                                       .name = {}};
        Receipt unused;
        auto noted = append_adoption(adoption, name.family, group, unused);
        if (!noted) return noted;
        lineage = lineages_.of(table, group.state);
        if (!lineage) return fail(lineage.error());
    }
    const Lineage::Finding finding = (*lineage)->find(name);
    judged.joins = finding.kind == Lineage::Finding::Kind::joins;
    judged.stream = judged.joins ? (*lineage)->number_of_next(name) : finding.number;
    return {};
}

}  // namespace freshet::engine
