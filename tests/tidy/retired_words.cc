#include "tests/tidy/retired_words.h"

#include <array>
#include <regex>
#include <sstream>

namespace freshet::tidy {
namespace {

// Each as a regular expression, and what is written instead.
struct Retired {
    std::string_view form;
    std::string_view instead;
};

constexpr std::array retired = std::to_array<Retired>({
    {R"(\b[Ww]hoever\b)", "anyone who, those who"},
    {R"(\banew\b)", "again"},
    {R"(\b(goes|go|went|going) on\b)", "continues"},
    {R"(// Likewise)", "the contract itself"},
    {R"(\bOr<)", "Result, or expected with a Fault"},
    {R"(\bOutcome\b)", "NextStep"},
    {R"(\bRoute\b|\broute_of\b)", "Endpoint"},
    {R"(\bRecordFate\b|\bBatchFate\b)", "Fate"},
    {R"(\bpartition_text\b)", "value_text"},
    {R"(\bdeed\b)", "action"},
    {R"(\bwish_?\b|\bStreamWish\b)", "request"},
    {R"(\bcomplain\b)", "report"},
    {R"(\bturn_away\b)", "refuse"},
    {R"(\btoo_much\b)", "what is exceeded"},
    {R"(\bsay_more\b)", "send_new_records"},
    {R"(\bbegin_life\b|\blook_at_life\b)", "what is done with the credential"},
    {R"(\bunanswered\b)", "what a writer is told"},
});

}  // namespace

WordsLeft read_words_left(std::string_view text) {
    WordsLeft left;
    std::istringstream lines{std::string(text)};
    std::size_t number = 0;
    std::string path;
    while (lines >> number >> path) left.emplace(path, number);
    return left;
}

Complaints check_retired_words(const SourceFile& file, const WordsLeft& left) {
    Complaints complaints;
    const std::vector<std::string> lines = lines_of(file.text);
    for (const Retired& word : retired) {
        const std::regex form{std::string(word.form)};
        for (std::size_t i = 0; i < lines.size(); ++i) {
            for (std::sregex_iterator match(lines[i].begin(), lines[i].end(), form), end;
                 match != end; ++match) {
                complaints.push_back(file.path + ":" + std::to_string(i + 1) + ": retired: " +
                                     match->str() + "; write: " + std::string(word.instead));
            }
        }
    }
    const auto known = left.find(file.path);
    const std::size_t allowed = known == left.end() ? 0 : known->second;
    if (complaints.size() == allowed) return {};
    if (complaints.size() < allowed) {
        return {file.path + ": tests/tidy/retired_words.txt leaves " + std::to_string(allowed) +
                " retired words to it; lower that to " + std::to_string(complaints.size())};
    }
    return complaints;
}

}  // namespace freshet::tidy
