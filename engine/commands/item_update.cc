#include "engine/commands/item_update.h"

#include <string>
#include <unordered_set>
#include <utility>

#include "engine/commands/map_merge.h"
#include "engine/commands/merge_patch.h"
#include "engine/text/json.h"
#include "engine/values/decimal.h"

namespace freshet::engine {
namespace {

using storage::Image;
using storage::ImageBuilder;
using storage::ImageView;
using storage::ValueType;
using storage::ValueView;

using MaybeOld = std::optional<ValueView>;
using MaybeBuilt = std::optional<ImageBuilder::Value>;
using Elements = std::vector<std::string_view>;

bool is_set(ValueType type) {
    return type == ValueType::string_set || type == ValueType::number_set ||
           type == ValueType::binary_set;
}

std::string_view words_for(ValueType type) {
    switch (type) {
        case ValueType::string:
            return "a string";
        case ValueType::number:
            return "a number";
        case ValueType::binary:
            return "a binary";
        case ValueType::boolean:
            return "a boolean";
        case ValueType::null:
            return "null";
        case ValueType::string_set:
            return "a set of strings";
        case ValueType::number_set:
            return "a set of numbers";
        case ValueType::binary_set:
            return "a set of binaries";
        case ValueType::list:
            return "a list";
        case ValueType::map:
            return "a map";
    }
    return "something else";
}

// Faults with their pointers, while maps are walked into.
class Notes {
public:
    explicit Notes(std::string_view begin) { append_pointer(pointer_, begin); }

    void add(std::string_view name, std::string detail) {
        std::string pointer = pointer_;
        append_pointer(pointer, name);
        faults_.push_back({.pointer = std::move(pointer), .detail = std::move(detail)});
    }

    // Calls `walk`, in which names are those of that map.
    template <class Walk>
    auto within(std::string_view name, Walk walk) {
        const std::size_t length = pointer_.size();
        append_pointer(pointer_, name);
        auto result = walk();
        pointer_.resize(length);
        return result;
    }

    [[nodiscard]] std::vector<Fault> take() && { return std::move(faults_); }
    [[nodiscard]] bool empty() const { return faults_.empty(); }

private:
    std::string pointer_;
    std::vector<Fault> faults_;
};

// The elements of a set, for which numbers are the same by their value.
class KnownElements {
public:
    KnownElements(ValueType set, const Elements& elements) : set_(set) {
        for (const std::string_view element : elements) add(element);
    }

    // Returns whether it is a new one.
    bool add(std::string_view element) { return known_.insert(one_text(element)).second; }
    [[nodiscard]] bool has(std::string_view element) const {
        return known_.contains(one_text(element));
    }

private:
    [[nodiscard]] std::string one_text(std::string_view element) const {
        const auto number = set_ == ValueType::number_set ? Decimal::parse(element) : std::nullopt;
        return number ? number->canonical() : std::string(element);
    }

    ValueType set_;
    std::unordered_set<std::string> known_;
};

Elements elements_of(ValueView set) {
    Elements elements;
    elements.reserve(set.size());
    for (std::size_t i = 0; i < set.size(); ++i) elements.push_back(set.element(i));
    return elements;
}

// The elements that a value gives to a set of that type, or takes from it; nothing if it cannot.
std::optional<Elements> elements_for(ValueType set, ValueView value) {
    if (value.type() == set) return elements_of(value);
    if (value.type() != ValueType::list || set == ValueType::binary_set) return std::nullopt;
    const ValueType wanted = set == ValueType::string_set ? ValueType::string : ValueType::number;
    Elements elements;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value.at(i).type() != wanted) return std::nullopt;
        elements.push_back(value.at(i).text());
    }
    return elements;
}

class Adder {
public:
    Adder(ImageBuilder& builder, Notes& notes) : builder_(builder), notes_(notes) {}

    BuiltValues maps(MaybeOld target, ValueView change) {
        return merge_maps(builder_, target, change,
                          [this](MaybeOld old, ValueView one) { return value(old, one); });
    }

private:
    MaybeBuilt value(MaybeOld old, ValueView change) {
        if (change.type() == ValueType::map) {
            if (old && old->type() != ValueType::map) return refuse(*old, change);
            return notes_.within(change.name(),
                                 [&] { return builder_.map(change.name(), maps(old, change)); });
        }
        if (!old) return builder_.copy(change);
        if (is_set(old->type())) return grown_set(*old, change);
        if (old->type() != change.type()) return refuse(*old, change);
        return change.type() == ValueType::list ? longer_list(*old, change) : sum(*old, change);
    }

    MaybeBuilt refuse(ValueView old, ValueView change) {
        notes_.add(change.name(), "is " + std::string(words_for(change.type())) +
                                      ", and cannot be added to what is there: " +
                                      std::string(words_for(old.type())));
        return builder_.copy(old);
    }

    MaybeBuilt sum(ValueView old, ValueView change) {
        const auto a = bounded(old);
        const auto b = bounded(change);
        const auto sum = a && b ? std::optional(*a + *b) : std::nullopt;
        if (sum && sum->digits().size() <= sum_digits_max && sum->exponent() <= sum_exponent_max) {
            return builder_.scalar(ValueType::number, change.name(), sum->canonical());
        }
        notes_.add(change.name(), "makes a number of more than " + std::to_string(sum_digits_max) +
                                      " digits, or too large, with what is there");
        return builder_.copy(old);
    }

    // Numbers that were written are of any size; what is added up is not.
    static std::optional<Decimal> bounded(ValueView number) {
        auto decimal = Decimal::parse(number.text());
        if (!decimal) return std::nullopt;
        const bool is_small = decimal->zero() || (decimal->exponent() <= sum_exponent_max &&
                                                  decimal->lowest() >= -2 * sum_exponent_max);
        return is_small ? decimal : std::nullopt;
    }

