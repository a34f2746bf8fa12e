#pragma once

#include "exit_status.hpp"
#include "output_queue.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace mintws {

/// Opens /dev/null in place of each of the descriptors 0 to 2 that is closed, so that no socket becomes one of them.
/// Writing to a pipe without reader, or over a file's limit, is an error and no signal from then on. False if that
/// can't be: nothing else may be opened then.
[[nodiscard]] bool prepare_standard_streams() noexcept;

/// Standard output and standard error, of which the process has one each.
[[nodiscard]] output_queue& standard_output() noexcept;
[[nodiscard]] output_queue& standard_error() noexcept;

/// Tells a person on standard error. What can't be written at once waits there; what can't be written at all is lost,
/// and changes nothing else.
void tell(std::string_view text);
template <class... Values>
void tell(fmt::format_string<Values...> format, Values&&... values) {
    tell(std::string_view{fmt::format(format, std::forward<Values>(values)...)});
}

/// Writes to standard output, however long it takes.
template <class... Values>
void print(fmt::format_string<Values...> format, Values&&... values) {
    if (standard_output().is_broken()) return;
    standard_output().pending().append(fmt::format(format, std::forward<Values>(values)...));
    standard_output().write_all();
}

/// Writes what waits, and says so if standard output couldn't be written. Returns how to exit.
[[nodiscard]] exit_status finish_standard_streams(exit_status status);

}  // namespace mintws
