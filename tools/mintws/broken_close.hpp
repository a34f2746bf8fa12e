#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>

#include <cstdint>
#include <string>

namespace mintws {

/// What stands in a Close frame that breaks a rule: the library says which rule, and a person wants to see the rest.
class broken_close {
  public:
    /// `bytes` were decoded: the start of the next frame may be at their end.
    void keep_end(mint::byte_view bytes);

    /// With a code that may not be sent: the code and the reason as far as it came, to be put after the rule. Else
    /// empty. `bytes` are those that weren't decoded.
    [[nodiscard]] std::string describe(const mint::error& broken, mint::byte_view bytes) const;

  private:
    std::uint64_t size_ = 0;  // of all that was decoded
    std::string end_;         // of it, as much as may stand before a code
};

}  // namespace mintws
