// Boost.Beast end to end, against an echo server: blocking with one connection, asynchronous with many.
#include "compare/client_meter.hpp"

#include <cstddef>
#include <cstdlib>
#include <deque>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using compare::arguments;

using plain_websocket = beast::websocket::stream<tcp::socket, false>;
using tls_websocket = beast::websocket::stream<beast::ssl_stream<tcp::socket>, false>;

void connect(tcp::socket& socket, const arguments& args) {
    socket.connect({asio::ip::address_v4::loopback(), args.port});
    socket.set_option(tcp::no_delay(true));
}

void shake_hands(plain_websocket& /*ws*/) {}
void shake_hands(tls_websocket& ws) { ws.next_layer().handshake(asio::ssl::stream_base::client); }

template <class WebSocket>
void open(WebSocket& ws, const arguments& args) {
    connect(beast::get_lowest_layer(ws), args);
    shake_hands(ws);
    ws.handshake("127.0.0.1", "/");
    ws.text(args.is_text());
    ws.auto_fragment(false);
    ws.read_message_max(64 * 1024 * 1024);
}

template <class WebSocket, class... Arguments>
void run_blocking(const arguments& args, Arguments&&... made_of) {
    WebSocket ws{std::forward<Arguments>(made_of)...};
    open(ws, args);
    compare::meter meter{args, "beast"};
    const std::string payload = args.payload();
    for (int i = 0; i < args.window; ++i) ws.write(asio::buffer(payload));
    beast::flat_buffer received;
    while (true) {
        ws.read(received);
        if (received.size() != payload.size()) arguments::fail("not what was sent");
        received.consume(received.size());
        if (meter.tick()) std::_Exit(0);
        ws.write(asio::buffer(payload));
    }
}

/// One of many connections: reads always, and writes one message at a time for each that came back.
template <class WebSocket>
class session {
  public:
    template <class... Arguments>
    session(const arguments& args, const std::string& payload, compare::meter& meter, Arguments&&... made_of)
        : ws_(std::forward<Arguments>(made_of)...), payload_(payload), meter_(meter), owed_count_(args.window) {
        open(ws_, args);
    }

    void start() {
        read();
        write();
    }

  private:
    void read() {
        ws_.async_read(received_, [this](beast::error_code error, std::size_t /*size*/) {
            if (error) arguments::fail("the server closed");
            received_.consume(received_.size());
            if (meter_.tick()) std::_Exit(0);
            ++owed_count_;
            write();
            read();
        });
    }

    void write() {
        if (is_writing_ || owed_count_ == 0) return;
        is_writing_ = true;
        --owed_count_;
        ws_.async_write(asio::buffer(payload_), [this](beast::error_code error, std::size_t /*size*/) {
            if (error) arguments::fail("send failed");
            is_writing_ = false;
            write();
        });
    }

    WebSocket ws_;
    beast::flat_buffer received_;
    const std::string& payload_;
    compare::meter& meter_;
    int owed_count_;
    bool is_writing_ = false;
};

template <class WebSocket, class... Arguments>
void run_many(const arguments& args, asio::io_context& context, Arguments&&... made_of) {
    compare::meter meter{args, "beast"};
    const std::string payload = args.payload();
    std::deque<session<WebSocket>> sessions;
    const long before = compare::resident_kib();
    for (int i = 0; i < args.connection_count; ++i) sessions.emplace_back(args, payload, meter, context, made_of...);
    compare::print_resident("R", args, "beast", before, compare::resident_kib());
    for (auto& s : sessions) s.start();
    context.run();
}

template <class WebSocket, class... Arguments>
void run(const arguments& args, asio::io_context& context, Arguments&&... made_of) {
    if (args.kind == compare::traffic::fan) {
        run_many<WebSocket>(args, context, made_of...);
    } else {
        run_blocking<WebSocket>(args, context, made_of...);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    asio::io_context context{1};
    if (args.is_tls) {
        asio::ssl::context tls{asio::ssl::context::tls_client};
        tls.set_verify_mode(asio::ssl::verify_none);
        run<tls_websocket>(args, context, tls);
    } else {
        run<plain_websocket>(args, context);
    }
}
