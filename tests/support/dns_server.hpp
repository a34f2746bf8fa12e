#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mint::testing {

/// A name server on the loopback, in the test's own thread, that says what the test wants it to say, when it says so.
///
/// Every wait ends after ten seconds, with an exception that names the step.
class dns_server {
  public:
    enum class record : std::uint16_t { a = 1, aaaa = 28 };
    enum class code : std::uint8_t { no_error = 0, server_failure = 2, no_such_name = 3 };

    struct query {
        std::string name;
        record type = record::a;
        std::string octets;      ///< all of it
        std::uint16_t port = 0;  ///< of the asker; 0 for a query over TCP
    };

    dns_server();
    dns_server(const dns_server&) = delete;
    dns_server& operator=(const dns_server&) = delete;
    ~dns_server();

    /// "127.0.0.1:port".
    [[nodiscard]] std::string where() const;

    /// To wait for queries over UDP.
    [[nodiscard]] int descriptor() const noexcept { return datagrams_; }

    /// The next query over UDP.
    [[nodiscard]] query receive();

    /// The next connection's query over TCP; the connection before ends.
    [[nodiscard]] query receive_over_tcp();

    /// Answers with the addresses, literals of the query's type; none are an answer too.
    void answer(const query& q, std::initializer_list<const char*> literals);

    void refuse(const query& q, code why);

    /// Asks for the query to be repeated over TCP.
    void truncate(const query& q);

    /// Sends octets as they are, or over TCP behind their length.
    void send(const query& q, std::string_view octets);

    /// Ends the TCP connection with a reset.
    void reset();

  private:
    /// False where the port that the system chose for UDP isn't free for TCP.
    [[nodiscard]] bool listen();

    void close_connection() noexcept;

    int datagrams_ = -1;
    int listener_ = -1;
    int connection_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace mint::testing
