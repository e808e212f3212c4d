#include "tools/client/event_source.h"

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

namespace freshet::http {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds retry_default{2'000};
constexpr milliseconds retry_min{50};  // whatever the server says: a loop must not be a storm
constexpr milliseconds retry_max{300'000};
constexpr milliseconds backoff_max{30'000};

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

milliseconds retry_of(std::string_view digits) {
    std::int64_t number = retry_max.count();
    std::from_chars(digits.data(), digits.data() + digits.size(), number);  // or it is too long
    return std::min(milliseconds(number), retry_max);
}

// What another try may mend: the server is overloaded, folding, or behind a proxy that misses it.
bool may_pass(int status) {
    return status == 408 || status == 429 || (status >= 500 && status != 501);
}

}  // namespace

Result<void> EventStreamParser::take(std::string_view bytes) {
    while (!bytes.empty()) {
        if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
        after_cr_ = false;
        const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
        line_ += bytes.substr(0, end);
        if (line_.size() + text_.size() > frame_bytes_max) {
            return fail(Errc::too_large, "a frame of the stream is larger than " +
                                             std::to_string(frame_bytes_max >> 20U) + " MiB");
        }
        if (end == bytes.size()) break;
        after_cr_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        end_line();
    }
    return {};
}

void EventStreamParser::end_line() {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::string_view line = line_;
    if (first_line_ && line.starts_with(mark)) line.remove_prefix(mark.size());
    first_line_ = false;
    if (line.empty()) {
        end_frame();
    } else if (line.front() == ':') {
        line.remove_prefix(line.starts_with(": ") ? 2 : 1);
        comment_ = line;
    } else {
        const std::size_t colon = std::min(line.find(':'), line.size());
        std::string_view value = line.substr(std::min(colon + 1, line.size()));
        if (value.starts_with(' ')) value.remove_prefix(1);
        take_field(line.substr(0, colon), value);
    }
    line_.clear();
}

void EventStreamParser::take_field(std::string_view name, std::string_view value) {
    if (name == "event") {
        type_ = value;
    } else if (name == "data") {
        text_ += value;
        text_ += '\n';
    } else if (name == "id" && value.find('\0') == std::string_view::npos) {
        id_ = value;
        has_id_ = true;
    } else if (name == "retry" && is_digits(value)) {
        retry_ = retry_of(value);
    }
}

void EventStreamParser::end_frame() {
    last_id_ = id_;
    if (!text_.empty() || has_id_) comment_.clear();
    if (!text_.empty()) {
        text_.pop_back();
        frames_.push_back({.id = last_id_,
                           .type = type_.empty() ? "message" : std::move(type_),
                           .text = std::move(text_)});
    } else if (has_id_) {
        frames_.push_back({.id = last_id_, .bookmark = true});
    }
    type_.clear();
    text_.clear();
    has_id_ = false;
}

std::optional<ReceivedFrame> EventStreamParser::next() {
    if (frames_.empty()) return std::nullopt;
    ReceivedFrame frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
}

void EventStreamParser::begin_stream() {
    line_.clear();
    comment_.clear();
    first_line_ = true;
    after_cr_ = false;
    type_.clear();
    text_.clear();
    id_ = last_id_;
    has_id_ = false;
}

EventSource::EventSource(Client& client, Subscription subscription)
    : client_(client), subscription_(std::move(subscription)) {}

Result<std::optional<ReceivedFrame>> EventSource::next() {
    while (true) {
        if (auto frame = parser_.next()) {
            say_return();
            return frame;
        }
        if (!open_) {
            auto opening = open();
            if (!opening) return fail(opening.error());
            if (*opening == Opening::ended) return std::nullopt;
            if (*opening == Opening::failed) pause();
            continue;
        }
        received_.clear();
        const auto more = client_.read_some(received_);
        if (more && *more) {
            if (auto taken = parser_.take(received_); !taken) return fail(taken.error());
            continue;
        }
        say(more ? end_of_stream() : more.error().message);
        open_ = false;
        pause();
    }
}

Result<EventSource::Opening> EventSource::open() {
    ClientRequest request{.target = subscription_.target,
                          .headers = {{"Accept", "text/event-stream"}}};
    if (const std::string& id = parser_.last_id(); !id.empty()) {
        request.headers.emplace_back("Last-Event-ID", id);
    }
    ++failures_;
    const auto answer = client_.open_stream(request);
    if (!answer) {
        const bool for_good = !was_open_ || answer.error().code != Errc::unavailable;
        if (for_good) return fail(answer.error());
        say(answer.error().message);
        return Opening::failed;
    }
    if (answer->status == 204) return Opening::ended;
    if (may_pass(answer->status)) {
        asked_pause_ = answer->retry_after();
        say(answer->fault());
        return Opening::failed;
    }
    if (answer->status != 200) return fail(Errc::refused, answer->fault());
    if (!answer->is_event_stream()) {
        return fail(Errc::refused, "the answer is no event stream; does a Freshet listen at " +
                                       client_.server().text() + "?");
    }
    parser_.begin_stream();
    failures_ = 0;
    open_ = true;
    was_open_ = true;
    return Opening::open;
}

void EventSource::say(std::string_view why) {
    if (!said_) subscription_.on_interruption(why);
    said_ = true;
}

// Not when the stream is open: one that has no room ends before its first frame.
void EventSource::say_return() {
    if (std::exchange(said_, false)) subscription_.on_return();
}

// In order, as the server says.
std::string EventSource::end_of_stream() const {
    const std::string& why = parser_.comment();
    return "the server has ended the stream" + (why.empty() ? "" : ": " + why);
}

void EventSource::pause() {
    const auto growth = 1U << std::min(std::max(failures_, 1U) - 1, 10U);
    const milliseconds retry = std::max(parser_.retry().value_or(retry_default), retry_min);
    milliseconds wait = std::max(std::min(retry * growth, backoff_max), retry);
    if (const auto asked = std::exchange(asked_pause_, std::nullopt)) {
        wait = std::max<milliseconds>(*asked, std::min(retry_min * growth, backoff_max));
    }
    const auto chance = std::uniform_int_distribution<std::int64_t>(0, wait.count() / 4)(dice_);
    std::this_thread::sleep_for(wait + milliseconds(chance));
}

}  // namespace freshet::http
