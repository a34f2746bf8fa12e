// A client for public WebSocket fuzzing servers: runs their cases by echoing what they send.

#include "echo_conversation.hpp"

#include <mint/base/url.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace fuzzing_client {
namespace {

struct case_range {
    std::uint32_t first = 1;
    std::uint32_t last = ~std::uint32_t{0};
};

struct options {
    std::string url;
    std::string agent;
    std::string cases;
    bool deflate = false;
};

std::optional<std::uint32_t> number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// "3-7", "3-", "3", "".
std::optional<case_range> parse_range(std::string_view text) {
    if (text.empty()) return case_range{};
    const auto dash = text.find('-');
    const auto first = number(text.substr(0, dash));
    if (!first || *first == 0) return std::nullopt;
    if (dash == std::string_view::npos) return case_range{.first = *first, .last = *first};
    if (dash + 1 == text.size()) return case_range{.first = *first};
    const auto last = number(text.substr(dash + 1));
    if (!last || *last < *first) return std::nullopt;
    return case_range{.first = *first, .last = *last};
}

std::string percent_encoded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              std::string_view{"-._~"}.find(c) != std::string_view::npos;
        result += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return result;
}

class run {
  public:
    explicit run(const options& o)
        : base_(o.url), agent_("agent=" + percent_encoded(o.agent)), has_deflate_(o.deflate) {
        while (base_.ends_with('/')) base_.pop_back();
    }

    // Exit code: 0 if every case was run, however it went; the server's report says that.
    int all(const case_range& wanted) {
        const auto count = case_count();
        if (!count) return fail(count.error());
        if (wanted.first > *count) return fail(fmt::format("there are only {} cases", *count));
        const auto last = std::min(wanted.last, *count);
        std::uint32_t failure_count = 0;
        for (std::uint32_t n = wanted.first; n <= last; ++n) {
            const auto result = visit(fmt::format("/runCase?case={}&{}", n, agent_), reply::echo);
            if (!result) {
                fmt::print(stderr, "case {}: {}\n", n, result.error());
                ++failure_count;
            } else if (!result->end.empty()) {
                fmt::print("case {}: {}\n", n, result->end);
            }
        }
        const auto reported = visit("/updateReports?" + agent_, reply::none);
        if (!reported) return fail("updateReports: " + reported.error());
        fmt::print("{} of {} cases run\n", last - wanted.first + 1 - failure_count, *count);
        return failure_count == 0 ? 0 : 1;
    }

  private:
    std::expected<conversation_result, std::string> visit(const std::string& target, reply r) const {
        const auto url = mint::parse_url(base_ + target);
        if (!url) return std::unexpected(mint::to_string(url.error()));
        if (!url->is_websocket) return std::unexpected("not a ws:// URL");
        return converse(*url, r, has_deflate_);
    }

    std::expected<std::uint32_t, std::string> case_count() const {
        const auto result = visit("/getCaseCount", reply::none);
        if (!result) return std::unexpected("getCaseCount: " + result.error());
        const auto count = result->messages.size() == 1 ? number(result->messages.front()) : std::nullopt;
        if (!count) return std::unexpected("getCaseCount: not one message with a number");
        return *count;
    }

    static int fail(std::string_view problem) {
        fmt::print(stderr, "fuzzing_client: {}\n", problem);
        return 1;
    }

    std::string base_;
    std::string agent_;
    bool has_deflate_;
};

}  // namespace
}  // namespace fuzzing_client

int main(int count, char** values) {
    using namespace fuzzing_client;
    CLI::App app{"Runs the cases of a WebSocket fuzzing server.", "fuzzing_client"};
    options o;
    app.add_option("url", o.url, "the fuzzing server, e.g. ws://127.0.0.1:9001")->required();
    app.add_option("--agent", o.agent, "the name for the server's report")->required();
    app.add_option("--cases", o.cases, "only the cases FROM-TO");
    app.add_flag("--deflate", o.deflate, "offer permessage-deflate");
    CLI11_PARSE(app, count, values);
    const auto range = parse_range(o.cases);
    if (!range) {
        fmt::print(stderr, "fuzzing_client: --cases: not FROM-TO\n");
        return 2;
    }
    return run{o}.all(*range);
}
