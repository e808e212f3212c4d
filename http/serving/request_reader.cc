#include "http/serving/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <limits>

#include "http/messages/request_gate.h"
#include "http/routes/write_routes.h"

namespace freshet::http {

namespace {

namespace beast = boost::beast;

// A chunk's line of size and extension, or the end with trailers, is never longer if it passes.
constexpr std::size_t chunk_line_bytes_max = 1U << 10U;

// The shortest end of a chunked body: `0`, its line's end, and the empty line.
constexpr std::size_t chunked_end_bytes = 5;

std::string_view to_std(beast::string_view text) {
    return {text.data(), text.size()};
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

// Beast's parser, writing into our request.
class RequestReader::Parser final : public beast::http::basic_parser<true> {
public:
    Parser(Request& request, std::size_t body_bytes_max)
        : request_(request), body_(&request.body), body_bytes_max_(body_bytes_max) {
        header_limit(static_cast<std::uint32_t>(head_bytes_max));
        body_limit(boost::none);
    }

    // Where the body goes; by default into the request.
    void send_body_to(std::string& body) { body_ = &body; }
    void limit_body(std::size_t bytes_max) { body_bytes_max_ = bytes_max; }
    [[nodiscard]] std::size_t body_bytes_max() const { return body_bytes_max_; }

    // Set where one of our own limits, rather than the grammar, ended the parsing.
    [[nodiscard]] int refused_with() const { return refused_with_; }
    [[nodiscard]] const char* reason() const { return reason_; }

private:
    using Code = beast::error_code;

    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                         int version, Code&) override {
        request_.method = to_std(method);
        request_.raw_target = to_std(target);
        request_.version = version;
    }

    void on_response_impl(int, beast::string_view, int, Code&) override {}

    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       Code& ec) override {
        if (in_body_) return end(400, "trailers after a chunked body are not accepted", ec);
        request_.headers.push_back({to_std(name), to_std(value)});
    }

    void on_header_impl(Code&) override { in_body_ = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}

    std::size_t on_body_impl(beast::string_view body, Code& ec) override {
        append(body, ec);
        return body.size();
    }

    void on_chunk_header_impl(std::uint64_t, beast::string_view extensions, Code& ec) override {
        if (extensions.size() > chunk_extension_bytes_max) {
            return end(400, "a chunk extension is too long", ec);
        }
        // Beast takes any byte between quotes; others may see the line end at a LF there.
        if (std::any_of(extensions.begin(), extensions.end(), is_control)) {
            end(400, "a chunk extension has a control byte", ec);
        }
    }

    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, Code& ec) override {
        append(body, ec);
        return body.size();
    }

    void on_finish_impl(Code&) override {}

    void append(beast::string_view body, Code& ec) {
        if (body.size() > body_bytes_max_ - body_bytes_) {
            return end(413, "the body is too large", ec);
        }
        body_bytes_ += body.size();
        body_->append(body.data(), body.size());
    }

    void end(int status, const char* reason, Code& ec) {
        refused_with_ = status;
        reason_ = reason;
        ec = beast::http::make_error_code(beast::http::error::body_limit);
    }

    Request& request_;
    std::string* body_;
    std::size_t body_bytes_max_;
    std::size_t body_bytes_ = 0;
    bool in_body_ = false;
    int refused_with_ = 0;
    const char* reason_ = "";
};

namespace {

// A body of a small size is received without growing step by step; a large one must first come.
constexpr std::size_t body_reserve_max = 256U << 10U;

// An assignment would keep the memory, and the client may be idle for long.
void release(std::string& text) {
    std::string().swap(text);
}

// What is decoded before others have their turn.
constexpr std::size_t decoded_at_once = 64U << 10U;

// Lines of any length may come, but beyond the bytes of one body they are decoded only as far as
// somebody has sent something for it.
constexpr std::uint64_t lines_ratio_max = 256;

// A coding may also make a body longer: where nothing repeats, or each line is packed by itself.
std::size_t packed_bytes_max(std::size_t bytes_max) {
    return 2 * bytes_max + (1U << 10U);
}

// `most` is what a body may be at all.
Answer too_large(std::size_t bytes_max, std::size_t most) {
    const std::string text = "the body is larger than " + std::to_string(bytes_max) + " bytes";
    return problem(413, text + (bytes_max < most ? ", which is more than this path takes"
                                                 : " (limits.body_bytes); send the records in "
                                                   "several requests"));
}

// Whether the request line ends with a version, of another protocol than is spoken here.
bool names_other_version(std::string_view head) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::string_view version = line.substr(line.rfind(' ') + 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
           version[6] == '.' && is_digit(version[7]) && version != "HTTP/1.1" &&
           version != "HTTP/1.0";
}

Answer not_http(std::string_view head, const beast::error_code& ec) {
    if (ec == beast::http::error::bad_version && names_other_version(head)) {
        return problem(505, "the version must be HTTP/1.1 or HTTP/1.0");
    }
    return problem(400, "this is not an HTTP request: " + ec.message());
}

// Whether the line of a chunk, or all of the last one, has come. If the parser wants more of it, it
// looks beyond the line for the end of a quoted extension.
bool holds_whole_line(std::string_view rest) {
    if (rest.starts_with("\r\n")) rest.remove_prefix(2);  // the end of the chunk before it
    const bool last =
        rest.starts_with('0') && rest.find_first_not_of('0') == rest.find_first_of("; \t\r");
    return rest.find(last ? "\r\n\r\n" : "\r\n") != std::string_view::npos;
}

// Beast's keep_alive() overlooks it in HTTP/1.0 beside a `keep-alive`.
bool says_close(const Request& request) {
    for (const HeaderField& field : request.headers) {
        if (!equal_ignoring_case(field.name, "Connection")) continue;
        std::string_view options = field.value;
        while (const auto option = take_list_element(options)) {
            if (equal_ignoring_case(*option, "close")) return true;
        }
    }
    return false;
}

}  // namespace

