#include "net/happy_eyeballs.hpp"

#include "net/budget.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace mint::net::detail {

happy_eyeballs::happy_eyeballs(std::size_t answer_count) noexcept : answers_left_(answer_count) {}

void happy_eyeballs::queue::add(const address& a) {
    if (std::ranges::find(addresses, a) == addresses.end()) addresses.push_back(a);
}

void happy_eyeballs::on_answer(lookup_answer answer, time_point now) {
    assert(answers_left_ > 0);
    --answers_left_;
    const bool had_candidate = has_candidate();
    if (answer.addresses) {
        for (const address& a : *answer.addresses) (a.version == ip_version::v6 ? v6_ : v4_).add(a);
    } else if (!lookup_failure_ || answer.version == ip_version::v4) {
        // Nearly every host has IPv4: why it wasn't found says more than that there is no IPv6.
        lookup_failure_ = std::move(answer.addresses.error());
    }

    if (started_count_ > 0 || !has_candidate()) return;
    const bool may_v6_come = answers_left_ > 0 && v6_.is_empty();
    if (!may_v6_come) {
        ready_at_ = now;
    } else if (!had_candidate) {
        ready_at_ = after(now, resolution_delay);
    }
}

void happy_eyeballs::on_failure(std::size_t attempt, error reason, time_point now) {
    assert(attempt < started_count_ && failed_count_ < started_count_);
    ++failed_count_;
    ready_at_ = now;
    if (attempt_failure_ && attempt < failed_attempt_) return;
    failed_attempt_ = attempt;
    attempt_failure_ = std::move(reason);
}

std::optional<address> happy_eyeballs::next(time_point now) {
    if (!has_candidate() || now < ready_at_) return std::nullopt;
    const bool takes_v6 = v4_.is_empty() || (next_version_ == ip_version::v6 && !v6_.is_empty());
    next_version_ = takes_v6 ? ip_version::v4 : ip_version::v6;
    ++started_count_;
    ready_at_ = after(now, attempt_delay);
    return (takes_v6 ? v6_ : v4_).take();
}

std::optional<happy_eyeballs::time_point> happy_eyeballs::deadline() const noexcept {
    if (!has_candidate()) return std::nullopt;
    return ready_at_;
}

bool happy_eyeballs::has_failed() const noexcept {
    return answers_left_ == 0 && !has_candidate() && failed_count_ == started_count_;
}

error happy_eyeballs::failure() const {
    if (attempt_failure_) return *attempt_failure_;
    if (lookup_failure_) return *lookup_failure_;
    return errc::name_not_found;
}

}  // namespace mint::net::detail
