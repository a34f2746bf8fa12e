#include "net/regular_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

namespace mint::net::detail {

namespace {

std::unexpected<error> refuse(const named_file& file, int system, std::string_view why = {}) {
    error reason{file.refusal, std::string{file.option} + ": " + file.path + std::string{why}};
    reason.system = system;
    return std::unexpected(std::move(reason));
}

}  // namespace

descriptor::~descriptor() {
    if (number_ >= 0) ::close(number_);
}

std::expected<descriptor, error> named_file::open(int flags) const {
    // Without O_NONBLOCK opening a FIFO waits for its other end; regular files don't look at it.
    descriptor opened{::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, S_IRUSR | S_IWUSR)};
    if (opened.number() < 0) return refuse(*this, errno);
    struct stat status{};
    if (::fstat(opened.number(), &status) != 0) return refuse(*this, errno);
    if (S_ISDIR(status.st_mode)) return refuse(*this, EISDIR);
    if (!S_ISREG(status.st_mode)) return refuse(*this, 0, ": it is no regular file");
    return opened;
}

std::expected<std::string, error> named_file::read(std::size_t max_size) const {
    const auto opened = open(O_RDONLY);
    if (!opened) return std::unexpected(opened.error());
    struct cleansed {
        std::array<char, 16 * 1024> bytes;  // written by read
        ~cleansed() { ::OPENSSL_cleanse(bytes.data(), bytes.size()); }
    } space;
    std::string text;
    while (true) {
        const ssize_t size = ::read(opened->number(), space.bytes.data(), space.bytes.size());
        if (size == 0) return text;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return refuse(*this, errno);
        text.append(space.bytes.data(), static_cast<std::size_t>(size));
        if (text.size() > max_size) return refuse(*this, EFBIG);
    }
}

}  // namespace mint::net::detail
