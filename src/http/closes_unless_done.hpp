#pragma once

#include <mint/http/connection.hpp>

namespace mint::http::detail {

/// Closes the connection when memory runs out halfway: octets that were read or half sent would be missing for ever.
class closes_unless_done {
  public:
    explicit closes_unless_done(connection& c) noexcept : connection_(&c) {}
    closes_unless_done(const closes_unless_done&) = delete;
    closes_unless_done& operator=(const closes_unless_done&) = delete;
    ~closes_unless_done() {
        if (connection_ != nullptr) connection_->close();
    }

    void done() noexcept { connection_ = nullptr; }

  private:
    connection* connection_;
};

}  // namespace mint::http::detail
