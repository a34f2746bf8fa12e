#pragma once

#include <mint/base/bytes.hpp>
#include <mint/base/error.hpp>
#include <mint/base/headers.hpp>
#include <mint/base/overloaded.hpp>
#include <mint/base/request.hpp>
#include <mint/base/response.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mint::testing {

/// What came back, as text to compare: one line per response, data that follows data joined into one line, for where a
/// body is cut depends on the split.
///
///     #1 status 200 OK
///     #1 headers a: b | c: d
///     #1 data hello
///     #1 done
///     fails unexpected_data @57
class response_transcript {
  public:
    void add(const std::vector<response>& list) {
        for (const response& r : list) add(r);
    }

    void add(const response& r) {
        if (const auto* data = std::get_if<responses::data>(&r)) {
            if (!is_in_data_ || data_ref_ != data->ref) start(data->ref, "data ");
            is_in_data_ = true;
            data_ref_ = data->ref;
            text_.insert(text_.size() - 1, as_text(data->bytes));
            return;
        }
        is_in_data_ = false;
        std::visit(overloaded{
                       [this](const responses::status& s) {
                           start(s.ref, "status " + std::to_string(s.code) + " " + s.reason);
                       },
                       [this](const responses::headers& h) { start(h.ref, "headers" + list(h.fields)); },
                       [this](const responses::interim& i) {
                           start(i.ref, "interim " + std::to_string(i.code) + list(i.fields));
                       },
                       [this](const responses::done& d) { start(d.ref, "done"); },
                       [this](const responses::error& e) { start(e.ref, "error " + short_form(e.reason)); },
                       [](const responses::data&) {},
                       [this](const responses::pong& p) { start(p.ref, "pong"); },
                       [this](const responses::push_promise& p) { start(p.ref, "push_promise"); },
                   },
                   r);
    }

    void add_failure(const error& e) {
        is_in_data_ = false;
        text_ += "fails " + short_form(e) + "\n";
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

  private:
    static std::string short_form(const error& e) {
        std::string text{name(e.code)};
        if (e.offset != 0) text += " @" + std::to_string(e.offset);
        return text;
    }

    static std::string list(const headers& fields) {
        std::string text;
        for (const field& f : fields) text += (text.empty() ? " " : " | ") + f.name + ": " + f.value;
        return text;
    }

    void start(request_ref ref, const std::string& what) {
        text_ += "#" + std::to_string(static_cast<std::uint64_t>(ref)) + " " + what + "\n";
    }

    std::string text_;
    bool is_in_data_ = false;
    request_ref data_ref_{};
};

}  // namespace mint::testing
