#pragma once

#include <mint/version.hpp>

namespace mint {

/// Makes one visitor of several lambdas: `std::visit(overloaded{[](const text&) {…}, [](const close&) {…}}, frame)`.
template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};

}  // namespace mint
