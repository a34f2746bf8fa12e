"""The Conan 2 recipe; `conan create .` builds the library without tools, tests and benchmarks."""

import json
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout

TABLE = json.loads((Path(__file__).parent / "src/layers.json").read_text(encoding="utf-8"))
LAYERS = {layer["name"]: layer for layer in TABLE["layers"]}  # lowest first
LIBRARIES = {name: library for name, library in TABLE["libraries"].items() if "conan" in library}


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
    exports = "src/layers.json"
    exports_sources = "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*"

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def requirements(self):
        ranges = {library["conan"].split("::")[0]: library["conan_range"] for library in LIBRARIES.values()}
        for package, wanted in sorted(ranges.items()):
            self.requires(f"{package}/[{wanted}]")

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
        for name, layer in LAYERS.items():
            component = self.cpp_info.components[name]
            component.libs = [f"mint_{name}"]
            libraries = [LIBRARIES[library]["conan"] for library in layer["libraries"] if library in LIBRARIES]
            component.requires = [*layer["uses"], *libraries]
            component.set_property("cmake_target_name", f"mint::{name}")
        core = [name for name, layer in LAYERS.items() if layer["core"]]
        for name, requires in {"core": core, "mint": list(LAYERS)}.items():
            component = self.cpp_info.components[name]
            component.requires = requires
            component.set_property("cmake_target_name", f"mint::{name}")
