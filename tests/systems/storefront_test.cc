// The storefront from end to end: its README, and what two browsers show when the server is killed
// under them and when their credentials end.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/readers/event_reader.h"
#include "tests/readers/http_client.h"
#include "tests/support/places.h"
#include "tests/support/server_process.h"
#include "tests/systems/orders.h"
#include "tests/systems/storefront.h"
#include "tests/systems/system.h"
#include "tests/systems/watching.h"

namespace freshet::systems {
namespace {

TEST(StorefrontTest, DoesWhatItsReadmeShows) {
    Storefront storefront;
    ASSERT_GE(storefront.set_up().size(), 3U);
    ASSERT_GE(storefront.look_around().size(), 5U);

    storefront.run(storefront.set_up());
    storefront.start_freshet();
    storefront.start_the_rest(900);
    storefront.run(storefront.look_around());
}

// ---- signing out ----

// What the browser of somebody who has just signed in sends as its cookies.
struct Cookies {
    std::string shop;
    std::string freshet;
};

Cookies sign_in(const Storefront& storefront, const std::string& body) {
    support::HttpClient client(storefront.back_end_port());
    client.send(
        "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string answer = client.read_to_end();
    const auto cookie = [&answer](const std::string& name) {
        const std::size_t begin = answer.find(name + "=");
        if (begin == std::string::npos) return std::string();
        return answer.substr(begin, answer.find(';', begin) - begin);
    };
    return {cookie("shop"), cookie("__Secure-freshet")};
}

int sign_out(const Storefront& storefront, const Cookies& cookies) {
    return support::HttpClient(storefront.back_end_port())
        .request("POST", "/sign-out", {"Cookie: " + cookies.shop + "; " + cookies.freshet})
        .status;
}

TEST(StorefrontTest, SigningOutEndsTheCookieAndItsStream) {
    Storefront storefront;
    storefront.run(storefront.set_up());
    storefront.start_freshet();
    storefront.start_the_rest(900);
    const Cookies ada = sign_in(storefront, R"({"name":"ada","password":"pesto"})");
    const std::vector<std::string> cookie{"Cookie: " + ada.freshet};
    const auto orders = [&] {
        return support::HttpClient(storefront.freshet_port()).get("/views/my-orders?me=1", cookie);
    };
    ASSERT_EQ(orders().status, 200) << ada.freshet;
    support::EventReader stream(storefront.freshet_port(), "/events", cookie);
    stream.await_bookmark();

    EXPECT_EQ(sign_out(storefront, ada), 204);

    ASSERT_EQ(orders().status, 401);
    const auto farewell = stream.next();
    EXPECT_FALSE(farewell && stream.next().has_value()) << "the stream continues";
}

TEST(StorefrontTest, SaysThatASessionDidNotEnd) {
    Storefront storefront;
    storefront.run(storefront.set_up());
    storefront.start_freshet();
    storefront.start_the_rest(900);
    const Cookies ada = sign_in(storefront, R"({"name":"ada","password":"pesto"})");
    storefront.kill_freshet();

    EXPECT_EQ(sign_out(storefront, ada), 204) << "at least the cookies go";

    EXPECT_EQ(storefront.back_end_says("a session at Freshet did not end: "),
              "no answer from Freshet: ECONNREFUSED");
}

// ---- in browsers ----

constexpr std::chrono::seconds outage{15};
constexpr int cookie_life_s = 40;

// What the screen of a browser shows.
struct Screen {
    std::vector<std::uint64_t> positions;  // of the events, in the order of their lines
    std::vector<std::string> events;
    std::vector<std::string> orders;
};

Screen screen_of(const JsonValue& visitor) {
    Screen screen;
    for (const JsonValue& event : visitor["events"].elements()) {
        screen.positions.push_back(position_in(event["id"].text()));
        screen.events.push_back(event["text"].text());
    }
    for (const JsonValue& order : visitor["orders"].elements()) {
        screen.orders.push_back(order.text());
    }
    return screen;
}

std::string image_of(std::string_view creator, std::string_view created, std::string_view status) {
    return attribute("creator", creator) + "," + attribute("createdAt", created) + "," +
           attribute("status", status) + R"(,"numItems":{"N":"1"})";
}

TEST(StorefrontTest, ShowsEachEventOnceThroughAnOutageAndTheEndOfACredential) {
    Storefront storefront;
    storefront.run(storefront.set_up());
    storefront.start_freshet();
    storefront.start_the_rest(cookie_life_s);
    const std::string ada_1 = "2026-11-20T18:00:01Z";
    const std::string ada_2 = "2026-11-20T18:00:02Z";
    const std::string ada_3 = "2026-11-20T18:00:03Z";
    const std::string ben_1 = "2026-11-20T18:00:04Z";
    support::ChildProcess browsers({"/usr/bin/env", "node",
                                    support::source_folder() + "/tests/browser/storefront.mjs",
                                    storefront.url()});
    const auto await = [&browsers](const std::string& mark) {
        const auto line = browsers.await_error_line("[" + mark + "]");
        if (!line) ADD_FAILURE() << "never: " << mark;
        return line.has_value();
    };
    const auto end_of_browsers = [&browsers] {
        const ProcessEnd end = browsers.wait();
        return end.errors + end.output + "\ntools/setup test installs what the browsers need";
    };

    ASSERT_TRUE(await("watching")) << end_of_browsers();
    storefront.append(event_of(inserted("a1", 1, image_of("ada", ada_1, "NEW")).text() + "," +
                               inserted("b1", 2, image_of("ben", ben_1, "NEW")).text() + "," +
                               inserted("a2", 3, image_of("ada", ada_2, "NEW")).text() + "," +
                               modified("a1", 4, image_of("ada", ada_1, "OVEN")).text()));
    ASSERT_TRUE(await("heard 1")) << end_of_browsers();

    storefront.kill_freshet();
    std::this_thread::sleep_for(outage);  // in which the browsers try again and again
    storefront.start_freshet();
    storefront.append(event_of(modified("a1", 5, image_of("ada", ada_1, "DONE")).text() + "," +
                               inserted("a3", 6, image_of("ada", ada_3, "NEW")).text() + "," +
                               modified("b1", 7, image_of("ben", ben_1, "OVEN")).text() + "," +
                               modified("a2", 8, image_of("ada", ada_2, "OVEN")).text()));
    ASSERT_TRUE(await("heard 2")) << end_of_browsers();

    // The customer's browser has lost its cookie, which shows when it has to connect again.
    ASSERT_TRUE(await("renewed")) << end_of_browsers();
    storefront.kill_freshet();
    storefront.start_freshet();
    storefront.append(event_of(removed("a2", 9).text() + "," +
                               modified("a3", 10, image_of("ada", ada_3, "OVEN")).text() + "," +
                               modified("a3", 11, image_of("ada", ada_3, "DONE")).text() + "," +
                               modified("b1", 12, image_of("ben", ben_1, "DONE")).text()));
    ASSERT_TRUE(await("heard 3")) << end_of_browsers();

    const ProcessEnd end = browsers.wait();
    ASSERT_EQ(end.exit_code, 0) << end.errors;
    const JsonValue visitors = json(end.output);
    const Screen ada = screen_of(visitors["ada"]);
    const Screen sam = screen_of(visitors["sam"]);
    EXPECT_EQ(ada.positions, (std::vector<std::uint64_t>{1, 3, 4, 5, 6, 8, 9, 10, 11}));
    EXPECT_EQ(ada.events,
              (std::vector<std::string>{
                  "new-order a1 NEW", "new-order a2 NEW", "order-updated a1 OVEN",
                  "order-updated a1 DONE", "new-order a3 NEW", "order-updated a2 OVEN",
                  "order-canceled a2 ", "order-updated a3 OVEN", "order-updated a3 DONE"}));
    EXPECT_EQ(ada.orders, (std::vector<std::string>{"a3|" + ada_3 + "|DONE|1|ada",
                                                    "a1|" + ada_1 + "|DONE|1|ada"}));
    EXPECT_EQ(sam.positions, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    EXPECT_EQ(sam.orders, (std::vector<std::string>{"b1|" + ben_1 + "|DONE|1|ben",
                                                    "a3|" + ada_3 + "|DONE|1|ada",
                                                    "a1|" + ada_1 + "|DONE|1|ada"}));
    // The browsers went through the outage by themselves, and the page mended what they cannot.
    EXPECT_GE(std::stoi(visitors["ada"]["standIns"].text()), 3) << end.output;
    EXPECT_GE(std::stoi(visitors["sam"]["standIns"].text()), 3) << end.output;
    EXPECT_GE(std::stoi(visitors["ada"]["closed"].text()), 1) << end.output;
}

}  // namespace
}  // namespace freshet::systems
