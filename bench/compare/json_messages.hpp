#pragma once

// The JSON of row A4, the same in every program: 3,000 trades of about 200 bytes, 800 updates of an order book of
// 1 KiB, and 24 lists of records of 64 KiB.

#include "compare/in_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace compare {

struct message_set {
    std::string name;
    std::vector<std::string> messages;

    /// Bytes of all messages.
    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t sum = 0;
        for (const std::string& message : messages) sum += message.size();
        return sum;
    }
};

/// Writes messages one after the other, in time as in content.
class json_writer {
  public:
    /// A trade, as exchanges publish it.
    std::string trade() {
        pass_time();
        std::string text = R"({"e":"trade","E":)" + std::to_string(time_);
        put_string(text, "s", symbol());
        text += R"(,"t":)" + digits(400'000'000, 499'999'999);
        put_string(text, "p", decimal(20, 64'000, 2));
        put_string(text, "q", decimal(0, 30, 5));
        text += R"(,"b":)" + digits(900'000'000, 999'999'999) + R"(,"a":)" + digits(900'000'000, 999'999'999);
        text += R"(,"T":)" + std::to_string(time_ - next_() % 40) + R"(,"m":)" + truth() + R"(,"M":true)";
        put_string(text, "id", id());
        return text + "}";
    }

    /// Prices and quantities: half of them bids, half of them asks.
    std::string order_book(std::size_t size) {
        pass_time();
        std::string text = R"({"e":"depthUpdate","E":)" + std::to_string(time_);
        put_string(text, "s", symbol());
        text += R"(,"U":)" + digits(157'000'000, 158'000'000) + R"(,"b":[)";
        append_orders(text, size / 2);
        text += R"(],"a":[)";
        append_orders(text, size - 30);
        return text + "]}";
    }

    /// People with a few words about each.
    std::string records(std::size_t size) {
        std::string text = R"({"items":[)";
        while (text.size() + 350 < size) text += record() + ",";
        text.back() = ']';
        return text + "}";
    }

  private:
    void pass_time() { time_ += next_() % 50; }

    void append_orders(std::string& text, std::size_t end) {
        bool is_first = true;
        while (text.size() < end) {
            text += is_first ? R"([")" : R"(,[")";
            text += decimal(43'000, 43'400, 2) + R"(",")" + decimal(0, 9, 5) + R"("])";
            is_first = false;
        }
    }

    std::string record() {
        std::string text = R"({"id":")" + id() + R"(")";
        put_string(text, "name", first_name() + " " + last_name());
        text += R"(,"age":)" + digits(18, 90) + R"(,"balance":)" + decimal(0, 99'999, 2) + R"(,"active":)" + truth();
        text += R"(,"tags":[")" + pick({"north", "south", "east", "west"}) + R"(",")" +
                pick({"gold", "silver", "iron"}) + R"("],"about":")";
        for (std::uint32_t words = 4 + next_() % 20; words > 0; --words) text += word() + (words > 1 ? " " : "");
        text += R"(","created":"2025-0)" + digits(1, 9) + "-1" + digits(0, 9) + "T1" + digits(0, 9) + ":2" +
                digits(0, 9) + R"(:00Z"})";
        return text;
    }

    static void put_string(std::string& text, std::string_view name, std::string_view value) {
        text += ",\"";
        text += name;
        text += "\":\"";
        text += value;
        text += '"';
    }

    std::string digits(std::uint32_t low, std::uint32_t high) {
        return std::to_string(low + next_() % (high - low + 1));
    }

    std::string decimal(std::uint32_t low, std::uint32_t high, int places) {
        std::string number = digits(low, high) + ".";
        for (; places > 0; --places) number += digits(0, 9);
        return number;
    }

    std::string id() {
        std::string hex;
        for (int i = 0; i < 16; ++i) hex.push_back("0123456789abcdef"[next_() % 16]);
        return hex;
    }

    std::string pick(std::initializer_list<std::string_view> from) {
        return std::string{from.begin()[next_() % from.size()]};
    }
    std::string truth() { return pick({"true", "false"}); }
    std::string symbol() { return pick({"BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "LTCUSDT"}); }
    std::string first_name() { return pick({"Amina", "Boris", "Chloe", "Duc", "Esra", "Felipe", "Grace"}); }
    std::string last_name() { return pick({"Fischer", "Ito", "Jensen", "Kowalska", "Mbeki", "Silva", "Wang"}); }
    std::string word() {
        return pick({"the", "of",   "and",   "to",    "in",     "a",      "is",    "for",  "river",
                     "sea", "town", "train", "cloud", "garden", "letter", "music", "book", "winter",
                     "sun", "salt", "tower", "glass", "street", "paper",  "light"});
    }

    noise next_;
    std::uint64_t time_ = 1'700'000'000'000;
};

inline std::vector<message_set> json_messages() {
    json_writer write;
    std::vector<message_set> sets{{"200B", {}}, {"1KiB", {}}, {"64KiB", {}}};
    for (int i = 0; i < 3000; ++i) sets[0].messages.push_back(write.trade());
    for (int i = 0; i < 800; ++i) sets[1].messages.push_back(write.order_book(1024));
    for (int i = 0; i < 24; ++i) sets[2].messages.push_back(write.records(64 * 1024));
    return sets;
}

/// A4, peer, set, MB/s compressed (median, min, max), MB/s decompressed (median, min, max), ratio. `message_size` is
/// the mean size of a message.
inline void print_deflate(std::string_view peer, std::string_view set, double message_size, const rate& compressed,
                          const rate& decompressed, double ratio) {
    const double scale = message_size / 1e6;
    std::printf("A4\t%.*s\t%.*s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.3f\t\n", static_cast<int>(peer.size()),
                peer.data(), static_cast<int>(set.size()), set.data(), compressed.median * scale,
                compressed.min * scale, compressed.max * scale, decompressed.median * scale, decompressed.min * scale,
                decompressed.max * scale, ratio);
    std::fflush(stdout);
}

}  // namespace compare
