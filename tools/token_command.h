// freshet token: signs a token, without a server.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace freshet::tools {

struct TokenOptions {
    std::string key_file;  // a private key in PEM, or a secret
    std::string key_id;    // as the configuration names it
    std::string subject;
    std::vector<std::string> roles;
    std::vector<std::string> grants;
    std::vector<std::string> claims;  // NAME=TEXT
    std::string issuer;
    std::string audience;
    std::chrono::seconds life{3'600};
};

// Prints the token on standard output.
int token(const TokenOptions& options);

}  // namespace freshet::tools
