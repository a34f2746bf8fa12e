#pragma once

#include "support/scripted_peer.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace mint::testing {

/// A peer that sends the same octets again and again, as fast as they are taken, from a thread of its own; after
/// `longest` it gives up, so that a client who never has enough is seen to have had too much.
class flood {
  public:
    static constexpr std::chrono::seconds longest{5};

    flood(scripted_peer& peer, std::string_view octets) : peer_(peer) {
        std::string many;
        while (many.size() < 1024 * 1024) many += octets;
        thread_ = std::thread([this, many] { run(many); });
    }
    flood(const flood&) = delete;
    flood& operator=(const flood&) = delete;
    ~flood() {
        is_stopped_ = true;
        try {
            peer_.finish();  // ends a send that waits
        } catch (const std::system_error&) {
            is_stopped_ = true;  // the client went first
        }
        thread_.join();
    }

    /// True if `longest` was over before the client or the test ended it.
    [[nodiscard]] bool has_given_up() const noexcept { return has_given_up_; }

  private:
    void run(const std::string& octets) {
        const auto end = std::chrono::steady_clock::now() + longest;
        try {
            while (!is_stopped_ && !has_given_up_) {
                peer_.send(octets);
                has_given_up_ = std::chrono::steady_clock::now() >= end;
            }
        } catch (const std::system_error&) {
            is_stopped_ = true;
        }
    }

    scripted_peer& peer_;
    std::atomic<bool> is_stopped_ = false;
    std::atomic<bool> has_given_up_ = false;
    std::thread thread_;
};

}  // namespace mint::testing
