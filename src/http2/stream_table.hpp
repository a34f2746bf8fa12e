#pragma once

#include "http2/request_fields.hpp"
#include "http2/send_queue.hpp"

#include <mint/base/request.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace mint::http2::detail {

/// One request: what it still owes, in both directions. Thousands are idle, so that all of them are small.
struct stream {
    explicit stream(request_ref r) noexcept : ref(r) {}

    request_ref ref;
    std::int32_t id = 0;  ///< 0 until its field section was sent
    send_queue queue;
    std::unique_ptr<outgoing_head> head;         ///< while it waits to be sent, or may have to be sent again
    std::optional<std::uint64_t> content_left;   ///< of our content, where the length was announced
    std::optional<std::uint64_t> response_left;  ///< of the response's content, where it says or there may be none
    std::size_t unconsumed_size = 0;             ///< data given out and not consumed
    std::size_t header_list_size = 0;            ///< of its response's sections so far
    std::uint32_t field_count = 0;
    std::uint32_t interim_count = 0;
    std::int32_t receive_window = -1;  ///< as the caller set it; -1 where he did not

    bool is_connect : 1 = false;
    bool is_tunnel : 1 = false;
    bool is_head : 1 = false;
    bool is_pushed : 1 = false;
    bool has_content : 1 = false;  ///< its end comes apart from its field section
    bool is_announced : 1 = true;  ///< the caller knows its ref; a promise isn't until it was read
    bool takes_content : 1 = false;
    bool has_status : 1 = false;   ///< the final one
    bool is_refused : 1 = false;   ///< that is 300 or more
    bool is_answered : 1 = false;  ///< its done or error was given: no response follows

    [[nodiscard]] bool is_waiting() const noexcept { return id == 0; }
};

/// All streams that aren't closed, by their refs, and the order in which those that aren't sent wait for their turn.
///
/// A stream keeps its address until it is erased.
class stream_table {
  public:
    stream& add(request_ref ref);
    void erase(request_ref ref) noexcept { streams_.erase(ref); }

    /// Null where there is none.
    [[nodiscard]] stream* find(request_ref ref) noexcept;
    [[nodiscard]] const stream* find(request_ref ref) const noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return streams_.size(); }

    void clear() noexcept;

    /// All of them, oldest first.
    [[nodiscard]] std::vector<stream*> in_order();

    /// Puts a stream among those that wait, which go by their refs. While `holds_connects` those that ask for extended
    /// CONNECT are passed over.
    void wait(stream& s);
    void stop_waiting(const stream& s) noexcept;

    /// True if there is one that may be sent.
    [[nodiscard]] bool has_next() const noexcept { return !waiting_.empty(); }

    /// The next that may be sent, and is waiting no more; null where there is none.
    [[nodiscard]] stream* next_waiting() noexcept;

    /// Those that ask for extended CONNECT are passed over no more: they go in the order in which all were asked for.
    void release_connects() noexcept;

    /// The same, but gives them instead, waiting no more.
    [[nodiscard]] std::vector<stream*> take_connects();

    [[nodiscard]] bool holds_connects() const noexcept { return holds_connects_; }

    /// Nobody waits any more; the streams stay.
    void stop_all_waiting() noexcept;

    [[nodiscard]] std::size_t waiting_count() const noexcept { return waiting_.size() + held_.size(); }

  private:
    std::unordered_map<request_ref, std::unique_ptr<stream>> streams_;
    std::map<request_ref, stream*> waiting_;
    std::map<request_ref, stream*> held_;  ///< extended CONNECT, until the server's settings are known
    bool holds_connects_ = true;
};

}  // namespace mint::http2::detail
