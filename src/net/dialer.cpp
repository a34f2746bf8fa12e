#include "net/dialer.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mint::net::detail {

namespace {

/// "connect to 127.0.0.1:80".
error with_target(error reason, const std::string& target) {
    reason.detail += " to " + target;
    return reason;
}

}  // namespace

std::size_t dialer::answer_count(const dial_options& options) noexcept {
    return options.ip == ip_preference::both ? 2 : 1;
}

std::expected<dialer, error> dialer::start(std::string_view host, std::uint16_t port, dial_options options) {
    dialer result{std::move(options)};
    if (!result.options_.unix_path.empty()) return result;
    if (result.options_.addresses.empty()) {
        auto started = lookup::start(host, port, result.options_.ip);
        if (!started) return std::unexpected(std::move(started.error()));
        result.lookup_ = std::move(*started);
        return result;
    }
    const auto give = [&](ip_version version, ip_preference excluding) {
        if (result.options_.ip == excluding) return;
        std::vector<address> given;
        for (address a : result.options_.addresses) {
            if (a.version != version) continue;
            if (a.port == 0) a.port = port;
            given.push_back(a);
        }
        lookup_answer answer{.version = version, .addresses = std::move(given)};
        if (answer.addresses->empty()) answer.addresses = std::unexpected(error{errc::name_not_found, "addresses"});
        result.answers_.push_back(std::move(answer));
    };
    give(ip_version::v6, ip_preference::only_v4);
    give(ip_version::v4, ip_preference::only_v6);
    return result;
}

std::expected<std::optional<socket>, error> dialer::step(time_point now) {
    if (!options_.unix_path.empty()) {
        if (attempt_count_ == 0) start_attempt(socket::start_connect_unix(options_.unix_path), options_.unix_path, now);
    } else {
        take_answers(now);
    }
    if (auto connected = check_attempts(now)) return connected;
    start_attempts(now);
    // On the loopback a connect is often over at once.
    if (auto connected = check_attempts(now)) return connected;
    start_attempts(now);
    if (unix_failure_) return std::unexpected(*unix_failure_);
    if (options_.unix_path.empty() && race_.has_failed()) return std::unexpected(race_.failure());
    return std::optional<socket>{};
}

void dialer::append_wants(std::vector<interest>& out) {
    if (options_.unix_path.empty() && !lookup_.is_done()) {
        const auto& names = lookup_.wants();
        out.insert(out.end(), names.begin(), names.end());
    }
    for (const attempt& a : attempts_) out.push_back({a.connecting.descriptor(), {.write = true}});
}

dialer::time_point dialer::deadline(time_point now) const {
    if (!options_.unix_path.empty()) return time_point::max();
    time_point next = race_.deadline().value_or(time_point::max());
    if (!lookup_.is_done()) next = std::min(next, lookup_.deadline(now).value_or(time_point::max()));
    return next;
}

std::string dialer::targets() const {
    std::string text;
    for (const attempt& a : attempts_) {
        if (!text.empty()) text += ", ";
        text += a.target;
    }
    return text;
}

void dialer::take_answers(time_point now) {
    if (!lookup_.is_done()) lookup_.step(answers_);
    for (lookup_answer& answer : std::exchange(answers_, {})) race_.on_answer(std::move(answer), now);
}

void dialer::start_attempts(time_point now) {
    while (const auto next = race_.next(now)) {
        start_attempt(socket::start_connect(*next, options_.socket), to_string(*next), now);
    }
}

void dialer::start_attempt(std::expected<socket, error> started, std::string target, time_point now) {
    is_looking_up_ = false;
    const std::size_t number = attempt_count_++;
    if (started) {
        attempts_.push_back({number, std::move(target), std::move(*started)});
    } else if (options_.unix_path.empty()) {
        race_.on_failure(number, with_target(std::move(started.error()), target), now);
    } else {
        unix_failure_ = with_target(std::move(started.error()), target);
    }
}

/// The first attempt that has connected; those that failed are dropped.
std::optional<socket> dialer::check_attempts(time_point now) {
    for (std::size_t i = 0; i < attempts_.size();) {
        attempt& a = attempts_[i];
        std::expected<void, error> result;
        if (auto ready =
                wait(a.connecting.descriptor(), {.write = true}, net::deadline{std::chrono::milliseconds{0}})) {
            result = a.connecting.finish_connect();
            if (result) return std::move(a.connecting);
        } else if (ready.error() == errc::timeout) {
            ++i;
            continue;
        } else {
            result = std::unexpected(std::move(ready.error()));
        }
        if (options_.unix_path.empty()) {
            race_.on_failure(a.number, with_target(std::move(result.error()), a.target), now);
        } else {
            unix_failure_ = with_target(std::move(result.error()), a.target);
        }
        attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return std::nullopt;
}

}  // namespace mint::net::detail
