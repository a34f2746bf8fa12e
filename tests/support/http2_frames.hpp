#pragma once

#include <mint/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Frames of HTTP/2 as octets (RFC 9113 §6), as a server would write them, good or bad.
namespace mint::testing::h2 {

using name_and_value = std::pair<std::string_view, std::string_view>;
using fields = std::vector<name_and_value>;

inline constexpr std::uint8_t end_stream = 0x1;
inline constexpr std::uint8_t ack = 0x1;
inline constexpr std::uint8_t end_headers = 0x4;
inline constexpr std::uint8_t padded = 0x8;

enum class type : std::uint8_t {
    data,
    headers,
    priority,
    rst_stream,
    settings,
    push_promise,
    ping,
    goaway,
    window_update,
    continuation
};

/// Settings by their numbers (RFC 9113 §6.5.2, RFC 8441 §3).
inline constexpr std::uint16_t header_table_size = 1;
inline constexpr std::uint16_t enable_push = 2;
inline constexpr std::uint16_t max_concurrent_streams = 3;
inline constexpr std::uint16_t initial_window_size = 4;
inline constexpr std::uint16_t max_frame_size = 5;
inline constexpr std::uint16_t max_header_list_size = 6;
inline constexpr std::uint16_t enable_connect_protocol = 8;

[[nodiscard]] std::string frame(type t, std::uint8_t flags, std::uint32_t stream, std::string_view payload);

/// A frame's header alone, whatever its payload would be.
[[nodiscard]] std::string frame_header(std::size_t length, std::uint8_t type, std::uint8_t flags, std::uint32_t stream);

[[nodiscard]] std::string settings(std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> values = {});
[[nodiscard]] std::string settings_ack();
[[nodiscard]] std::string headers(std::uint32_t stream, const fields& list, std::uint8_t flags = end_headers);
[[nodiscard]] std::string data(std::uint32_t stream, std::string_view content, std::uint8_t flags = 0);
[[nodiscard]] std::string padded_data(std::uint32_t stream, std::string_view content, std::uint8_t padding,
                                      std::uint8_t flags = 0);
[[nodiscard]] std::string rst_stream(std::uint32_t stream, std::uint32_t code);
[[nodiscard]] std::string ping(std::string_view payload, std::uint8_t flags = 0);
[[nodiscard]] std::string goaway(std::uint32_t last_stream, std::uint32_t code, std::string_view debug = {});
[[nodiscard]] std::string window_update(std::uint32_t stream, std::uint32_t increment);
[[nodiscard]] std::string push_promise(std::uint32_t stream, std::uint32_t promised, const fields& list);

/// A field section in HPACK's simplest form: literals that nobody indexes, without Huffman's code (RFC 7541 §6.2.2).
[[nodiscard]] std::string section(const fields& list);

/// Number as the wire has it: `size` octets, the highest first.
[[nodiscard]] std::string number(std::uint64_t value, std::size_t size);

/// Reads what a client sends, frame by frame, as text to compare:
///
///     PREFACE
///     SETTINGS 2=0 4=1048576
///     HEADERS #1 end | :method: GET | :path: /
///     DATA #1 hello
///     RST_STREAM #1 CANCEL
///
/// A frame that is cut short stays until more comes.
class client_frames {
  public:
    client_frames();
    client_frames(client_frames&&) noexcept;
    client_frames& operator=(client_frames&&) noexcept;
    ~client_frames();

    /// The lines of the frames that these octets complete.
    [[nodiscard]] std::string read(byte_view octets);

    /// What was read of DATA frames of that stream so far.
    [[nodiscard]] std::string content_of(std::uint32_t stream) const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

/// What a server that speaks RFC 8441 begins with.
inline const std::string enabled = settings({{enable_connect_protocol, 1}});

/// The first request's answer begins; and how that reads in a transcript.
inline const std::string head_of_1 = headers(1, {{":status", "200"}});
inline const std::string answer_of_1 = "#1 status 200 \n#1 headers\n";

/// The second request's answer, whole.
inline const std::string next_answer = headers(3, {{":status", "204"}}, end_stream);
inline const std::string next_is_answered = "#2 status 204 \n#2 headers\n#2 done\n";

}  // namespace mint::testing::h2
