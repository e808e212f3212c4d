// What http/limits/networks.h promises, by example.

#include "http/limits/networks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace freshet::http {
namespace {

engine::IpAddress address(const std::string& text) {
    return *engine::IpAddress::parse(text);
}

std::string numbered(const std::string& start, int number, const std::string& end = "") {
    return start + std::to_string(number) + end;
}

// Takes a seat for each, and tells why the first one that is refused is.
std::string refusal_of(NetworkSeats& seats, std::vector<NetworkSeats::Seat>& taken,
                       const std::vector<std::string>& clients) {
    for (const std::string& client : clients) {
        auto seat = seats.take(address(client));
        if (!seat) return client + ": " + seat.error().network.kind();
        taken.push_back(*std::move(seat));
    }
    return "";
}

TEST(NetworkSeats, AreFourTimesAsManyForANetworkOf56Bits) {
    NetworkSeats seats(2);
    std::vector<NetworkSeats::Seat> taken;
    std::vector<std::string> clients;
    for (int i = 0; i < 9; ++i) clients.push_back(numbered("2001:db8:0:", i, "::1"));

    EXPECT_EQ(refusal_of(seats, taken, clients), "2001:db8:0:8::1: network of 56 bits");

    EXPECT_TRUE(seats.take(address("2001:db8:0:100::1"))) << "another one of the same 48 bits";
}

TEST(NetworkSeats, AreSixteenTimesAsManyForANetworkOf48Bits) {
    NetworkSeats seats(1);
    std::vector<NetworkSeats::Seat> taken;
    std::vector<std::string> clients;
    for (int i = 0; i < 17; ++i) clients.push_back(numbered("2001:db8:0:", i, "00::1"));

    EXPECT_EQ(refusal_of(seats, taken, clients), "2001:db8:0:1600::1: network of 48 bits");

    EXPECT_TRUE(seats.take(address("2001:db8:1::1"))) << "elsewhere";
}

TEST(NetworkSeats, AreSixteenTimesAsManyForTheNeighboursOfAnAddress) {
    NetworkSeats seats(1);
    std::vector<NetworkSeats::Seat> taken;
    std::vector<std::string> clients;
    for (int i = 0; i < 17; ++i) clients.push_back(numbered("198.51.100.", i));

    EXPECT_EQ(refusal_of(seats, taken, clients), "198.51.100.16: network of 24 bits");

    EXPECT_TRUE(seats.take(address("198.51.101.16"))) << "elsewhere";
}

TEST(NetworkSeats, OfARefusedAddressAreGivenBack) {
    NetworkSeats seats(1);
    std::vector<NetworkSeats::Seat> taken;
    for (int i = 0; i < 16; ++i) {
        taken.push_back(*seats.take(address(numbered("198.51.100.", i))));
    }

    EXPECT_FALSE(seats.take(address("198.51.100.77")));
    taken.pop_back();

    EXPECT_TRUE(seats.take(address("198.51.100.77"))) << "it kept the seat of its address";
}

TEST(NetworkSeats, NameTheAddressThatHasAllItMayHave) {
    NetworkSeats seats(2);
    std::vector<NetworkSeats::Seat> taken;

    EXPECT_EQ(refusal_of(seats, taken, {"192.0.2.1", "192.0.2.1", "192.0.2.1"}),
              "192.0.2.1: address");
    EXPECT_EQ(refusal_of(seats, taken, {"2001:db8::1", "2001:db8::2", "2001:db8::3"}),
              "2001:db8::3: address");
}

TEST(NetworkSeats, TellTheNetworkThatIsFullest) {
    NetworkSeats seats(4);
    std::vector<NetworkSeats::Seat> taken;
    EXPECT_FALSE(seats.fullest());

    // Half of an address; then more than half of a network, in which no address has as much.
    refusal_of(seats, taken, {"203.0.113.9", "203.0.113.9"});
    EXPECT_EQ(seats.fullest()->network.start, address("203.0.113.9"));
    for (int i = 0; i < 40; ++i) refusal_of(seats, taken, {numbered("198.51.100.", i)});

    const auto fullest = seats.fullest();
    ASSERT_TRUE(fullest);
    EXPECT_EQ(fullest->network.start, address("198.51.100.0"));
    EXPECT_EQ(fullest->count, 40U);
    EXPECT_EQ(fullest->most, 64U);
    EXPECT_TRUE(fullest->network.contains(address("198.51.100.255")));
    EXPECT_FALSE(fullest->network.contains(address("198.51.101.0")));
    EXPECT_FALSE(fullest->network.contains(address("2001:db8::1")));
}

TEST(NetworkSeats, AreNotCountedWhereThereIsNoLimit) {
    NetworkSeats seats(0);
    std::vector<NetworkSeats::Seat> taken;
    for (int i = 0; i < 100; ++i) taken.push_back(*seats.take(address("192.0.2.1")));
    EXPECT_FALSE(seats.fullest());
}

}  // namespace
}  // namespace freshet::http
