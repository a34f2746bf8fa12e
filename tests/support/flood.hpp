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
            is_running_ = false;  // the client went first
        }
        thread_.join();
    }

    [[nodiscard]] bool is_running() const noexcept { return is_running_; }

  private:
    void run(const std::string& octets) {
        const auto end = std::chrono::steady_clock::now() + longest;
        try {
            while (!is_stopped_ && std::chrono::steady_clock::now() < end) peer_.send(octets);
        } catch (const std::system_error&) {
            is_stopped_ = true;
        }
        is_running_ = false;
    }

    scripted_peer& peer_;
    std::atomic<bool> is_stopped_ = false;
    std::atomic<bool> is_running_ = true;
    std::thread thread_;
};

}  // namespace mint::testing
