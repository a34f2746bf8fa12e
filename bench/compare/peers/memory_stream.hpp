#pragma once

// The transport under Boost.Beast in memory: answers the opening handshake, then gives a wire's bytes and drops what is
// written.

#include "compare/in_memory.hpp"
#include "handshake_answer.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/role.hpp>

namespace compare {

/// A synchronous stream, as Boost.Beast asks of the layer below a WebSocket.
class memory_stream {
  public:
    using executor_type = boost::asio::io_context::executor_type;
    using error_code = boost::beast::error_code;

    explicit memory_stream(boost::asio::io_context& context, std::string_view more_answer_fields = {})
        : context_(context), more_answer_fields_(more_answer_fields) {}

    /// Reads after the handshake come from here, again and again.
    void replay(wire& source) noexcept { source_ = &source; }

    void forget_written_size() noexcept { written_size_ = 0; }

    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, error_code& error) {
        error = {};
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
            const boost::asio::const_buffer part{*at};
            if (is_open_) {
                keep(part.data());
            } else {
                request_.append(static_cast<const char*>(part.data()), part.size());
            }
        }
        const std::size_t size = boost::asio::buffer_size(buffers);
        written_size_ += size;
        return size;
    }

    template <class Buffers>
    std::size_t write_some(const Buffers& buffers) {
        error_code error;
        return write_some(buffers, error);
    }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, error_code& error) {
        error = {};
        return is_open_ ? read_wire(buffers) : read_answer(buffers);
    }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers) {
        error_code error;
        return read_some(buffers, error);
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return context_.get_executor(); }

    /// Bytes written since `forget_written_size`.
    [[nodiscard]] std::size_t written_size() const noexcept { return written_size_; }

  private:
    template <class Buffers>
    std::size_t read_answer(const Buffers& buffers) {
        if (answer_.empty()) answer_ = handshake_answer(request_, more_answer_fields_);
        const std::size_t size = boost::asio::buffer_copy(buffers, boost::asio::buffer(answer_));
        answer_.erase(0, size);
        is_open_ = answer_.empty();
        return size;
    }

    /// At most 64 KiB, and nothing from after the wire's end.
    template <class Buffers>
    std::size_t read_wire(const Buffers& buffers) {
        if (source_->is_at_end()) source_->rewind();
        std::size_t size = 0;
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
            const boost::asio::mutable_buffer part{*at};
            const std::size_t room = std::min(part.size(), wire::read_size - size);
            const std::size_t taken = source_->read(part.data(), room);
            size += taken;
            if (taken < part.size()) break;
        }
        return size;
    }

    boost::asio::io_context& context_;
    std::string_view more_answer_fields_;
    std::string request_;
    std::string answer_;
    bool is_open_ = false;
    std::size_t written_size_ = 0;
    wire* source_ = nullptr;
};

// Boost.Beast finds these two by their argument.
inline void teardown(boost::beast::role_type /*role*/, memory_stream& /*stream*/, boost::beast::error_code& error) {
    error = {};
}
inline void beast_close_socket(memory_stream& /*stream*/) {}

}  // namespace compare
