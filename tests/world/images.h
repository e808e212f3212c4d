// Short ways to make images in tests.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "storage/image.h"

namespace freshet::support {

// An image of strings.
inline storage::Image image_of(const std::map<std::string, std::string>& attributes) {
    storage::ImageBuilder builder;
    std::vector<storage::ImageBuilder::Value> values;
    for (const auto& [name, text] : attributes) {
        values.push_back(builder.scalar(storage::ValueType::string, name, text));
    }
    return builder.finish(values);
}

}  // namespace freshet::support
