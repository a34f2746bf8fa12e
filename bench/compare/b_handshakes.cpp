// TLS handshakes a second of processor time: full ones, and resumed ones, each on a connection of its own to one
// server, whose certificate isn't verified (as with openssl s_time, which is measured beside it).
//
// Usage: b_handshakes PORT SECONDS VERSION(1.2|1.3)
// Prints: T, kind, version, connections, seconds of the processor's user time, of the processor, on the clock.
#include "compare/client_meter.hpp"

#include <mint/mint.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <utility>

namespace {

template <class Value>
Value must(std::expected<Value, mint::error> result) {
    if (!result) compare::arguments::fail(mint::to_string(result.error()));
    return *std::move(result);
}

double user_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec) + 1e-6 * static_cast<double>(used.ru_utime.tv_usec);
}

class measurement {
  public:
    measurement(std::uint16_t port, double seconds, std::string_view version)
        : port_(port), seconds_(seconds), version_(version) {
        mint::net::tls_options tls{.insecure = true};
        if (version == "1.3") {
            tls.min_version = mint::net::tls_version::tls1_3;
        } else {
            tls.max_version = mint::net::tls_version::tls1_2;
        }
        options_.mode = mint::http::mode::passive;
        options_.tls_context = must(mint::net::tls_context::create(tls));
    }

    void run(std::string_view kind) {
        if (kind == "resumed") options_.session = learn_session();
        std::uint64_t count = 0;
        const double user = user_seconds();
        const double cpu = compare::cpu_seconds();
        const double start = compare::wall_seconds();
        while (compare::wall_seconds() - start < seconds_) {
            const auto conn = connect();
            if (conn.tls()->is_resumed != (kind == "resumed")) compare::arguments::fail("not the handshake meant");
            ++count;
        }
        std::printf("T\t%.*s\t%.*s\t%llu\t%.4f\t%.4f\t%.4f\n", static_cast<int>(kind.size()), kind.data(),
                    static_cast<int>(version_.size()), version_.data(), static_cast<unsigned long long>(count),
                    user_seconds() - user, compare::cpu_seconds() - cpu, compare::wall_seconds() - start);
        std::fflush(stdout);
    }

  private:
    mint::http::connection connect() {
        return must(mint::http::connect(mint::scheme::https, "127.0.0.1", port_, options_));
    }

    /// TLS 1.3 gives it behind the handshake: with the first response.
    mint::net::tls_session learn_session() {
        auto conn = connect();
        must(conn.request("GET", "/"));
        mint::http::read_buffer scratch;
        if (!conn.recv(0, mint::http::no_timeout, scratch)) compare::arguments::fail("no response");
        if (conn.session().empty()) compare::arguments::fail("the server gives no session");
        return conn.session();
    }

    std::uint16_t port_;
    double seconds_;
    std::string_view version_;
    mint::http::connect_options options_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) compare::arguments::fail("usage: b_handshakes PORT SECONDS VERSION(1.2|1.3)");
    measurement m{static_cast<std::uint16_t>(std::atoi(argv[1])), std::atof(argv[2]), argv[3]};
    m.run("full");
    m.run("resumed");
}
