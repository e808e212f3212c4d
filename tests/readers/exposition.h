// What /metrics answers with, taken apart as Prometheus would.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::support {

class Exposition {
public:
    using Labels = std::map<std::string, std::string>;

    struct Sample {
        std::string name;
        Labels labels;
        double value = 0;
    };
    struct Family {
        std::string help;
        std::string type;
        std::vector<Sample> samples;

        // The labels' names, without a histogram's `le`.
        [[nodiscard]] std::set<std::string> label_names() const;
    };

    explicit Exposition(std::string_view text);

    // What is wrong with it, a line each; empty if it is right: every sample belongs to a family
    // that was announced with its help and type, none is there twice, and every histogram is whole.
    [[nodiscard]] const std::string& faults() const { return faults_; }
    [[nodiscard]] const std::map<std::string, Family>& families() const { return families_; }

    // The sample of that name with exactly these labels; nothing if there is none.
    [[nodiscard]] std::optional<double> value(const std::string& name,
                                              const Labels& labels = {}) const;

private:
    void read_comment(std::string_view line);
    void read_sample(std::string_view line);
    void check_histogram(const std::string& name, const Family& family);
    Family* family_of(const std::string& sample);
    void fault(std::string_view what, std::string_view line);

    std::map<std::string, Family> families_;
    std::map<std::string, double> values_;  // by name and labels in one text
    std::string faults_;
};

// The metrics as docs/metrics.md has them, in the text `document`: type and labels by name.
struct DocumentedMetric {
    std::string type;
    std::set<std::string> labels;

    bool operator==(const DocumentedMetric&) const = default;
};
using DocumentedMetrics = std::map<std::string, DocumentedMetric>;
DocumentedMetrics documented_metrics(std::string_view document);

// What an exposition serves, in the same form.
DocumentedMetrics served_metrics(const Exposition& exposition);

// How the one differs from the other, a line each; empty if it does not.
std::string difference(const DocumentedMetrics& documented, const DocumentedMetrics& served);

}  // namespace freshet::support