RequestReader::RequestReader(std::size_t body_bytes_max, HostRule hosts)
    : body_bytes_max_(body_bytes_max), hosts_(hosts) {}

RequestReader::~RequestReader() = default;

void RequestReader::next() {
    state_ = State::idle;
    head_.clear();
    parser_.reset();
    body_taken_ = 0;
    streams_ = false;
    body_fault_.clear();
    coding_.reset();
    decoder_.reset();
    release(packed_);
    packed_taken_ = 0;
    packed_bytes_ = 0;
    decoded_bytes_ = 0;
    request_.method = {};
    request_.raw_target = {};
    request_.headers.clear();
    request_.target = {};
    release(request_.body);
    request_.identity = {};
    request_.prefix = {};
    request_.query_token.reset();
}

std::size_t RequestReader::take(std::string_view bytes) {
    switch (state_) {
        case State::idle:
        case State::head:
            return parse_head(bytes);
        case State::body:
            if (!is_decoding()) return parse_body(bytes);
            decode();
            return 0;
        case State::complete:
        case State::refused:
            return 0;
    }
    return 0;
}

std::size_t RequestReader::parse_head(std::string_view bytes) {
    if (bytes.empty()) return 0;
    // One empty line before a request is tolerated, as RFC 9112 asks for.
    std::size_t skipped = 0;
    if (bytes.starts_with("\r\n")) skipped = 2;
    const std::string_view rest = bytes.substr(skipped);

    state_ = State::head;
    const std::size_t end = rest.find("\r\n\r\n");
    const std::string_view head = end == std::string_view::npos ? rest : rest.substr(0, end + 4);
    if (auto refusal = refuse_head_bytes(head)) {
        refuse(std::move(*refusal));
        return 0;
    }
    if (end == std::string_view::npos) return 0;

    head_ = head;
    parser_ = std::make_unique<Parser>(request_, body_bytes_max_);
    beast::error_code ec;
    parser_->put(boost::asio::const_buffer(head_.data(), head_.size()), ec);
    if (ec || !parser_->is_header_done()) {
        refuse(not_http(head_, ec));
        return 0;
    }
    if (auto refusal = refuse_head(request_, hosts_)) {
        refuse(std::move(*refusal));
        return 0;
    }
    auto target = parse_target(request_.raw_target);
    if (!target) {
        refuse(problem(400, target.error().message));
        return 0;
    }
    request_.target = std::move(*target);
    request_.keep_alive = parser_->keep_alive() && !says_close(request_);
    streams_ = is_bulk(request_);

    if (parser_->is_done() && !expect_coding()) {
        state_ = State::complete;
        return skipped + head.size();
    }
    if (!expect_body()) return 0;
    return skipped + head.size() + parse_body(rest.substr(head.size()));
}

// Makes ready for a body; returns false if it will be too large.
bool RequestReader::expect_body() {
    parser_->eager(true);
    state_ = State::body;
    if (expect_coding()) {
        decoder_ = BodyDecoder::of(*coding_);
        parser_->send_body_to(packed_);
    }
    if (streams_) {
        parser_->limit_body(std::numeric_limits<std::size_t>::max());
        return true;
    }
    if (decoder_) {
        limit_body(body_bytes_max_);
        return state_ == State::body;
    }
    const auto length = parser_->content_length();
    if (!length) return true;
    if (*length > body_bytes_max_) {
        refuse(too_large(body_bytes_max_, body_bytes_max_));
        return false;
    }
    request_.body.reserve(std::min(static_cast<std::size_t>(*length), body_reserve_max));
    return true;
}