    MaybeBuilt longer_list(ValueView old, ValueView change) {
        BuiltValues elements;
        elements.reserve(old.size() + change.size());
        for (std::size_t i = 0; i < old.size(); ++i) elements.push_back(builder_.copy(old.at(i)));
        for (std::size_t i = 0; i < change.size(); ++i) {
            elements.push_back(builder_.copy(change.at(i)));
        }
        return builder_.list(change.name(), elements);
    }

    MaybeBuilt grown_set(ValueView old, ValueView change) {
        const auto added = elements_for(old.type(), change);
        if (!added) return refuse(old, change);
        Elements elements = elements_of(old);
        KnownElements known(old.type(), elements);
        for (const std::string_view element : *added) {
            if (known.add(element)) elements.push_back(element);
        }
        return builder_.set(old.type(), change.name(), elements);
    }

    ImageBuilder& builder_;
    Notes& notes_;
};

class Deleter {
public:
    Deleter(ImageBuilder& builder, Notes& notes) : builder_(builder), notes_(notes) {}

    BuiltValues maps(MaybeOld target, ValueView change) {
        return merge_maps(builder_, target, change,
                          [this](MaybeOld old, ValueView one) { return value(old, one); });
    }

private:
    MaybeBuilt value(MaybeOld old, ValueView change) {
        if (!old) return std::nullopt;
        if (change.type() == ValueType::map && old->type() == ValueType::map) {
            return notes_.within(change.name(),
                                 [&] { return builder_.map(change.name(), maps(old, change)); });
        }
        const auto taken = is_set(old->type()) ? elements_for(old->type(), change) : std::nullopt;
        if (!taken) {
            notes_.add(change.name(), "is " + std::string(words_for(change.type())) +
                                          ", and cannot be deleted from what is there: " +
                                          std::string(words_for(old->type())));
            return builder_.copy(*old);
        }
        const KnownElements known(old->type(), *taken);
        Elements left;
        for (const std::string_view element : elements_of(*old)) {
            if (!known.has(element)) left.push_back(element);
        }
        if (left.empty()) return std::nullopt;
        return builder_.set(old->type(), change.name(), left);
    }

    ImageBuilder& builder_;
    Notes& notes_;
};

// Notes each attribute of `map` whose value, in maps at any depth, is none of what `fits` takes.
template <class Fits>
bool check(ValueView map, std::string_view expected, Fits fits, Notes& notes) {
    for (std::size_t i = 0; i < map.size(); ++i) {
        const ValueView value = map.at(i);
        if (value.type() == ValueType::map) {
            notes.within(value.name(), [&] { return check(value, expected, fits, notes); });
        } else if (!fits(value.type())) {
            notes.add(value.name(), "is " + std::string(words_for(value.type())) + ", expected " +
                                        std::string(expected));
        }
    }
    return notes.empty();
}

// Notes each attribute that both say something of, unless both only look into it.
bool check_apart(ValueView map, ValueView other, std::string_view other_name, Notes& notes) {
    for (std::size_t i = 0; i < map.size(); ++i) {
        const ValueView value = map.at(i);
        const auto rival = other.find(value.name());
        if (!rival) continue;
        if (value.type() == ValueType::map && rival->type() == ValueType::map) {
            notes.within(value.name(),
                         [&] { return check_apart(value, *rival, other_name, notes); });
        } else {
            notes.add(value.name(), "is also in \"" + std::string(other_name) + '"');
        }
    }
    return notes.empty();
}

void move_to(std::vector<Fault>& faults, Notes notes) {
    for (Fault& fault : std::move(notes).take()) faults.push_back(std::move(fault));
}

void check_pair(const std::optional<Image>& part, std::string_view name,
                const std::optional<Image>& other, std::string_view other_name,
                std::vector<Fault>& faults) {
    if (!part || !other) return;
    Notes notes(name);
    check_apart(part->view(), other->view(), other_name, notes);
    move_to(faults, std::move(notes));
}

}  // namespace

std::vector<Fault> faults_of(const ItemUpdate& update) {
    std::vector<Fault> faults;
    if (update.add) {
        Notes notes(update_add);
        const auto fits = [](ValueType type) {
            return type == ValueType::number || type == ValueType::list || is_set(type);
        };
        check(update.add->view(), "a number, a list or a set", fits, notes);
        move_to(faults, std::move(notes));
    }
    if (update.taken) {
        Notes notes(update_delete);
        const auto fits = [](ValueType type) { return type == ValueType::list || is_set(type); };
        check(update.taken->view(), "elements of a set", fits, notes);
        move_to(faults, std::move(notes));
    }
    check_pair(update.add, update_add, update.set, update_set, faults);
    check_pair(update.taken, update_delete, update.set, update_set, faults);
    check_pair(update.taken, update_delete, update.add, update_add, faults);
    return faults;
}

tl::expected<Image, std::vector<Fault>> updated(ImageView item, const ItemUpdate& update) {
    Image image = update.set ? merge_patch(item, update.set->view()) : Image(item);
    std::vector<Fault> faults;
    ImageBuilder builder;
    if (update.add) {
        Notes notes(update_add);
        const BuiltValues values = Adder(builder, notes).maps(image.view(), update.add->view());
        image = builder.finish(values);
        move_to(faults, std::move(notes));
    }
    if (update.taken) {
        Notes notes(update_delete);
        const BuiltValues values = Deleter(builder, notes).maps(image.view(), update.taken->view());
        image = builder.finish(values);
        move_to(faults, std::move(notes));
    }
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    return image;
}

}  // namespace freshet::engine
