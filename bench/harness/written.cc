#include "bench/harness/written.h"

#include <string_view>

#include "bench/harness/failure.h"
#include "bench/harness/http_exchange.h"
#include "bench/harness/order_text.h"

namespace freshet::bench {
namespace {

std::string get(LocalSocket& socket, const std::string& target) {
    socket.send(get_request(target));
    HttpAnswer answer = await_answer(socket);
    check_answer(answer, "GET " + target);
    return answer.body;
}

// Where the page after this one begins; empty if it is the last.
std::string next_cursor(std::string_view page) {
    constexpr std::string_view mark = R"("next":")";
    const std::size_t at = page.rfind(mark);
    if (at == page.npos) return "";
    const std::size_t begin = at + mark.size();
    return std::string(page.substr(begin, page.find('"', begin) - begin));
}

std::uint64_t live_orders(LocalSocket& socket) {
    std::uint64_t orders = 0;
    for (std::uint64_t i = 0; i < customers; ++i) {
        std::string page = "/views/my-orders/";
        append_customer(page, i);
        orders += rows_of(socket, page + "?limit=1000");
    }
    return orders;
}

}  // namespace

Written written_of(const Workload& workload) {
    return {.records = workload.records(), .live = workload.live()};
}

Written written_of(const std::deque<Workload>& lanes) {
    Written written;
    for (const Workload& lane : lanes) {
        written.records += lane.records();
        written.live += lane.live();
    }
    return written;
}

void check_kept(const std::string& name, const std::string& what, std::uint64_t has,
                std::uint64_t should_have) {
    if (has == should_have) return;
    throw Failure(name + " has " + std::to_string(has) + " " + what + " instead of " +
                  std::to_string(should_have) + ", so its figures are void");
}

std::uint64_t rows_of(LocalSocket& socket, const std::string& page) {
    std::uint64_t rows = 0;
    std::string cursor;
    do {
        const std::string body = get(socket, cursor.empty() ? page : page + "&cursor=" + cursor);
        rows += members_in(body, "id");
        cursor = next_cursor(body);
    } while (!cursor.empty());
    return rows;
}

void check_live_orders(const std::string& name, const Server& server, const Written& written) {
    LocalSocket socket(server.port());
    check_kept(name, "live orders", live_orders(socket), written.live);
}

void check_server(const std::string& name, const Server& server, const Written& written) {
    LocalSocket socket(server.port());
    check_kept(name, "records in its log", number_in(get(socket, "/status"), "head"),
               written.records);
    check_live_orders(name, server, written);
}

}  // namespace freshet::bench
