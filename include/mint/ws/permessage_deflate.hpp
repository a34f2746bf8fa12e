#pragma once

#include <mint/base/error.hpp>
#include <mint/ws/extension.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace mint::ws {

namespace detail {
struct shared_deflate_states;
}

/// One offer of permessage-deflate (RFC 7692 §7.1).
struct deflate_parameters {
    /// The server starts each message afresh: its messages are larger, and we need keep no window between them.
    bool server_no_context_takeover = false;

    /// We do. Offered as a hint; a server may ask for it unasked.
    bool client_no_context_takeover = false;

    /// Base-2 logarithm of the server's LZ77 window, 8 to 15. Below 15 the server is asked to keep to it, and our
    /// memory for receiving is what that takes; a server that says less unasked changes nothing for us.
    std::uint8_t server_max_window_bits = 15;

    /// The same of ours, 8 to 15; we keep to it whatever the server says, and to what the server says.
    std::uint8_t client_max_window_bits = 15;

    /// Offers client_max_window_bits, and so lets the server limit our window: without a value where that is 15. A
    /// server that has little memory may decline without it (§7.1.2.2).
    bool offers_client_max_window_bits = true;

    friend bool operator==(const deflate_parameters&, const deflate_parameters&) = default;
};

/// Which messages are compressed.
enum class compression : std::uint8_t {
    automatic,  ///< as `always`, but while messages don't shrink most of them go as they are
    always,     ///< each from `min_size` on
    never,      ///< none is; what the server compresses is read
};

/// How a string of octets is searched for matches: what zlib calls Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY,
/// Z_RLE and Z_FIXED.
enum class deflate_strategy : std::uint8_t { standard, filtered, huffman_only, run_length, fixed };

struct permessage_deflate_options {
    /// What is offered, the best first. A server that can't keep to an offer takes the next. Its answer doesn't say
    /// which it took: the first offer counts that allows the answer. What that one says of our own direction
    /// (client_no_context_takeover, client_max_window_bits) we keep to whether the answer repeats it or not.
    std::vector<deflate_parameters> offers = std::vector<deflate_parameters>(1);

    ws::compression compression = compression::automatic;

    /// Messages below so many octets go as they are: they would hardly shrink. A message sent in pieces is compressed
    /// whatever its size.
    std::size_t min_size = 64;

    /// 1 (fast) to 9 (small), as zlib's. Without a value a fast one.
    std::optional<int> level = std::nullopt;

    /// 1 to 9, as zlib's: how much memory compressing may take beside the window, 2^(level + 9) octets.
    int memory_level = 8;

    deflate_strategy strategy = deflate_strategy::standard;
};

/// Compression of each message by itself: RFC 7692.
///
/// State is taken when the first message is compressed or decompressed, each direction by itself; docs/defaults.md has
/// its size. A direction without context takeover has none between messages: all connections that were offered the same
/// object share what little is at work at a time, whatever threads they are used from. Where a message has secrets
/// beside what others may choose, compressing tells of the secrets (RFC 7692 §10, CRIME): send it with
/// `encode_options::compress` false.
class permessage_deflate final : public extension {
  public:
    /// errc::invalid_argument for a value outside its range, or no offer; the detail names it.
    [[nodiscard]] static std::expected<std::shared_ptr<const permessage_deflate>, error> create(
        const permessage_deflate_options& options = {});

    /// The least memory that keeps a window from message to message: 1 KiB and the smallest tables, under 16 KiB each
    /// way. Many connections take less without context takeover, which keeps nothing between messages.
    [[nodiscard]] static permessage_deflate_options low_memory();

    [[nodiscard]] std::string_view name() const noexcept override { return "permessage-deflate"; }
    [[nodiscard]] std::uint8_t reserved_bits() const noexcept override { return rsv1; }
    [[nodiscard]] std::vector<extension_parameters> offers() const override;

    /// All rules of RFC 7692 §7.1: unknown, repeated or malformed parameters, values outside 8 to 15, what was offered
    /// and isn't kept, and what may not come unasked.
    [[nodiscard]] std::expected<std::unique_ptr<extension_codec>, error> accept(
        const extension_parameters& answer) const override;

    /// What a server does with one offer: the parameters of its answer and the state of the connection. The options'
    /// first offer says what the server wants: `server_…` of what it sends itself, `client_…` of what the client
    /// sends. Nothing where it declines, for the next offer may suit: parameters that break a rule, and a client that
    /// doesn't offer client_max_window_bits where that is below 15 here (§7.1.2.2).
    struct response {
        extension_parameters answer;
        std::unique_ptr<extension_codec> codec;
    };
    [[nodiscard]] std::optional<response> respond(const extension_parameters& offer) const;

  private:
    explicit permessage_deflate(const permessage_deflate_options& options);

    permessage_deflate_options options_;
    std::shared_ptr<detail::shared_deflate_states> states_;
};

}  // namespace mint::ws
