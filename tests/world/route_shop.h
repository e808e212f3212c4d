// An engine over a small shop, asked through the routes alone: no socket, no thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "engine/engine.h"
#include "http/messages/answer.h"
#include "http/routes/routes.h"
#include "tests/world/stepped_engine.h"

namespace freshet::http {

// Table `orders` (key pk, from the source table `shop`) with the item view `order` and the lists
// `my-orders` by creator and `all-orders`; table `lines` (key pk and the number sk) with the item
// view `line`. `more` is written below them.
engine::Config shop_config(const std::string& more = {});

// The Lambda event of one record of table orders. Numbers are those of the item's own stream.
std::string order_event(std::string_view kind, std::string_view id, int sequence,
                        std::string_view status);

// What a connection makes of a request that has come whole: finds its endpoint, answers a
// preflight, asks whose the request is, and routes it.
NextStep next_step(const RouteContext& context, Request& request, std::chrono::sys_seconds now,
                   bool waited = false);

class RouteShop {
public:
    explicit RouteShop(const engine::Config& config = shop_config());
    // Over the data folder at `path`; over a new one if `path` is empty.
    RouteShop(const engine::Config& config, std::string path);

    // A request in parts. Header lines are "Name: value".
    struct Asked {
        std::string method = "GET";
        std::string target;
        std::vector<std::string> headers;
        std::string body;
    };
    NextStep ask(const Asked& asked, bool waited = false);
    Answer get(const std::string& target, std::vector<std::string> headers = {});
    // POST /records, with what the sequencer makes of it.
    Answer post(const std::string& body, const std::string& query = "",
                std::vector<std::string> headers = {"Content-Type: application/json"});

    // The answer to a request that may have to be appended first.
    Answer settle(NextStep step);

    void ordered(std::string_view id, int sequence, std::string_view status = "OPEN") {
        post(order_event("INSERT", id, sequence, status));
    }

    [[nodiscard]] engine::Engine& engine() { return engine_.engine(); }
    [[nodiscard]] RouteContext context();
    // Closes the engine and opens it again; without its state if told so.
    void restart(bool delete_state = false);
    [[nodiscard]] support::SteppedEngine& stepped() { return engine_; }

    std::chrono::sys_seconds now{std::chrono::seconds(1'800'000'000)};  // when requests come

private:
    void begin();

    support::SteppedEngine engine_;
    const std::optional<engine::AuthSettings> auth_;
    std::unique_ptr<Credentials> credentials_;
    BrowserOrigins origins_;
    Subscribers subscribers_;
    std::unique_ptr<HttpMetrics> metrics_;
};

}  // namespace freshet::http
