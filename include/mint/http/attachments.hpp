#pragma once

#include <mint/base/request.hpp>
#include <mint/http/read_buffer.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace mint::http::detail {

/// What a layer above leaves with a connection for one request.
struct attachment {
    explicit attachment(request_ref r) noexcept : ref(r) {}
    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;
    virtual ~attachment() = default;

    request_ref ref;
    bool has_status = false;  ///< its final one, or 101, was given out
};

/// All of a connection's, by ref; no heap while there are none.
class attachments {
  public:
    /// After it the next `add` can't fail.
    void make_room();

    /// Refs are counted up, so that each is the last one.
    void add(std::unique_ptr<attachment> a);

    /// Null where there is none.
    [[nodiscard]] attachment* find(request_ref ref) const noexcept;
    std::unique_ptr<attachment> remove(request_ref ref) noexcept;

    /// Forgets all of them, and keeps the room.
    void clear() noexcept {
        if (!list_) return;
        list_->entries.clear();
        list_->gap_count = 0;
    }

    /// Looks at what is given out: who got a status, and who failed without one. Nobody will ask for those.
    void note(response_list responses) noexcept;

  private:
    /// Removing leaves a gap, and gaps go together once they are more than half: each removal costs the same on
    /// average.
    struct entry {
        request_ref ref;
        std::unique_ptr<attachment> owned;  ///< none in a gap
    };
    struct list {
        std::vector<entry> entries;
        std::size_t gap_count = 0;
    };

    [[nodiscard]] entry* find_entry(request_ref ref) const noexcept;

    std::unique_ptr<list> list_;
};

}  // namespace mint::http::detail
