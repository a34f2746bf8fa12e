// websocketpp in memory: A1 encodes client frames, A2 and A3 decode server frames, through its iostream transport. As
// it comes, and as a program without threads would configure it. C++17: its headers aren't valid C++20.
#include "compare/in_memory.hpp"
#include "handshake_answer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>
#include <websocketpp/client.hpp>
#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/core_client.hpp>
#include <websocketpp/logger/stub.hpp>

namespace {

using core_config = websocketpp::config::core_client;

struct quick_keys {
    std::uint32_t operator()() noexcept { return next(); }
    compare::noise next;
};

/// No mutexes, no logs, and masking keys that can be guessed.
struct lean_config : core_config {
    using concurrency_type = websocketpp::concurrency::none;
    using alog_type = websocketpp::log::stub;
    using elog_type = websocketpp::log::stub;
    using rng_type = quick_keys;
    struct transport_config : core_config::transport_config {
        using concurrency_type = lean_config::concurrency_type;
        using alog_type = lean_config::alog_type;
        using elog_type = lean_config::elog_type;
    };
    using transport_type = websocketpp::transport::iostream::endpoint<transport_config>;
};

/// One open connection to nowhere. It counts messages and looks at their first and last byte.
template <class Config>
class client {
  public:
    client() {
        endpoint_.clear_access_channels(websocketpp::log::alevel::all);
        endpoint_.clear_error_channels(websocketpp::log::elevel::all);
        websocketpp::lib::error_code error;
        connection_ = endpoint_.get_connection("ws://localhost/", error);
        if (error) std::abort();
        connection_->set_write_handler([this](websocketpp::connection_hdl, const char* bytes, std::size_t size) {
            write(bytes, size);
            return websocketpp::lib::error_code{};
        });
        connection_->set_vector_write_handler(
            [this](websocketpp::connection_hdl, const std::vector<websocketpp::transport::buffer>& parts) {
                for (const auto& part : parts) write(part.buf, part.len);
                return websocketpp::lib::error_code{};
            });
        connection_->set_open_handler([this](websocketpp::connection_hdl) { is_open_ = true; });
        connection_->set_message_handler([this](websocketpp::connection_hdl, const message_ptr& m) { take(*m); });
        connection_->set_max_message_size(64 * 1024 * 1024);
        endpoint_.connect(connection_);
        const std::string answer = compare::handshake_answer(request_);
        connection_->read_all(answer.data(), answer.size());
        if (!is_open_) std::abort();
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void send(std::string_view payload) {
        const void* bytes = payload.data();
        if (connection_->send(bytes, payload.size(), websocketpp::frame::opcode::binary)) std::abort();
    }

    /// All messages of the wire; returns their number.
    std::size_t receive(compare::wire& source) {
        message_count_ = 0;
        for (source.rewind(); !source.is_at_end();) {
            const std::size_t size = source.read(space_.data(), space_.size());
            if (connection_->read_all(space_.data(), size) != size) std::abort();
        }
        compare::keep(&looked_at_);
        return message_count_;
    }

    [[nodiscard]] std::size_t written_size() const noexcept { return written_size_; }

  private:
    using endpoint = websocketpp::client<Config>;
    using message_ptr = typename endpoint::message_ptr;

    void write(const char* bytes, std::size_t size) {
        if (is_open_) {
            compare::keep(bytes);
            written_size_ += size;
        } else {
            request_.append(bytes, size);
        }
    }

    template <class Message>
    void take(const Message& message) {
        const std::string& payload = message.get_payload();
        looked_at_ +=
            std::size_t{static_cast<unsigned char>(payload.front())} + static_cast<unsigned char>(payload.back());
        ++message_count_;
    }

    endpoint endpoint_;
    typename endpoint::connection_ptr connection_;
    std::string request_;
    bool is_open_ = false;
    std::vector<char> space_ = std::vector<char>(compare::wire::read_size);
    std::size_t written_size_ = 0;
    std::size_t message_count_ = 0;
    std::size_t looked_at_ = 0;
};

template <class Config>
void measure_all(const char* name) {
    for (const std::size_t size : compare::binary_sizes) {
        const std::string payload = compare::binary_payload(size);
        const compare::placed_copy placed{payload};
        client<Config> sender;
        const std::size_t count = compare::batch_size(size);
        const compare::rate rate = compare::measure([&] {
            for (std::size_t i = 0; i < count; ++i) sender.send(placed.view());
            return count;
        });
        if (sender.written_size() == 0) std::abort();
        compare::print("A1", name, compare::size_name(size), rate, size);
    }
    compare::for_each_decode_case([name](std::string_view row, const std::string& case_name, const std::string& payload,
                                         unsigned char first_octet) {
        compare::wire input{payload, first_octet};
        client<Config> receiver;
        const compare::rate rate = compare::measure([&] {
            const std::size_t count = receiver.receive(input);
            if (count != input.frame_count()) std::abort();
            return count;
        });
        compare::print(row, name, case_name, rate, payload.size());
    });
}

}  // namespace

int main() {
    measure_all<core_config>("websocketpp default");
    measure_all<lean_config>("websocketpp lean cfg");
}
