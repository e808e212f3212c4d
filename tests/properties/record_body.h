// Bodies of change records as a source might send them, drawn at random: all ten types, attributes
// in any order, whatever spelling JSON allows, and here and there what is odd or wrong.
//
// Threads: belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace freshet::properties {

class RecordBody {
public:
    struct Oddities {
        std::size_t one_in = 0;  // so many places something is odd; 0: nowhere
        bool blanks = false;     // whether there are blanks between tokens
    };

    // Draws the same from the same seed.
    RecordBody(std::uint64_t seed, Oddities oddities) : random_(seed), oddities_(oddities) {}

    // A record, on one line unless there are blanks.
    std::string record();
    // One record, an array of them, or an event.
    std::string text();
    // A text, spoilt in a few bytes.
    std::string spoilt_text();

private:
    std::size_t below(std::size_t end) { return random_() % end; }
    bool is_odd() { return oddities_.one_in != 0 && below(oddities_.one_in) == 0; }
    const std::string& one_of(const std::vector<std::string>& choices) {
        return choices[below(choices.size())];
    }

    std::string blank();
    std::string members(std::vector<std::string> members);
    std::string member(const std::string& name, const std::string& value);
    std::string elements(std::size_t count, const std::function<std::string()>& element);
    std::string letters();
    std::string quoted(const std::string& text);
    std::string digits();
    std::string binary();
    std::string value(std::size_t depth);
    std::string attributes(std::size_t depth, const std::string& keys);
    std::string number_set();
    std::string unknown_value(std::size_t depth);
    std::string stream(const std::string& kind, const std::string& keys);

    std::mt19937_64 random_;
    const Oddities oddities_;
};

}  // namespace freshet::properties
