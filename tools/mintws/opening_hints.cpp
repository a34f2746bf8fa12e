#include "opening_hints.hpp"

#include "printer.hpp"

#include <mint/base/challenge.hpp>
#include <mint/base/retry_after.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace mintws {

namespace {

using mint::errc;
using lines = std::vector<std::string>;

// `Basic realm="x", charset="UTF-8"`
std::string in_words(const mint::challenge& c) {
    std::string text = c.auth_scheme;
    if (!c.token68.empty()) text += " " + c.token68;
    std::string_view separator = " ";
    for (const auto& p : c.parameters) {
        text += fmt::format("{}{}=\"{}\"", std::exchange(separator, ", "), p.name, p.value.value_or(""));
    }
    return visible(text);
}

// Who asks for credentials, what was given already, and the options for what can be given.
struct gate {
    std::string_view field;
    std::string_view who;
    std::string_view basic;
    std::string_view bearer;
    std::string given;  // the scheme, or nothing
};

std::string_view option_for(const mint::challenge& c, const gate& at) {
    if (c.is("basic")) return at.basic;
    return c.is("bearer") ? at.bearer : std::string_view{};
}

// What a 401 or 407 wants, and the options for what of it we can.
void add_challenges(const mint::headers& fields, const gate& at, lines& out) {
    const auto who = at.who;
    if (!at.given.empty()) out.push_back(fmt::format("{} doesn't take the credentials it was given", who));
    const auto challenges = mint::parse_challenges(fields, at.field);
    if (!challenges) {
        out.push_back(
            fmt::format("{} says what it wants, but not legibly: {}", who, mint::to_string(challenges.error())));
        return;
    }
    std::string unknown;
    bool is_hopeless = true;
    for (const auto& c : *challenges) {
        const auto option = option_for(c, at);
        if (!option.empty()) is_hopeless = false;
        const bool helps = !option.empty() && !c.is(at.given);
        out.push_back(fmt::format("{} wants: {}{}{}", who, in_words(c), helps ? "; try " : "", helps ? option : ""));
        unknown += fmt::format("{}{}", unknown.empty() ? "" : ", ", visible(c.auth_scheme));
    }
    if (unknown.empty() || !is_hopeless) return;
    out.push_back(fmt::format("mintws doesn't speak {}; to {} it speaks {} only", unknown, who,
                              at.bearer.empty() ? "Basic" : "Basic and Bearer"));
}

std::string scheme_given(const mint::open_options& options, const mint::url& target) {
    if (const auto value = options.fields.find("authorization")) return std::string{value->substr(0, value->find(' '))};
    return target.userinfo.empty() ? "" : "Basic";
}

std::string scheme_given_to_proxy(const mint::open_options& options, const mint::url& target) {
    auto proxy = options.connect.proxy;
    if (!proxy && options.environment) {
        proxy = options.environment->proxy_for(target.http_scheme(), target.host, target.port).value_or(std::nullopt);
    }
    return proxy && proxy->credentials ? "Basic" : "";
}

void add_refusal(const mint::refused_response& answer, const mint::url& target, const mint::open_options& options,
                 lines& out) {
    const auto& fields = answer.fields;
    if (answer.status_code == 401) {
        add_challenges(fields,
                       {.field = "www-authenticate",
                        .who = "the server",
                        .basic = "--auth USER:PASSWORD",
                        .bearer = "--bearer TOKEN",
                        .given = scheme_given(options, target)},
                       out);
    } else if (mint::is_redirect(answer.status_code) && options.redirects.max_count == 0) {
        if (const auto where = fields.find("location")) {
            out.push_back(fmt::format("it is at {}; -L follows", visible(mint::without_userinfo(*where))));
        }
    } else if (answer.status_code == 426 || (answer.status_code >= 200 && answer.status_code < 300)) {
        out.emplace_back("that is no WebSocket; perhaps the path is another one");
    }
}

void add_for_proxy(const mint::refused_response& answer, const mint::url& target, const mint::open_options& options,
                   lines& out) {
    if (answer.status_code != 407) return;
    add_challenges(answer.fields,
                   {.field = "proxy-authenticate",
                    .who = "the proxy",
                    .basic = "--proxy-user USER:PASSWORD",
                    .bearer = "",
                    .given = scheme_given_to_proxy(options, target)},
                   out);
}

void add_retry(const mint::refused_response& answer, std::chrono::sys_seconds now, lines& out) {
    if (const auto wait = mint::retry_after(answer.fields, now)) {
        out.push_back(fmt::format("it asks to try again in {} seconds", wait->count()));
    }
}

// The library names its own options.
void add_for_file(std::string_view detail, const mint::net::tls_options& tls, lines& out) {
    const struct {
        std::string_view option;
        std::string_view ours;
        const std::string& file;
    } options[] = {
        {"ca_file", "--cacert", tls.ca_file},
        {"certificate_file", "--cert", tls.certificate_file},
        {"key_file", "--key", tls.key_file},
    };
    for (const auto& o : options) {
        if (detail.starts_with(o.option)) out.push_back(fmt::format("that is {} {}", o.ours, o.file));
    }
    if (tls.passphrase.empty() && detail.find("passphrase") != std::string_view::npos) {
        out.emplace_back("--pass gives the passphrase");
    }
}

// Two alerts say that both sides have nothing in common; behind the others a certificate may be what is missing.
void add_for_alert(std::string_view alert, const mint::net::tls_options& tls, lines& out) {
    if (alert == "handshake failure") {
        if (!tls.allows_old_suites) out.emplace_back("if it is an old server: --old-suites offers it more");
    } else if (alert == "protocol version") {
        out.emplace_back(tls.min_version == mint::net::tls_version::tls1_3
                             ? "the server has no TLS 1.3; without --tls1.3 it may be 1.2"
                             : "the server has neither TLS 1.2 nor 1.3");
    } else if (tls.certificate_file.empty()) {
        out.emplace_back("the server may want a certificate of ours: --cert FILE --key FILE");
    }
}

void add_for_tls(const mint::error& failed, const mint::open_options& options, lines& out) {
    const auto& tls = options.connect.tls;
    switch (failed.code) {
        case errc::certificate_not_trusted:
            out.emplace_back(tls.ca_file.empty()
                                 ? "--cacert FILE trusts a CA of your own; --insecure talks to anyone"
                                 : "--cacert trusts the CAs in that file alone; --insecure talks to anyone");
            break;
        case errc::certificate_expired:
            out.emplace_back("is this machine's clock right? --insecure talks to anyone");
            break;
        case errc::certificate_name_mismatch:
            out.emplace_back("is the URL's host the right one? --insecure talks to anyone");
            break;
        case errc::tls_alert: add_for_alert(failed.detail, tls, out); break;
        case errc::prohibited_cipher_suite: out.emplace_back("without --http2 it is asked over HTTP/1.1"); break;
        case errc::tls_handshake_cut_short:
        case errc::tls_protocol_error: out.emplace_back("does that port speak TLS? ws:// is without"); break;
        case errc::invalid_certificate_file: add_for_file(failed.detail, tls, out); break;
        default: break;
    }
}

// What isn't HTTP may be TLS.
void add_for_other_protocol(const mint::error& failed, const mint::url& target, lines& out) {
    constexpr std::string_view http = "HTTP/1.";
    const bool is_http = failed.detail.find(http) != std::string::npos;
    const bool is_cut = failed == errc::headers_cut_short && failed.offset < http.size();
    if (!is_cut && (failed != errc::invalid_status_line || is_http)) return;
    if (failed.detail.find("the proxy's answer") != std::string::npos) {
        out.emplace_back("does the proxy speak TLS? then it is --proxy https://");
    } else if (!target.is_secure) {
        out.emplace_back("does that port speak TLS? then it is wss://");
    }
}

}  // namespace

std::vector<std::string> hints_for(const mint::error& failed, const mint::url& target,
                                   const mint::open_options& options, std::chrono::sys_seconds now) {
    lines out;
    if (failed.refusal) {
        if (failed == errc::upgrade_refused) add_refusal(*failed.refusal, target, options, out);
        if (failed == errc::proxy_refused) add_for_proxy(*failed.refusal, target, options, out);
        add_retry(*failed.refusal, now, out);
    }
    if (failed == errc::too_many_redirects) out.emplace_back("--max-redirs N follows more");
    if (failed == errc::extended_connect_disabled || failed == errc::not_http2 || failed == errc::alpn_mismatch) {
        out.emplace_back("without --http2 it is asked over HTTP/1.1");
    }
    add_for_tls(failed, options, out);
    add_for_other_protocol(failed, target, out);
    return out;
}

}  // namespace mintws
