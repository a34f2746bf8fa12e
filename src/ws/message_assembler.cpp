#include "ws/close_payload.hpp"
#include "ws/limit_error.hpp"
#include "ws/mask.hpp"
#include "ws/message_inflater.hpp"
#include "ws/payload_store.hpp"

#include <mint/ws/message_assembler.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

namespace mint::ws {
namespace {

/// Below this a read of its own for the rest of a payload costs more than the copy that it saves.
constexpr std::size_t min_space_size = 4096;

/// So that sizes can be added up.
constexpr std::uint64_t max_output_size = std::numeric_limits<std::size_t>::max() / 2;

constexpr std::size_t max_output(const websocket_limits& limits) noexcept {
    return static_cast<std::size_t>(std::min(limits.max_message_size, max_output_size));
}

/// Where extensions put a message: behind what is gathered of it, checked as it comes.
class message_output final : public extension_output {
  public:
    message_output(detail::payload_store& store, std::size_t budget, utf8_validator* text) noexcept
        : extension_output(budget), store_(store), max_size_(store.open_payload().size() + budget), text_(text) {}
    ~message_output() = default;

    [[nodiscard]] bool is_utf8() const noexcept { return is_utf8_; }

  private:
    byte_span room(std::size_t size) override { return {store_.prepare(size, max_size_), size}; }
    bool take(std::size_t size) override {
        store_.commit(size);
        if (text_ != nullptr) is_utf8_ = text_->update(store_.open_payload().last(size));
        return is_utf8_;
    }

    detail::payload_store& store_;
    std::size_t max_size_;
    utf8_validator* text_;
    bool is_utf8_ = true;
};

}  // namespace

namespace detail {

/// All the heap that an assembler has. Control frames may come between the fragments of a message and be partly
/// received then, so they have memory of their own.
class message_memory {
  public:
    payload_store data;
    payload_store control;
    std::optional<std::size_t> batch_budget;  ///< in pieces: what extensions may still make in this batch
    std::uint8_t unused_batch_count = 0;

