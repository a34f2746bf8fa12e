#pragma once

#include "receiving.hpp"

#include <mint/mint.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mint::test {

/// Everything that came back for one request.
struct http_answer {
    std::vector<int> interim_codes;
    std::vector<headers> interim_fields;
    int code = 0;
    std::string reason;
    std::optional<headers> fields;
    std::string body;
    std::size_t data_count = 0;
    headers trailers;
    bool is_done = false;
    std::optional<error> failure;
};

/// An HTTP connection whose answers are gathered by request.
class http_exchange {
  public:
    [[nodiscard]] static http_exchange open(std::uint16_t port, http::connect_options options = {});

    [[nodiscard]] static http_exchange on(http::connection conn) { return http_exchange{std::move(conn)}; }

    /// Sends a request; throws std::runtime_error where that fails.
    request_ref request(std::string_view method, std::string_view target, const headers& fields = {},
                        const request_body& body = no_body{});

    /// Receives until the answer is complete, or failed; or, with `until_headers`, until its header section is there.
    const http_answer& wait(request_ref ref, bool until_headers = false);

    /// Receives until the connection fails or ends.
    error wait_for_end();

    const http_answer& get(std::string_view target) { return wait(request("GET", target)); }

    [[nodiscard]] http::connection& connection() noexcept { return conn_; }
    [[nodiscard]] http::read_buffer& scratch() noexcept { return scratch_; }

    /// The order in which requests were answered in full.
    [[nodiscard]] const std::vector<request_ref>& finished() const noexcept { return finished_; }

  private:
    explicit http_exchange(http::connection conn) : conn_(std::move(conn)) {}
    void receive();
    void take(http::response_list responses);

    http::connection conn_;
    http::read_buffer scratch_;
    std::map<request_ref, http_answer> answers_;
    std::vector<request_ref> finished_;
    std::optional<error> end_;
};

}  // namespace mint::test
