#include "http/credentials/claims_writer.h"

#include <chrono>
#include <cstddef>

#include "engine/text/json.h"

namespace freshet::http {

void ClaimsWriter::add(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? '{' : ',';
    engine::append_json_string(text_, name);
    text_ += ':';
    text_ += json;
}

void ClaimsWriter::add_text(std::string_view name, std::string_view text) {
    std::string json;
    engine::append_json_string(json, text);
    add(name, json);
}

void ClaimsWriter::add_time(std::string_view name, storage::AppendTime time) {
    add(name, numeric_date(time));
}

void ClaimsWriter::add_texts(std::string_view name, const std::vector<std::string>& texts) {
    if (texts.size() == 1) return add_text(name, texts.front());
    add_array(name, texts);
}

void ClaimsWriter::add_array(std::string_view name, const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
        if (&text != texts.data()) json += ',';
        engine::append_json_string(json, text);
    }
    add(name, json + ']');
}

std::string numeric_date(storage::AppendTime time) {
    constexpr std::size_t places = 6;
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    std::string text = std::to_string(whole.time_since_epoch().count());
    const auto rest = (time - whole).count();
    if (rest == 0) return text;
    const std::string digits = std::to_string(rest);
    text += '.' + std::string(places - digits.size(), '0') + digits;
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

}  // namespace freshet::http
