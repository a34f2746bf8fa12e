#include "ws/buffer_output.hpp"

#include <mint/ws/negotiated_extensions.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace mint::ws {

namespace {

struct entry {
    std::unique_ptr<extension_codec> codec;
    std::uint8_t reserved_bits = 0;
    bool passes = false;           ///< the message being sent goes by it
    std::size_t decoded_left = 0;  ///< what it may still make for the one that decodes behind it

    [[nodiscard]] bool wants(std::uint8_t rsv) const noexcept {
        return reserved_bits == 0 || (rsv & reserved_bits) != 0;
    }
};

const std::vector<list_element> no_answers;

/// What an extension did that it may not, in words; nothing where it kept to its contract.
std::string_view broken_promise(const entry& e, const message_part& part, const std::optional<std::uint8_t>& bits,
                                bool is_exceeded, std::size_t output_size) noexcept {
    if (!bits && !part.is_first) return "the rest of a message let pass that it had taken";
    if (is_exceeded) return "more than its max_encoded_size";
    if (!bits && output_size > 0) return "output for a message that it lets pass";
    if (bits && (*bits & ~e.reserved_bits) != 0) return "a reserved bit that isn't its own";
    return {};
}

/// Behind the extension's name, unless they begin with it.
std::string said_by(const list_element& answer, std::string_view words) {
    std::string name = answer.name + ": ";
    return words.starts_with(name) ? std::string{words} : name.append(words);
}

constexpr std::size_t saturated_sum(std::size_t a, std::size_t b) noexcept {
    return a > std::numeric_limits<std::size_t>::max() - b ? std::numeric_limits<std::size_t>::max() : a + b;
}

std::string_view words_of(const error& e) noexcept { return e.detail.empty() ? describe(e.code) : e.detail; }

/// What can't be sent is the caller's fault.
error of_caller(error e, const list_element& answer) {
    if (e.fault() == fault::caller && e.connection_survives()) return e;
    return {errc::invalid_argument, said_by(answer, words_of(e))};
}

std::size_t heap_size(const std::string& s) noexcept {
    return s.capacity() > std::string{}.capacity() ? s.capacity() + 1 : 0;
}

std::size_t heap_size(const std::vector<list_element>& answers) noexcept {
    std::size_t size = answers.capacity() * sizeof(list_element);
    for (const list_element& e : answers) {
        size += heap_size(e.name) + e.parameters.capacity() * sizeof(parameter);
        for (const parameter& p : e.parameters) size += heap_size(p.name) + (p.value ? heap_size(*p.value) : 0);
    }
    return size;
}

/// What is wrong with a received message is the peer's fault, whatever an extension says.
error of_peer(error e, const list_element& answer) {
    if (e.fault() == fault::peer) return e;
    return {errc::extension_failed, said_by(answer, words_of(e))};
}

}  // namespace

struct negotiated_extensions::chain {
    std::vector<entry> entries;
    std::vector<list_element> answers;
    std::uint8_t reserved_bits = 0;
    bool shows_unmarked = false;  ///< one of them has no reserved bits
    bool is_out_of_step = false;  ///< one of them counts on octets that were never sent
    std::string why_out_of_step = "memory ran out, or an extension threw";
    std::string detail;
    buffer between[2];  ///< what goes from one to the next

    /// One large message shouldn't be paid for ever after.
    void release_large_buffers() noexcept {
        constexpr std::size_t kept_capacity = 64 * 1024;
        for (buffer& b : between) {
            if (b.capacity() > kept_capacity) b.release();
        }
    }

    chain() = default;
    chain(const chain& other)
        : answers(other.answers),
          reserved_bits(other.reserved_bits),
          shows_unmarked(other.shows_unmarked),
          is_out_of_step(other.is_out_of_step),
          why_out_of_step(other.why_out_of_step),
          detail(other.detail) {
        entries.reserve(other.entries.size());
        for (const entry& e : other.entries) {
            entries.push_back({e.codec->clone(), e.reserved_bits, e.passes, e.decoded_left});
        }
    }
};

negotiated_extensions::negotiated_extensions() noexcept = default;
negotiated_extensions::negotiated_extensions(const negotiated_extensions& other)
    : chain_(other.chain_ ? std::make_unique<chain>(*other.chain_) : nullptr), octets_to_pass_(other.octets_to_pass_) {}
negotiated_extensions::negotiated_extensions(negotiated_extensions&&) noexcept = default;
negotiated_extensions& negotiated_extensions::operator=(const negotiated_extensions& other) {
    return *this = negotiated_extensions{other};
}
negotiated_extensions& negotiated_extensions::operator=(negotiated_extensions&&) noexcept = default;
negotiated_extensions::~negotiated_extensions() = default;

void negotiated_extensions::add(list_element answer, std::uint8_t reserved_bits,
                                std::unique_ptr<extension_codec> codec) {
    if (!chain_) chain_ = std::make_unique<chain>();
    chain_->answers.push_back(std::move(answer));
    chain_->entries.push_back({std::move(codec), reserved_bits});
    chain_->reserved_bits |= reserved_bits;
    chain_->shows_unmarked = chain_->shows_unmarked || reserved_bits == 0;
}

const std::vector<list_element>& negotiated_extensions::answers() const noexcept {
    return chain_ ? chain_->answers : no_answers;
}

std::uint8_t negotiated_extensions::reserved_bits() const noexcept { return chain_ ? chain_->reserved_bits : 0; }

