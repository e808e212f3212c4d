#include "bench/harness/write_request.h"

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

// What stands between the two, of which one must be there.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const std::size_t at = text.find(begin);
    const std::size_t stop = at == text.npos ? at : text.find(end, at + begin.size());
    if (stop == text.npos) throw Failure("a record without " + std::string(begin));
    return text.substr(at + begin.size(), stop - at - begin.size());
}

}  // namespace

std::string write_request(std::string_view record, std::string_view headers) {
    const std::string target = "/tables/orders/items/" +
                               std::string(between(record, R"("Keys":{"pk":{"S":")", R"("}})")) +
                               " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + std::string(headers);
    if (record.find(R"("eventName":"REMOVE")") != record.npos) return "DELETE " + target + "\r\n";
    const bool is_insert = record.find(R"("eventName":"INSERT")") != record.npos;
    const std::string image(
        between(record, R"("NewImage":)", is_insert ? R"(,"SequenceNumber")" : R"(,"OldImage")"));
    return "PUT " + target + "Content-Type: application/x-amz-json-1.0\r\nContent-Length: " +
           std::to_string(image.size()) + "\r\n\r\n" + image;
}

}  // namespace freshet::bench
