#include "http/routes/command_name.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/access/caller.h"

namespace freshet::http {
namespace {

Request named_write(std::shared_ptr<const engine::Caller> caller, bool is_token) {
    Request request;
    request.method = "PUT";
    request.headers = {{"Idempotency-Key", "k"}};
    request.identity.caller = std::move(caller);
    if (is_token) request.identity.expires.emplace();
    return request;
}

std::string caller_of(const std::string& subject, bool is_token) {
    const auto caller = std::make_shared<const engine::Caller>(engine::Caller{.subject = subject});
    const auto named = command_name(named_write(caller, is_token), "{}");
    return named && *named ? (*named)->caller : "refused";
}

TEST(CommandName, IsOfItsCaller) {
    EXPECT_EQ(caller_of("ann", true), "ann");
    EXPECT_NE(caller_of("ann", true), caller_of("bob", true));
    EXPECT_NE(caller_of("backend", true), caller_of("backend", false))
        << "a machine and a user of one name are two callers";
    EXPECT_EQ(caller_of("", true), "refused") << "nobody could be told from others";
}

TEST(CommandName, IsOfEverybodyWithoutCredentials) {
    const auto named = command_name(named_write(engine::everybody(), false), "{}");
    ASSERT_TRUE(named && *named);
    EXPECT_EQ((*named)->caller, "");
}

}  // namespace
}  // namespace freshet::http
