// websocketpp end to end over Boost.Asio, against an echo server. C++17: its headers aren't valid C++20.
#include "compare/client_meter.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_client.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

namespace {

using compare::arguments;
using websocketpp::connection_hdl;

/// All connections; each gets a window of messages once all are open, and then a message for each that comes back.
template <class Config>
class program {
  public:
    explicit program(const arguments& args) : args_(args), meter_(args, "websocketpp") {
        endpoint_.clear_access_channels(websocketpp::log::alevel::all);
        endpoint_.clear_error_channels(websocketpp::log::elevel::all);
        endpoint_.init_asio();
        endpoint_.set_tcp_post_init_handler([this](connection_hdl c) {
            endpoint_.get_con_from_hdl(c)->get_raw_socket().set_option(boost::asio::ip::tcp::no_delay(true));
        });
        if constexpr (std::is_same_v<Config, websocketpp::config::asio_tls_client>) {
            endpoint_.set_tls_init_handler([](connection_hdl) {
                auto tls = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
                tls->set_verify_mode(boost::asio::ssl::verify_none);
                return tls;
            });
        }
        endpoint_.set_open_handler([this](connection_hdl) { take_open(); });
        endpoint_.set_fail_handler([](connection_hdl) { arguments::fail("can't open a WebSocket"); });
        endpoint_.set_message_handler([this](connection_hdl c, const message_ptr& m) {
            if (m->get_payload().size() != payload_.size()) arguments::fail("not what was sent");
            if (meter_.tick()) std::_Exit(0);
            send(*endpoint_.get_con_from_hdl(c));
        });
    }

    void run() {
        const std::string url =
            std::string{args_.is_tls ? "wss" : "ws"} + "://127.0.0.1:" + std::to_string(args_.port) + "/";
        resident_before_ = compare::resident_kib();
        while (static_cast<int>(connections_.size()) < wanted_count_) {
            websocketpp::lib::error_code error;
            connections_.push_back(endpoint_.get_connection(url, error));
            if (error) arguments::fail("can't connect");
            endpoint_.connect(connections_.back());
            while (wanted_count_ > 1 && open_count_ < static_cast<int>(connections_.size())) endpoint_.run_one();
        }
        endpoint_.run();
    }

  private:
    using endpoint = websocketpp::client<Config>;
    using message_ptr = typename endpoint::message_ptr;
    using connection_ptr = typename endpoint::connection_ptr;

    void take_open() {
        if (++open_count_ < wanted_count_) return;
        if (args_.kind == compare::traffic::fan) {
            compare::print_resident("R", args_, "websocketpp", resident_before_, compare::resident_kib());
        }
        for (const auto& connection : connections_) {
            for (int i = 0; i < args_.window; ++i) send(*connection);
        }
    }

    template <class Connection>
    void send(Connection& connection) {
        const auto kind = args_.is_text() ? websocketpp::frame::opcode::text : websocketpp::frame::opcode::binary;
        const void* bytes = payload_.data();
        if (connection.send(bytes, payload_.size(), kind)) arguments::fail("send failed");
    }

    const arguments& args_;
    compare::meter meter_;
    std::string payload_ = args_.payload();
    int wanted_count_ = args_.kind == compare::traffic::fan ? args_.connection_count : 1;
    int open_count_ = 0;
    long resident_before_ = 0;
    endpoint endpoint_;
    std::vector<connection_ptr> connections_;
};

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    if (args.is_tls) {
        program<websocketpp::config::asio_tls_client>{args}.run();
    } else {
        program<websocketpp::config::asio_client>{args}.run();
    }
}
