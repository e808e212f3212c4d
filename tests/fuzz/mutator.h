// Good inputs, spoilt in a few places.
//
// A mutation looks for pieces that mean something (a word, or brackets with what is inside of
// them) as often as it takes any bytes: so a good part of what comes out passes the first gate and
// is wrong further inside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/dice.h"

namespace freshet::fuzz {

// What has hurt parsers before, in texts of any kind.
std::vector<std::string> hostile_tokens();

class Mutator {
public:
    // `corpus` are the good inputs, none of them empty; `tokens` are put in here and there.
    Mutator(Dice& dice, std::vector<std::string> corpus, std::vector<std::string> tokens);

    // One of the corpus, spoilt in one to four places.
    std::string next();

    // Likewise, but every byte stays where it is: for bytes that hold offsets into themselves,
    // which are worth nothing once they are moved.
    std::string next_in_place();

private:
    struct Piece {
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    void spoil(std::string& text);
    void overwrite(std::string& bytes);
    Piece piece_of(std::string_view text);
    std::string foreign_piece();

    Dice& dice_;
    std::vector<std::string> corpus_;
    std::vector<std::string> tokens_;
};

}  // namespace freshet::fuzz