std::size_t negotiated_extensions::max_encoded_size(std::size_t size) const noexcept {
    if (!chain_) return size;
    for (const entry& e : chain_->entries) size = std::max(size, e.codec->max_encoded_size(size));
    return size;
}

std::size_t negotiated_extensions::memory_size() const noexcept {
    if (!chain_) return 0;
    std::size_t size = sizeof(chain) + chain_->between[0].capacity() + chain_->between[1].capacity() +
                       chain_->entries.capacity() * sizeof(entry) + heap_size(chain_->answers);
    for (const entry& e : chain_->entries) size += e.codec->memory_size();
    return size;
}

std::expected<std::optional<std::uint8_t>, error> negotiated_extensions::encode(const message_part& part,
                                                                                byte_view payload, buffer& out) {
    if (chain_->is_out_of_step) {
        return std::unexpected(error{errc::extension_out_of_step, chain_->why_out_of_step});
    }
    // Until all of them are done: one may throw, or refuse what another one has taken.
    chain_->is_out_of_step = true;
    const std::size_t start = out.size();
    std::uint8_t rsv = 0;
    bool is_changed = false;
    std::size_t turn = 0;
    for (std::size_t i = 0; i < chain_->entries.size(); ++i) {
        entry& e = chain_->entries[i];
        if (part.is_first) e.passes = false;
        if (e.passes) continue;
        // The last that changes anything writes to `out`, and which that is only it knows: what it writes there goes
        // elsewhere where another one follows.
        buffer& to = chain_->entries.size() == 1 ? out : chain_->between[turn];
        if (&to != &out) to.clear();
        const std::size_t size_before = to.size();
        detail::buffer_output output{to, e.codec->max_encoded_size(payload.size())};
        auto encoded = e.codec->encode(part, payload, output);
        std::string_view broken;
        if (encoded) broken = broken_promise(e, part, *encoded, output.is_exceeded(), to.size() - size_before);
        if (!encoded || !broken.empty()) {
            out.truncate(start);
            if (!encoded && !is_changed) {
                chain_->is_out_of_step = false;
                return std::unexpected(of_caller(std::move(encoded.error()), chain_->answers[i]));
            }
            chain_->why_out_of_step = said_by(chain_->answers[i], encoded ? broken : words_of(encoded.error()));
            return std::unexpected(error{errc::extension_out_of_step, chain_->why_out_of_step});
        }
        if (!*encoded) {
            e.passes = true;
            continue;
        }
        is_changed = true;
        turn = 1 - turn;  // what it wrote is the next one's input
        rsv = static_cast<std::uint8_t>(rsv | **encoded);
        payload = &to == &out ? out.view().subspan(start) : to.view();
    }
    if (is_changed && chain_->entries.size() > 1) {
        out.append(payload);
        chain_->release_large_buffers();
    }
    chain_->is_out_of_step = false;
    if (!is_changed) {
        if (chain_->entries.size() == 1) {
            octets_to_pass_[part.code == opcode::text ? 0 : 1] =
                chain_->entries.front().codec->octets_to_pass(part.code);
        }
        return std::optional<std::uint8_t>{};
    }
    return std::optional{rsv};
}

bool negotiated_extensions::wants(std::uint8_t rsv) const noexcept {
    return chain_ && (chain_->shows_unmarked || (rsv & chain_->reserved_bits) != 0);
}

void negotiated_extensions::begin_decoding(std::size_t budget) noexcept {
    if (!chain_ || chain_->entries.size() == 1) return;
    // What one makes is what the next has encoded: as much as that says, and more where the peer cuts small.
    for (entry& e : chain_->entries) {
        e.decoded_left = budget;
        const std::size_t encoded = e.codec->max_encoded_size(budget);
        budget = saturated_sum(std::max(budget, encoded), budget / 8 + 1024);
    }
}

std::expected<void, error> negotiated_extensions::decode(const message_part& part, byte_view payload,
                                                         extension_output& out) {
    std::vector<entry>& entries = chain_->entries;
    const auto first = std::ranges::find_if(entries, [&](const entry& e) { return e.wants(part.rsv); });
    std::size_t turn = 0;
    for (std::size_t i = entries.size(); i-- > 0;) {
        entry& e = entries[i];
        if (!e.wants(part.rsv)) continue;
        if (&e == &*first) {
            auto decoded = e.codec->decode(part, payload, out);
            if (!decoded) decoded = std::unexpected(of_peer(std::move(decoded.error()), chain_->answers[i]));
            chain_->release_large_buffers();
            return decoded;
        }
        buffer& to = chain_->between[turn++ % 2];
        to.clear();
        detail::buffer_output output{to, e.decoded_left};
        auto decoded = e.codec->decode(part, payload, output);
        if (output.is_exceeded()) {
            return std::unexpected(error{errc::message_too_big, said_by(chain_->answers[i],
                                                                        "more than a message of the limit can be for "
                                                                        "the extension that decodes behind it")});
        }
        if (!decoded) return std::unexpected(of_peer(std::move(decoded.error()), chain_->answers[i]));
        e.decoded_left -= to.size();
        payload = to.view();
    }
    return {};
}

void negotiated_extensions::release_memory() noexcept {
    if (!chain_) return;
    for (buffer& b : chain_->between) b.release();
}

void negotiated_extensions::keep_detail(const std::string& detail) {
    if (chain_) chain_->detail = detail;
}

std::string negotiated_extensions::detail() const { return chain_ ? chain_->detail : std::string{}; }

}  // namespace mint::ws
