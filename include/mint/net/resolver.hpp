#pragma once

#include <mint/base/error.hpp>
#include <mint/net/address.hpp>
#include <mint/net/wait.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace mint::net {

namespace detail {
struct lookup_options;
}

/// Which IP versions are used.
enum class ip_preference : std::uint8_t { both, only_v4, only_v6 };

/// What a lookup found for one IP version: addresses, in the order in which they should be tried (RFC 6724), or why
/// none.
struct lookup_answer {
    ip_version version = ip_version::v4;
    std::expected<std::vector<address>, error> addresses;
};

/// The lookup of one host's addresses, without blocking: a value over c-ares, which reads the hosts file, and asks the
/// system's name servers for a name that isn't there. Each IP version is asked for at the same time and answered for
/// itself (RFC 8305 §3).
///
/// Call `step` when one of `wants()` is ready or `deadline()` is there, until `is_done`. A literal is its own address,
/// and `localhost` is always found, whatever the system says (RFC 6761 §6.3): both are done at once and ask nobody.
/// Move-only. Destroying it ends the lookup.
///
/// Names that only the system's other sources know (mDNS, LDAP) aren't found: resolve those yourself, and give
/// `connect_options::addresses`.
class lookup {
  public:
    using clock = std::chrono::steady_clock;

    lookup() noexcept;
    lookup(lookup&&) noexcept;
    lookup& operator=(lookup&&) noexcept;
    ~lookup();

    /// Begins. errc::system_error where the resolver can't be set up.
    [[nodiscard]] static std::expected<lookup, error> start(std::string_view host, std::uint16_t port,
                                                            ip_preference which = ip_preference::both);

    /// With settings that tests need and no header shows.
    [[nodiscard]] static std::expected<lookup, error> start(std::string_view host, std::uint16_t port,
                                                            ip_preference which, const detail::lookup_options& options);

    /// Sends, receives and counts time, without blocking; appends the answers that are new to `out`, one for each IP
    /// version asked for. Their errors: errc::name_not_found, whose detail is the resolver's reason, also where the
    /// name servers don't answer; system_error.
    void step(std::vector<lookup_answer>& out);

    /// The descriptors to wait for; valid until the next call.
    [[nodiscard]] const std::vector<interest>& wants();

    /// When to call `step` though none is ready; nothing where it waits for its descriptors alone, or is done.
    [[nodiscard]] std::optional<clock::time_point> deadline(clock::time_point now) const;

    [[nodiscard]] bool is_done() const noexcept;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace mint::net
