#include "tests/readers/exposition.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <regex>
#include <sstream>

namespace freshet::support {
namespace {

std::string key_of(const std::string& name, const Exposition::Labels& labels) {
    std::string key = name;
    for (const auto& [label, value] : labels) key += '\n' + label + '=' + value;
    return key;
}

// Labels without one of them.
Exposition::Labels without(Exposition::Labels labels, const std::string& name) {
    labels.erase(name);
    return labels;
}

// Takes `name="value",…` up to the closing brace off `text`; nothing if it is malformed.
std::optional<Exposition::Labels> take_labels(std::string_view& text) {
    static const std::regex form(R"re(^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)",?)re");
    Exposition::Labels labels;
    while (!text.empty() && text.front() != '}') {
        std::cmatch match;
        if (!std::regex_search(text.data(), text.data() + text.size(), match, form)) return {};
        if (!labels.emplace(match[1], match[2]).second) return {};
        text.remove_prefix(static_cast<std::size_t>(match.length()));
    }
    if (text.empty()) return {};
    text.remove_prefix(1);
    return labels;
}

std::optional<double> number(const std::string& text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') return std::nullopt;
    return value;
}

bool ends_with_any(const std::string& name, const std::string& base) {
    return name == base + "_bucket" || name == base + "_sum" || name == base + "_count";
}

}  // namespace

std::set<std::string> Exposition::Family::label_names() const {
    std::set<std::string> names;
    for (const Sample& sample : samples) {
        for (const auto& [name, value] : sample.labels) {
            if (type != "histogram" || name != "le") names.insert(name);
        }
    }
    return names;
}

Exposition::Exposition(std::string_view text) {
    if (!text.ends_with('\n')) fault("no line feed at the end", "");
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) {
            read_comment(line);
        } else {
            read_sample(line);
        }
    }
    for (const auto& [name, family] : families_) {
        if (family.type.empty() || family.help.empty()) fault("no type or no help", name);
        if (family.samples.empty()) fault("no sample", name);
        if (family.type == "histogram") check_histogram(name, family);
    }
}

void Exposition::fault(std::string_view what, std::string_view line) {
    faults_ += std::string(what) + ": " + std::string(line) + '\n';
}

void Exposition::read_comment(std::string_view line) {
    static const std::regex form(R"(^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$)");
    std::cmatch match;
    if (!std::regex_match(line.data(), line.data() + line.size(), match, form)) {
        return fault("neither help nor type", line);
    }
    Family& family = families_[match[2]];
    std::string& told = match[1] == "HELP" ? family.help : family.type;
    if (!told.empty() || !family.samples.empty()) fault("told twice or too late", line);
    told = match[3];
}

Exposition::Family* Exposition::family_of(const std::string& sample) {
    if (const auto found = families_.find(sample); found != families_.end()) {
        return found->second.type == "histogram" ? nullptr : &found->second;
    }
    for (auto& [name, family] : families_) {
        if (family.type == "histogram" && ends_with_any(sample, name)) return &family;
    }
    return nullptr;
}

void Exposition::read_sample(std::string_view line) {
    const std::string name(line.substr(0, line.find_first_of("{ ")));
    std::string_view rest = line.substr(name.size());
    std::optional<Labels> labels = Labels();
    if (rest.starts_with('{')) {
        rest.remove_prefix(1);
        labels = take_labels(rest);
    }
    if (!labels || !rest.starts_with(' ')) return fault("no sample", line);
    const auto value = number(std::string(rest.substr(1)));
    if (!value) return fault("no number", line);

    Family* family = family_of(name);
    if (family == nullptr) return fault("of no family", line);
    if (!values_.emplace(key_of(name, *labels), *value).second) fault("twice", line);
    family->samples.push_back({name, std::move(*labels), *value});
}

// The buckets of each series stand in their order, count upwards, and end with +Inf, which counts
// all.
void Exposition::check_histogram(const std::string& name, const Family& family) {
    struct Bucket {
        double bound;
        double count;
    };
    std::map<Labels, Bucket> last;  // of each series
    for (const Sample& sample : family.samples) {
        if (sample.name != name + "_bucket") continue;
        const auto le = sample.labels.find("le");
        const auto bound = number(le == sample.labels.end() ? "" : le->second);
        if (!bound) return fault("a bucket without a bound", name);
        const auto [before, is_first] =
            last.try_emplace(without(sample.labels, "le"), Bucket{*bound, sample.value});
        if (is_first) continue;
        if (before->second.bound >= *bound || before->second.count > sample.value) {
            fault("a bucket out of order", name);
        }
        before->second = {*bound, sample.value};
    }
    for (const Sample& sample : family.samples) {
        if (sample.name == name + "_bucket") continue;
        const auto all = last.find(sample.labels);
        if (all == last.end() || !std::isinf(all->second.bound)) {
            fault("no bucket +Inf", name);
        } else if (sample.name == name + "_count" && sample.value != all->second.count) {
            fault("a wrong count", name);
        }
    }
    for (const auto& [series, bucket] : last) {
        const bool whole = value(name + "_count", series) && value(name + "_sum", series);
        if (!whole) fault("no count or no sum", name);
    }
}

std::optional<double> Exposition::value(const std::string& name, const Labels& labels) const {
    const auto found = values_.find(key_of(name, labels));
    if (found == values_.end()) return std::nullopt;
    return found->second;
}

DocumentedMetrics documented_metrics(std::string_view document) {
    static const std::regex row(R"(^\| `((?:freshet|process)_\w+)` \| (\w+) \| ([^|]*)\|.*)");
    static const std::regex name(R"(`(\w+)`)");
    DocumentedMetrics metrics;
    std::istringstream lines{std::string(document)};
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (!std::regex_match(line, match, row)) continue;
        DocumentedMetric metric{.type = match[2], .labels = {}};
        const std::string labels = match[3];
        for (std::sregex_iterator at(labels.begin(), labels.end(), name), end; at != end; ++at) {
            metric.labels.insert((*at)[1]);
        }
        metrics.emplace(match[1], metric);
    }
    return metrics;
}

DocumentedMetrics served_metrics(const Exposition& exposition) {
    DocumentedMetrics metrics;
    for (const auto& [name, family] : exposition.families()) {
        metrics.emplace(name,
                        DocumentedMetric{.type = family.type, .labels = family.label_names()});
    }
    return metrics;
}

std::string difference(const DocumentedMetrics& documented, const DocumentedMetrics& served) {
    std::string lines;
    for (const auto& [name, metric] : documented) {
        const auto found = served.find(name);
        if (found == served.end()) {
            lines += name + " is documented and not served\n";
        } else if (found->second != metric) {
            lines += name + " is served with another type or other labels than documented\n";
        }
    }
    for (const auto& [name, metric] : served) {
        if (!documented.contains(name)) lines += name + " is served and not documented\n";
    }
    return lines;
}

}  // namespace freshet::support
