#pragma once

#include <mint/version.hpp>

#include <memory>
#include <utility>

namespace mint {
class mailbox;
}

namespace mint::http::detail {

/// What lets a mailbox find a connection again after it was moved, or see that it is gone. Costs two pointers, and heap
/// only where a mailbox watches.
class watched {
  public:
    watched() noexcept = default;
    watched(watched&& other) noexcept : tag_(std::move(other.tag_)) { mark(this); }
    watched& operator=(watched&& other) noexcept {
        if (this == &other) return *this;
        mark(nullptr);
        tag_ = std::move(other.tag_);
        mark(this);
        return *this;
    }

  protected:
    ~watched() { mark(nullptr); }

  private:
    friend class mint::mailbox;

    /// Outlives the connection where a mailbox holds it.
    struct tag {
        watched* owner;
    };

    void mark(watched* owner) noexcept {
        if (tag_) tag_->owner = owner;
    }

    [[nodiscard]] const std::shared_ptr<tag>& make_tag() {
        if (!tag_) tag_ = std::make_shared<tag>(tag{this});
        return tag_;
    }

    std::shared_ptr<tag> tag_;
};

}  // namespace mint::http::detail
