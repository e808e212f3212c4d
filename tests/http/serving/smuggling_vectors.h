// Requests that have been read in two ways by two servers, so that one took for a body what the
// other took for a request, and what is right for each by RFC 9112 and RFC 9110.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freshet::http {

// What is left of a connection after the bytes.
enum class End {
    open,     // the next request may come
    closed,   // the last request that was taken said that it is the last
    waiting,  // a request has begun and needs more bytes
    refused   // a request was refused: nothing after it is looked at
};

struct SmugglingVector {
    std::string name;
    std::string section;  // `9112 6.3` is section 6.3 of RFC 9112
    std::string bytes;    // that a client sends on one connection
    // The requests to be taken, each as `METHOD TARGET BODY`; printable() of the last two.
    std::vector<std::string> taken;
    End end = End::open;
    int status = 0;  // that the refused one is answered with
    // Why it is refused though the RFC would let a server take it.
    std::string why_refused;
    // Why another parser may not take what is taken here.
    std::string why_taken;
};

// Each name is there once.
std::vector<SmugglingVector> smuggling_vectors();

// Each of some Content-Length headers with each of some Transfer-Encoding headers, in both orders:
// to be refused, all of them.
std::vector<SmugglingVector> length_and_coding_vectors();

// What is not a visible ASCII character, and the backslash, as \xNN.
std::string printable(std::string_view bytes);

}  // namespace freshet::http
