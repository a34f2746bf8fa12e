// 64 MiB through one WebSocket, alone or while others on the same HTTP/2 connection keep ping-pong:
// PORT PROTOCOL(http1|http2) WAY(both|up|down) OTHERS WINDOW REPEATS
//
// There and back again, or one way alone, with small messages the other way. At most WINDOW of its messages of 64 KiB
// are under way at a time. HTTP/1.1 has no room for others.
//
// Prints T, MB/s, milliseconds of CPU, for each 64 MiB; and with others L, quiet or busy, microseconds of the median
// and of the 99th percentile of their messages' way there and back, count.
#include "compare/client_meter.hpp"
#include "compare/our_client.hpp"

#include <mint/mint.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

using compare::arguments;
using compare::must;
using compare::wall_seconds;

constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t block_count = 1024;

/// Seconds that messages took.
class latencies {
  public:
    void add(double seconds) { all_.push_back(seconds); }

    void print(std::string_view when) {
        std::ranges::sort(all_);
        std::printf("L\t%.*s\t%.1f\t%.1f\t%zu\n", static_cast<int>(when.size()), when.data(), 1e6 * at(0.5),
                    1e6 * at(0.99), all_.size());
    }

  private:
    [[nodiscard]] double at(double share) const {
        if (all_.empty()) arguments::fail("no message came back");
        return all_[static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1))];
    }

    std::vector<double> all_;
};

struct socket_at {
    mint::websocket ws;
    double sent_at = 0;
};

class program {
  public:
    struct load {
        mint::http::protocol protocol = mint::http::protocol::http2;
        std::string_view way;
        std::size_t other_count = 0;
        std::size_t window = 0;
    };

    program(const arguments& args, const load& l) : load_(l), conn_(compare::connect(args, l.protocol)) {
        const std::string target = "/" + std::string{l.way};
        if (l.protocol == mint::http::protocol::http1) {
            sockets_.push_back({compare::open(args, conn_, scratch_, {}, target)});
        } else {
            for (auto& ws : compare::open_many(args, conn_, l.other_count + 1, scratch_, target)) {
                sockets_.push_back({std::move(ws)});
            }
        }
        first_ref_ = static_cast<std::uint64_t>(bulk().ref());
    }

    /// Messages of 16 octets, one in flight on each, from now on.
    void start_others() {
        conn_.cork();
        for (std::size_t i = 1; i < sockets_.size(); ++i) ping(sockets_[i], wall_seconds());
        must(conn_.uncork());
    }

    void run_quiet(double seconds, latencies& found) {
        const double end = wall_seconds() + seconds;
        while (wall_seconds() < end) receive(found);
    }

    void run_busy(latencies& found) {
        to_send_ = to_receive_ = block_count;
        const double start = wall_seconds();
        const double cpu_start = compare::cpu_seconds();
        while (to_receive_ > 0) {
            if (!receive(found)) feed();
        }
        const double size = static_cast<double>(block_size * block_count);
        std::printf("T\t%.1f\t%.3f\n", size / (wall_seconds() - start) / 1e6,
                    1e3 * (compare::cpu_seconds() - cpu_start));
    }

  private:
    [[nodiscard]] mint::websocket& bulk() noexcept { return sockets_.front().ws; }

    [[nodiscard]] bool may_send() const noexcept { return to_send_ > 0 && to_receive_ - to_send_ < load_.window; }

    void feed() {
        output_.clear();
        must(bulk().encode(mint::ws::binary{mint::as_bytes(block_)}, output_));
        must(mint::websocket::stream_request_body(conn_, bulk().ref(), output_.view()));
        --to_send_;
    }

    void ping(socket_at& s, double now) {
        output_.clear();
        must(s.ws.encode(mint::ws::text{"sixteen letters."}, output_));
        must(mint::websocket::stream_request_body(conn_, s.ws.ref(), output_.view()));
        s.sent_at = now;
    }

    /// What is to be read goes first: false where there is nothing, and one block may be sent.
    bool receive(latencies& found) {
        const auto received =
            conn_.recv(0, may_send() ? std::chrono::milliseconds{0} : mint::http::no_timeout, scratch_);
        if (!received && received.error().reason == mint::errc::timeout) return false;
        conn_.cork();
        for (const mint::response& response : must(received)) {
            const auto* data = std::get_if<mint::responses::data>(&response);
            if (data == nullptr) arguments::fail("the server closed");
            socket_at& s = sockets_[static_cast<std::size_t>(static_cast<std::uint64_t>(data->ref) - first_ref_)];
            must(s.ws.decode(data->bytes, frames_));
            for (const mint::ws::frame& frame : frames_) take(s, frame, found);
        }
        must(conn_.uncork());
        return true;
    }

    void take(socket_at& s, const mint::ws::frame& frame, latencies& found) {
        if (&s == &sockets_.front()) {
            const auto* binary = std::get_if<mint::ws::binary>(&frame);
            if (binary == nullptr || binary->payload.size() != answer_size_) arguments::fail("not what was sent");
            --to_receive_;
        } else {
            if (!std::holds_alternative<mint::ws::text>(frame)) arguments::fail("not what was sent");
            const double now = wall_seconds();
            found.add(now - s.sent_at);
            ping(s, now);
        }
    }

    load load_;
    mint::http::read_buffer scratch_;
    mint::http::connection conn_;
    std::vector<socket_at> sockets_;  // the first one is the busy one
    std::uint64_t first_ref_ = 0;
    std::string block_ = std::string(load_.way == "down" ? 1 : block_size, 'b');
    std::size_t answer_size_ = load_.way == "up" ? 0 : block_size;
    std::size_t to_send_ = 0;
    std::size_t to_receive_ = 0;
    mint::buffer output_;
    std::vector<mint::ws::frame> frames_;
};

}  // namespace

int main(int argc, char** argv) {
    constexpr double warm_up_seconds = 0.1;
    constexpr double quiet_seconds = 0.1;
    if (argc != 7) arguments::fail("usage: PORT PROTOCOL(http1|http2) WAY(both|up|down) OTHERS WINDOW REPEATS");
    arguments args;
    args.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    const bool is_http1 = std::string_view{argv[2]} == "http1";
    const program::load load{.protocol = is_http1 ? mint::http::protocol::http1 : mint::http::protocol::http2,
                             .way = argv[3],
                             .other_count = std::strtoul(argv[4], nullptr, 10),
                             .window = std::strtoul(argv[5], nullptr, 10)};
    const int repeat_count = std::atoi(argv[6]);
    const bool has_others = load.other_count > 0;
    if (is_http1 && has_others) arguments::fail("HTTP/1.1 has one WebSocket");

    program all{args, load};
    latencies none;
    latencies quiet;
    latencies busy;
    if (has_others) {
        all.start_others();
        all.run_quiet(warm_up_seconds, none);
    }
    for (int i = 0; i < repeat_count; ++i) {
        if (has_others) all.run_quiet(quiet_seconds, quiet);
        all.run_busy(busy);
    }
    if (!has_others) return 0;
    quiet.print("quiet");
    busy.print("busy");
}
