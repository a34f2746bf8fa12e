#include <mint/http/read_buffer.hpp>

#include <new>

namespace mint::http {

namespace {

constexpr std::align_val_t page{4096};

}  // namespace

void read_buffer::page_deleter::operator()(std::byte* pages) const noexcept { ::operator delete[](pages, page); }

byte_span read_buffer::pages() {
    // Not value-initialised: a page is the system's to hand out when the first read reaches it.
    if (!pages_) pages_.reset(static_cast<std::byte*>(::operator new[](size_, page)));
    return {pages_.get(), size_};
}

}  // namespace mint::http
