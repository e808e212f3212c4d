#include "bench/harness/svg.h"

#include <array>
#include <cstdio>

namespace freshet::bench {
namespace {

constexpr std::array<std::string_view, 8> colours = {"#2a7ae2", "#d9541e", "#2f9e44", "#9c36b5",
                                                     "#c79100", "#1098ad", "#e64980", "#868e96"};

constexpr std::string_view style =
    "<style>text{font:13px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}"
    ".grid{stroke:#ccc}.line{fill:none;stroke-width:2}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}}</style>\n";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<') {
            out += "&lt;";
        } else if (c == '&') {
            out += "&amp;";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string svg_head(double width, double height, std::string_view title) {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + svg_number(width) + " " +
           svg_number(height) + "\" role=\"img\">\n<title>" + escaped(title) + "</title>\n" +
           std::string(style);
}

std::string svg_number(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

std::string svg_text(double x, double y, std::string_view text, std::string_view more) {
    return "<text x=\"" + svg_number(x) + "\" y=\"" + svg_number(y) + "\"" + std::string(more) +
           ">" + escaped(text) + "</text>\n";
}

std::string_view svg_colour(std::size_t index) {
    return colours[index % colours.size()];
}

}  // namespace freshet::bench
