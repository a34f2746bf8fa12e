#include "http/block_on.hpp"

#include <mint/http/connect.hpp>
#include <mint/http/connecting.hpp>

#include <utility>

namespace mint::http {

std::expected<connection, error> connect(scheme s, std::string_view host, std::uint16_t port,
                                         const connect_options& options) {
    return detail::block_on<connection>(connecting::start(s, host, port, options, connecting::clock::now()));
}

std::expected<connection, error> connect_over(net::socket connected, scheme s, std::string_view host,
                                              std::uint16_t port, const connect_options& options) {
    return detail::block_on<connection>(
        connecting::over(std::move(connected), s, host, port, options, connecting::clock::now()));
}

}  // namespace mint::http
