#include "engine/values/item_form.h"

#include "engine/values/plain_json.h"
#include "engine/values/typed_json.h"

namespace freshet::engine {

void append_item_json(std::string& out, storage::ImageView item, ItemForm form) {
    if (form == ItemForm::typed) {
        append_typed_attributes(out, item);
    } else {
        append_plain_json(out, item);
    }
}

}  // namespace freshet::engine
