#!/usr/bin/env python3
"""The recipes of package managers against src/layers.json: conanfile.py, run with stand-ins for Conan, and vcpkg.json."""

import importlib.util
import json
import sys
import types
import unittest
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = json.loads((ROOT / "src/layers.json").read_text(encoding="utf-8"))
LAYERS = {layer["name"]: layer for layer in TABLE["layers"]}
# What vcpkg calls the libraries of the table; its port of Boost has one package a library.
VCPKG = {"Boost": "boost-beast", "OpenSSL": "openssl", "ZLIB": "zlib", "cares": "c-ares", "nghttp2": "nghttp2",
         "simdjson": "simdjson"}


class Component:
    def __init__(self):
        self.libs, self.requires, self.properties = [], [], {}

    def set_property(self, name, value):
        self.properties[name] = value


def recipe():
    """An instance of the recipe's class, whose base class records what it is told."""
    conan = types.ModuleType("conan")
    conan.ConanFile = object
    build = types.ModuleType("conan.tools.build")
    build.check_min_cppstd = None
    cmake = types.ModuleType("conan.tools.cmake")
    cmake.CMake = cmake.CMakeDeps = cmake.CMakeToolchain = cmake.cmake_layout = None
    sys.modules |= {"conan": conan, "conan.tools": types.ModuleType("conan.tools"), "conan.tools.build": build,
                    "conan.tools.cmake": cmake}
    spec = importlib.util.spec_from_file_location("conanfile", ROOT / "conanfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.MintRecipe()
    made.cpp_info = Component()
    made.cpp_info.components = defaultdict(Component)
    made.required = []
    made.requires = made.required.append
    return made


class Recipes(unittest.TestCase):
    def test_conan_components_need_what_their_layers_use(self):
        made = recipe()
        made.package_info()
        components = made.cpp_info.components
        self.assertEqual(set(components), {*LAYERS, "core", "mint"})
        for name, layer in LAYERS.items():
            self.assertEqual([need for need in components[name].requires if "::" not in need], layer["uses"], name)
            self.assertEqual(components[name].libs, [f"mint_{name}"])
            for library in layer["libraries"]:
                if not TABLE["libraries"][library].get("optional"):
                    self.assertIn(TABLE["libraries"][library]["conan"], components[name].requires, name)
        self.assertEqual(components["core"].requires, [name for name, layer in LAYERS.items() if layer["core"]])
        self.assertEqual(components["mint"].requires, list(LAYERS))

    def test_conan_packages_are_required_once_with_a_range(self):
        made = recipe()
        made.requirements()
        packages = [reference.split("/")[0] for reference in made.required]
        self.assertEqual(packages, sorted(set(packages)))
        self.assertIn("libnghttp2/[>=1.61 <2]", made.required)
        for library in TABLE["libraries"].values():
            if not library.get("optional"):
                self.assertIn(library["conan"].split("::")[0], packages)

    def test_the_exported_recipe_has_its_table(self):
        made = recipe()
        self.assertIn("src/layers.json", made.exports)
        self.assertTrue((ROOT / "src/layers.json").is_file())

    def test_vcpkg_depends_on_each_library(self):
        manifest = json.loads((ROOT / "vcpkg.json").read_text(encoding="utf-8"))
        wanted = {VCPKG[library["package"]] for library in TABLE["libraries"].values() if not library.get("optional")}
        self.assertEqual(set(manifest["dependencies"]), wanted)


if __name__ == "__main__":
    unittest.main()
