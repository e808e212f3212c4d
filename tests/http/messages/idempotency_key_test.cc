// What http/messages/idempotency_key.h promises, by example.

#include "http/messages/idempotency_key.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace freshet::http {
namespace {

// The key, or what is wrong with it.
std::string key_of(const std::vector<std::string>& values) {
    Request request;
    for (const std::string& value : values) request.headers.push_back({"Idempotency-Key", value});
    const auto key = idempotency_key_of(request);
    if (!key) {
        EXPECT_EQ(key.error().status, 400);
        return key.error().body;
    }
    return key->value_or("none");
}

TEST(IdempotencyKeyTest, IsAStringOrAWord) {
    EXPECT_EQ(key_of({}), "none");
    EXPECT_EQ(key_of({R"("8e03978e-40d5")"}), "8e03978e-40d5");
    EXPECT_EQ(key_of({"8e03978e-40d5"}), "8e03978e-40d5");
    EXPECT_EQ(key_of({R"( "a b, c;\"d\\" )"}), R"(a b, c;"d\)");
    EXPECT_EQ(key_of({std::string(255, 'k')}), std::string(255, 'k'));
}

TEST(IdempotencyKeyTest, IsRefusedIfItIsAnythingElse) {
    const auto is_wrong = [](const std::string& value, const std::string& what) {
        return key_of({value}).find("Idempotency-Key " + what) != std::string::npos;
    };
    for (const char* value : {R"("a)", R"(a")", R"("a"b)", R"("a";b=1)", R"("a\b")", R"("a\)",
                              "a,b", "a b", "a;b=1", "\"\xc3\xa9\"", "\xc3\xa9", "\"\x01\""}) {
        EXPECT_TRUE(is_wrong(value, "is one string")) << value;
    }
    EXPECT_TRUE(is_wrong("", "is empty"));
    EXPECT_TRUE(is_wrong(R"("")", "is empty"));
    EXPECT_TRUE(is_wrong(std::string(256, 'k'), "has more than 255"));
    EXPECT_NE(key_of({"a", "a"}).find("is there twice"), std::string::npos);
}

}  // namespace
}  // namespace freshet::http
