#include "tests/tidy/checks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <regex>
#include <span>

#include "tests/tidy/rooms.h"

namespace freshet::tidy {
namespace {

constexpr std::array<std::string_view, 4> layers = {"storage", "engine", "http", "tools"};
constexpr std::array<std::string_view, 3> free_folders = {"tests", "bench", "examples"};

std::string complaint(const SourceFile& file, std::size_t line, std::string_view what) {
    return file.path + ":" + std::to_string(line) + ": " + std::string(what);
}

std::string_view folder_of(std::string_view path) {
    return path.substr(0, path.find('/'));
}

bool among(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct Include {
    std::size_t line;
    std::string path;
    bool quoted;
};

std::vector<Include> includes_of(const SourceFile& file) {
    static const std::regex form(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> includes;
    const std::vector<std::string> lines = lines_of(split_source(file.text).unquoted);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::smatch match;
        if (!std::regex_search(lines[i], match, form)) continue;
        includes.push_back({.line = i + 1, .path = match[2], .quoted = match[1] == "\""});
    }
    return includes;
}

std::optional<std::string> objection(const SourceFile& file, const Include& include) {
    const std::string_view from = folder_of(file.path);
    const std::string_view to = folder_of(include.path);
    const bool in_tree = among(layers, to) || among(free_folders, to);
    if (include.quoted && !in_tree) {
        return "quotes are for paths from the root of this tree: \"" + include.path + "\"";
    }
    if (!in_tree || among(free_folders, from)) return std::nullopt;
    if (among(free_folders, to)) return "only tests and benchmarks include " + include.path;
    if (height_of(include.path) > height_of(file.path)) {
        return "includes upwards: " + include.path;
    }
    const bool is_hidden = to == "storage" ? include.path.starts_with("storage/internal/")
                                           : !among(doors(), include.path);
    if (from != to && is_hidden) return "includes what is no door of its layer: " + include.path;
    return std::nullopt;
}

// Who may include a library: files whose path matches.
struct Library {
    std::string_view prefix;  // of the include
    std::string_view seen_by;
};

constexpr std::string_view tests_and = R"(^(tests|bench)/|)";
constexpr std::array libraries = {
    Library{"rocksdb/", R"(^storage/.*\.cc$|^storage/internal/)"},
    Library{"storage/schema_generated.h", R"(^storage/.*\.cc$)"},
    Library{"flatbuffers/",
            R"(^storage/.*\.cc$|^storage/internal/|^tests/storage/image_bytes_test\.cc$)"},
    Library{"xxhash.h", R"(^(storage|engine|http)/.*\.cc$)"},
    Library{"boost/",
            R"(^http/serving/(?!(server|tls)\.h)|^http/functions/.*\.cc$|^tools/client/.*\.cc$)"},
    Library{"prometheus/", R"(^engine/observing/metrics\.cc$|^http/observing/http_metrics\.cc$)"},
    Library{"spdlog/", R"(^((tests/)?http|tools)/)"},
    Library{"simdjson", R"(^engine/text/json(_tokens)?\.cc$)"},
    Library{"toml++/", R"(^engine/config/)"},
    Library{"CLI/", R"(^(tools|bench/harness)/)"},
    Library{"openssl/", R"(^http/(serving|credentials|functions)/.*\.cc$|^tools/.*\.cc$)"},
    Library{"zlib.h", R"(^tools/line_source\.cc$|^http/messages/body_decoder\.cc$)"},
    Library{"zstd", R"(^http/messages/body_decoder\.cc$)"},
};

bool may_include(const std::string& path, const Library& library) {
    constexpr std::array<std::string_view, 5> of_tests = {"rocksdb/", "boost/", "openssl/",
                                                          "zlib.h", "zstd"};
    const bool tests_may = among(of_tests, library.prefix);
    const std::string form = std::string(tests_may ? tests_and : "") + std::string(library.seen_by);
    return std::regex_search(path, std::regex(form));
}

bool only_namespaces_around(std::span<const Block> blocks, std::size_t at) {
    return std::all_of(blocks.begin(), blocks.end(), [at](const Block& block) {
        return block.is_namespace() || at < block.open || at > block.close;
    });
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Whether the `[` at `open` can begin a lambda, rather than an index or an attribute.
bool may_begin_lambda(std::string_view code, std::size_t open) {
    std::size_t before = open;
    while (before > 0 && std::isspace(static_cast<unsigned char>(code[before - 1])) != 0) --before;
    if (before == 0) return true;

    const char c = code[before - 1];
    if (c == ']' || c == ')' || c == '[') return false;
    if (!is_word(c)) return true;
    std::size_t begin = before;
    while (begin > 0 && is_word(code[begin - 1])) --begin;
    constexpr std::array<std::string_view, 5> keywords = {"return", "co_return", "co_await",
                                                          "co_yield", "case"};
    return among(keywords, code.substr(begin, before - begin));
}

std::size_t skip_blanks(std::string_view code, std::size_t at) {
    while (at < code.size() && std::isspace(static_cast<unsigned char>(code[at])) != 0) ++at;
    return at;
}

// The lambda's text after its captures, from parameters to the end of its body; empty if the `[`
// at `open` begins no lambda.
std::string_view lambda_at(std::string_view code, std::size_t open) {
    if (!may_begin_lambda(code, open)) return {};
    const std::size_t close = matching_bracket(code, open);
    if (close == code.npos) return {};

    const std::size_t after = skip_blanks(code, close + 1);
    std::size_t at = after;
    if (at < code.size() && code[at] == '(') {
        at = matching_bracket(code, at);
        if (at == code.npos) return {};
        ++at;
    }
    // Between parameters and body stand specifiers and a return type, but no end of anything.
    const std::size_t body = code.find_first_of("{;,)=]", at);
    if (body == code.npos || code[body] != '{') return {};
    const std::size_t end = matching_bracket(code, body);
    return end == code.npos ? std::string_view{} : code.substr(after, end - after);
}

bool is_coroutine(std::string_view function) {
    return function.find("co_await") != function.npos ||
           function.find("co_return") != function.npos ||
           function.find("co_yield") != function.npos ||
           function.substr(0, function.find('{')).find("waitable<") != function.npos;
}

std::size_t columns_of(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not inside a UTF-8 sequence
    }));
}

bool looks_like_path(const std::string& text) {
    static const std::regex in_a_folder(
        R"(^(storage|engine|http|tools|tests|bench|docs|examples|\.ci)/[\w.+/-]*$)");
    static const std::regex by_ending(R"(^[\w.+/-]*\w\.(h|cc|md|fbs|jsonl)$)");
    return std::regex_match(text, in_a_folder) || std::regex_match(text, by_ending);
}

}  // namespace

