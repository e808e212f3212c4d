#include "tools/rebuild_command.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "engine/rebuilding/rebuild.h"
#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "http/limits/descriptors.h"
#include "tools/exit_code.h"
#include "tools/progress.h"

namespace freshet::tools {

namespace {

using engine::quantity;
using engine::RebuildCheck;
using engine::RebuildPreview;
using engine::RebuildSum;
using engine::StateDifference;
using engine::ViewDifference;

struct RebuildOptions {
    std::string config_path;
    bool check = false;
    bool dry_run = false;
};

constexpr std::size_t differences_shown_max = 20;

std::string_view advice(Errc code) {
    switch (code) {
        case Errc::locked:
            return "stop the server first";
        case Errc::newer_format:
            return "run the release that wrote it, or a later one";
        case Errc::log_shortened:
            return "see what freshet serve says of it";
        case Errc::corrupt:
            return "bring back the folder from a copy, and check the disk";
        case Errc::damaged_state:
            return "freshet rebuild without --check or --dry-run makes a new one, and so does the "
                   "next start";
        case Errc::disk_full:
            return "make room for a second state; the one that was there is as it was";
        case Errc::refused:
            return "the state that was there is as it was";
        default:
            return "check that the folder's disk works, and may be written by this user";
    }
}

int say_fault(const Error& error, std::string_view what_to_do) {
    std::cerr << "freshet rebuild: " << engine::shown_text(error.message)
              << "\nwhat to do: " << what_to_do << "\n";
    return error.code == Errc::log_shortened ? exit_log_shortened : exit_fault;
}

int say_fault(const Error& error) {
    return say_fault(error, advice(error.code));
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all.append(all.empty() ? "" : ", ").append(text);
    return all;
}

// ---- rebuild ----

int run(engine::Rebuild& rebuild, Progress& progress) {
    const auto begin = std::chrono::steady_clock::now();
    const auto sum = rebuild.run();
    progress.clear();
    if (!sum) return say_fault(sum.error());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f", took.count());
    std::cout << "the state is rebuilt: " << quantity(sum->records, "record")
              << " folded up to position " << sum->position.value << ", "
              << quantity(sum->items, "item") << ", " << quantity(sum->rows, "row") << ", "
              << seconds << " s\n";
    return exit_done;
}

// ---- --check ----

void print(const StateDifference& difference) {
    std::cout << difference.part << ": " << difference.missing << " missing, " << difference.surplus
              << " too many, " << difference.other << " with another content\n";
    for (const std::string& sample : difference.samples) std::cout << "    " << sample << "\n";
    const std::uint64_t all = difference.missing + difference.surplus + difference.other;
    if (all > difference.samples.size()) {
        std::cout << "    and " << all - difference.samples.size() << " more\n";
    }
}

void print_differences(const std::vector<StateDifference>& differences) {
    const std::size_t shown = std::min(differences.size(), differences_shown_max);
    for (std::size_t i = 0; i < shown; ++i) print(differences[i]);
    if (shown < differences.size()) {
        std::cout << "and " << differences.size() - shown << " more tables and views\n";
    }
}

int check(engine::Rebuild& rebuild, Progress& progress) {
    const auto check = rebuild.check();
    progress.clear();
    if (!check) return say_fault(check.error());
    const bool is_same = check->comparison.differences.empty();
    std::cout << (is_same ? "the state is what the log says: "
                          : "the state is not what the log says: ")
              << quantity(check->comparison.items, "item") << ", "
              << quantity(check->comparison.rows, "row") << "\n";
    if (check->records_behind > 0) {
        std::cout << quantity(check->records_behind, "record was", "records were")
                  << " not yet in it, and folded for the comparison as the next start will\n";
    }
    if (!check->completed.empty()) {
        std::cout << "built to the end for the comparison, as the next start will: "
                  << joined(check->completed) << "\n";
    }
    print_differences(check->comparison.differences);
    return is_same ? exit_done : exit_fault;
}

// ---- --dry-run ----

// The words for what a view has, and what becomes of it.
struct Words {
    std::string_view kind;
    std::string_view one;
    std::string_view more;
    std::string_view enter;
    std::string_view leave;
    std::string_view change;
};

const Words& words_of(ViewDifference::Kind kind) {
    static constexpr Words list{.kind = "list",
                                .one = "item",
                                .more = "items",
                                .enter = "enter",
                                .leave = "leave",
                                .change = "change their place"};
    static constexpr Words total{.kind = "total",
                                 .one = "group",
                                 .more = "groups",
                                 .enter = "new",
                                 .leave = "gone",
                                 .change = "say something else"};
    return kind == ViewDifference::Kind::list ? list : total;
}

void print_samples(std::string_view what, const std::vector<std::string>& samples,
                   std::uint64_t all) {
    if (samples.empty()) return;
    std::cout << "    " << what << ": " << joined(samples);
    if (all > samples.size()) std::cout << " and " << all - samples.size() << " more";
    std::cout << "\n";
}

void print(const ViewDifference& view) {
    const Words& words = words_of(view.kind);
    const bool moves = view.entering + view.leaving + view.changing > 0;
    std::cout << words.kind << " " << view.name << ": ";
    if (!view.was_there) {
        std::cout << "new, " << quantity(view.after, words.one, words.more) << "\n";
        return;
    }
    if (!view.is_there) {
        std::cout << "gone, " << quantity(view.before, words.one, words.more) << "\n";
        return;
    }
    if (!view.defined_otherwise && !moves) {
        std::cout << "same, " << quantity(view.after, words.one, words.more) << "\n";
        return;
    }
    std::cout << (view.defined_otherwise ? "changed, " : "same definition, ")
              << quantity(view.before, words.one, words.more) << " before, " << view.after
              << " after: " << view.entering << " " << words.enter << ", " << view.leaving << " "
              << words.leave << ", " << view.changing << " " << words.change << "\n";
    print_samples(words.enter, view.entering_samples, view.entering);
    print_samples(words.leave, view.leaving_samples, view.leaving);
}

int preview(engine::Rebuild& rebuild, Progress& progress) {
    const auto preview = rebuild.preview();
    progress.clear();
    if (!preview) return say_fault(preview.error());
    for (const auto& table : preview->gone_tables) {
        std::cout << "table " << table.name << ": gone, " << quantity(table.items, "item")
                  << "; its records stay in the log\n";
    }
    for (const ViewDifference& view : preview->views) print(view);
    for (const std::string& name : preview->unknown) {
        std::cout << name << ": this release cannot read the definition that it has had\n";
    }
    if (preview->before < preview->after) {
        std::cout << "before is position " << preview->before.value << ", after is position "
                  << preview->after.value
                  << ": the state had not taken account of the newest records\n";
    }
    std::cout << "this was a dry run: state and log are as they were\n";
    return exit_done;
}

int rebuild(const RebuildOptions& options) {
    const auto config = engine::read_config(options.config_path);
    if (!config) {
        std::cerr << config.error().message << "\n";
        return exit_usage;
    }
    // A limit on the size of files is then a fault of the disk like any other.
    std::signal(SIGXFSZ, SIG_IGN);
    ::umask(S_IRWXG | S_IRWXO);  // what is in the data folder is for nobody else
    storage::StorageOptions storage;
    const auto shares = http::share_descriptors(http::raise_descriptor_limit(), 0, 0);
    if (shares) storage.open_files = shares->files_per_database;
    const auto folder = storage::DataFolder::open_without_state(config->storage_path, storage);
    if (!folder && folder.error().code == Errc::refused) {
        return say_fault(folder.error(), "see storage.path in " + options.config_path);
    }
    if (!folder) return say_fault(folder.error());

    Progress progress("rebuild");
    const auto report = [&progress](const engine::FoldProgress& fold) -> Result<void> {
        progress.update([&fold] {
            return "folding the log: " + std::to_string(fold.folded.value) + " of " +
                   std::to_string(fold.head.value);
        });
        return {};
    };
    engine::Rebuild rebuild(*config->catalog, **folder, report);
    if (options.check) return check(rebuild, progress);
    return options.dry_run ? preview(rebuild, progress) : run(rebuild, progress);
}

constexpr const char* footer = R"(
For a server that is stopped. The state, everything that can be read, is folded out of the log
again, beside the one that is there, and then takes its place. To interrupt it is safe at any
moment. It is never needed after a change of the configuration: the server, once it is restarted,
builds what is new while it serves. It is for a state that nobody trusts.

With --check nothing is put in place: the new state is compared with the one that is there, byte by
byte. Exit code 0 if they are the same, 1 if not, with what differs.

With --dry-run nothing is put in place: give it a changed configuration, and it says which items
would enter or leave each list, and which groups each total.

Examples:
  freshet rebuild --config freshet.toml
  freshet rebuild --config freshet.toml --check
  freshet rebuild --config changed.toml --dry-run)";

}  // namespace

Run rebuild_command(CLI::App& app) {
    const auto options = std::make_shared<RebuildOptions>();
    app.add_option("--config", options->config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    CLI::Option* check =
        app.add_flag("--check", options->check, "Only compare it with the state there is");
    app.add_flag("--dry-run", options->dry_run, "Only say what it would change in lists and totals")
        ->excludes(check);
    app.footer(footer);
    return [options] { return rebuild(*options); };
}

}  // namespace freshet::tools
