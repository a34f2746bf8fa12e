// Runs a fuzzer over files instead of searching: for compilers without libFuzzer, and for every test run.
//
// Arguments are files and folders. Finding no file is a failure: an empty corpus must not look like a passed test.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

bool replay(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        std::fprintf(stderr, "can't read %s\n", file.c_str());
        return false;
    }
    const std::vector<char> content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    // Memory of exactly the input's size, so that the address sanitizer sees a read past its end.
    const std::vector<std::uint8_t> input(content.begin(), content.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t replayed_count = 0;
    for (int i = 1; i < argc; ++i) {
        const fs::path path = argv[i];
        std::error_code failure;
        if (!fs::is_directory(path, failure)) {
            if (!replay(path)) return 1;
            ++replayed_count;
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(path)) {
            if (!entry.is_regular_file()) continue;
            if (!replay(entry.path())) return 1;
            ++replayed_count;
        }
    }
    std::printf("replayed %zu inputs\n", replayed_count);
    return replayed_count > 0 ? 0 : 1;
}
