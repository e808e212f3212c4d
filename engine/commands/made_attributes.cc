#include "engine/commands/made_attributes.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/access/grants.h"
#include "engine/catalog/seen_image.h"
#include "engine/commands/map_merge.h"
#include "engine/commands/noted_faults.h"
#include "engine/values/same_value.h"
#include "engine/values/time_text.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ImageView;
using storage::ValueType;
using storage::ValueView;

using MaybeValue = std::optional<ValueView>;
using MaybeBuilt = std::optional<ImageBuilder::Value>;

bool is_initial(const MadeAttribute& made) {
    return std::holds_alternative<MadeInitial>(made.from);
}

bool is_of_each_write(const MadeAttribute& made) {
    const auto* time = std::get_if<MadeTime>(&made.from);
    if (time != nullptr) return *time == MadeTime::write;
    return std::holds_alternative<MadeOfSize>(made.from);
}

// Whether a PATCH, or what an update sets, names it with null.
bool removes(const Command& command, std::string_view name) {
    const auto& merged = command.update ? command.update->set : command.document;
    if (command.kind == CommandKind::put || !merged) return false;
    const MaybeValue said = merged->view().find(name);
    return said && said->type() == ValueType::null;
}

std::optional<std::string> claim_of(const Caller& caller, const std::string& name) {
    if (name == "sub") {
        return caller.subject.empty() ? std::nullopt : std::optional(caller.subject);
    }
    const auto claim = caller.claims.find(name);
    if (claim == caller.claims.end() || claim->second.size() != 1) return std::nullopt;
    return claim->second.front();
}

class Maker {
public:
    Maker(ImageBuilder& builder, ImageView document, std::optional<ImageView> known,
          const Caller& caller, storage::AppendTime now)
        : builder_(builder), document_(document), known_(known), caller_(caller), now_(now) {}

    // The value of the attribute; nothing if it is not there.
    MaybeBuilt value(const MadeAttribute& made) {
        return std::visit([&](const auto& from) { return value(made.name, from); }, made.from);
    }

private:
    // Of an item that is there, what it has; or the client says, if it lacks it.
    MaybeBuilt kept(const std::string& name) {
        if (const MaybeValue old = known_->find(name)) return builder_.copy(*old);
        const MaybeValue said = document_.find(name);
        return said ? std::optional(builder_.copy(*said)) : std::nullopt;
    }

    MaybeBuilt value(const std::string& name, MadeTime time) {
        if (time == MadeTime::insert && known_) return kept(name);
        return builder_.scalar(ValueType::string, name, millisecond_text_of(now_) + 'Z');
    }

    MaybeBuilt value(const std::string& name, const MadeOfCaller& from) {
        if (known_) return kept(name);
        const auto claim = claim_of(caller_, from.claim);
        if (!claim) return std::nullopt;
        return builder_.scalar(ValueType::string, name, *claim);
    }

    MaybeBuilt value(const std::string& name, const MadeOfSize& from) {
        const MaybeValue of = SeenImage(document_).find(from.of);
        if (!of || of->type() < ValueType::string_set) return std::nullopt;
        return builder_.scalar(ValueType::number, name, std::to_string(of->size()));
    }

    MaybeBuilt value(const std::string& name, const MadeInitial& from) {
        if (const MaybeValue said = document_.find(name)) return builder_.copy(*said);
        if (known_ && known_->find(name)) return kept(name);
        return std::visit(
            [&](const auto& first) -> MaybeBuilt {
                using First = std::decay_t<decltype(first)>;
                if constexpr (std::is_same_v<First, bool>) {
                    return builder_.boolean(name, first);
                } else if constexpr (std::is_same_v<First, std::string>) {
                    return builder_.scalar(ValueType::string, name, first);
                } else if constexpr (std::is_same_v<First, Decimal>) {
                    return builder_.scalar(ValueType::number, name, first.canonical());
                } else {
                    return builder_.null(name);
                }
            },
            from.value);
    }

    ImageBuilder& builder_;
    ImageView document_;
    std::optional<ImageView> known_;
    const Caller& caller_;
    storage::AppendTime now_;
};

// The attributes that are not made at each write, or when the item was inserted.
Image without_made(const Schema& schema, ImageView image) {
    ImageBuilder builder;
    BuiltValues values;
    values.reserve(image.size());
    auto made = schema.made.begin();
    for (std::size_t i = 0; i < image.size(); ++i) {
        const ValueView value = image.at(i);
        while (made != schema.made.end() && made->name < value.name()) ++made;
        const bool is_made = made != schema.made.end() && made->name == value.name();
        if (!is_made || is_initial(*made)) values.push_back(builder.copy(value));
    }
    return builder.finish(values);
}

}  // namespace

std::vector<Fault> faults_of_made(const Command& command, ImageView asked,
                                  std::optional<ImageView> known) {
    std::vector<Fault> faults;
    NotedFaults notes(faults);
    const bool is_put = command.kind == CommandKind::put;
    for (const MadeAttribute& made : command.table->schema->made) {
        if (is_initial(made)) {
            if (removes(command, made.name)) {
                notes.add(made.name, "has a first value, so it cannot be removed: write another");
            }
            continue;
        }
        const MaybeValue said = asked.find(made.name);
        const MaybeValue old = known ? known->find(made.name) : std::nullopt;
        if (old && removes(command, made.name)) {
            notes.add(made.name, "is made by the server, and cannot be removed");
            continue;
        }
        if (!said || (old && same_value(*said, *old))) continue;
        if (known && is_put && is_of_each_write(made)) continue;
        if (known && !old && !is_of_each_write(made) && is_admin(*command.caller)) continue;
        notes.add(made.name, "is made by the server: leave it out, or write it as it was read");
    }
    return faults;
}

Image with_made(const Schema& schema, ImageView document, std::optional<ImageView> known,
                const Caller& caller, storage::AppendTime now) {
    ImageBuilder builder;
    Maker maker(builder, document, known, caller, now);
    BuiltValues values;
    values.reserve(document.size() + schema.made.size());
    auto made = schema.made.begin();
    const auto make_before = [&](std::optional<std::string_view> name) {
        for (; made != schema.made.end(); ++made) {
            if (name && !storage::name_is_before(made->name, *name)) return;
            if (const auto value = maker.value(*made)) values.push_back(*value);
        }
    };
    for (std::size_t i = 0; i < document.size(); ++i) {
        const ValueView value = document.at(i);
        make_before(value.name());
        const bool is_made = made != schema.made.end() && made->name == value.name();
        if (!is_made) values.push_back(builder.copy(value));
    }
    make_before(std::nullopt);
    return builder.finish(values);
}

bool same_but_made(const Schema& schema, ImageView a, ImageView b) {
    if (schema.made.empty()) return same_value(a, b);
    const Image x = without_made(schema, a);
    const Image y = without_made(schema, b);
    return same_value(x.view(), y.view());
}

}  // namespace freshet::engine
