#include "tools/append_command.h"

#include <utility>

#include "tools/bulk_sender.h"
#include "tools/exit_code.h"
#include "tools/line_source.h"

namespace freshet::tools {

namespace {

constexpr const char* command = "append";

}  // namespace

int append(const AppendOptions& options) {
    auto client = make_bulk_client(options.server, options.timeout);
    if (!client) {
        say_fault(command, client.error().message);
        return exit_usage;
    }
    auto source = LineSource::open(options.file);
    if (!source) return say_fault(command, source.error().message);

    BulkSender sender({.command = command,
                       .table = options.table,
                       .timeout = options.timeout,
                       .bytes_total = source->bytes_total()},
                      *std::move(client));
    if (!sender.send_all(*source)) return exit_fault;
    sender.say_end(options.json);
    return exit_done;
}

}  // namespace freshet::tools
