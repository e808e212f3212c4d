// Pieces of SVG that all charts have in common: a picture that can be read on light and on dark
// ground, since its colours follow what the reader prefers.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::bench {

// Up to the drawing. What comes after it is "</svg>\n".
std::string svg_head(double width, double height, std::string_view title);

// In pixels.
std::string svg_number(double value);

// `more` are further attributes, each after a blank.
std::string svg_text(double x, double y, std::string_view text, std::string_view more = "");

// Colours that are told apart; after the last comes the first again.
std::string_view svg_colour(std::size_t index);

}  // namespace freshet::bench
