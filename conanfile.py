"""The Conan 2 recipe; `conan create .` builds the library without tools, tests and benchmarks."""

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout

LAYERS = ["base", "ws", "http1", "http2", "net", "http", "websocket", "adapters"]  # lowest first
REQUIRES = {
    "base": ["openssl::crypto", "simdjson::simdjson"],
    "ws": ["base", "zlib::zlib"],
    "http1": ["base", "boost::headers"],
    "http2": ["base", "libnghttp2::nghttp2"],
    "net": ["base", "c-ares::c-ares", "openssl::ssl"],
    "http": ["base", "http1", "net"],
    "websocket": ["base", "ws", "http1", "net", "http"],
    "adapters": ["base", "ws", "http1", "net", "http", "websocket"],
}


class MintRecipe(ConanFile):
    name = "mint"
    version = "0.1.0"
    description = "Process-less WebSocket and HTTP client for C++23"
    license = "Apache-2.0"
    topics = ("websocket", "http", "sans-io")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True, "boost/*:header_only": True}
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*"

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def requirements(self):
        self.requires("boost/[>=1.81 <2]")
        self.requires("c-ares/[>=1.18 <2]")
        self.requires("libnghttp2/[>=1.61 <2]")
        self.requires("openssl/[>=3 <4]")
        self.requires("simdjson/[>=3 <4]")
        self.requires("zlib/[>=1.2.13 <2]")

    def validate(self):
        check_min_cppstd(self, 23)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TOOLS", "EXAMPLES", "TESTS", "BENCHMARKS", "FUZZERS"):
            toolchain.cache_variables[f"MINT_BUILD_{part}"] = False
        toolchain.cache_variables["MINT_WARNINGS_AS_ERRORS"] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "mint")
        for layer in LAYERS:
            component = self.cpp_info.components[layer]
            component.libs = [f"mint_{layer}"]
            component.requires = REQUIRES[layer]
            component.set_property("cmake_target_name", f"mint::{layer}")
        for name, requires in {"core": ["base", "ws", "http1", "http2"], "mint": LAYERS}.items():
            component = self.cpp_info.components[name]
            component.requires = requires
            component.set_property("cmake_target_name", f"mint::{name}")
