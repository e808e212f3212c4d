// That no request can be hidden in another: what the reader makes of each vector, however it is
// cut, and that an independent parser, Node.js's, sees the very same requests in it, and in others
// that are made of the vectors by chance.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "http/serving/request_reader.h"
#include "tests/disks/temp_folder.h"
#include "tests/http/serving/smuggling_vectors.h"
#include "tests/support/places.h"
#include "tests/support/rounds.h"
#include "tests/support/server_process.h"

namespace freshet::http {
namespace {

using State = RequestReader::State;

constexpr std::size_t body_bytes_max = 1'000;
constexpr const char* next_request = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr const char* next_taken = "GET /smuggled ";

// What was made of one connection's bytes.
struct Reading {
    std::vector<std::string> taken;
    End end = End::open;
    int status = 0;

    bool operator==(const Reading&) const = default;

    friend std::ostream& operator<<(std::ostream& out, const Reading& reading) {
        for (const std::string& request : reading.taken) out << "[" << request << "] ";
        return out << "end " << static_cast<int>(reading.end) << " status " << reading.status;
    }
};

// One connection, read as http/serving/connection.h reads it.
class Reader {
public:
    // Offers more bytes, with those that nobody took yet before them.
    void offer(std::string_view bytes) {
        unread_ += bytes;
        while (reading_.end != End::refused && reading_.end != End::closed) {
            unread_.erase(0, reader_.take(unread_));
            if (reader_.streams()) body_ += reader_.take_body();
            if (reader_.state() != State::complete) break;
            complete();
        }
        if (reader_.state() == State::refused) {
            reading_.end = End::refused;
            reading_.status = reader_.refusal().status;
        }
    }

    Reading reading() const {
        Reading now = reading_;
        const bool begun = reader_.state() == State::head || reader_.state() == State::body;
        if (now.end == End::open && begun) now.end = End::waiting;
        return now;
    }

private:
    void complete() {
        const Request& request = reader_.request();
        body_ += request.body;
        reading_.taken.push_back(std::string(request.method) + " " + printable(request.raw_target) +
                                 " " + printable(body_));
        if (!request.keep_alive) reading_.end = End::closed;
        body_.clear();
        if (request.keep_alive) reader_.next();
    }

    RequestReader reader_{body_bytes_max};
    std::string unread_;
    std::string body_;
    Reading reading_;
};

Reading read_whole(const std::string& bytes) {
    Reader reader;
    reader.offer(bytes);
    return reader.reading();
}

Reading read_in_slices(const std::string& bytes, std::size_t slice) {
    Reader reader;
    for (std::size_t at = 0; at < bytes.size(); at += slice) reader.offer(bytes.substr(at, slice));
    return reader.reading();
}

Reading read_in_two(const std::string& bytes, std::size_t cut) {
    Reader reader;
    reader.offer(bytes.substr(0, cut));
    reader.offer(bytes.substr(cut));
    return reader.reading();
}

// What the reader makes of the bytes, which must be the same however they are cut.
Reading read(const std::string& bytes) {
    constexpr std::size_t short_max = 1'000;
    Reading whole = read_whole(bytes);
    if (bytes.size() > short_max) {
        for (const std::size_t slice : {701U, 4'099U}) {
            EXPECT_EQ(read_in_slices(bytes, slice), whole) << "in slices of " << slice;
        }
        return whole;
    }
    EXPECT_EQ(read_in_slices(bytes, 1), whole) << "byte by byte";
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        EXPECT_EQ(read_in_two(bytes, cut), whole) << "cut at " << cut;
    }
    return whole;
}

std::vector<SmugglingVector> all_vectors() {
    std::vector<SmugglingVector> all = smuggling_vectors();
    const std::vector<SmugglingVector> pairs = length_and_coding_vectors();
    all.insert(all.end(), pairs.begin(), pairs.end());
    return all;
}

// What a second parser made of one connection's bytes.
struct SecondReading {
    std::vector<std::string> taken;
    std::string error;
};

class SecondParser {
public:
    // One reading for each connection; none if there is no second parser.
    std::vector<SecondReading> read(const std::vector<std::string>& connections) {
        const std::string path = folder_.file("connections");
        std::ofstream file(path);
        for (const std::string& bytes : connections) file << hexadecimal(bytes) << '\n';
        file.close();
        const support::ProcessEnd end = support::run_program(
            {"/usr/bin/env", "node",
             support::source_folder() + "/tests/http/serving/second_parser.js", path});
        EXPECT_NE(end.exit_code, 127) << "Node.js is missing: tools/setup test installs it";
        EXPECT_EQ(end.exit_code, 0) << end.errors;
        return parse(end.output);
    }

private:
    static std::string hexadecimal(const std::string& bytes) {
        static constexpr char digits[] = "0123456789abcdef";
        std::string text;
        for (const char c : bytes) {
            const auto byte = static_cast<unsigned char>(c);
            text += digits[byte >> 4U];
            text += digits[byte & 0xfU];
        }
        return text;
    }

