#pragma once

#include "client_options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace mintws {

/// The options about the way to the server and what is said there to be let in, before they are checked.
class connect_arguments {
  public:
    /// Both arguments must live until `app` has parsed, as this must.
    void add_to(CLI::App& app, client_options& options);

    /// Moves what was given into `options`; a problem for the user where that can't be.
    [[nodiscard]] std::optional<std::string> apply(client_options& options) const;

  private:
    void add_request(CLI::App& app, client_options& options);
    void add_connecting(CLI::App& app, client_options& options);
    void add_tls(CLI::App& app, client_options& options);
    void add_proxy(CLI::App& app, client_options& options);
    [[nodiscard]] std::optional<std::string> apply_fields(client_options& options) const;
    [[nodiscard]] std::optional<std::string> apply_resolve(client_options& options) const;
    [[nodiscard]] std::optional<std::string> apply_tls(client_options& options) const;
    [[nodiscard]] std::optional<std::string> apply_proxy(client_options& options) const;

    std::vector<std::string> header_lines_;
    std::optional<std::string> origin_;
    std::optional<std::string> login_;
    std::optional<std::string> bearer_;
    bool follows_ = false;
    std::uint32_t max_redirects_ = 10;
    double timeout_ = 30;
    bool is_http1_ = false;  // the default, said aloud
    bool is_http2_ = false;
    bool only_v4_ = false;
    bool only_v6_ = false;
    bool is_tls1_2_ = false;  // the default, said aloud
    bool is_tls1_3_ = false;
    std::vector<std::string> resolves_;
    std::optional<std::string> pinned_keys_;
    std::optional<std::string> proxy_login_;
};

}  // namespace mintws
