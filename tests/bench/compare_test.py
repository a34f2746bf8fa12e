"""The programs that `make bench` measures: all of them, or an error."""

import contextlib
import io
import pathlib
import re
import sys
import tempfile
import unittest

COMPARE = pathlib.Path(__file__).parents[2] / "bench/compare"
sys.path.insert(0, str(COMPARE))

import programs  # noqa: E402


class Peers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def build(self, cmake_lists):
        sources = self.folder / "sources"
        sources.mkdir()
        (sources / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\nproject(peers NONE)\n" + cmake_lists)
        with contextlib.redirect_stderr(io.StringIO()):
            return programs.build_peers(sources, self.folder / "out")

    def test_one_that_cannot_be_configured_is_an_error_that_says_why(self):
        with self.assertRaisesRegex(programs.Broken, "no wslay here(.|\n)*scripts/install-deps bench"):
            self.build('message(FATAL_ERROR "no wslay here")\n')

    def test_one_that_cannot_be_built_is_an_error(self):
        with self.assertRaises(programs.Broken):
            self.build("add_custom_target(peer ALL COMMAND false)\n")

    def test_what_is_built_is_found_and_what_is_not_is_an_error(self):
        out = self.build("add_custom_target(peer ALL COMMAND cp /bin/true ${CMAKE_BINARY_DIR}/peer)\n")
        self.assertEqual(programs.find("peer", out), out / "peer")
        with self.assertRaises(programs.Broken):
            programs.find("another", out)

    def test_one_that_fails_is_an_error_that_says_how(self):
        program = self.folder / "peer"
        program.write_text("#!/bin/sh\necho 'no answer' >&2\nexit 3\n")
        program.chmod(0o755)
        with self.assertRaisesRegex(programs.Broken, "exit code 3: no answer"):
            programs.run(program, (), programs.processors()[0])

    def test_every_source_is_built(self):
        built = set(re.findall(r"^mint_peer\((\w+) ", (COMPARE / "peers/CMakeLists.txt").read_text(), re.M))
        self.assertEqual(built, {source.stem for source in (COMPARE / "peers").glob("*.cpp")})

    def test_nothing_outside_the_project_is_looked_for(self):
        for file in COMPARE.rglob("*"):
            if file.is_file() and file.suffix in ("", ".py", ".txt"):
                self.assertNotIn("shared/perf", file.read_text(encoding="utf-8"), file)


if __name__ == "__main__":
    unittest.main()