    static std::vector<SecondReading> parse(const std::string& output) {
        std::vector<SecondReading> readings;
        SecondReading reading;
        std::istringstream lines(output);
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("= ")) {
                reading.taken.push_back(line);
                continue;
            }
            reading.error = line.substr(2);
            readings.push_back(std::move(reading));
            reading = {};
        }
        return readings;
    }

    support::TempFolder folder_;
};

// Both saw the same requests as far as both went. Returns how many those are.
std::size_t expect_same_beginning(const Reading& first, const SecondReading& second) {
    const std::size_t both = std::min(first.taken.size(), second.taken.size());
    for (std::size_t i = 0; i < both; ++i) EXPECT_EQ(first.taken[i], second.taken[i]);
    return both;
}

// Who stops earlier must have refused the rest.
void expect_agreement(const SmugglingVector& vector, const Reading& first,
                      const SecondReading& second) {
    const std::size_t both = expect_same_beginning(first, second);
    if (second.taken.size() > both) {
        EXPECT_TRUE(vector.end == End::refused || vector.end == End::closed)
            << "the second parser took more: " << second.taken[both];
    }
    if (first.taken.size() > both) {
        EXPECT_NE(vector.why_taken, "")
            << "only the reader took " << first.taken[both] << "; error " << second.error;
    }
}

// Connections that begin with what is taken, and are spoilt.
class Spoiler {
public:
    Spoiler() {
        for (const SmugglingVector& vector : smuggling_vectors()) {
            const bool is_taken = vector.end == End::open || vector.end == End::closed;
            // Node.js drops what comes together with a request for an upgrade.
            const bool upgrades = vector.bytes.find("Upgrade") != std::string::npos;
            if (is_taken && !upgrades && vector.bytes.size() < 600) {
                good_.push_back(vector.bytes);
            }
        }
    }

    std::string connection() {
        std::string bytes = one_of(good_) + one_of(good_);
        for (std::size_t spoilt = 1 + below(3); spoilt > 0; --spoilt) spoil(bytes);
        return bytes + next_request;
    }

private:
    void spoil(std::string& bytes) {
        const std::size_t at = below(bytes.size());
        switch (below(4)) {
            case 0:
                bytes.insert(at, one_of(tokens_));
                break;
            case 1:
                bytes.erase(at, 1 + below(3));
                break;
            case 2:
                bytes[at] = static_cast<char>(below(256));
                break;
            default:
                bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(30)));
        }
    }

    const std::string& one_of(const std::vector<std::string>& texts) {
        return texts[below(texts.size())];
    }

    std::size_t below(std::size_t end) { return dice_() % end; }

    std::mt19937_64 dice_{9112};
    std::vector<std::string> good_;
    const std::vector<std::string> tokens_{"\r\n",
                                           "\n",
                                           "\r",
                                           "\r\n\r\n",
                                           " ",
                                           "\t",
                                           std::string(1, '\0'),
                                           "\x0b",
                                           "\x7f",
                                           "\xff",
                                           ";",
                                           "\"",
                                           ",",
                                           ":",
                                           "+",
                                           "-",
                                           "%",
                                           "=",
                                           "0",
                                           "a",
                                           "0\r\n\r\n",
                                           "3\r\nabc\r\n",
                                           "chunked",
                                           "HTTP/1.0",
                                           "GET / ",
                                           "Content-Length: 3\r\n",
                                           "Transfer-Encoding: chunked\r\n",
                                           "Transfer-Encoding: gzip\r\n",
                                           "Connection: close\r\n",
                                           "Connection: keep-alive\r\n",
                                           "Expect: 100-continue\r\n",
                                           "Host: localhost\r\n",
                                           "X: y\r\n"};
};

