#include "tests/http/serving/smuggling_vectors.h"

#include <cstddef>
#include <utility>

#include "http/messages/request_gate.h"

namespace freshet::http {

namespace {

using std::string_literals::operator""s;
using Vectors = std::vector<SmugglingVector>;
using Taken = std::vector<std::string>;

const Taken with_abc{"POST /records abc"};
const Taken without_body{"POST /records "};
const std::string any_method = "some parsers know only the methods that are registered";

SmugglingVector taken(std::string name, std::string section, std::string bytes, Taken requests) {
    return {std::move(name),
            std::move(section),
            std::move(bytes),
            std::move(requests),
            End::open,
            0,
            "",
            ""};
}

// Taken here, while another parser may be stricter.
SmugglingVector taken_though(std::string why, SmugglingVector vector) {
    vector.why_taken = std::move(why);
    return vector;
}

SmugglingVector closes(std::string name, std::string section, std::string bytes, Taken requests) {
    return {std::move(name),
            std::move(section),
            std::move(bytes),
            std::move(requests),
            End::closed,
            0,
            "",
            ""};
}

SmugglingVector waits(std::string name, std::string section, std::string bytes) {
    return {std::move(name), std::move(section), std::move(bytes), {}, End::waiting, 0, "", ""};
}

// The RFC says that this is no request, or that a server refuses it.
SmugglingVector refused(int status, std::string name, std::string section, std::string bytes) {
    return {
        std::move(name), std::move(section), std::move(bytes), {}, End::refused, status, "", ""};
}

// The RFC would let a server take it.
SmugglingVector declined(int status, std::string name, std::string section, std::string why,
                         std::string bytes) {
    return {std::move(name),  std::move(section),
            std::move(bytes), {},
            End::refused,     status,
            std::move(why),   ""};
}

// The request before it is taken.
SmugglingVector after(Taken requests, SmugglingVector vector) {
    vector.taken = std::move(requests);
    return vector;
}

std::string request(const std::string& line, const std::string& fields,
                    const std::string& body = "") {
    return line + "\r\nHost: localhost\r\n" + fields + "\r\n" + body;
}

std::string post(const std::string& fields, const std::string& body = "") {
    return request("POST /records HTTP/1.1", fields, body);
}

std::string get(const std::string& target) {
    return request("GET " + target + " HTTP/1.1", "");
}

// With these as the only fields.
std::string bare(const std::string& fields) {
    return "GET / HTTP/1.1\r\n" + fields + "\r\n";
}

std::string length(const std::string& value) {
    return post("Content-Length:" + value + "\r\n", "abc");
}

std::string coding(const std::string& value) {
    return post("Transfer-Encoding:" + value + "\r\n", "3\r\nabc\r\n0\r\n\r\n");
}

std::string chunks(const std::string& body) {
    return post("Transfer-Encoding: chunked\r\n", body);
}

// The first chunk's line ends in this.
std::string size_line(const std::string& line) {
    return chunks(line + "\r\nabc\r\n0\r\n\r\n");
}

Vectors lengths() {
    const std::string copies = "a proxy before us may go by the one or the other";
    return {
        taken("a length", "9112 6.2", length(" 3"), with_abc),
        taken("a length without a space before it", "9112 5", length("3"), with_abc),
        taken("a length after a tab", "9112 5.1", length("\t3"), with_abc),
        taken_though("some parsers see the tab as a part of the number",
                     taken("a length before a tab", "9112 5.1", length(" 3\t"), with_abc)),
        taken("a length with leading zeros", "9110 8.6", length(" 0003"), with_abc),
        taken("a length of forty digits that are zeros but one", "9110 8.6",
              length(" " + std::string(39, '0') + "3"), with_abc),
        taken("a length of nothing", "9112 6.2", post("Content-Length: 0\r\n"), without_body),
        taken("no length and no coding", "9112 6.3", post(""), without_body),
        taken("a length in capitals", "9110 5.1", post("CONTENT-LENGTH: 3\r\n", "abc"), with_abc),
        taken("a length with an underscore is another field", "9110 5.1",
              post("Content_Length: 3\r\n"), without_body),
        taken("a GET with a length", "9110 9.3.1",
              request("GET / HTTP/1.1", "Content-Length: 3\r\n", "abc"), {"GET / abc"}),
        taken("a length that takes in what looks like a request", "9112 6.2",
              post("Content-Length: 18\r\n", "GET / HTTP/1.1\r\n\r\n"),
              {"POST /records GET\\x20/\\x20HTTP/1.1\\x0d\\x0a\\x0d\\x0a"}),
        taken_though(any_method, waits("a length larger than the body", "9112 8",
                                       post("Content-Length: 4\r\n", "abc"))),
        after({"POST /records ab"}, refused(400, "a length smaller than the body", "9112 3",
                                            post("Content-Length: 2\r\n", "ab:"))),
        refused(400, "two lengths that differ", "9112 6.3",
                post("Content-Length: 3\r\nContent-Length: 0\r\n", "abc")),
        refused(400, "two lengths that differ, the larger one last", "9112 6.3",
                post("Content-Length: 0\r\nContent-Length: 3\r\n", "abc")),
        declined(400, "two equal lengths", "9112 6.3", copies,
                 post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")),
        declined(400, "two equal lengths with a field between them", "9112 6.3", copies,
                 post("Content-Length: 3\r\nX: y\r\ncontent-length: 3\r\n", "abc")),
        refused(400, "two lengths equal but for zeros", "9112 6.3",
                post("Content-Length: 3\r\nContent-Length: 03\r\n", "abc")),
        declined(400, "a list of equal lengths", "9112 6.3", copies, length(" 3, 3")),
        refused(400, "a list of lengths that differ", "9112 6.3", length(" 3, 4")),
        refused(400, "a length and a comma", "9112 6.3", length(" 3,")),
        refused(400, "a comma and a length", "9112 6.3", length(" ,3")),
        refused(400, "an empty length", "9112 6.3", length("")),
        refused(400, "a length of spaces", "9112 6.3", length("  ")),
        refused(400, "a length with a plus", "9110 8.6", length(" +3")),
        refused(400, "a negative length", "9110 8.6", length(" -3")),
        refused(400, "a length of minus zero", "9110 8.6", length(" -0")),
        refused(400, "a hexadecimal length", "9110 8.6", length(" 0x3")),
        refused(400, "a length of hexadecimal digits", "9110 8.6", length(" a")),
        refused(400, "a length with a fraction", "9110 8.6", length(" 3.0")),
        refused(400, "a length with an exponent", "9110 8.6", length(" 3e0")),
        refused(400, "a quoted length", "9110 8.6", length(" \"3\"")),
        refused(400, "a length with a parameter", "9110 8.6", length(" 3;q=1")),
        refused(400, "a length of two numbers", "9110 8.6", length(" 3 3")),
        refused(400, "a length with an underscore in it", "9110 8.6", length(" 1_0")),
        refused(400, "a length of digits beyond ASCII", "9110 8.6", length(" \xef\xbc\x93")),
        refused(400, "a length of 2^64", "9110 8.6", length(" 18446744073709551616")),
        refused(400, "a length of 2^64 and 3", "9110 8.6", length(" 18446744073709551619")),
        refused(400, "a length of a hundred digits", "9110 8.6",
                length(" " + std::string(100, '9'))),
        declined(413, "a length of 2^64 less one", "9110 8.6", "no body may be so long",
                 length(" 18446744073709551615")),
        declined(413, "a length of 2^32 and 3", "9110 8.6", "no body may be so long",
                 length(" 4294967299")),
        refused(400, "a length and a space before its colon", "9112 5.1",
                post("Content-Length : 3\r\n", "abc")),
        refused(400, "a length and a tab before its colon", "9112 5.1",
                post("Content-Length\t: 3\r\n", "abc")),
        refused(400, "a length with a vertical tab", "9110 5.5",
                length(" \x0b"
                       "3")),
        refused(400, "a length with a form feed", "9110 5.5", length(" 3\x0c")),
        refused(400, "a length with a NUL", "9110 5.5", length(" 3\0"s)),
        refused(400, "a length folded over two lines", "9112 5.2", length("\r\n 3")),
    };
}

Vectors codings() {
    const std::string only = "chunked is the only coding that is understood, so none is decoded";
    const std::string unlisted = "the value is compared as a whole, so that none can hide in it";
    return {
        taken("chunks", "9112 6.1", coding(" chunked"), with_abc),
        taken("chunks in capitals", "9112 7", coding(" CHUNKED"), with_abc),
        taken("chunks after a tab", "9112 5.1", coding("\tchunked"), with_abc),
        taken("chunks before a space", "9112 5.1", coding(" chunked "), with_abc),
        taken_though("some parsers see the tab as a part of the coding",
                     taken("chunks before a tab", "9112 5.1", coding(" chunked\t"), with_abc)),
        taken("a GET with chunks", "9110 9.3.1",
              request("GET / HTTP/1.1", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n"),
              {"GET / a"}),
        taken("a coding with an underscore is another field", "9110 5.1",
              post("Transfer_Encoding: chunked\r\n"), without_body),
        taken("TE is another field", "9110 10.1.4", post("TE: chunked\r\n"), without_body),
        taken("Content-Encoding does not frame", "9110 8.4",
              post("Content-Encoding: chunked\r\nContent-Length: 3\r\n", "abc"), with_abc),
        refused(400, "an unknown coding", "9112 6.3", coding(" xchunked")),
        refused(400, "chunks that are not the last coding", "9112 6.3",
                coding(" chunked, identity")),
        declined(501, "compressed chunks", "9112 6.1", only, coding(" gzip, chunked")),
        refused(400, "chunks that are compressed", "9112 6.3", coding(" chunked, gzip")),
        refused(400, "compression without chunks", "9112 6.3", coding(" gzip")),
        refused(400, "the coding identity", "9112 6.3", coding(" identity")),
        refused(501, "identity and chunks", "9112 6.1", coding(" identity, chunked")),
        refused(501, "chunks in chunks", "9112 6.1", coding(" chunked, chunked")),
        refused(400, "an empty coding", "9112 6.1", coding("")),
        declined(400, "chunks and a comma", "9110 5.6.1", unlisted, coding(" chunked,")),
        declined(501, "a comma and chunks", "9110 5.6.1", unlisted, coding(" ,chunked")),
        refused(400, "chunks with a parameter", "9112 7", coding(" chunked;q=1")),
        refused(400, "chunks and a semicolon", "9112 7", coding(" chunked;")),
        refused(400, "quoted chunks", "9112 7", coding(" \"chunked\"")),
        refused(400, "chunks in apostrophes", "9112 7", coding(" 'chunked'")),
        refused(400, "chunks and another word", "9112 7", coding(" chunked x")),
        refused(400, "chunks with a dot", "9112 7", coding(" chunked.")),
        refused(400, "chunks with a bracket", "9112 7", coding(" [chunked]")),
        refused(400, "chunks after a colon", "9112 7", coding(": chunked")),
        refused(400, "chunks after a vertical tab", "9110 5.5",
                coding(" \x0b"
                       "chunked")),
        refused(400, "chunks before a form feed", "9110 5.5", coding(" chunked\x0c")),
        refused(400, "chunks before a NUL", "9110 5.5", coding(" chunked\0"s)),
        refused(400, "chunks after a NUL", "9110 5.5", coding(" \0chunked"s)),
        refused(400, "chunks after a no-break space", "9112 7",
                coding(" \xa0"
                       "chunked")),
        refused(400, "chunks with a letter that looks alike", "9112 7",
                coding(" chun\xe2\x84\xaa"
                       "ed")),
        refused(400, "chunks on a folded line", "9112 5.2", coding("\r\n chunked")),
        refused(400, "chunks on a line folded by a tab", "9112 5.2", coding("\r\n\tchunked")),
        refused(400, "two headers for one coding", "9112 6.1",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                     "3\r\nabc\r\n0\r\n\r\n")),
        declined(
            400, "an empty coding before chunks", "9110 5.6.1", unlisted,
            post("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n")),
        refused(400, "identity before chunks, in two headers", "9112 6.1",
                post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
                     "3\r\nabc\r\n0\r\n\r\n")),
        refused(400, "chunks before identity, in two headers", "9112 6.3",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                     "3\r\nabc\r\n0\r\n\r\n")),
        refused(400, "a coding and a space before its colon", "9112 5.1",
                post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        refused(400, "a coding and a tab before its colon", "9112 5.1",
                post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")),
        refused(400, "a coding with a space in its name", "9110 5.1",
                post("Transfer Encoding: chunked\r\n", "0\r\n\r\n")),
        refused(400, "a coding with a NUL in its name", "9110 5.1",
                post("Transfer-Encoding\0: chunked\r\n"s, "0\r\n\r\n")),
        refused(400, "a coding in a line that begins with a space", "9112 2.2",
                "POST / HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: localhost\r\n\r\n"),
        refused(400, "HTTP/1.0 with chunks", "9112 6.1",
                request("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        refused(400, "HTTP/1.0 with chunks, kept alive", "9112 6.1",
                request("POST / HTTP/1.0",
                        "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
        refused(400, "HTTP/1.0 with a length and chunks", "9112 6.1",
                request("POST / HTTP/1.0", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                        "0\r\n\r\n")),
    };
}

Vectors sizes_of_chunks() {
    const std::string wide = "only the chunk's data may be so long, and no body is";
    return {
        taken("several chunks", "9112 7.1", chunks("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), with_abc),
        taken("no chunk but the last", "9112 7.1", chunks("0\r\n\r\n"), without_body),
        taken("a size in lower case", "9112 7.1", chunks("a\r\n0123456789\r\n0\r\n\r\n"),
              {"POST /records 0123456789"}),
        taken("a size in capitals", "9112 7.1", chunks("A\r\n0123456789\r\n0\r\n\r\n"),
              {"POST /records 0123456789"}),
        taken("a size with leading zeros", "9112 7.1", size_line("0003"), with_abc),
        taken("a size of two hundred digits", "9112 7.1", size_line(std::string(199, '0') + "3"),
              with_abc),
        taken("a last chunk of several zeros", "9112 7.1", chunks("3\r\nabc\r\n000\r\n\r\n"),
              with_abc),
        taken("data that looks like a last chunk", "9112 7.1",
              chunks("5\r\n0\r\n\r\n\r\n0\r\n\r\n"), {"POST /records 0\\x0d\\x0a\\x0d\\x0a"}),
        waits("no last chunk", "9112 8", chunks("3\r\nabc\r\n")),
        waits("a last chunk without its empty line", "9112 8", chunks("3\r\nabc\r\n0\r\n")),
        waits("a size larger than the data", "9112 8", chunks("ff\r\nabc\r\n0\r\n\r\n")),
        waits("the largest size there is", "9112 8", chunks("ffffffffffffffff\r\nabc\r\n")),
        declined(413, "more data than a body may have", "9112 7.1", wide,
                 chunks("3e9\r\n" + std::string(1'001, 'a') + "\r\n0\r\n\r\n")),
        refused(400, "a size smaller than the data", "9112 7.1", size_line("2")),
        refused(400, "a size of 2^64", "9112 7.1", size_line("10000000000000000")),
        refused(400, "a size of 2^64 and 3", "9112 7.1", size_line("10000000000000003")),
        refused(400, "a size of 2^68 and 3", "9112 7.1", size_line("100000000000000003")),
        refused(400, "a size with a plus", "9112 7.1", size_line("+3")),
        refused(400, "a negative size", "9112 7.1", size_line("-3")),
        refused(400, "a size after 0x", "9112 7.1", size_line("0x3")),
        refused(400, "a size after a space", "9112 7.1", size_line(" 3")),
        refused(400, "a size before a space", "9112 7.1", size_line("3 ")),
        refused(400, "a size before a tab", "9112 7.1", size_line("3\t")),
        refused(400, "a size before a NUL", "9112 7.1", size_line("3\0"s)),
        refused(400, "a size with a space in it", "9112 7.1", size_line("0 3")),
        refused(400, "a size with an underscore in it", "9112 7.1", size_line("0_3")),
        refused(400, "a size with a point", "9112 7.1", size_line("3.0")),
        refused(400, "a quoted size", "9112 7.1", size_line("\"3\"")),
        refused(400, "a size with a comma", "9112 7.1", size_line("3,3")),
        refused(400, "a size beyond hexadecimal digits", "9112 7.1", size_line("g")),
        refused(400, "an empty size", "9112 7.1", size_line("")),
        refused(400, "a negative last chunk", "9112 7.1", chunks("3\r\nabc\r\n-0\r\n\r\n")),
        refused(400, "a last chunk of 0x0", "9112 7.1", chunks("3\r\nabc\r\n0x0\r\n\r\n")),
        refused(400, "a last chunk before a space", "9112 7.1", chunks("3\r\nabc\r\n0 \r\n\r\n")),
        refused(400, "data without its line end", "9112 7.1", chunks("3\r\nabc0\r\n\r\n")),
        refused(400, "a size that ends with LF", "9112 7.1", chunks("3\nabc\r\n0\r\n\r\n")),
        refused(400, "a size that ends with CR", "9112 7.1", chunks("3\rabc\r\n0\r\n\r\n")),
        refused(400, "a size that ends with CR CR LF", "9112 7.1",
                chunks("3\r\r\nabc\r\n0\r\n\r\n")),
        refused(400, "data that ends with LF", "9112 7.1", chunks("3\r\nabc\n0\r\n\r\n")),
        refused(400, "data that ends with CR", "9112 7.1", chunks("3\r\nabc\r0\r\n\r\n")),
        refused(400, "data that ends with two bytes that are no line end", "9112 7.1",
                chunks("3\r\nabcXX0\r\n\r\n")),
        refused(400, "a last chunk that ends with LF", "9112 7.1", chunks("3\r\nabc\r\n0\n\r\n")),
        refused(400, "a last chunk and only LF lines", "9112 7.1", chunks("3\r\nabc\r\n0\n\n")),
        refused(400, "a last chunk and an empty line of LF", "9112 7.1",
                chunks("3\r\nabc\r\n0\r\n\n")),
        refused(400, "a last chunk and an empty line of CR", "9112 7.1",
                chunks("3\r\nabc\r\n0\r\n\rX\r\n\r\n")),
    };
}

Vectors extensions() {
    const std::string spaces = "some parsers refuse the spaces that the RFC has a recipient ignore";
    const std::string unread = "nobody needs them, and they may hide what proxies skip";
    return {
        taken("an extension", "9112 7.1.1", size_line("3;a=b"), with_abc),
        taken("an extension without a value", "9112 7.1.1", size_line("3;a"), with_abc),
        taken("several extensions", "9112 7.1.1", size_line("3;a=b;c;d=e"), with_abc),
        taken("a quoted extension", "9112 7.1.1", size_line("3;a=\"b c\""), with_abc),
        taken("an extension that quotes a quote", "9112 7.1.1", size_line("3;a=\"\\\"\""),
              with_abc),
        taken("an extension of the last chunk", "9112 7.1.1", chunks("3\r\nabc\r\n0;a=b\r\n\r\n"),
              with_abc),
        taken_though(spaces, taken("an extension after a space", "9112 7.1.1", size_line("3 ;a=b"),
                                   with_abc)),
        taken_though(spaces, taken("an extension with spaces", "9112 7.1.1", size_line("3; a = b"),
                                   with_abc)),
        taken_though(spaces, taken("an extension after a tab", "9112 7.1.1", size_line("3\t;\ta=b"),
                                   with_abc)),
        refused(400, "an extension whose quotes go over the line", "9112 7.1.1",
                chunks("3;a=\"\r\nabc\r\n0\r\n\r\n")),
        refused(400, "a last chunk's extension whose quotes go over the line", "9112 7.1.1",
                chunks("3\r\nabc\r\n0;a=\"\r\n\r\n")),
        declined(400, "a long extension", "9112 7.1.1", unread,
                 size_line("3;" + std::string(chunk_extension_bytes_max, 'a'))),
        declined(400, "an extension of nine thousand bytes", "9112 7.1.1", unread,
                 size_line("3;" + std::string(9'000, 'a'))),
        declined(400, "a long extension of the last chunk", "9112 7.1.1", unread,
                 chunks("0;" + std::string(chunk_extension_bytes_max, 'a') + "\r\n\r\n")),
        refused(400, "an extension without a name", "9112 7.1.1", size_line("3;")),
        refused(400, "an extension of two semicolons", "9112 7.1.1", size_line("3;;a")),
        refused(400, "an extension with a value alone", "9112 7.1.1", size_line("3;=b")),
        refused(400, "an extension with an empty value", "9112 7.1.1", size_line("3;a=")),
        refused(400, "an extension with a space at its end", "9112 7.1.1", size_line("3;a ")),
        refused(400, "an extension with LF", "9112 7.1.1", size_line("3;a\nb")),
        refused(400, "an extension with LF in quotes", "9112 7.1.1", size_line("3;a=\"\n\"")),
        refused(400, "an extension with a quoted LF", "9112 7.1.1", size_line("3;a=\"\\\n\"")),
        refused(400, "a last chunk's extension with LF in quotes", "9112 7.1.1",
                chunks("3\r\nabc\r\n0;a=\"\n\"\r\n\r\n")),
        refused(400, "an extension with CR", "9112 7.1.1", size_line("3;a\rb")),
        refused(400, "an extension with CR in quotes", "9112 7.1.1", size_line("3;a=\"\r\"")),
        refused(400, "an extension with a line end in quotes", "9112 7.1.1",
                size_line("3;a=\"\r\n\"")),
        refused(400, "an extension with a NUL", "9112 7.1.1", size_line("3;a\0"s)),
        refused(400, "an extension with a NUL in quotes", "9112 7.1.1", size_line("3;a=\"\0\""s)),
        refused(400, "an extension with DEL in quotes", "9112 7.1.1", size_line("3;a=\"\x7f\"")),
        refused(400, "an extension beyond ASCII", "9112 7.1.1", size_line("3;\xc3\xbc")),
    };
}

Vectors trailers() {
    const std::string unread = "no request here has trailers, and some parsers merge them";
    const auto trailer = [](const std::string& fields) {
        return chunks("3\r\nabc\r\n0\r\n" + fields + "\r\n");
    };
    return {
        declined(400, "a trailer", "9112 7.1.2", unread, trailer("X: y\r\n")),
        declined(400, "a trailer with a length", "9110 6.5.1", unread,
                 trailer("Content-Length: 5\r\n")),
        declined(400, "a trailer with a coding", "9110 6.5.1", unread,
                 trailer("Transfer-Encoding: chunked\r\n")),
        declined(400, "a trailer with a Host", "9110 6.5.1", unread, trailer("Host: other\r\n")),
        declined(400, "a trailer that closes", "9110 6.5.1", unread,
                 trailer("Connection: close\r\n")),
        refused(400, "a trailer that is a request", "9112 7.1.2",
                trailer("GET /smuggled HTTP/1.1\r\n")),
        refused(400, "a trailer that is folded", "9112 5.2", trailer("X: y\r\n z\r\n")),
        refused(400, "a trailer that ends with LF", "9112 7.1.2", trailer("X: y\n")),
        refused(400, "a trailer with a NUL", "9110 5.5", trailer("X: \0\r\n"s)),
        declined(400, "a trailer of nine thousand bytes", "9112 7.1.2", unread,
                 trailer("X: " + std::string(9'000, 'y') + "\r\n")),
    };
}

Vectors request_lines() {
    const std::string newer = "a version that nobody speaks is more likely an attack";
    return {
        taken("an empty line before the request", "9112 2.2", "\r\n" + get("/"), {"GET / "}),
        taken_though(any_method, taken("an unknown method", "9110 9.1",
                                       request("FRESHET / HTTP/1.1", ""), {"FRESHET / "})),
        taken_though(any_method, taken("a method in lower case", "9110 9.1",
                                       request("get / HTTP/1.1", ""), {"get / "})),
        declined(400, "two empty lines before the request", "9112 2.2", "one is all a client needs",
                 "\r\n\r\n" + get("/")),
        refused(400, "an empty line of LF before the request", "9112 2.2", "\n" + get("/")),
        refused(400, "a CR before the request", "9112 2.2", "\r" + get("/")),
        refused(400, "a space before the request", "9112 3", " " + get("/")),
        refused(400, "a NUL before the request", "9112 3", "\0"s + get("/")),
        refused(400, "a byte order mark before the request", "9112 3", "\xef\xbb\xbf" + get("/")),
        refused(400, "two spaces after the method", "9112 3", request("GET  / HTTP/1.1", "")),
        refused(400, "two spaces before the version", "9112 3", request("GET /  HTTP/1.1", "")),
        refused(400, "a space after the version", "9112 3", request("GET / HTTP/1.1 ", "")),
        refused(400, "a tab after the method", "9112 3", request("GET\t/ HTTP/1.1", "")),
        refused(400, "a tab before the version", "9112 3", request("GET /\tHTTP/1.1", "")),
        refused(400, "a form feed after the method", "9112 3", request("GET\x0c/ HTTP/1.1", "")),
        refused(400, "no method", "9112 3", request(" / HTTP/1.1", "")),
        refused(400, "no target", "9112 3", request("GET HTTP/1.1", "")),
        refused(400, "a method with a colon", "9112 3.1", request("GE:T / HTTP/1.1", "")),
        refused(400, "a method with a NUL", "9112 3.1", request("GE\0T / HTTP/1.1"s, "")),
        refused(400, "a method beyond ASCII", "9112 3.1", request("G\xc3\x8bT / HTTP/1.1", "")),
        refused(400, "HTTP/0.9", "9112 3", "GET /\r\n\r\n"),
        refused(400, "HTTP/0.9 with fields", "9112 3", request("GET /", "")),
        refused(505, "HTTP/0.9 by name", "9112 2.3", request("GET / HTTP/0.9", "")),
        declined(505, "HTTP/1.2", "9110 2.5", newer, request("GET / HTTP/1.2", "")),
        declined(505, "HTTP/1.9", "9110 2.5", newer, request("GET / HTTP/1.9", "")),
        refused(505, "HTTP/2.0", "9112 2.3", request("GET / HTTP/2.0", "")),
        refused(505, "the preface of HTTP/2", "9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        refused(400, "HTTP/1", "9112 2.3", request("GET / HTTP/1", "")),
        refused(400, "HTTP/1.1 and more", "9112 2.3", request("GET / HTTP/1.1x", "")),
        refused(400, "HTTP/1.10", "9112 2.3", request("GET / HTTP/1.10", "")),
        refused(400, "HTTP/01.1", "9112 2.3", request("GET / HTTP/01.1", "")),
        refused(400, "HTTP/1,1", "9112 2.3", request("GET / HTTP/1,1", "")),
        refused(400, "http/1.1", "9112 2.3", request("GET / http/1.1", "")),
        refused(400, "another protocol", "9112 2.3", request("GET / RTSP/1.1", "")),
        refused(400, "a version after a version", "9112 3", request("GET / HTTP/1.1 HTTP/1.1", "")),
        refused(400, "a header on the request line", "9112 3",
                request("GET / HTTP/1.1\rContent-Length: 3", "", "abc")),
        refused(400, "an answer", "9112 2.1", request("HTTP/1.1 200 OK", "")),
        refused(400, "a TLS hello", "9112 3", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"s),
    };
}

Vectors targets() {
    const std::string one = "with it there would be two names of the host";
    const std::string raw = "some parsers refuse what a client forgot to encode";
    return {
        taken("a target with an encoded slash", "9112 3.2.1", get("/a%2Fb"), {"GET /a%2Fb "}),
        taken("a target with two slashes", "9112 3.2.1", get("//a"), {"GET //a "}),
        taken("a target that names a host in its query", "9112 3.2.1", get("/?http://b/"),
              {"GET /?http://b/ "}),
        taken("a target with an encoded line end", "9112 3.2.1", get("/%0D%0AHost:%20b"),
              {"GET /%0D%0AHost:%20b "}),
        taken_though(raw, taken("a target that is UTF-8", "9112 3.2", get("/\xc3\xbc"),
                                {"GET /\\xc3\\xbc "})),
        refused(400, "a target that is no UTF-8", "9112 3.2", get("/\xfc")),
        declined(400, "a target that is encoded and no UTF-8", "9112 3.2.1",
                 "it would name nothing here", get("/%FC")),
        declined(400, "an overlong slash", "9112 3.2.1", "some decoders make a slash of it",
                 get("/a%C0%AFb")),
        declined(400, "an encoded surrogate", "9112 3.2.1", "it would name nothing here",
                 get("/%ED%A0%80")),
        refused(400, "a target with a NUL", "9112 3.2", get("/a\0b"s)),
        taken("a target with an encoded NUL", "9112 3.2.1", get("/a%00b"), {"GET /a%00b "}),
        taken("a query with an encoded NUL", "9112 3.2.1", get("/?a=%00"), {"GET /?a=%00 "}),
        refused(400, "a target with a CR", "9112 3.2", get("/a\rb")),
        refused(400, "a target with a LF", "9112 3.2", get("/a\nb")),
        refused(400, "a target with a tab", "9112 3.2", get("/a\tb")),
        refused(400, "a target with DEL", "9112 3.2",
                get("/a\x7f"
                    "b")),
        refused(400, "a target with a control byte", "9112 3.2",
                get("/a\x01"
                    "b")),
        refused(400, "a target with a space", "9112 3.2", get("/a b")),
        refused(400, "a target with a fragment", "9112 3.2", get("/a#b")),
        refused(400, "a target with half an encoded byte", "9112 3.2.1", get("/a%2")),
        refused(400, "a target with a percent sign alone", "9112 3.2.1", get("/a%zz")),
        declined(400, "a dot segment", "9112 3.2.1", "proxies fold it away", get("/a/../b")),
        declined(400, "a dot segment at the end", "9112 3.2.1", "proxies fold it away",
                 get("/a/.")),
        declined(400, "an encoded dot segment", "9112 3.2.1", "proxies fold it away",
                 get("/a/%2e%2E/b")),
        declined(400, "a half encoded dot segment", "9112 3.2.1", "proxies fold it away",
                 get("/a/.%2e/b")),
        taken("an absolute target", "9112 3.2.2", get("http://localhost/"),
              {"GET http://localhost/ "}),
        declined(403, "an absolute target of another host", "9112 3.2.2", "it names another server",
                 get("http://example.com/")),
        taken("an absolute target beside another Host", "9112 3.2.2",
              "GET http://localhost/ HTTP/1.1\r\nHost: example.com\r\n\r\n",
              {"GET http://localhost/ "}),
        refused(400, "an absolute target and no Host", "9112 3.2",
                "GET http://localhost/ HTTP/1.1\r\n\r\n"),
        refused(403, "an absolute target without a host", "9110 4.2.1", get("http:///a")),
        refused(400, "a target of a host and a port", "9112 3.2.3", get("localhost:80")),
        refused(400, "a target of an asterisk", "9112 3.2.4", get("*")),
        taken("OPTIONS of an asterisk", "9112 3.2.4", request("OPTIONS * HTTP/1.1", ""),
              {"OPTIONS * "}),
        refused(400, "a target without its slash", "9112 3.2.1", get("a")),
        refused(400, "a target with a backslash for its slash", "9112 3.2.1", get("\\a")),
        refused(400, "a target of a query", "9112 3.2.1", get("?a")),
        declined(501, "CONNECT", "9110 9.3.6", "no tunnels are opened",
                 request("CONNECT localhost:80 HTTP/1.1", "")),
        refused(501, "CONNECT with a path", "9110 9.3.6", request("CONNECT / HTTP/1.1", "")),
        refused(501, "CONNECT with a length", "9110 9.3.6",
                request("CONNECT / HTTP/1.1", "Content-Length: 3\r\n", "abc")),
        declined(414, "a target that is too long", "9112 3", "there is no such name",
                 get("/" + std::string(target_bytes_max, 'a'))),
        taken("a target that is as long as may be", "9112 3",
              get("/" + std::string(target_bytes_max - 1, 'a')),
              {"GET /" + std::string(target_bytes_max - 1, 'a') + " "}),
    };
}

Vectors hosts() {
    return {
        taken("a Host with a port", "9110 7.2", bare("Host: 127.0.0.1:80\r\n"), {"GET / "}),
        taken("a Host in capitals", "9110 7.2", bare("HOST: LOCALHOST\r\n"), {"GET / "}),
        refused(400, "no Host", "9112 3.2", bare("")),
        declined(400, "no Host in HTTP/1.0", "9112 3.2", "a web page could be behind it",
                 "GET / HTTP/1.0\r\n\r\n"),
        closes("a health check by HTTP/1.0 without a Host", "9112 3.2",
               "GET /livez HTTP/1.0\r\n\r\n", {"GET /livez "}),
        refused(400, "a health check by HTTP/1.1 without a Host", "9112 3.2",
                "GET /livez HTTP/1.1\r\n\r\n"),
        refused(400, "two equal Hosts", "9112 3.2", bare("Host: localhost\r\nHost: localhost\r\n")),
        refused(400, "two Hosts that differ", "9112 3.2",
                bare("Host: localhost\r\nhost: example.com\r\n")),
        refused(400, "two Hosts, one of them empty", "9112 3.2",
                bare("Host:\r\nHost: localhost\r\n")),
        refused(400, "a Host and a space before its colon", "9112 5.1",
                bare("Host : localhost\r\n")),
        refused(400, "a Host in a line that begins with a space", "9112 2.2",
                bare(" Host: localhost\r\n")),
        refused(403, "an empty Host", "9112 3.2", bare("Host:\r\n")),
        refused(403, "a Host with a user", "9112 3.2", bare("Host: a@localhost\r\n")),
        refused(403, "a Host with a path", "9112 3.2", bare("Host: localhost/a\r\n")),
        refused(403, "a Host with a space", "9112 3.2", bare("Host: localhost a\r\n")),
        refused(403, "a list of Hosts", "9112 3.2", bare("Host: localhost, localhost\r\n")),
        refused(403, "a Host with a scheme", "9112 3.2", bare("Host: http://localhost\r\n")),
        refused(403, "a Host with letters for its port", "9112 3.2",
                bare("Host: localhost:8x\r\n")),
        refused(403, "a Host with two ports", "9112 3.2", bare("Host: localhost:80:80\r\n")),
        refused(403, "a Host with a port beyond the last", "9112 3.2",
                bare("Host: localhost:65536\r\n")),
        refused(403, "a Host beyond ASCII", "9112 3.2", bare("Host: localhost\xc3\xbc\r\n")),
        refused(400, "a Host with a NUL", "9110 5.5", bare("Host: localhost\0\r\n"s)),
        declined(403, "another Host", "9110 7.4", "it names another server",
                 bare("Host: example.com\r\n")),
    };
}

Vectors fields() {
    return {
        taken("a value beyond ASCII", "9110 5.5", post("X: \xc3\xbc\xff\r\n"), without_body),
        taken("a value with a tab", "9110 5.5", post("X: a\tb\r\n"), without_body),
        taken("an empty value", "9110 5.5", post("X:\r\n"), without_body),
        taken("a value with colons", "9110 5.5", post("X: a: b: c\r\n"), without_body),
        taken("a value that looks like a request", "9110 5.5",
              post("X: GET /smuggled HTTP/1.1\r\n"), without_body),
        refused(400, "a field without a colon", "9112 5", post("X\r\n")),
        refused(400, "a field without a name", "9112 5", post(": y\r\n")),
        refused(400, "a name beyond ASCII", "9110 5.1", post("X\xc3\xbc: y\r\n")),
        refused(400, "a name with a control byte", "9110 5.1", post("X\x01: y\r\n")),
        refused(400, "a name with a slash", "9110 5.1", post("X/: y\r\n")),
        refused(400, "a name with a quote", "9110 5.1", post("\"X\": y\r\n")),
        refused(400, "a name with brackets", "9110 5.1", post("X[]: y\r\n")),
        refused(400, "a request for a field", "9112 5", post("GET /smuggled HTTP/1.1\r\n")),
        refused(400, "a value with a NUL", "9110 5.5", post("X: a\0b\r\n"s)),
        refused(400, "a value with a control byte", "9110 5.5",
                post("X: a\x08"
                     "b\r\n")),
        refused(400, "a value with an escape", "9110 5.5", post("X: \x1b[0m\r\n")),
        refused(400, "a value with DEL", "9110 5.5", post("X: \x7f\r\n")),
        refused(400, "a value folded over two lines", "9112 5.2", post("X: a\r\n b\r\n")),
        refused(400, "a value folded by a tab", "9112 5.2", post("X: a\r\n\tb\r\n")),
        refused(400, "a fold that hides a length", "9112 5.2",
                post("X: a\r\n Content-Length: 3\r\n", "abc")),
        refused(400, "a line of a space for the empty line", "9112 5.2", post("X: y\r\n \r\n")),
    };
}

Vectors line_ends() {
    return {
        declined(400, "LF for every line end", "9112 2.2", "some see no line end in it",
                 "GET / HTTP/1.1\nHost: localhost\n\n"),
        declined(400, "LF after the request line", "9112 2.2", "some see no line end in it",
                 "GET / HTTP/1.1\nHost: localhost\r\n\r\n"),
        declined(400, "LF after a field", "9112 2.2", "some see no line end in it",
                 post("X: y\nContent-Length: 3\r\n", "abc")),
        declined(400, "LF for the empty line", "9112 2.2", "some see no line end in it",
                 "GET / HTTP/1.1\r\nHost: localhost\r\n\n"),
        declined(400, "LF LF after a field", "9112 2.2", "some see the end of the head in it",
                 post("X: y\n\nGET /smuggled HTTP/1.1\r\n")),
        refused(400, "CR after the request line", "9112 2.2",
                "GET / HTTP/1.1\rHost: localhost\r\n\r\n"),
        refused(400, "CR after a field", "9112 2.2", post("X: y\rContent-Length: 3\r\n", "abc")),
        refused(400, "CR CR LF after a field", "9112 2.2", post("X: y\r\r\n")),
        refused(400, "LF CR after a field", "9112 2.2", post("X: y\n\rZ: z\r\n")),
        refused(400, "CR CR after a field", "9112 2.2", post("X: y\r\rGET / HTTP/1.1\r\n")),
        refused(400, "CR before a name", "9112 2.2", post("\rX: y\r\n")),
        refused(400, "CR before the colon", "9112 2.2", post("X\r: y\r\n")),
        refused(400, "CR before a value", "9112 2.2", post("X:\ry\r\n")),
        refused(400, "the line separator of Unicode in a name", "9110 5.1",
                post("X\xe2\x80\xa8Y: y\r\n")),
    };
}

Vectors persistence() {
    const std::string upgrade = "some parsers take what comes next for the other protocol";
    const auto old = [](const std::string& fields) { return request("GET / HTTP/1.0", fields); };
    return {
        taken("requests one after the other", "9112 9.3.2", get("/a") + get("/b") + get("/c"),
              {"GET /a ", "GET /b ", "GET /c "}),
        taken("a request after a body of each kind", "9112 9.3.2",
              length(" 3") + coding(" chunked") + get("/c"),
              {"POST /records abc", "POST /records abc", "GET /c "}),
        taken("an empty line after a body", "9112 2.2", length(" 3") + "\r\n" + get("/b"),
              {"POST /records abc", "GET /b "}),
        taken("Connection with the name of the length", "9110 7.6.1",
              post("Connection: Content-Length\r\nContent-Length: 3\r\n", "abc"), with_abc),
        taken("Connection with the name of the coding", "9110 7.6.1",
              post("Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n",
                   "3\r\nabc\r\n0\r\n\r\n"),
              with_abc),
        taken("Connection: keep-alive", "9112 9.3", post("Connection: keep-alive\r\n"),
              without_body),
        closes("Connection: close", "9112 9.6", post("Connection: close\r\n"), without_body),
        closes("Connection: close after a body", "9112 9.6",
               post("Connection: close\r\nContent-Length: 3\r\n", "abc"), with_abc),
        closes("Connection: Close in a list", "9112 9.6", post("Connection: X, Close\r\n"),
               without_body),
        closes("Connection: close and keep-alive", "9112 9.3",
               post("Connection: close, keep-alive\r\n"), without_body),
        closes("Connection: close in a second header", "9112 9.3",
               post("Connection: keep-alive\r\nConnection: close\r\n"), without_body),
        closes("HTTP/1.0", "9112 9.3", old(""), {"GET / "}),
        closes("HTTP/1.0 with a length", "9112 9.3",
               request("POST / HTTP/1.0", "Content-Length: 3\r\n", "abc"), {"POST / abc"}),
        taken("HTTP/1.0 that is kept alive", "9112 9.3", old("Connection: keep-alive\r\n"),
              {"GET / "}),
        closes("HTTP/1.0 that is kept alive and closed", "9112 9.3",
               old("Connection: keep-alive, close\r\n"), {"GET / "}),
        closes("HTTP/1.0 that is closed and kept alive", "9112 9.3",
               old("Connection: close\r\nConnection: keep-alive\r\n"), {"GET / "}),
        taken("Expect: 100-continue", "9110 10.1.1",
              post("Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"), with_abc),
        taken("Expect: 100-continue without a body", "9110 10.1.1",
              post("Expect: 100-continue\r\n"), without_body),
        declined(417, "another expectation", "9110 10.1.1", "it cannot be met",
                 post("Expect: 200-ok\r\nContent-Length: 3\r\n", "abc")),
        declined(417, "an expectation in a list", "9110 10.1.1", "it cannot be met",
                 post("Expect: 100-continue, x\r\nContent-Length: 3\r\n", "abc")),
        declined(417, "an expectation with a space in it", "9110 10.1.1", "it cannot be met",
                 post("Expect: 100 -continue\r\n")),
        taken_though(upgrade, taken("an upgrade to h2c", "9110 7.8",
                                    post("Connection: Upgrade, HTTP2-Settings\r\n"
                                         "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
                                    without_body)),
        taken_though(upgrade, taken("an upgrade to h2c with a body", "9110 7.8",
                                    post("Connection: Upgrade\r\nUpgrade: h2c\r\n"
                                         "Content-Length: 3\r\n",
                                         "abc"),
                                    with_abc)),
        taken_though(upgrade, taken("an upgrade to WebSocket", "9110 7.8",
                                    request("GET / HTTP/1.1",
                                            "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
                                    {"GET / "})),
    };
}

// The lines of a bulk write are taken as they come, by the same rules.
Vectors bodies_of_lines() {
    const auto lines = [](const std::string& more, const std::string& body) {
        return post("Content-Type: application/x-ndjson\r\n" + more, body);
    };
    return {
        taken("lines with a length", "9112 6.2", lines("Content-Length: 3\r\n", "abc"), with_abc),
        taken("lines in chunks", "9112 7.1",
              lines("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), with_abc),
        taken("lines longer than other bodies", "9112 7.1",
              lines("Content-Length: 2000\r\n", std::string(2'000, 'a')),
              {"POST /records " + std::string(2'000, 'a')}),
        refused(400, "lines in chunks with a trailer that is a request", "9112 7.1.2",
                lines("Transfer-Encoding: chunked\r\n",
                      "3\r\nabc\r\n0\r\nGET /smuggled HTTP/1.1\r\n\r\n")),
        refused(400, "lines in chunks that are too long for their size", "9112 7.1",
                lines("Transfer-Encoding: chunked\r\n", "2\r\nabc\r\n0\r\n\r\n")),
        declined(400, "lines with a length and in chunks", "9112 6.3",
                 "a proxy before us may go by the one or the other",
                 lines("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
    };
}

Vectors limits() {
    const auto many = [](std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += "A: b\r\n";
        return text;
    };
    // The whole head has that many bytes.
    const auto head = [](std::size_t size) {
        const std::size_t rest = post("X: \r\n").size();
        return post("X: " + std::string(size - rest, 'y') + "\r\n");
    };
    const std::string memory = "a head has a limit";
    return {
        taken("as many fields as may be", "9110 5.4", post(many(fields_max - 1)), without_body),
        declined(431, "one field more than may be", "9110 5.4", memory, post(many(fields_max))),
        declined(431, "thousands of tiny fields", "9110 5.4", memory, post(many(1'300))),
        taken("a head that is as long as may be", "9110 5.4", head(head_bytes_max), without_body),
        declined(431, "a head that is one byte too long", "9110 5.4", memory,
                 head(head_bytes_max + 1)),
        declined(431, "a head without an end", "9110 5.4", memory,
                 "GET / HTTP/1.1\r\nHost: " + std::string(head_bytes_max, 'a')),
    };
}

}  // namespace

std::vector<SmugglingVector> smuggling_vectors() {
    Vectors all;
    for (const Vectors& group :
         {lengths(), codings(), sizes_of_chunks(), extensions(), trailers(), request_lines(),
          targets(), hosts(), fields(), line_ends(), persistence(), bodies_of_lines(), limits()}) {
        all.insert(all.end(), group.begin(), group.end());
    }
    return all;
}

std::vector<SmugglingVector> length_and_coding_vectors() {
    const std::string why = "a proxy before us may go by the one or the other";
    const Taken lengths_of_all_kinds{
        "Content-Length: 0\r\n",   "Content-Length: 5\r\n",
        "content-length:\t60\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: +5\r\n",  "Content-Length:\r\n"};
    const Taken codings_of_all_kinds{
        "Transfer-Encoding: chunked\r\n",
        "transfer-encoding:CHUNKED\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding:\tchunked\t\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"};
    Vectors pairs;
    for (const std::string& sized : lengths_of_all_kinds) {
        for (const std::string& coded : codings_of_all_kinds) {
            for (const std::string& both : {sized + coded, coded + sized}) {
                pairs.push_back(declined(400, "length and coding: " + printable(both), "9112 6.3",
                                         why, post(both, "0\r\n\r\n")));
            }
        }
    }
    return pairs;
}

std::string printable(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        if (c > ' ' && c < '\x7f' && c != '\\') {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += "\\x";
        text += digits[byte >> 4U];
        text += digits[byte & 0xfU];
    }
    return text;
}

}  // namespace freshet::http
