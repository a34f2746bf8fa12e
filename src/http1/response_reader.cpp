#include "http1/response_reader.hpp"

#include "base/forbidden_trailer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace mint::http1::detail {

namespace {

error shifted(error e, std::uint64_t start) {
    e.offset += start;
    return e;
}

/// Whether a 101 is in its place.
std::expected<void, error> check_switch(const awaited_response& request, const response_head& head) {
    if (head.status_code != 101) return {};
    if (request.tunnel != tunnel_by::upgrade) {
        return std::unexpected(error{errc::unexpected_data, "101 for no upgrade"});
    }
    // Upgrade means nothing in HTTP/1.0 (RFC 9110 §7.8).
    if (!head.is_http_1_1) return std::unexpected(error{errc::unsupported_http_version, "101 in HTTP/1.0"});
    return {};
}

void append_head(request_ref ref, response_head&& head, std::vector<response>& out) {
    out.push_back(responses::status{ref, head.status_code, std::move(head.reason)});
    out.push_back(responses::headers{ref, std::move(head.fields)});
}

}  // namespace

std::expected<response_reader::progress, error> response_reader::read(const awaited_response& request, byte_view& input,
                                                                      std::vector<response>& out) {
    while (true) {
        const std::size_t size_before = input.size();
        std::expected<progress, error> result = progress::need_more;
        switch (state_) {
            case state::head: result = read_head(request, input, out); break;
            case state::length:
            case state::until_end: result = read_content(request, input, out); break;
            case state::chunks: result = read_chunks(request, input, out); break;
            case state::trailers: result = read_trailers(request, input, out); break;
        }
        offset_ += size_before - input.size();
        if (!result || *result != progress::need_more) return result;
        if (input.empty()) return progress::need_more;
    }
}

bool response_reader::end(const awaited_response& request, std::vector<response>& out) {
    if (state_ != state::until_end) return false;
    out.push_back(responses::done{request.ref});
    state_ = state::head;
    return true;
}

/// Reads a header or trailer section; nothing while it isn't complete.
std::expected<std::optional<byte_view>, error> response_reader::read_section(byte_view& input) {
    if (section_.size() == 0) section_start_ = offset_;
    auto section = section_.read(input);
    if (!section) return std::unexpected(shifted(std::move(section.error()), section_start_));
    return section;
}

std::expected<response_reader::progress, error> response_reader::read_head(const awaited_response& request,
                                                                           byte_view& input,
                                                                           std::vector<response>& out) {
    const byte_view before = input;
    const std::size_t gathered_size = section_.gathered().size();
    const auto fail = [&](error reason) {
        section_.gather_broken(gathered_size, before);
        return std::unexpected(std::move(reason));
    };
    auto section = read_section(input);
    if (!section) return fail(std::move(section.error()));
    if (!*section) return progress::need_more;
    const bool asks_for_tunnel = request.tunnel != tunnel_by::nothing;
    auto head =
        parse_head(**section, asks_for_tunnel ? framing_fields::of_answer_to_tunnel : framing_fields::of_response);
    if (!head) return fail(shifted(std::move(head.error()), section_start_));
    if (auto allowed = check_switch(request, *head); !allowed) {
        return fail(shifted(std::move(allowed.error()), section_start_));
    }
    auto taken = take_head(request, std::move(*head), out);
    if (!taken) return std::unexpected(shifted(std::move(taken.error()), section_start_));
    return taken;
}

std::expected<response_reader::progress, error> response_reader::take_head(const awaited_response& request,
                                                                           response_head&& head,
                                                                           std::vector<response>& out) {
    const std::size_t field_count = section_.field_count();
    section_.start(header_section::kind::response_head);
    if (head.status_code == 101) {
        append_head(request.ref, std::move(head), out);
        return progress::tunnel;
    }
    // Whatever its framing fields say (RFC 9110 §9.3.6), and in either version: many proxies answer in HTTP/1.0.
    if (request.tunnel == tunnel_by::connect && head.status_code / 100 == 2) {
        append_head(request.ref, std::move(head), out);
        return progress::tunnel;
    }
    if (head.status_code < 200) {
        if (interim_count_ == interim_limit_) {
            return std::unexpected(
                error{errc::too_many_fields, "max_interim_response_count is " + std::to_string(interim_limit_)});
        }
        ++interim_count_;
        out.push_back(responses::interim{request.ref, head.status_code, std::move(head.fields)});
        return progress::need_more;
    }
    const bool is_refusal = request.tunnel != tunnel_by::nothing || head.status_code >= 300;
    auto framing = framing_of(head, request.is_head, is_refusal);
    if (!framing) {
        // Whatever its content's end, a refusal says what it says.
        if (is_refusal) {
            framing.error().offset = head.framing_offset;
            framing.error().detail = std::move(head.framing_line);
            append_head(request.ref, std::move(head), out);
        }
        return std::unexpected(std::move(framing.error()));
    }
    keeps_alive_ =
        http1::detail::keeps_alive(head) && !request.is_last && framing->how != content_framing::kind::until_end;
    append_head(request.ref, std::move(head), out);
    switch (framing->how) {
        case content_framing::kind::none: return finish(request, out);
        case content_framing::kind::length:
            left_ = framing->length;
            if (left_ == 0) return finish(request, out);
            state_ = state::length;
            break;
        case content_framing::kind::chunked:
            chunks_ = chunk_decoder{};
            section_.start(header_section::kind::trailers, field_count);
            state_ = state::chunks;
            break;
        case content_framing::kind::until_end: state_ = state::until_end; break;
    }
    return progress::need_more;
}

response_reader::progress response_reader::read_content(const awaited_response& request, byte_view& input,
                                                        std::vector<response>& out) {
    std::size_t taken = input.size();
    if (state_ == state::length) taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, taken));
    if (taken > 0) out.push_back(responses::data{request.ref, input.first(taken)});
    input = input.subspan(taken);
    if (state_ == state::until_end) return progress::need_more;
    left_ -= taken;
    return left_ == 0 ? finish(request, out) : progress::need_more;
}

std::expected<response_reader::progress, error> response_reader::read_chunks(const awaited_response& request,
                                                                             byte_view& input,
                                                                             std::vector<response>& out) {
    const std::size_t size_before = input.size();
    while (true) {
        auto step = chunks_.next(input);
        if (!step) return std::unexpected(shifted(std::move(step.error()), offset_ + size_before - input.size()));
        switch (step->what) {
            case chunk_decoder::event::content: out.push_back(responses::data{request.ref, step->content}); break;
            case chunk_decoder::event::last_chunk: state_ = state::trailers; return progress::need_more;
            case chunk_decoder::event::need_more: return progress::need_more;
        }
    }
}

std::expected<response_reader::progress, error> response_reader::read_trailers(const awaited_response& request,
                                                                               byte_view& input,
                                                                               std::vector<response>& out) {
    auto section = read_section(input);
    if (!section) return std::unexpected(std::move(section.error()));
    if (!*section) return progress::need_more;
    auto trailers = parse_trailers(**section);
    if (!trailers) return std::unexpected(shifted(std::move(trailers.error()), section_start_));
    mint::detail::drop_forbidden_trailers(*trailers);
    if (!trailers->empty()) out.push_back(responses::headers{request.ref, std::move(*trailers)});
    return finish(request, out);
}

response_reader::progress response_reader::finish(const awaited_response& request, std::vector<response>& out) {
    out.push_back(responses::done{request.ref});
    state_ = state::head;
    interim_count_ = 0;
    section_.start(header_section::kind::response_head);
    return progress::complete;
}

}  // namespace mint::http1::detail
