#include "tests/readers/alarm_rule.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <regex>
#include <stdexcept>
#include <utility>

namespace freshet::support {

namespace {

struct Matcher {
    std::string label;
    std::string value;
    bool is_equal = true;
};

struct Selector {
    std::string name;
    std::vector<Matcher> matchers;
};

bool matches(const Exposition::Labels& labels, const Matcher& matcher) {
    const auto found = labels.find(matcher.label);
    const std::string& value = found == labels.end() ? std::string() : found->second;
    return (value == matcher.value) == matcher.is_equal;
}

// An expression for one function, read from its beginning to its end and worked out meanwhile.
class Evaluation {
public:
    Evaluation(std::string_view expression, std::string function, const Exposition& before,
               const Exposition& after)
        : expression_(expression),
          rest_(expression),
          function_(std::move(function)),
          before_(before),
          after_(after) {}

    bool holds() {
        double value = term();
        if (take("/")) value /= term();  // 0 over 0 is no number, and no comparison holds for it
        const std::string comparison = take_comparison();
        const double bound = number();
        if (!rest_.empty()) fail("does not end");
        if (comparison == "==") return value == bound;
        return comparison == ">" ? value > bound : value >= bound;
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error("the alarm " + std::string(expression_) + " " + what + " at '" +
                                 std::string(rest_) + "'");
    }

    void skip_spaces() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    }
    bool take(std::string_view text) {
        skip_spaces();
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    void expect(std::string_view text) {
        if (!take(text)) fail("has no " + std::string(text));
    }
    std::string word() {
        skip_spaces();
        const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '_';
        });
        std::string found(rest_.begin(), end);
        if (found.empty()) fail("has no name");
        rest_.remove_prefix(found.size());
        return found;
    }
    std::string take_comparison() {
        for (const char* one : {"==", ">=", ">"}) {
            if (take(one)) return one;
        }
        fail("has no comparison that is known");
    }
    double number() {
        skip_spaces();
        const std::string text(rest_);
        char* end = nullptr;
        const double found = std::strtod(text.c_str(), &end);
        if (end == text.c_str()) fail("has no number");
        rest_.remove_prefix(static_cast<std::size_t>(end - text.c_str()));
        return found;
    }

    Matcher matcher() {
        Matcher found{.label = word(), .value = {}};
        found.is_equal = !take("!");
        expect("=\"");
        const std::size_t end = rest_.find('"');
        if (end == std::string_view::npos) fail("has a label without an end");
        found.value = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return found;
    }
    Selector selector() {
        Selector found{.name = word(), .matchers = {}};
        if (!take("{")) return found;
        do {
            found.matchers.push_back(matcher());
        } while (take(","));
        expect("}");
        return found;
    }

    // Of the function's series: the only one, unless they are summed.
    [[nodiscard]] double value(const Selector& selector, const Exposition& scrape) const {
        double sum = 0;
        std::size_t series = 0;
        for (const auto& [name, family] : scrape.families()) {
            for (const Exposition::Sample& sample : family.samples) {
                const auto is_so = [&](const Matcher& one) { return matches(sample.labels, one); };
                if (sample.name != selector.name || !is_so({"function", function_}) ||
                    !std::all_of(selector.matchers.begin(), selector.matchers.end(), is_so)) {
                    continue;
                }
                sum += sample.value;
                ++series;
            }
        }
        if (series == 0 || (series > 1 && !is_summed_)) {
            fail("is about " + std::to_string(series) + " series of function " + function_);
        }
        return sum;
    }
    double increase() {
        const Selector counted = selector();
        expect("[1m])");
        return value(counted, after_) - value(counted, before_);
    }
    double term() {
        if (take("sum by (function) (")) {
            is_summed_ = true;
            const double sum = term();
            is_summed_ = false;
            expect(")");
            return sum;
        }
        if (take("increase(")) return increase();
        if (take("rate(")) return increase() / 60;
        return value(selector(), after_);
    }

    std::string_view expression_;
    std::string_view rest_;
    std::string function_;
    const Exposition& before_;
    const Exposition& after_;
    bool is_summed_ = false;
};

std::set<std::string> functions_of(const Exposition& scrape) {
    std::set<std::string> functions;
    for (const auto& [name, family] : scrape.families()) {
        for (const Exposition::Sample& sample : family.samples) {
            const auto function = sample.labels.find("function");
            if (function != sample.labels.end()) functions.insert(function->second);
        }
    }
    return functions;
}

}  // namespace

std::set<std::string> AlarmRule::firing(const Exposition& before, const Exposition& after) const {
    std::set<std::string> fired;
    for (const std::string& function : functions_of(after)) {
        if (Evaluation(expression, function, before, after).holds()) fired.insert(function);
    }
    return fired;
}

std::vector<AlarmRule> alarm_rules(std::string_view document) {
    static const std::regex form(R"(- alert: (\w+)[^\n]*\n +expr: ([^\n]+)\n)");
    std::vector<AlarmRule> rules;
    const char* const end = document.data() + document.size();
    for (std::cregex_iterator match(document.data(), end, form); match != std::cregex_iterator();
         ++match) {
        rules.push_back({.name = (*match)[1], .expression = (*match)[2]});
    }
    return rules;
}

}  // namespace freshet::support
