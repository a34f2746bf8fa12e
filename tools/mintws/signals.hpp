#pragma once

#include "descriptor.hpp"

namespace mintws {

/// SIGINT and SIGTERM as a descriptor, readable when one came; from then on they stay blocked for the process.
class signals {
  public:
    signals();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_.number(); }

    /// Takes what came: how many signals, each kind once.
    [[nodiscard]] int take() const;

  private:
    mintws::descriptor descriptor_;
};

}  // namespace mintws
