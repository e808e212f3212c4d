#include "engine/config/shape.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/text/nearest_name.h"

namespace freshet::engine {

namespace {

constexpr std::string_view all_attributes = "*";

auto find_field(std::vector<Field>& fields, std::string_view name) {
    return std::find_if(fields.begin(), fields.end(),
                        [&](const Field& field) { return field.name == name; });
}

// The fields as they are declared, each name once.
Shape read_fields(const std::vector<Word>& words, Mistakes& mistakes) {
    Shape shape;
    const auto note_again = [&](const Word& word, const std::string& name) {
        mistakes.add(word.line,
                     "found the field " + in_quotes(name) + " again, expected each name once");
    };
    for (const Word& word : words) {
        if (word.text == all_attributes) {
            if (shape.all) note_again(word, word.text);
            shape.all = true;
            continue;
        }
        auto field = read_field(word, mistakes);
        if (!field) continue;
        if (find_field(shape.fields, field->name) != shape.fields.end()) {
            note_again(word, field->name);
            continue;
        }
        shape.fields.push_back(*std::move(field));
    }
    return shape;
}

void add(Shape& shape, const Shape& with) {
    shape.all = shape.all || with.all;
    for (const Field& field : with.fields) {
        std::erase(shape.hidden, field.name);
        const auto known = find_field(shape.fields, field.name);
        if (known == shape.fields.end()) {
            shape.fields.push_back(field);
        } else {
            *known = field;
        }
    }
}

void remove(Shape& shape, const Word& word, Mistakes& mistakes) {
    if (word.text == all_attributes) {
        mistakes.add(word.line, "found \"*\" in without, expected fields by name");
        return;
    }
    const auto known = find_field(shape.fields, word.text);
    if (known == shape.fields.end() && !shape.all) {
        std::vector<std::string_view> names;
        for (const Field& field : shape.fields) names.emplace_back(field.name);
        mistakes.add(word.line, "found " + in_quotes(word.text) + " in without, " +
                                    expected_name(word.text, names));
        return;
    }
    const bool hidden =
        std::find(shape.hidden.begin(), shape.hidden.end(), word.text) != shape.hidden.end();
    if (known == shape.fields.end() && hidden) {
        mistakes.add(word.line, "found " + in_quotes(word.text) +
                                    " again in without, expected a name that is still there");
        return;
    }
    if (known != shape.fields.end()) shape.fields.erase(known);
    if (shape.all && !hidden) shape.hidden.push_back(word.text);
}

}  // namespace

std::optional<Field> read_field(const Word& word, Mistakes& mistakes) {
    const std::size_t equals = word.text.find('=');
    const bool renamed = equals != std::string::npos;
    auto path = AttributePath::parse(renamed ? word.text.substr(equals + 1) : word.text);
    if (!path) {
        mistakes.add(word.line, path.error().message);
        return std::nullopt;
    }
    if (!renamed && path->names().size() > 1) {
        mistakes.add(word.line, "found the path " + in_quotes(word.text) +
                                    " without a name, expected one before it: " +
                                    in_quotes(path->names().back() + "=" + word.text));
        return std::nullopt;
    }
    if (equals == 0) {
        mistakes.add(word.line, "found no name before = in " + in_quotes(word.text) +
                                    ", expected one: \"name=path.in.item\"");
        return std::nullopt;
    }
    std::string name = renamed ? word.text.substr(0, equals) : path->names().front();
    return Field{.name = std::move(name), .path = *std::move(path)};
}

std::size_t ShapeReader::declare(std::string name, const Section& section) {
    Declaration declaration;
    declaration.name = std::move(name);
    declaration.shape = read_fields(section.words("fields"), mistakes_);
    declaration.like = section.word("like");
    declaration.with = read_fields(section.words("with"), mistakes_);
    declaration.without = section.words("without");
    if (section.find("fields") == nullptr) {
        declaration.shape.all = !declaration.like;
    } else if (declaration.like) {
        mistakes_.add(declaration.like->line,
                      "found both fields and like, expected one of them: like starts from another "
                      "view's fields, with and without change them");
    }
    declarations_.push_back(std::move(declaration));
    return declarations_.size() - 1;
}

const Shape& ShapeReader::shape(std::size_t number) {
    Declaration& declaration = declarations_[number];
    if (declaration.progress != Progress::declared) return declaration.shape;

    declaration.progress = Progress::resolving;
    if (declaration.like) start_from(declaration, *declaration.like);
    add(declaration.shape, declaration.with);
    for (const Word& word : declaration.without) remove(declaration.shape, word, mistakes_);
    declaration.progress = Progress::resolved;
    return declaration.shape;
}

void ShapeReader::start_from(Declaration& declaration, const Word& like) {
    const auto other = find(like);
    if (!other) {
        declaration.shape.all = true;  // so that what `without` takes away is no mistake as well
        return;
    }
    if (declarations_[*other].progress == Progress::resolving) {
        mistakes_.add(like.line, "found like = " + in_quotes(like.text) + " in " +
                                     in_quotes(declaration.name) +
                                     ", which goes round in a circle, expected a view whose "
                                     "fields do not depend on this one's");
        declaration.shape.all = true;
        return;
    }
    declaration.shape = shape(*other);
}

std::optional<std::size_t> ShapeReader::find(const Word& like) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < declarations_.size(); ++i) {
        if (declarations_[i].name == like.text) return i;
        names.emplace_back(declarations_[i].name);
    }
    mistakes_.add(like.line,
                  "found like = " + in_quotes(like.text) + ", " + expected_name(like.text, names));
    return std::nullopt;
}

}  // namespace freshet::engine
