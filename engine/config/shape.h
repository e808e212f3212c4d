// The shapes of a table's views: `fields`, and `like` another with some more and some less.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/config/section.h"

namespace freshet::engine {

// A field as it is written: `name` or `new=path.in.item`. Notes what is neither.
std::optional<Field> read_field(const Word& word, Mistakes& mistakes);

// The shapes of the views and lists of one table, which may name one another in any order.
class ShapeReader {
public:
    explicit ShapeReader(Mistakes& mistakes) : mistakes_(mistakes) {}

    // Takes in the shape of one view or list. Returns its number for shape().
    std::size_t declare(std::string name, const Section& section);

    // The shape once all are declared.
    const Shape& shape(std::size_t number);

private:
    enum class Progress { declared, resolving, resolved };
    struct Declaration {
        std::string name;
        Shape shape;  // the declared fields, and in the end the whole
        std::optional<Word> like;
        Shape with;
        std::vector<Word> without;
        Progress progress = Progress::declared;
    };

    // The number of the declaration that `like` names; nothing, and noted, if there is none.
    std::optional<std::size_t> find(const Word& like);
    void start_from(Declaration& declaration, const Word& like);

    std::vector<Declaration> declarations_;
    Mistakes& mistakes_;
};

}  // namespace freshet::engine