TEST(Smuggling, TheTableNamesManyVectorsAndWhatIsRightForEach) {
    std::set<std::string> names;
    for (const SmugglingVector& vector : all_vectors()) {
        EXPECT_TRUE(names.insert(vector.name).second) << vector.name << " is there twice";
        EXPECT_TRUE(vector.section.starts_with("911")) << vector.name;
        EXPECT_EQ(vector.end == End::refused, vector.status != 0) << vector.name;
    }

    EXPECT_GE(smuggling_vectors().size(), 300U);
    EXPECT_GE(length_and_coding_vectors().size(), 120U);
}

TEST(Smuggling, EachVectorIsTakenOrRefusedAsTheTableSaysHoweverItIsCut) {
    for (const SmugglingVector& vector : all_vectors()) {
        SCOPED_TRACE(vector.name + ": " + printable(vector.bytes.substr(0, 300)));
        // What is wrong at the very end may be seen only once more has come.
        if (vector.end == End::refused) continue;

        const Reading expected{vector.taken, vector.end, vector.status};
        EXPECT_EQ(read(vector.bytes), expected);
    }
}

TEST(Smuggling, TheNextRequestIsTakenAfterWhatWasTakenAndNeverAfterARefusal) {
    for (const SmugglingVector& vector : all_vectors()) {
        SCOPED_TRACE(vector.name + ": " + printable(vector.bytes.substr(0, 300)));
        if (vector.end == End::waiting) continue;

        Reading expected{vector.taken, vector.end, vector.status};
        if (vector.end == End::open) expected.taken.emplace_back(next_taken);
        EXPECT_EQ(read(vector.bytes + next_request), expected);
    }
}

TEST(Smuggling, ASecondParserSeesTheSameRequests) {
    const std::vector<SmugglingVector> vectors = all_vectors();
    std::vector<std::string> connections;
    for (const SmugglingVector& vector : vectors) {
        connections.push_back(vector.bytes);
        connections.push_back(vector.bytes + next_request);
    }

    SecondParser parser;
    const std::vector<SecondReading> second = parser.read(connections);

    ASSERT_EQ(second.size(), connections.size());
    for (std::size_t i = 0; i < connections.size(); ++i) {
        const SmugglingVector& vector = vectors[i / 2];
        SCOPED_TRACE(vector.name + ": " + printable(connections[i].substr(0, 300)));
        expect_agreement(vector, read_whole(connections[i]), second[i]);
    }
}

TEST(Smuggling, ASecondParserSeesTheSameInWhatIsSpoiltByChance) {
    Spoiler spoiler;
    std::vector<std::string> connections;
    const std::size_t rounds = support::rounds(5'000);
    while (connections.size() < rounds) connections.push_back(spoiler.connection());

    SecondParser parser;
    const std::vector<SecondReading> second = parser.read(connections);

    ASSERT_EQ(second.size(), connections.size());
    std::size_t agreed = 0;
    for (std::size_t i = 0; i < connections.size(); ++i) {
        SCOPED_TRACE(printable(connections[i]));
        const Reading first = read_whole(connections[i]);
        const std::size_t both = expect_same_beginning(first, second[i]);
        if (second[i].taken.size() > both) {
            EXPECT_TRUE(first.end == End::refused || first.end == End::closed)
                << "the second parser took more: " << second[i].taken[both];
        }
        if (first.taken.size() > both) {
            EXPECT_NE(second[i].error, "none") << "only the reader took " << first.taken[both];
        }
        agreed += both;
    }
    EXPECT_GT(agreed, connections.size() / 4) << "most of what is looked at is refused";
}

}  // namespace
}  // namespace freshet::http
