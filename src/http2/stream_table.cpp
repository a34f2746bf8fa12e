#include "http2/stream_table.hpp"

#include <algorithm>

namespace mint::http2::detail {

namespace {

bool is_older(const stream* a, const stream* b) noexcept { return a->ref < b->ref; }

}  // namespace

stream& stream_table::add(request_ref ref) {
    return *streams_.emplace(ref, std::make_unique<stream>(ref)).first->second;
}

stream* stream_table::find(request_ref ref) noexcept {
    const auto found = streams_.find(ref);
    return found == streams_.end() ? nullptr : found->second.get();
}

const stream* stream_table::find(request_ref ref) const noexcept {
    const auto found = streams_.find(ref);
    return found == streams_.end() ? nullptr : found->second.get();
}

void stream_table::clear() noexcept {
    waiting_.clear();
    held_.clear();
    streams_.clear();
}

std::vector<stream*> stream_table::in_order() {
    std::vector<stream*> all;
    all.reserve(streams_.size());
    for (const auto& [ref, s] : streams_) all.push_back(s.get());
    std::ranges::sort(all, is_older);
    return all;
}

void stream_table::wait(stream& s) { (s.is_connect && holds_connects_ ? held_ : waiting_).emplace(s.ref, &s); }

void stream_table::stop_waiting(const stream& s) noexcept {
    waiting_.erase(s.ref);
    held_.erase(s.ref);
}

void stream_table::stop_all_waiting() noexcept {
    waiting_.clear();
    held_.clear();
}

stream* stream_table::next_waiting() noexcept {
    if (waiting_.empty()) return nullptr;
    stream* const s = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    return s;
}

void stream_table::release_connects() noexcept {
    waiting_.merge(held_);
    holds_connects_ = false;
}

std::vector<stream*> stream_table::take_connects() {
    std::vector<stream*> connects;
    connects.reserve(held_.size());
    for (const auto& [ref, s] : held_) connects.push_back(s);
    held_.clear();
    holds_connects_ = false;
    return connects;
}

}  // namespace mint::http2::detail
