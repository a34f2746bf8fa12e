// The whole library: no network is needed to see that it is linked.
#include <mint/mint.hpp>

#include <cstdio>

int main() {
    auto connection = mint::http::connect(mint::scheme::http, "no host at all", 80);
    if (connection || connection.error().code != mint::errc::invalid_host) return 1;
    std::printf("mint %s\n", MINT_VERSION_STRING);
}
