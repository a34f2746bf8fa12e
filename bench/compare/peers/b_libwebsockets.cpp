// libwebsockets end to end, against an echo server: one poll loop, writes as long as the socket takes them.
#include "compare/client_meter.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <libwebsockets.h>
#include <string>
#include <vector>

namespace {

using compare::arguments;

constexpr const char* protocol_name = "echo";

/// What the library keeps for us at each connection.
struct connection {
    int owed_count;             // messages to send
    std::size_t received_size;  // of the message that isn't complete yet
};

class program {
  public:
    explicit program(const arguments& args) : args_(args), meter_(args, "libwebsockets") {
        lws_set_log_level(LLL_ERR, nullptr);
        lws_context_creation_info info{};
        info.port = CONTEXT_PORT_NO_LISTEN;
        info.protocols = protocols_;
        info.user = this;
        if (args.is_tls) info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        context_ = lws_create_context(&info);
        if (context_ == nullptr) arguments::fail("no context");
    }
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    /// Ends the process when all runs are taken.
    void run() {
        resident_before_ = compare::resident_kib();
        for (std::size_t i = 0; i < wanted_count_; ++i) {
            connect();
            while (wanted_count_ > 1 && open_.size() <= i) lws_service(context_, 0);
        }
        while (lws_service(context_, 0) >= 0) {}
        arguments::fail("the loop ended");
    }

  private:
    static int handle(lws* socket, lws_callback_reasons reason, void* user, void* bytes, std::size_t size) {
        auto* self = static_cast<program*>(lws_context_user(lws_get_context(socket)));
        auto* c = static_cast<connection*>(user);
        switch (reason) {
            case LWS_CALLBACK_CLIENT_ESTABLISHED: self->take_open(socket, *c); break;
            case LWS_CALLBACK_CLIENT_RECEIVE: self->receive(socket, *c, size); break;
            case LWS_CALLBACK_CLIENT_WRITEABLE: return self->write(socket, *c) ? 0 : -1;
            case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
                arguments::fail(bytes != nullptr ? static_cast<const char*>(bytes) : "can't connect");
            case LWS_CALLBACK_CLIENT_CLOSED: arguments::fail("the server closed");
            default: break;  // there are some hundred more
        }
        return 0;
    }

    void connect() {
        lws_client_connect_info info{};
        info.context = context_;
        info.address = info.host = info.origin = "127.0.0.1";
        info.port = args_.port;
        info.path = "/";
        info.local_protocol_name = protocol_name;
        if (args_.is_tls) {
            info.ssl_connection = LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
        }
        if (lws_client_connect_via_info(&info) == nullptr) arguments::fail("can't connect");
    }

    void take_open(lws* socket, connection& c) {
        c.owed_count = args_.window;
        c.received_size = 0;
        open_.push_back(socket);
        if (open_.size() < wanted_count_) return;
        if (args_.kind == compare::traffic::fan) {
            compare::print_resident("R", args_, "libwebsockets", resident_before_, compare::resident_kib());
        }
        for (lws* each : open_) lws_callback_on_writable(each);
    }

    void receive(lws* socket, connection& c, std::size_t size) {
        c.received_size += size;
        if (lws_is_final_fragment(socket) == 0 || lws_remaining_packet_payload(socket) != 0) return;
        if (c.received_size != payload_.size()) arguments::fail("not what was sent");
        c.received_size = 0;
        if (meter_.tick()) std::_Exit(0);
        ++c.owed_count;
        lws_callback_on_writable(socket);
    }

    /// False if the socket is broken.
    bool write(lws* socket, connection& c) {
        while (c.owed_count > 0) {
            // The library masks in place, so that each message needs a copy of the payload.
            unsigned char* const space = output_.data() + LWS_PRE;
            std::memcpy(space, payload_.data(), payload_.size());
            const auto kind = args_.is_text() ? LWS_WRITE_TEXT : LWS_WRITE_BINARY;
            if (lws_write(socket, space, payload_.size(), kind) < 0) return false;
            --c.owed_count;
            if (c.owed_count > 0 && lws_send_pipe_choked(socket) != 0) {
                lws_callback_on_writable(socket);
                break;
            }
        }
        return true;
    }

    const arguments& args_;
    compare::meter meter_;
    std::string payload_ = args_.payload();
    std::vector<unsigned char> output_ = std::vector<unsigned char>(LWS_PRE + payload_.size());
    std::size_t wanted_count_ =
        args_.kind == compare::traffic::fan ? static_cast<std::size_t>(args_.connection_count) : 1;
    std::vector<lws*> open_;
    long resident_before_ = 0;
    lws_protocols protocols_[2] = {{protocol_name, handle, sizeof(connection), 128 * 1024, 0, nullptr, 0}, {}};
    lws_context* context_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    const arguments args{argc, argv};
    program{args}.run();
}
