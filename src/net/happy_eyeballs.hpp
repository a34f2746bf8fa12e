#pragma once

#include <mint/base/error.hpp>
#include <mint/net/address.hpp>
#include <mint/net/resolver.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace mint::net::detail {

/// Which address to connect to next, and when (RFC 8305): a machine without sockets, names and clock.
///
/// Feed it answers and results as they come, and ask `next` after each and whenever `deadline` is there, again and
/// again until it says nothing: each address that it gives is to be tried at once, beside those under way. Attempts are
/// numbered from 0 in the order given. The first that connects wins; the caller drops the others. Once `has_failed`,
/// none is left.
class happy_eyeballs {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    /// RFC 8305 §8: between two attempts, and from the A answer to the first attempt while AAAA is missing.
    static constexpr std::chrono::milliseconds attempt_delay{250};
    static constexpr std::chrono::milliseconds resolution_delay{50};

    /// `answer_count`: how many lookup answers will come.
    explicit happy_eyeballs(std::size_t answer_count) noexcept;

    /// Addresses of one IP version, or why there are none. Those known already come first; IP versions alternate, IPv6
    /// first (§4). May come while attempts are under way.
    void on_answer(lookup_answer answer, time_point now);

    /// An attempt failed: the next one need not wait (§5).
    void on_failure(std::size_t attempt, error reason, time_point now);

    /// The address to try now; nothing when there is nothing to start yet.
    [[nodiscard]] std::optional<address> next(time_point now);

    /// When `next` may say more though nothing happened; nothing where it won't.
    [[nodiscard]] std::optional<time_point> deadline() const noexcept;

    /// True when every answer came and every attempt failed.
    [[nodiscard]] bool has_failed() const noexcept;

    /// Why: the last attempt's error; without attempts the lookup's.
    [[nodiscard]] error failure() const;

  private:
    /// The addresses of one IP version, each once, and how many of them were given out.
    struct queue {
        std::vector<address> addresses;
        std::size_t given_count = 0;

        void add(const address& a);
        [[nodiscard]] bool is_empty() const noexcept { return given_count == addresses.size(); }
        [[nodiscard]] const address& take() noexcept { return addresses[given_count++]; }
    };

    [[nodiscard]] bool has_candidate() const noexcept { return !v6_.is_empty() || !v4_.is_empty(); }

    std::size_t answers_left_;
    queue v6_;
    queue v4_;
    ip_version next_version_ = ip_version::v6;
    time_point ready_at_{};  // when a candidate may be tried; meaningful while there is one

    std::size_t started_count_ = 0;
    std::size_t failed_count_ = 0;
    std::size_t failed_attempt_ = 0;
    std::optional<error> attempt_failure_;  // that of failed_attempt_
    std::optional<error> lookup_failure_;
};

}  // namespace mint::net::detail
