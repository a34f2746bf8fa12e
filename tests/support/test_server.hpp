#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace mint::test {

/// A server that runs as a child process on loopback for as long as this object lives.
///
/// The program listens on a port that it chooses itself and prints "listening PORT" on stdout; it ends when its stdin
/// ends. It never outlives the test: the kernel kills it with its parent. Move-only.
class test_server {
  public:
    /// Starts `arguments`, with `environment` ("NAME=value") beside our own, and waits until it listens. Throws
    /// std::runtime_error with what it printed where it doesn't within half a minute.
    explicit test_server(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
    test_server(test_server&& other) noexcept;
    test_server& operator=(test_server&& other) = delete;
    ~test_server();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  private:
    void wait_for_port(const std::string& program);
    void stop() noexcept;

    pid_t pid_ = -1;
    int stdin_ = -1;   // its end is the server's end
    int stdout_ = -1;  // held open, so that the server can go on printing
    std::uint16_t port_ = 0;
};

}  // namespace mint::test
