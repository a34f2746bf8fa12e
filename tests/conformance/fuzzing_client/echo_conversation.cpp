#include "echo_conversation.hpp"

#include <mint/mint.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace fuzzing_client {

using namespace std::chrono_literals;
namespace http = mint::http;
namespace ws = mint::ws;

namespace {

constexpr auto handshake_time = 10s;
constexpr auto idle_time = 60s;    // some cases send nothing for long
constexpr auto closing_time = 2s;  // for the server to end the connection after our Close

constexpr std::size_t max_message_size = 64 * 1024 * 1024;

mint::create_options socket_options() {
    mint::create_options options;
    options.limits.max_frame_size = max_message_size;
    options.limits.max_message_size = max_message_size;
    options.limits.max_fragment_count = 1U << 24U;  // messages of megabytes come in fragments of few octets
    return options;
}

class conversation {
  public:
    conversation(http::connection conn, mint::websocket socket, reply r)
        : conn_(std::move(conn)), socket_(std::move(socket)), reply_(r) {}

    conversation_result run(http::read_buffer& scratch) {
        while (!has_ended_) {
            const auto timeout = socket_.codec().is_close_sent() ? closing_time : idle_time;
            const auto received = mint::websocket::recv(conn_, 0, timeout, scratch);
            for (const auto& r : received ? *received : received.error().responses) {
                if (const auto* data = std::get_if<mint::responses::data>(&r)) take(data->bytes);
                if (std::holds_alternative<mint::responses::done>(r)) end({});
            }
            if (!received) end(mint::to_string(received.error().reason));
        }
        return std::move(result_);
    }

  private:
    void take(mint::byte_view octets) {
        if (socket_.codec().has_failed()) return;  // only the server's end is still of interest
        const auto decoded = socket_.decode(octets, frames_);
        out_.clear();
        for (const auto& frame : frames_) answer(frame);
        if (!decoded) {
            result_.end = mint::to_string(decoded.error());
            const auto code = decoded.error().close_code();
            close({.code = code == 0 ? std::nullopt : std::optional{ws::close_code{code}}, .reason = {}});
        }
        if (out_.empty()) return;
        // The queue has room for all that can come up; a failure is that the connection broke, which `recv` tells
        // about.
        static_cast<void>(mint::websocket::stream_request_body(conn_, socket_.ref(), out_.view()));
    }

    void answer(const ws::frame& frame) {
        std::visit(mint::overloaded{
                       [&](const ws::text& f) { answer_message(f, f.payload); },
                       [&](const ws::binary& f) { answer_message(f, mint::as_text(f.payload)); },
                       [&](const ws::ping& f) { static_cast<void>(socket_.encode(ws::pong{f.payload}, out_)); },
                       [](const ws::pong&) {},
                       [&](const ws::close& f) { close({.code = f.code, .reason = {}}); },
                   },
                   frame);
    }

    template <class Message>
    void answer_message(const Message& message, std::string_view payload) {
        if (reply_ == reply::echo) {
            static_cast<void>(socket_.encode(message, out_));
        } else {
            result_.messages.emplace_back(payload);
        }
    }

    void close(const ws::close& goodbye) {
        if (!socket_.codec().is_close_sent()) static_cast<void>(socket_.encode(goodbye, out_));
    }

    void end(std::string why) {
        has_ended_ = true;
        const auto& codec = socket_.codec();
        if (!result_.end.empty() || codec.is_close_received()) return;
        result_.end = why.empty() ? "ended without a Close frame" : std::move(why);
    }

    http::connection conn_;
    mint::websocket socket_;
    reply reply_;
    std::vector<ws::frame> frames_;
    mint::buffer out_;
    conversation_result result_;
    bool has_ended_ = false;
};

}  // namespace

std::expected<conversation_result, std::string> converse(const mint::url& url, reply r, bool offers_deflate) {
    http::connect_options options;
    options.mode = http::mode::passive;
    options.timeout = handshake_time;
    options.max_queued_size = 4 * max_message_size;
    auto conn = http::connect(url.http_scheme(), url.host, url.port, options);
    if (!conn) return std::unexpected(mint::to_string(conn.error()));
    mint::upgrade_options offer;
    if (offers_deflate) offer.extensions = {ws::permessage_deflate::create().value()};
    const auto ref = mint::websocket::upgrade(url.websocket_scheme(), *conn, url.target, {}, offer);
    if (!ref) return std::unexpected(mint::to_string(ref.error()));
    http::read_buffer scratch;
    const auto answer = mint::websocket::recv_upgrade(*conn, *ref, handshake_time, scratch);
    if (!answer) return std::unexpected(mint::to_string(answer.error()));
    auto socket = mint::websocket::create(*conn, *ref, answer->status_code, answer->fields, socket_options());
    if (!socket) return std::unexpected(mint::to_string(socket.error()));
    return conversation{std::move(*conn), std::move(*socket), r}.run(scratch);
}

}  // namespace fuzzing_client
