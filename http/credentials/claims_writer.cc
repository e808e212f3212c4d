#include "http/credentials/claims_writer.h"

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

}  // namespace freshet::http
