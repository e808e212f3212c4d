// Whether one `where` takes all that another one takes: for rules that come too late.
#pragma once

#include "engine/catalog/pattern.h"

namespace freshet::engine {

// True only if `wide` surely matches every image that `narrow` matches. False may also mean that
// it would take more than a look at their entries to tell.
bool covers(const Pattern& wide, const Pattern& narrow);

}  // namespace freshet::engine