Complaints check_include_direction(const SourceFile& file) {
    Complaints complaints;
    for (const Include& include : includes_of(file)) {
        const auto found = objection(file, include);
        if (found) complaints.push_back(complaint(file, include.line, *found));
    }
    return complaints;
}

Complaints check_room(const SourceFile& file) {
    if (!among(layers, folder_of(file.path)) || height_of(file.path)) return {};
    return {complaint(file, 1, "is in no room; tests/tidy/rooms.cc lists them")};
}

Complaints check_library_headers(const SourceFile& file) {
    Complaints complaints;
    for (const Include& include : includes_of(file)) {
        for (const Library& library : libraries) {
            if (!include.path.starts_with(library.prefix) || may_include(file.path, library)) {
                continue;
            }
            complaints.push_back(
                complaint(file, include.line, "may not see this library: " + include.path));
        }
    }
    return complaints;
}

Complaints check_using_namespace(const SourceFile& file) {
    static const std::regex form(R"(\busing\s+namespace\b)");
    const std::string code = split_source(file.text).code;
    const std::vector<Block> blocks = outer_blocks(code);
    Complaints complaints;
    for (std::sregex_iterator match(code.begin(), code.end(), form), end; match != end; ++match) {
        const auto at = static_cast<std::size_t>(match->position());
        if (!only_namespaces_around(blocks, at)) continue;
        complaints.push_back(
            complaint(file, line_at(code, at), "`using namespace` at the scope of the file"));
    }
    return complaints;
}

Complaints check_lambda_coroutines(const SourceFile& file) {
    const std::string code = split_source(file.text).code;
    Complaints complaints;
    for (std::size_t at = code.find('['); at != code.npos; at = code.find('[', at + 1)) {
        if (!is_coroutine(lambda_at(code, at))) continue;
        complaints.push_back(complaint(file, line_at(code, at),
                                       "a lambda that is a coroutine; make it a named function"));
    }
    return complaints;
}

Complaints check_left_over_marks(const SourceFile& file) {
    static const std::regex form(R"(\b(FIXME|XXX)\b|\bTODO\b(?!\([a-z]+\): ))");
    const std::vector<std::string> lines = lines_of(split_source(file.text).comments);
    Complaints complaints;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!std::regex_search(lines[i], form)) continue;
        complaints.push_back(complaint(file, i + 1, "a left-over mark without a kind"));
    }
    return complaints;
}

Complaints check_lines(const SourceFile& file) {
    const std::vector<std::string> lines = lines_of(split_source(file.text).unquoted);
    Complaints complaints;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::string& line = lines[i];
        if (line.find('\t') != line.npos) complaints.push_back(complaint(file, i + 1, "a tab"));
        if (line.ends_with(' ')) complaints.push_back(complaint(file, i + 1, "blanks at the end"));
        if (columns_of(line) > columns_max) {
            complaints.push_back(complaint(file, i + 1, "longer than 100 columns"));
        }
    }
    return complaints;
}

Complaints check_header_form(const SourceFile& file) {
    if (!file.path.ends_with(".h")) return {};
    Complaints complaints;
    if (!file.text.starts_with("// ")) {
        complaints.push_back(complaint(file, 1, "does not begin by saying what it is"));
    }
    const std::vector<std::string> lines = lines_of(file.text);
    if (std::find(lines.begin(), lines.end(), "#pragma once") == lines.end()) {
        complaints.push_back(complaint(file, 1, "has no #pragma once"));
    }
    return complaints;
}

Complaints check_named_paths(const SourceFile& file, const PathExists& exists) {
    static const std::regex quoted("`([^`]+)`");
    const std::size_t slash = file.path.rfind('/');
    const std::string folder = slash == file.path.npos ? "" : file.path.substr(0, slash + 1);
    const std::vector<std::string> lines = lines_of(file.text);
    Complaints complaints;
    bool fenced = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].starts_with("```")) fenced = !fenced;
        if (fenced) continue;
        for (std::sregex_iterator match(lines[i].begin(), lines[i].end(), quoted), end;
             match != end; ++match) {
            const std::string path = (*match)[1];
            if (!looks_like_path(path) || exists(path) || exists(folder + path)) continue;
            complaints.push_back(complaint(file, i + 1, "names what is not there: " + path));
        }
    }
    return complaints;
}

}  // namespace freshet::tidy
