#include "engine/config/auth.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "engine/text/nearest_name.h"

namespace freshet::engine {

namespace {

// In seconds. Those of POST /tokens live for an hour.
constexpr std::int64_t token_life_min = 3'600;
constexpr std::int64_t token_life_max = std::int64_t{10} * 365 * 24 * 3'600;

constexpr std::size_t digest_digits = 64;  // of SHA-256

// What `printf %s "$KEY" | sha256sum` prints where KEY is not set.
constexpr std::string_view digest_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool is_digest(std::string_view text) {
    return text.size() == digest_digits &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// The bytes that pairs of hexadecimal digits stand for.
std::string bytes_of(std::string_view digits) {
    std::string bytes;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        unsigned byte = 0;
        std::from_chars(digits.data() + at, digits.data() + at + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

// Notes a name that an earlier one has, too.
template <class Settings>
void check_distinct(const std::vector<Settings>& earlier, const Word& word,
                    std::string Settings::*name, std::string_view what, Mistakes& mistakes) {
    const bool taken = std::any_of(earlier.begin(), earlier.end(),
                                   [&](const Settings& other) { return other.*name == word.text; });
    if (!taken) return;
    mistakes.add(word.line, "found the " + std::string(what) + ' ' + in_quotes(word.text) +
                                " again, expected each once");
}

TokenAlgorithm read_algorithm(const Section& section) {
    const auto word = section.required_word("algorithm");
    if (!word || word->text == "EdDSA") return TokenAlgorithm::ed25519;
    if (word->text == "HS256") return TokenAlgorithm::hs256;
    section.mistakes().add(word->line, "found the algorithm " + in_quotes(word->text) +
                                           ", expected \"EdDSA\" or \"HS256\"");
    return TokenAlgorithm::hs256;
}

KeySettings read_key(const toml::table& source, const std::filesystem::path& folder,
                     const std::vector<KeySettings>& earlier, Mistakes& mistakes) {
    const Section section(source, "auth.keys", {"id", "algorithm", "file", "env"}, mistakes);
    KeySettings key;
    if (const auto id = section.required_word("id")) {
        check_distinct(earlier, *id, &KeySettings::id, "id", mistakes);
        key.id = id->text;
    }
    key.algorithm = read_algorithm(section);
    const auto file = section.word("file");
    const auto variable = section.word("env");
    if (file) key.file = (folder / file->text).lexically_normal().string();
    if (variable) key.variable = variable->text;
    if (file.has_value() == variable.has_value()) {
        mistakes.add(section.line(), std::string("found ") + (file ? "both" : "neither") +
                                         " file and env, expected one of them: where the key is");
    }
    return key;
}

using Tables = std::vector<std::unique_ptr<Table>>;
using Names = std::vector<std::string_view>;

// What a right of that kind can be over; nothing if that is not for the file to say.
std::optional<Names> names_for(Right right, const Tables& tables) {
    if (right == Right::watch || right == Right::vend) return std::nullopt;
    Names names;
    for (const auto& table : tables) {
        if (right != Right::read) {
            names.push_back(table->name);
            continue;
        }
        for (const ItemView& view : table->views) names.push_back(view.name);
        for (const ListView& list : table->lists) names.push_back(list.name);
        for (const TotalView& total : table->totals) names.push_back(total.name);
    }
    if (right == Right::admin) {
        names.insert(names.end(),
                     {"/status", "/metrics", "/tokens", "/subscribers", "/functions", "/records"});
    }
    return names;
}

// Notes a right over something that is not there.
void check_right(const Grant& grant, const Word& word, const Tables& tables, Mistakes& mistakes) {
    const auto names = names_for(grant.right, tables);
    if (!names || grant.is_begin) return;
    if (std::find(names->begin(), names->end(), grant.name) != names->end()) return;
    mistakes.add(word.line, "found " + in_quotes(grant.name) + " in the right " +
                                in_quotes(word.text) + ", " +
                                (names->empty() ? "expected no name, as no view is declared"
                                                : expected_name(grant.name, *names)));
}

std::vector<Grant> read_rights(const Section& section, const Tables& tables) {
    std::vector<Grant> rights;
    for (const Word& word : section.words("rights")) {
        auto grant = parse_grant(word.text);
        if (grant) {
            check_right(*grant, word, tables, section.mistakes());
            rights.push_back(*std::move(grant));
        } else {
            section.mistakes().add(word.line, grant.error().message);
        }
    }
    if (section.find("rights") == nullptr) {
        section.mistakes().add(section.line(),
                               "found no rights, expected what the machine may do, such as "
                               "rights = [\"ingest:orders\"]");
    }
    return rights;
}

MachineSettings read_machine(const toml::table& source, const std::vector<MachineSettings>& earlier,
                             const Tables& tables, Mistakes& mistakes) {
    const Section section(source, "auth.machines", {"name", "sha256", "rights"}, mistakes);
    MachineSettings machine;
    if (const auto name = section.required_word("name")) {
        check_distinct(earlier, *name, &MachineSettings::name, "name", mistakes);
        machine.name = name->text;
    }
    const auto digest = section.required_word("sha256");
    if (digest && is_digest(digest->text)) {
        machine.digest = bytes_of(digest->text);
        if (machine.digest == bytes_of(digest_of_nothing)) {
            mistakes.add(digest->line,
                         "found the sha256 of an empty text, expected that of the machine's key");
        }
        if (std::any_of(earlier.begin(), earlier.end(), [&](const MachineSettings& other) {
                return other.digest == machine.digest;
            })) {
            mistakes.add(digest->line,
                         "found the sha256 of another machine, expected a key of its "
                         "own for each");
        }
    } else if (digest) {
        // What stands there may be the key itself, which belongs into no message.
        mistakes.add(digest->line,
                     "found a sha256 that is none, expected the 64 hexadecimal digits "
                     "of the key's SHA-256");
    }
    machine.rights = read_rights(section, tables);
    return machine;
}

void check_signer(const Word& id, const std::vector<KeySettings>& keys, Mistakes& mistakes) {
    std::vector<std::string_view> known;
    known.reserve(keys.size());
    for (const KeySettings& key : keys) known.push_back(key.id);
    if (std::find(known.begin(), known.end(), id.text) != known.end()) return;
    mistakes.add(id.line, "found sign_with = " + in_quotes(id.text) + ", " +
                              (known.empty() ? "expected the id of one of the keys"
                                             : expected_name(id.text, known)));
}

}  // namespace

AuthSettings read_auth(const toml::table& source, std::string_view file, const Tables& tables,
                       Mistakes& mistakes) {
    const Section section(
        source, "auth",
        {"keys", "machines", "issuer", "audience", "sign_with", "query_token", "token_life_s"},
        mistakes);
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    AuthSettings auth;
    for (const toml::table* key : section.tables("keys")) {
        auth.keys.push_back(read_key(*key, folder, auth.keys, mistakes));
    }
    for (const toml::table* machine : section.tables("machines")) {
        auth.machines.push_back(read_machine(*machine, auth.machines, tables, mistakes));
    }
    if (const auto issuer = section.word("issuer")) auth.issuer = issuer->text;
    if (const auto audience = section.word("audience")) auth.audience = audience->text;
    auth.query_token = section.flag("query_token");
    if (const auto life = section.integer("token_life_s", token_life_min, token_life_max)) {
        auth.token_life = std::chrono::seconds(*life);
    }
    if (const auto id = section.word("sign_with")) {
        check_signer(*id, auth.keys, mistakes);
        auth.sign_with = id->text;
    }
    if (auth.keys.empty() && auth.machines.empty()) {
        mistakes.add(section.line(),
                     "found neither keys nor machines, expected at least one: "
                     "nobody could be let in");
    }
    return auth;
}

}  // namespace freshet::engine