// Whether a body comes in a coding that is known. One without a byte is a body too, if its length
// was told: of no coding is that all.
bool RequestReader::expect_coding() {
    if (parser_->is_done() && !parser_->content_length()) return false;
    const auto coding = content_coding(request_);
    if (coding) coding_ = *coding;  // the route refuses another
    return coding_.has_value();
}

void RequestReader::limit_body(std::size_t bytes_max) {
    decoded_max_ = bytes_max;
    if (decoder_) {
        parser_->limit_body(packed_bytes_max(bytes_max));
        const bool is_long = parser_->content_length().value_or(0) > packed_bytes_max(bytes_max);
        if (is_long || decoded_bytes_ > bytes_max) refuse(too_large(bytes_max, body_bytes_max_));
        return;
    }
    parser_->limit_body(bytes_max);
    const auto length =
        std::max<std::uint64_t>(parser_->content_length().value_or(0), request_.body.size());
    if (length > bytes_max) refuse(too_large(bytes_max, body_bytes_max_));
}

std::size_t RequestReader::body_memory() const {
    return std::min(request_.body.capacity(), 2 * request_.body.size()) + decoder_memory();
}

std::size_t RequestReader::decoder_memory() const {
    return decoder_ ? decoder_->memory() + packed_.capacity() : 0;
}

bool RequestReader::is_decoding() const {
    if (state_ != State::body || !decoder_) return false;
    return !undecoded().empty() || decoder_->holds_back() || parser_->is_done();
}

std::string_view RequestReader::undecoded() const {
    return std::string_view(packed_).substr(packed_taken_);
}

// Decodes one step of what has come.
void RequestReader::decode() {
    std::size_t bytes_max = decoded_at_once;
    if (!streams_) bytes_max = std::min(bytes_max, decoded_max_ + 1 - request_.body.size());
    const std::size_t before = request_.body.size();
    const auto taken = decoder_->decode(undecoded(), bytes_max, request_.body);
    if (!taken) {
        const Answer refused = problem_of(taken.error());
        return refuse_body(refused.status, taken.error().message);
    }
    packed_taken_ += *taken;
    packed_bytes_ += *taken;
    decoded_bytes_ += request_.body.size() - before;
    if (!streams_ && request_.body.size() > decoded_max_) {
        return refuse(too_large(decoded_max_, body_bytes_max_));
    }
    if (streams_ && decoded_bytes_ > body_bytes_max_ + lines_ratio_max * packed_bytes_) {
        return refuse_body(413, "the lines are more than " + std::to_string(lines_ratio_max) +
                                    " times as long as they came: send them with less packed into "
                                    "them, or without a Content-Encoding");
    }
    if (!undecoded().empty() || decoder_->holds_back()) return;
    packed_.clear();
    packed_taken_ = 0;
    if (parser_->is_done()) end_body();
}

// All of a body in a coding has come and is decoded.
void RequestReader::end_body() {
    if (const auto whole = decoder_->end(); !whole) return refuse_body(400, whole.error().message);
    state_ = State::complete;
    decoder_.reset();
    release(packed_);
}

std::size_t RequestReader::parse_body(std::string_view bytes) {
    if (bytes.empty() || parser_->is_done()) return 0;
    // Beast ends the process by an assertion when it is shown a part of the last chunk and then
    // only a little more. More must come in any case, so it can be waited for.
    if (parser_->chunked() && bytes.size() < chunked_end_bytes) return 0;

    beast::error_code ec;
    const std::size_t taken =
        parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    body_taken_ += taken;
    if (parser_->refused_with() == 413) {
        refuse(too_large(parser_->body_bytes_max(), body_bytes_max_));
    } else if (parser_->refused_with() != 0) {
        refuse(problem(parser_->refused_with(), parser_->reason()));
    } else if (ec && ec != beast::http::error::need_more) {
        refuse(problem(400, "the body is not well chunked: " + ec.message()));
    } else if (parser_->is_done()) {
        if (!decoder_) state_ = State::complete;
    } else if (bytes.size() - taken > chunk_line_bytes_max) {
        refuse(problem(400, "a chunk's size line or the trailer is too long"));
    } else if (parser_->chunked() && holds_whole_line(bytes.substr(taken))) {
        refuse(problem(400, "a chunk extension's quotes do not end on its line"));
    }
    return taken;
}

bool RequestReader::wants_continue() const {
    return state_ == State::body && body_taken_ == 0 && !parser_->is_done() &&
           request_.version >= 11 && request_.header("Expect").has_value();
}

void RequestReader::refuse(Answer answer) {
    state_ = State::refused;
    refusal_ = std::move(answer);
    // What was gathered is of no use, and the client may take its time.
    if (!streams_) release(request_.body);
    decoder_.reset();
    release(packed_);
}

void RequestReader::refuse_body(int status, const std::string& fault) {
    refuse(problem(status, fault));
    body_fault_ = fault;
}

}  // namespace freshet::http
