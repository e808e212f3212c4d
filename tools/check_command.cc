#include "tools/check_command.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/access/readers.h"
#include "engine/config/config.h"
#include "engine/folding/lineage.h"
#include "engine/observing/machine.h"
#include "engine/text/quantity.h"
#include "engine/text/shown_text.h"
#include "engine/values/time_text.h"
#include "http/limits/descriptors.h"
#include "http/limits/memory_shares.h"
#include "http/limits/thread_room.h"
#include "http/routes/web_folder.h"
#include "storage/disk_room.h"
#include "storage/result.h"
#include "tools/exit_code.h"
#include "tools/held_sources.h"

namespace freshet::tools {

namespace {

using engine::shown_text;

struct CheckOptions {
    std::string config_path;
};

std::string key_of(const engine::Table& table) {
    std::string text;
    for (const engine::KeyPart& part : table.key) text += "/{" + part.name + "}";
    return text;
}

std::string partition_of(const std::vector<engine::AttributePath>& parts) {
    std::string text;
    for (const engine::AttributePath& part : parts) text += "/{" + part.text() + "}";
    return text;
}

std::string sort_of(const engine::ListView& list) {
    std::string text;
    for (const engine::SortPart& part : list.sort) {
        text += text.empty() ? ", sorted by " : ", ";
        text += part.path.text();
        if (part.direction == engine::Direction::descending) text += " desc";
    }
    return text;
}

std::string values_of(const engine::TotalView& total) {
    std::string text;
    for (const engine::TotalValue& value : total.values) {
        text.append(", ").append(engine::name_of(value.function));
        if (!value.path.names().empty()) text += " of " + value.path.text();
    }
    return text;
}

// `  view order: everybody`, with where it is and what else there is to say in the next line.
void print(std::string_view kind, const std::string& name, const std::string& readers,
           const std::string& detail) {
    std::cout << "  " << kind << ' ' << name << ": " << shown_text(readers) << "\n";
    if (!detail.empty()) std::cout << "    " << shown_text(detail) << "\n";
}

std::string path_of(const std::string& view) {
    return "/views/" + view;
}

std::string filtered(const engine::Pattern& where) {
    return where.empty() ? "" : ", filtered";
}

using Sources = std::map<std::string, engine::Lineage>;

void print(const engine::Table& table, const Sources& sources) {
    std::cout << "table " << table.name;
    if (table.is_direct) {
        std::cout << ", written directly by "
                  << shown_text(engine::readers_of(table.write, table.owner)) << "\n";
    } else {
        std::cout << ", from the source table " << shown_text(table.from) << "\n";
    }
    if (const auto held = sources.find(table.name); held != sources.end()) {
        std::cout << sources_text(table, held->second);
    }
    std::cout << "    /tables/" << table.name << "/items" << shown_text(key_of(table)) << "\n";
    if (table.expires) {
        std::cout << "    items expire by " << shown_text(*table.expires)
                  << (table.is_direct ? ": they are removed" : ": they are hidden") << "\n";
    }
    const auto readers = [&](const engine::Access& access) {
        return engine::readers_of(access, table.owner);
    };
    for (const engine::ItemView& view : table.views) {
        print("view", view.name, readers(view.access), path_of(view.name) + key_of(table));
    }
    for (const engine::ListView& list : table.lists) {
        print("list", list.name, readers(list.access),
              path_of(list.name) + partition_of(list.by) + sort_of(list) + filtered(list.where));
    }
    for (const engine::TotalView& total : table.totals) {
        print("total", total.name, readers(total.access),
              path_of(total.name) + partition_of(total.by) + values_of(total) +
                  filtered(total.where));
    }
    for (const engine::EventRule& rule : table.events) {
        const std::string& topic = rule.topic.text;
        print("event", rule.type, readers(rule.access), topic.empty() ? "" : "topic " + topic);
    }
}

std::string start_text(const engine::StartingPosition& start) {
    if (std::holds_alternative<engine::Latest>(start)) return "behind the newest record";
    if (const auto* position = std::get_if<storage::Position>(&start)) {
        return "behind position " + std::to_string(position->value);
    }
    if (const auto* time = std::get_if<storage::AppendTime>(&start)) {
        return "with what came from " + engine::text_of(*time) + " on";
    }
    return "with the oldest record";
}

void print(const engine::Function& function) {
    std::cout << "function " << function.name << ", fed with table " << function.table->name
              << (function.is_enabled ? "" : ", disabled") << "\n    ";
    if (function.command.empty()) {
        std::cout << shown_text(function.url.text());
    } else {
        for (const std::string& word : function.command) std::cout << shown_text(word) << ' ';
        std::cout << "in " << shown_text(function.folder);
    }
    std::cout << "\n    batches of " << function.batch_size << ", " << function.lanes
              << " at a time" << filtered(function.filter) << "; it begins "
              << start_text(function.start) << "\n";
}

// Fails where the folder holds what nobody shall see. One that is not here may be where the file is
// for.
Result<void> print_pages(const engine::ServerSettings& server) {
    if (server.web_folder.empty()) return {};
    const auto opened = http::WebFolder::open(server.web_folder, server.secrets);
    const bool is_missing = !opened && opened.error().code == Errc::io;
    if (is_missing) std::cout << "warning: " << shown_text(opened.error().message) << "\n";
    if (is_missing) return {};
    if (!opened) return fail(opened.error());
    std::cout << "files for everybody: those of " << shown_text(server.web_folder) << "\n";
    return {};
}

// As the server shares them out at its start.
void print_descriptors(unsigned threads, std::size_t connections, std::size_t calls) {
    const auto shares =
        http::share_descriptors(http::raise_descriptor_limit(), threads, connections, calls);
    if (!shares) {
        std::cout << "warning: the server does not start: " << shares.error().message << "\n";
        return;
    }
    std::cout << "files and sockets: " << shares->limit << ", room for "
              << engine::quantity(shares->connections, "connection") << "\n";
    const std::string shortage = http::shortage(*shares, connections);
    if (!shortage.empty()) std::cout << "warning: " << shortage << "\n";
}

// What a server with this file would make of this machine.
void print_machine(engine::Config config) {
    const engine::Machine machine = engine::look_at_machine();
    if (!config.server.has_threads) config.server.threads = http::default_threads(machine);
    const unsigned threads = http::threads_needed(config.server.threads, !config.functions.empty());
    std::cout << "threads: " << config.server.threads << " for connections, " << threads
              << " in all; processors: " << machine.processors << "\n";
    if (machine.threads_left && *machine.threads_left < threads) {
        std::cout << "warning: " << machine.threads_from << " leaves room for "
                  << engine::quantity(*machine.threads_left, "thread") << " more\n";
    }
    const auto memory = http::share_memory(machine, config);
    std::cout << "memory: " << memory.text() << "\n";
    if (!memory.smaller.empty()) std::cout << "smaller, to fit: " << memory.smaller << "\n";
    if (!memory.warning.empty()) std::cout << "warning: " << memory.warning << "\n";
    print_descriptors(config.server.threads, memory.limits.connections,
                      engine::calls_at_a_time(config.functions));
}

// There is to be room for the ballast, and for more than a few minutes of records.
void print_room(const engine::Config& config) {
    constexpr std::uint64_t least = 128U << 20U;
    const auto free = storage::free_bytes_of(config.storage_path);
    if (!free || *free >= least + 2 * config.ballast_bytes) return;
    std::cout << "the disk of " << shown_text(config.storage_path) << " has only " << (*free >> 20U)
              << " MiB left: below " << (storage::low_room_bytes >> 20U)
              << " MiB, writes are refused (507). Make room, or name another disk as "
                 "storage.path\n";
}

int check(const CheckOptions& options) {
    const auto config = engine::read_config(options.config_path);
    if (!config) {
        std::cerr << config.error().message << "\n";
        return exit_fault;
    }
    // What the folder holds is no part of the file, so what is wrong with it is not its mistake.
    const auto sources = held_sources(config->storage_path, *config->catalog);
    static const Sources none;
    for (const auto& table : config->catalog->tables()) print(*table, sources ? *sources : none);
    for (const auto& function : config->functions) print(*function);
    if (!sources) {
        std::cout << "the data folder cannot be read: " << shown_text(sources.error().message)
                  << "\n";
    }
    if (const auto pages = print_pages(config->server); !pages) {
        std::cerr << shown_text(pages.error().message) << "\n";
        return exit_fault;
    }
    print_machine(*config);
    print_room(*config);
    if (!config->auth) {
        std::cout << "without [auth], anyone on this machine may read and write all of it\n";
    }
    std::cout << shown_text(options.config_path) << " is fine\n";
    return exit_done;
}

constexpr const char* footer = R"(
Prints tables, views, lists, totals and events with their paths and who may read them, or each
mistake with its line. If the data folder is there, also the streams that each table took from, up
to when the state was last put on disk; of a server that runs, freshet status tells them. What is
said of threads, memory, files and sockets is of the machine, the control group and the limits that
the command runs with. The files and variables that hold keys and the certificate are not read: a
file is right or wrong wherever it is checked, and serve says at its start what is amiss with them.

Example:
  freshet check freshet.toml)";

}  // namespace

Run check_command(CLI::App& app) {
    const auto options = std::make_shared<CheckOptions>();
    app.add_option("config", options->config_path, "The configuration file")
        ->required()
        ->type_name("FILE");
    app.footer(footer);
    return [options] { return check(*options); };
}

}  // namespace freshet::tools
