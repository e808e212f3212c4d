#include "bench/harness/write_request.h"

#include <cstddef>

#include "bench/harness/failure.h"

namespace freshet::bench {
namespace {

constexpr std::string_view version_and_host = " HTTP/1.1\r\nHost: 127.0.0.1\r\n";

// What stands between the two, of which one must be there.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const std::size_t at = text.find(begin);
    const std::size_t stop = at == text.npos ? at : text.find(end, at + begin.size());
    if (stop == text.npos) throw Failure("a record without " + std::string(begin));
    return text.substr(at + begin.size(), stop - at - begin.size());
}

// The rest of a request, with a body of DynamoDB's JSON.
std::string body_part(std::string_view body) {
    std::string part = "Content-Type: application/x-amz-json-1.0\r\nContent-Length: ";
    return part.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

void append_write(std::string& out, const OrderWrite& write) {
    out += write.image.empty() ? R"({"delete":)" : R"({"put":)";
    out.append(R"({"table":"orders","key":")").append(write.key) += '"';
    if (!write.image.empty()) out.append(R"(,"item":)").append(write.image);
    out += "}}";
}

}  // namespace

OrderWrite write_of(std::string_view record) {
    OrderWrite write{.key = between(record, R"("Keys":{"pk":{"S":")", R"("}})")};
    if (record.find(R"("eventName":"REMOVE")") != record.npos) return write;
    write.is_new = record.find(R"("eventName":"INSERT")") != record.npos;
    write.image =
        between(record, R"("NewImage":)", write.is_new ? R"(,"SequenceNumber")" : R"(,"OldImage")");
    return write;
}

std::string write_request(std::string_view record, std::string_view headers) {
    const OrderWrite write = write_of(record);
    std::string request = write.image.empty() ? "DELETE" : "PUT";
    request.append(" /tables/orders/items/").append(write.key).append(version_and_host) += headers;
    return request + (write.image.empty() ? "\r\n" : body_part(write.image));
}

std::string transaction_request(std::span<const std::string> records) {
    std::string body = R"({"writes":[)";
    for (const std::string& record : records) {
        if (body.back() != '[') body += ',';
        append_write(body, write_of(record));
    }
    body += "]}";
    std::string request = "POST /transactions";
    return request.append(version_and_host) + body_part(body);
}

}  // namespace freshet::bench
