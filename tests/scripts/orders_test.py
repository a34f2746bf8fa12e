#!/usr/bin/env python3
"""The README's commands work in any order: each sets the options that it needs, whatever ran before."""

import re
import unittest

from checkout import Checkout

# What each command has to build, among others.
NEEDS = {
    "demo": ["bin/mintws"],
    "check": ["bin/mintws", "bin/base_tests", "bin/integration_echo_test", "bin/url_fuzz", "bin/example_01_blocking"],
    "check-all": ["bin/base_tests", "bin/utf8_bench"],
    "bench": ["bin/mintws", "bin/b_mint"],
    "install": ["bin/mintws"],
}
# From a fresh checkout each; the programs alone stand before the tests, the tests before the programs, and so on.
ORDERS = [
    ["demo", "check", "check-all", "bench", "install", "demo"],
    ["bench", "demo", "install", "check", "demo"],
    ["install", "check-all", "demo", "bench", "check"],
]


class Orders(unittest.TestCase):
    def test_each_command_works_whatever_ran_before(self):
        for order in ORDERS:
            with Checkout() as checkout:
                for position, command in enumerate(order):
                    with self.subTest(before=order[:position], command=command):
                        code, output, would_build = checkout.run("make", command)
                        self.assertEqual(code, 0, output)
                        for program in NEEDS[command]:
                            self.assertRegex(would_build, rf" -o {program} ")
                        if command in ("check", "check-all"):
                            counts = re.search(r"^(\d+) passed, 0 failed$", output.splitlines()[-1])
                            self.assertTrue(counts, output)
                            self.assertGreater(int(counts[1]), 30 if command == "check" else 100)

    def test_programs_alone_need_no_test_library(self):
        with Checkout() as checkout:
            for command in ("demo", "install"):
                _, _, would_build = checkout.run("make", command)
                self.assertNotIn("_test", would_build)
                cache = (checkout.folder / "build/release/CMakeCache.txt").read_text()
                self.assertNotIn("GTest_DIR", cache)
                self.assertNotIn("benchmark_DIR", cache)


if __name__ == "__main__":
    unittest.main()
