#include "engine/commands/item_update.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "engine/commands/map_merge.h"
#include "engine/commands/merge_patch.h"
#include "engine/commands/noted_faults.h"
#include "engine/values/decimal.h"
#include "engine/values/dynamodb_number.h"

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

// The texts by which elements of sets are compared: numbers are the same by their value.
class ComparedTexts {
public:
    ComparedTexts(ValueType set, const Elements& elements) : texts_(elements) {
        if (set != ValueType::number_set) return;
        numbers_.reserve(elements.size());  // so that what is seen of them stays
        for (std::string_view& text : texts_) {
            const auto number = Decimal::parse(text);
            if (number) text = numbers_.emplace_back(number->canonical());
        }
    }
    ComparedTexts(const ComparedTexts&) = delete;
    ComparedTexts& operator=(const ComparedTexts&) = delete;

    // In the order of the elements.
    [[nodiscard]] const Elements& texts() const { return texts_; }

private:
    Elements texts_;
    std::vector<std::string> numbers_;
};

// The elements, of which the first `old_count` are those of a set, without those that are there
// already. Sorted, so that no choice of elements makes it slow.
Elements each_once(ValueType set, const Elements& elements, std::size_t old_count) {
    const ComparedTexts compared(set, elements);
    const Elements& texts = compared.texts();
    std::vector<std::size_t> order(elements.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return texts[a] < texts[b]; });
    std::vector<bool> is_repeated(elements.size());
    for (std::size_t i = 1; i < order.size(); ++i) {
        is_repeated[order[i]] = order[i] >= old_count && texts[order[i]] == texts[order[i - 1]];
    }
    Elements kept;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (!is_repeated[i]) kept.push_back(elements[i]);
    }
    return kept;
}

// The elements that are none of `taken`.
Elements without(ValueType set, const Elements& elements, const Elements& taken) {
    const ComparedTexts compared(set, elements);
    const ComparedTexts compared_taken(set, taken);
    Elements sorted = compared_taken.texts();
    std::sort(sorted.begin(), sorted.end());
    Elements left;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const bool is_taken = std::binary_search(sorted.begin(), sorted.end(), compared.texts()[i]);
        if (!is_taken) left.push_back(elements[i]);
    }
    return left;
}

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

// Nothing if the number is not one that is added up: those that were written are of any size, and
// a sum takes as many digits as lie between the two.
std::optional<Decimal> summand(ValueView number) {
    auto decimal = Decimal::parse(number.text());
    return decimal && is_dynamodb_number(*decimal) ? decimal : std::nullopt;
}

class Adder {
public:
    Adder(ImageBuilder& builder, NotedFaults& notes) : builder_(builder), notes_(notes) {}

    BuiltValues maps(MaybeOld target, ValueView change) {
        return merge_maps(builder_, target, change,
                          [this](MaybeOld old, ValueView one) { return value(old, one); });
    }

private:
    MaybeBuilt value(MaybeOld old, ValueView change) {
        if (change.type() == ValueType::map) {
            if (old && old->type() != ValueType::map) return refuse(*old, change);
            MaybeBuilt map;
            notes_.within(change.name(),
                          [&] { map = builder_.map(change.name(), maps(old, change)); });
            return map;
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
        const auto a = summand(old);
        const auto b = summand(change);
        const auto sum = a && b ? std::optional(*a + *b) : std::nullopt;
        if (sum && is_dynamodb_number(*sum)) {
            return builder_.scalar(ValueType::number, change.name(), sum->canonical());
        }
        notes_.add(change.name(),
                   "makes, with what is there, what is no " + std::string(dynamodb_numbers));
        return builder_.copy(old);
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
        elements.insert(elements.end(), added->begin(), added->end());
        return builder_.set(old.type(), change.name(), each_once(old.type(), elements, old.size()));
    }

    ImageBuilder& builder_;
    NotedFaults& notes_;
};

class Deleter {
public:
    Deleter(ImageBuilder& builder, NotedFaults& notes) : builder_(builder), notes_(notes) {}

    BuiltValues maps(MaybeOld target, ValueView change) {
        return merge_maps(builder_, target, change,
                          [this](MaybeOld old, ValueView one) { return value(old, one); });
    }

private:
    MaybeBuilt value(MaybeOld old, ValueView change) {
        if (!old) return std::nullopt;
        if (change.type() == ValueType::map && old->type() == ValueType::map) {
            MaybeBuilt map;
            notes_.within(change.name(),
                          [&] { map = builder_.map(change.name(), maps(old, change)); });
            return map;
        }
        const auto taken = is_set(old->type()) ? elements_for(old->type(), change) : std::nullopt;
        if (!taken) {
            notes_.add(change.name(), "is " + std::string(words_for(change.type())) +
                                          ", and cannot be deleted from what is there: " +
                                          std::string(words_for(old->type())));
            return builder_.copy(*old);
        }
        const Elements left = without(old->type(), elements_of(*old), *taken);
        if (left.empty()) return std::nullopt;
        return builder_.set(old->type(), change.name(), left);
    }

    ImageBuilder& builder_;
    NotedFaults& notes_;
};

// Notes each attribute of `map` whose value, in maps at any depth, is none of what `fits` takes.
template <class Fits>
void check(ValueView map, std::string_view expected, Fits fits, NotedFaults& notes) {
    for (std::size_t i = 0; i < map.size(); ++i) {
        const ValueView value = map.at(i);
        if (value.type() == ValueType::map) {
            notes.within(value.name(), [&] { check(value, expected, fits, notes); });
        } else if (!fits(value.type())) {
            notes.add(value.name(), "is " + std::string(words_for(value.type())) + ", expected " +
                                        std::string(expected));
        }
    }
}

// Notes each attribute that both say something of, unless both only look into it.
void check_apart(ValueView map, ValueView other, std::string_view other_name, NotedFaults& notes) {
    for (std::size_t i = 0; i < map.size(); ++i) {
        const ValueView value = map.at(i);
        const auto rival = other.find(value.name());
        if (!rival) continue;
        if (value.type() == ValueType::map && rival->type() == ValueType::map) {
            notes.within(value.name(), [&] { check_apart(value, *rival, other_name, notes); });
        } else {
            notes.add(value.name(), "is also in \"" + std::string(other_name) + '"');
        }
    }
}

void check_pair(const std::optional<Image>& part, std::string_view name,
                const std::optional<Image>& other, std::string_view other_name,
                std::vector<Fault>& faults) {
    if (!part || !other) return;
    NotedFaults notes(faults, name);
    check_apart(part->view(), other->view(), other_name, notes);
}

}  // namespace

std::vector<Fault> faults_of(const ItemUpdate& update) {
    std::vector<Fault> faults;
    if (update.add) {
        NotedFaults notes(faults, update_add);
        const auto fits = [](ValueType type) {
            return type == ValueType::number || type == ValueType::list || is_set(type);
        };
        check(update.add->view(), "a number, a list or a set", fits, notes);
    }
    if (update.taken) {
        NotedFaults notes(faults, update_delete);
        const auto fits = [](ValueType type) { return type == ValueType::list || is_set(type); };
        check(update.taken->view(), "elements of a set", fits, notes);
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
        NotedFaults notes(faults, update_add);
        const BuiltValues values = Adder(builder, notes).maps(image.view(), update.add->view());
        image = builder.finish(values);
    }
    if (update.taken) {
        NotedFaults notes(faults, update_delete);
        const BuiltValues values = Deleter(builder, notes).maps(image.view(), update.taken->view());
        image = builder.finish(values);
    }
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    return image;
}

}  // namespace freshet::engine
