#include "http/messages/content_coding.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace freshet::http {
namespace {

Request request_with(const std::vector<std::string_view>& values) {
    Request request;
    for (const std::string_view value : values) {
        request.headers.push_back({"content-ENCODING", value});
    }
    return request;
}

Result<std::optional<ContentCoding>> coding(const std::vector<std::string_view>& values) {
    return content_coding(request_with(values));
}

TEST(ContentCoding, IsOneOfThreeInAnyCase) {
    EXPECT_EQ(**coding({"gzip"}), ContentCoding::gzip);
    EXPECT_EQ(**coding({" GZip "}), ContentCoding::gzip);
    EXPECT_EQ(**coding({"x-gzip"}), ContentCoding::gzip);
    EXPECT_EQ(**coding({"deflate"}), ContentCoding::deflate);
    EXPECT_EQ(**coding({"zstd"}), ContentCoding::zstd);
    EXPECT_EQ(**coding({", zstd ,"}), ContentCoding::zstd);
}

TEST(ContentCoding, IsNoneWhereNoneIsNamed) {
    for (const std::vector<std::string_view>& values :
         std::vector<std::vector<std::string_view>>{{}, {"identity"}, {"Identity"}, {""}, {","}}) {
        const auto none = coding(values);
        ASSERT_TRUE(none.has_value());
        EXPECT_FALSE(none->has_value());
        EXPECT_FALSE(refuse_coding(request_with(values)).has_value());
    }
}

TEST(ContentCoding, AnotherOneOrSeveralAreRefusedWithThoseThatAreKnown) {
    for (const std::vector<std::string_view>& values :
         std::vector<std::vector<std::string_view>>{{"br"},
                                                    {"gzip2"},
                                                    {"chunked"},
                                                    {"gzip;q=1"},
                                                    {"gzip, gzip"},
                                                    {"gzip, identity"},
                                                    {"identity", "gzip"},
                                                    {"zstd", "zstd"}}) {
        EXPECT_FALSE(coding(values).has_value()) << values.front();
        const auto refused = refuse_coding(request_with(values));
        ASSERT_TRUE(refused.has_value());
        EXPECT_EQ(refused->status, 415);
        EXPECT_EQ(refused->header("Accept-Encoding"), "gzip, deflate, zstd");
        EXPECT_NE(refused->body.find("or without any"), std::string::npos);
    }
}

}  // namespace
}  // namespace freshet::http
