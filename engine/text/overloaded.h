// Several functions as one, for std::visit.
#pragma once

namespace freshet::engine {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace freshet::engine
