// Where the tests find this tree and the programs that were built from it.
//
// One source knows the paths, so that every other one is compiled alike wherever the tree is: a
// compiler cache serves a second checkout, and precompiled headers fit all tests.
#pragma once

#include <string>

namespace freshet::support {

// The root of this tree, without a slash at its end.
const std::string& source_folder();

// The paths of `freshet`, of `freshet-bench`, which measures it, and of the simulator `pizza-shop`.
const std::string& freshet_program();
const std::string& freshet_bench_program();
const std::string& pizza_shop_program();

}  // namespace freshet::support