    [[nodiscard]] std::size_t size() const noexcept {
        return sizeof(message_memory) + data.memory_size() + control.memory_size();
    }
    [[nodiscard]] bool is_holding() const noexcept {
        return !data.open_payload().empty() || !control.open_payload().empty();
    }
};

}  // namespace detail

message_assembler::message_assembler(const assembler_options& options) noexcept
    : options_(options),
      max_single_size_(options.delivery == delivery::pieces
                           ? options.limits.max_frame_size
                           : std::min(options.limits.max_frame_size, options.limits.max_message_size)) {}

message_assembler::message_assembler(const message_assembler& other)
    : options_(other.options_),
      max_single_size_(other.max_single_size_),
      message_size_(other.message_size_),
      text_(other.text_),
      memory_(other.memory_ && other.memory_->is_holding() ? std::make_unique<detail::message_memory>(*other.memory_)
                                                           : nullptr),
      fragment_count_(other.fragment_count_),
      rsv_(other.rsv_),
      is_extended_(other.is_extended_),
      message_code_(other.message_code_),
      close_received_(other.close_received_) {}

message_assembler& message_assembler::operator=(const message_assembler& other) {
    return *this = message_assembler{other};
}

message_assembler::message_assembler(message_assembler&& other) noexcept = default;
message_assembler& message_assembler::operator=(message_assembler&& other) noexcept = default;
message_assembler::~message_assembler() = default;

void message_assembler::begin_batch(bool keep_space) {
    if (!memory_) return;
    memory_->batch_budget.reset();
    memory_->data.begin_batch(keep_space);
    memory_->control.begin_batch(keep_space);
}

void message_assembler::end_batch(std::uint64_t payload_left) noexcept {
    if (!memory_) return;
    const bool data_used = memory_->data.end_batch(payload_left);
    const bool control_used = memory_->control.end_batch(0);
    if (data_used || control_used) {
        memory_->unused_batch_count = 0;
    } else if (++memory_->unused_batch_count == 2) {
        memory_.reset();
    }
}

std::expected<void, error> message_assembler::take(const frame_chunk& chunk, std::vector<frame>& out,
                                                   negotiated_extensions* extensions) {
    return is_control(chunk.header.code) ? take_control(chunk, out) : take_data(chunk, out, extensions);
}

std::expected<void, error> message_assembler::take_control(const frame_chunk& chunk, std::vector<frame>& out) {
    const bool is_whole = chunk.is_first && chunk.is_last();
    byte_view payload = chunk.payload;
    if (!is_whole || (chunk.header.masked && !payload.empty())) {
        if (!chunk.payload.empty()) static_cast<void>(gather(chunk));
        payload = memory_ ? memory_->control.open_payload() : byte_view{};
    }
    if (chunk.header.code == opcode::close) {
        if (auto checked = check_close(chunk, payload); !checked) return checked;
    }
    if (!chunk.is_last()) return {};
    if (memory_ && !memory_->control.open_payload().empty()) payload = memory_->control.finish();
    give_control(out, chunk.header.code, payload);
    return {};
}

std::expected<void, error> message_assembler::check_close(const frame_chunk& chunk, byte_view received) const {
    const auto size = static_cast<std::size_t>(chunk.header.payload_size);
    const auto broken = detail::check_close_payload(received, size, options_.validate_utf8);
    if (!broken) return {};
    std::uint64_t offset = chunk.frame_offset;
    if (broken->rule == errc::close_reason_not_utf8) offset += chunk.header.size + broken->position;
    return std::unexpected(detail::make_error(broken->rule, offset, options_.limits));
}

std::expected<void, error> message_assembler::take_data(const frame_chunk& chunk, std::vector<frame>& out,
                                                        negotiated_extensions* extensions) {
    const bool is_whole_message =
        chunk.is_first && chunk.is_last() && chunk.header.fin && chunk.header.code != opcode::continuation;
    if (chunk.is_first) {
        if (auto started = start_data_frame(chunk, extensions); !started) return started;
    }
    if (is_extended_) return take_by_way_of(*extensions, chunk, out);
    const bool ends_message = chunk.is_last() && chunk.header.fin;
    const bool is_delivered_now = is_whole_message || options_.delivery == delivery::pieces;
    const bool is_gathered = !is_delivered_now || chunk.header.masked;
    byte_view payload = chunk.payload;
    if (is_gathered && !payload.empty()) payload = gather(chunk);
    if (auto checked = check_text(chunk, payload); !checked) return checked;

    if (is_delivered_now) {
        if (is_gathered && !payload.empty()) memory_->data.finish();
        if (!payload.empty() || ends_message) give_data(out, payload, ends_message);
    } else if (ends_message) {
        give_data(out, memory_ ? memory_->data.finish() : byte_view{}, true);
    }
    return {};
}

/// Checks the limits before any memory is taken.
std::expected<void, error> message_assembler::start_data_frame(const frame_chunk& chunk,
                                                               const negotiated_extensions* extensions) {
    const auto fail = [&](errc rule) {
        return std::unexpected(detail::make_error(rule, chunk.frame_offset, options_.limits));
    };
    const frame_header& header = chunk.header;
    if (header.code != opcode::continuation) {
        message_code_ = header.code;
        message_size_ = 0;
        fragment_count_ = 0;
        text_.reset();
        rsv_ = header.rsv;
        is_extended_ = extensions != nullptr && extensions->wants(rsv_);
    }
    const bool has_slack = extensions != nullptr && !extensions->empty() && !is_extended_;  // for what it doesn't use
    if (has_slack && header.payload_size > options_.limits.max_frame_size) return fail(errc::frame_too_big);
    if (!is_extended_ && options_.delivery == delivery::whole_messages) {
        const std::uint64_t max_size = options_.limits.max_message_size;
        if (message_size_ > max_size || header.payload_size > max_size - message_size_)
            return fail(errc::message_too_big);
        message_size_ += header.payload_size;
    }
    if (fragment_count_ > 0 && fragment_count_ >= options_.limits.max_fragment_count) {
        return fail(errc::too_many_fragments);
    }
    ++fragment_count_;
    return {};
}

std::expected<void, error> message_assembler::check_text(const frame_chunk& chunk, byte_view payload) {
    if (message_code_ != opcode::text || !options_.validate_utf8) return {};
    const std::uint64_t text_begin = chunk.payload_offset() - text_.offset();
    const auto fail = [&](std::uint64_t offset) {
        return std::unexpected(detail::make_error(errc::invalid_utf8, offset, options_.limits));
    };
    if (!text_.update(payload)) return fail(text_begin + text_.offset());
    if (chunk.is_last() && chunk.header.fin && !text_.is_complete())
        return fail(chunk.payload_offset() + payload.size());
    return {};
}

/// What extensions make of a chunk is gathered whatever it was.
std::expected<void, error> message_assembler::take_by_way_of(negotiated_extensions& extensions,
                                                             const frame_chunk& chunk, std::vector<frame>& out) {
    const auto fail = [&](error reason) {
        reason.offset = chunk.frame_offset;
        return std::unexpected(std::move(reason));
    };
    const bool ends_message = chunk.is_last() && chunk.header.fin;
    const bool checks_text = message_code_ == opcode::text && options_.validate_utf8;
    detail::payload_store& store = memory().data;
    const bool is_first = chunk.is_first && fragment_count_ == 1;
    const std::size_t budget = extension_budget(extensions, is_first);
    message_output output{store, budget, checks_text ? &text_ : nullptr};
    message_part part{
        .code = message_code_, .rsv = rsv_, .is_first = is_first, .frame_size = chunk.header.payload_size};
    std::expected<void, error> decoded;
    byte_view rest = chunk.payload;
    std::uint64_t position = chunk.position;
    do {
        // Masked payload is unmasked a stretch at a time, for the input isn't ours to change.
        std::array<std::byte, 4096> unmasked;
        byte_view payload = rest;
        if (chunk.header.masked) {
            payload = rest.first(std::min(rest.size(), unmasked.size()));
            const auto key = detail::rotated(detail::to_mask_key(chunk.header.masking_key), position);
            detail::mask_copy(unmasked.data(), payload.data(), payload.size(), key);
            payload = byte_view{unmasked}.first(payload.size());
        }
        rest = rest.subspan(payload.size());
        position += payload.size();
        part.is_last = ends_message && rest.empty();
        decoded = extensions.decode(part, payload, output);
        part.is_first = false;
        if (!output.is_utf8()) return fail({errc::invalid_utf8});
        if (output.is_exceeded()) {
            error reason = detail::make_error(errc::message_too_big, 0, options_.limits);
            if (options_.delivery == delivery::pieces) reason.detail += " for what one call decodes by extensions";
            decoded = std::unexpected(std::move(reason));
        }
    } while (decoded && !rest.empty());
    if (decoded && ends_message && checks_text && !text_.is_complete()) decoded = std::unexpected(errc::invalid_utf8);
    if (options_.delivery == delivery::pieces) {
        // What came before an error is given out as well.
        memory().batch_budget = output.left();
        const byte_view piece = store.open_payload().empty() ? byte_view{} : store.finish();
        if (!piece.empty() || (decoded && ends_message)) give_data(out, piece, decoded && ends_message);
    } else if (decoded && ends_message) {
        give_data(out, store.finish(), true);
    }
    if (!decoded) return fail(std::move(decoded.error()));
    return {};
}

std::size_t message_assembler::safe_input_size() const noexcept {
    constexpr std::size_t most_of_one = 1032;  // a match of 258 octets in two bits (RFC 1951)
    constexpr std::size_t most_waiting = detail::message_inflater::max_payload_size;  // of a small frame
    constexpr std::size_t least = 1024;  // less isn't worth a call, and would cut what isn't compressed in crumbs
    if (options_.delivery != delivery::pieces) return std::numeric_limits<std::size_t>::max();
    const std::size_t all = max_output(options_.limits);
    const std::size_t left = memory_ ? memory_->batch_budget.value_or(all) : all;
    const std::size_t size = left / most_of_one;
    if (size >= most_waiting + least) return size - most_waiting;
    return left < all ? 0 : std::max<std::size_t>(size / 2, 1);
}

/// What extensions may make of the next chunk: what the limit leaves of the message, or in pieces, which have no
/// message's size, of the batch.
std::size_t message_assembler::extension_budget(negotiated_extensions& extensions, bool is_first) {
    const std::size_t max_size = max_output(options_.limits);
    if (options_.delivery != delivery::pieces) {
        if (is_first) extensions.begin_decoding(max_size);
        return max_size - memory().data.open_payload().size();
    }
    std::optional<std::size_t>& left = memory().batch_budget;
    if (!left) {
        extensions.begin_decoding(max_size);
        left = max_size;
    }
    return *left;
}

/// Copies the chunk's payload, unmasked, behind the open payload of its kind; returns it there.
byte_view message_assembler::gather(const frame_chunk& chunk) {
    const bool control = is_control(chunk.header.code);
    detail::payload_store& store = control ? memory().control : memory().data;
    const std::size_t size = chunk.payload.size();
    // A frame without FIN may be followed by others, up to the limit.
    std::uint64_t max_size = chunk.header.payload_size;
    if (!control && options_.delivery == delivery::whole_messages) {
        max_size = chunk.header.fin ? message_size_ : options_.limits.max_message_size;
    }
    std::byte* const to = store.prepare(size, max_size);
    const detail::mask_key key = detail::rotated(detail::to_mask_key(chunk.header.masking_key), chunk.position);
    detail::mask_copy(to, chunk.payload.data(), size, key);
    store.commit(size);
    return {to, size};
}

void message_assembler::give_data(std::vector<frame>& out, byte_view payload, bool fin) const {
    if (message_code_ == opcode::text) {
        out.emplace_back(std::in_place_type<text>, as_text(payload), fin);
    } else {
        out.emplace_back(std::in_place_type<binary>, payload, fin);
    }
}

void message_assembler::give_control(std::vector<frame>& out, opcode code, byte_view payload) {
    if (code == opcode::ping) {
        out.emplace_back(std::in_place_type<ping>, payload);
    } else if (code == opcode::pong) {
        out.emplace_back(std::in_place_type<pong>, payload);
    } else {
        out.emplace_back(detail::parse_close_payload(payload));
        close_received_ = true;
    }
}

byte_span message_assembler::payload_space(const frame_header& header, std::uint64_t payload_left) {
    const bool is_direct = options_.delivery != delivery::pieces && !is_extended_ && !is_control(header.code);
    if (!is_direct || payload_left < min_space_size) return {};
    detail::payload_store& store = memory().data;
    // Space for as much as was received already, so that growing copies each octet a bounded number of times.
    const std::size_t received_size = store.open_payload().size();
    const std::uint64_t wanted_size = std::min<std::uint64_t>(payload_left, std::max(min_space_size, received_size));
    const std::uint64_t enough_size =
        std::min<std::uint64_t>(payload_left, std::max(min_space_size, received_size / 2));
    if (store.available() < enough_size) {
        static_cast<void>(store.prepare(static_cast<std::size_t>(wanted_size), message_size_));
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left, store.available()));
    return {store.prepare(size, message_size_), size};
}

std::byte* message_assembler::unmasking_space(std::size_t size) { return memory().data.prepare(size, size); }

void message_assembler::keep_unmasked(std::size_t size) noexcept {
    memory_->data.commit(size);
    memory_->data.finish();
}

void message_assembler::release_memory() noexcept {
    if (!memory_) return;
    if (!memory_->is_holding()) return memory_.reset();
    memory_->data.release_memory();
    memory_->control.release_memory();
}

std::size_t message_assembler::memory_size() const noexcept { return memory_ ? memory_->size() : 0; }

detail::message_memory& message_assembler::memory() {
    if (!memory_) memory_ = std::make_unique<detail::message_memory>();
    return *memory_;
}

}  // namespace mint::ws
