#include "engine/text/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace freshet::engine {
namespace {

struct Alphabet {
    std::string_view characters;
    std::array<std::uint8_t, 256> values;  // of each character; `foreign` for all others
    bool padded;
};

constexpr std::uint8_t foreign = 64;

constexpr Alphabet alphabet_of(std::string_view characters, bool padded) {
    Alphabet alphabet{characters, {}, padded};
    alphabet.values.fill(foreign);
    for (std::size_t i = 0; i < characters.size(); ++i) {
        alphabet.values[static_cast<unsigned char>(characters[i])] = static_cast<std::uint8_t>(i);
    }
    return alphabet;
}

constexpr Alphabet standard =
    alphabet_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
constexpr Alphabet url_safe =
    alphabet_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);

constexpr std::size_t group_bytes = 3;
constexpr std::size_t group_characters = 4;

std::uint32_t byte_at(std::string_view bytes, std::size_t index) {
    return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0U;
}

void append(std::string& out, std::string_view bytes, const Alphabet& alphabet) {
    out.reserve(out.size() + (bytes.size() + 2) / group_bytes * group_characters);
    for (std::size_t at = 0; at < bytes.size(); at += group_bytes) {
        const std::uint32_t group =
            byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2);
        const std::size_t left = bytes.size() - at;
        out += alphabet.characters[group >> 18U];
        out += alphabet.characters[group >> 12U & 63U];
        if (left > 1) out += alphabet.characters[group >> 6U & 63U];
        if (left > 2) out += alphabet.characters[group & 63U];
        if (alphabet.padded && left < group_bytes) out.append(group_bytes - left, '=');
    }
}

// The text without its padding; nothing if that is not what the length asks for.
std::optional<std::string_view> without_padding(std::string_view text) {
    if (text.size() % group_characters != 0) return std::nullopt;
    if (text.ends_with("==")) return text.substr(0, text.size() - 2);
    if (text.ends_with('=')) return text.substr(0, text.size() - 1);
    return text;
}

// Appends the bytes; false if the text is none of the alphabet's.
bool append_from(std::string& bytes, std::string_view text, const Alphabet& alphabet) {
    if (text.size() % group_characters == 1) return false;

    bytes.reserve(bytes.size() + text.size() / group_characters * group_bytes + 2);
    std::uint32_t bits = 0;
    unsigned bits_held = 0;
    for (const char character : text) {
        const std::uint8_t value = alphabet.values[static_cast<unsigned char>(character)];
        if (value == foreign) return false;
        bits = bits << 6U | value;
        bits_held += 6;
        if (bits_held < 8) continue;
        bits_held -= 8;
        bytes += static_cast<char>(bits >> bits_held & 255U);
    }
    return (bits & ((1U << bits_held) - 1U)) == 0;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
    append(out, bytes, standard);
}

void append_base64url(std::string& out, std::string_view bytes) {
    append(out, bytes, url_safe);
}

bool append_from_base64(std::string& bytes, std::string_view text) {
    const std::optional<std::string_view> characters = without_padding(text);
    return characters && append_from(bytes, *characters, standard);
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string bytes;
    if (!append_from_base64(bytes, text)) return std::nullopt;
    return bytes;
}

std::optional<std::string> decode_base64url(std::string_view text) {
    std::string bytes;
    if (!append_from(bytes, text, url_safe)) return std::nullopt;
    return bytes;
}

}  // namespace freshet::engine
