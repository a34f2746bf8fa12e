#!/usr/bin/env python3
"""Shows what check_symbols.py takes and refuses, on names and on an archive made for it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import check_symbols

COMPILER = sys.argv.pop() if len(sys.argv) > 1 else "c++"


def surplus_of(source):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "source.cpp"
        file.write_text(source, encoding="utf-8")
        subprocess.run([COMPILER, "-std=c++20", "-c", file, "-o", f"{file}.o"], check=True)
        subprocess.run(["ar", "rc", f"{file}.a", f"{file}.o"], check=True)
        return [name for name, _ in check_symbols.surplus([f"{file}.a"])]


class Symbols(unittest.TestCase):
    def test_memory_strings_and_randomness_are_allowed(self):
        self.assertEqual(surplus_of("""
            #include <string>
            #include <sys/random.h>
            #include <vector>
            std::string f(std::vector<std::string> v) { v.push_back("x"); return v.front() + v.back(); }
            long g(char* p) { return getrandom(p, 1, 0); }
        """), [])

    def test_calls_of_the_system_are_refused(self):
        self.assertEqual(surplus_of("""
            #include <sys/socket.h>
            #include <time.h>
            #include <unistd.h>
            int f() { return socket(1, 1, 0) + close(1) + time(nullptr); }
        """), ["close", "socket", "time"])

    def test_clocks_threads_and_streams_of_the_library_are_refused(self):
        self.assertEqual(len(surplus_of("#include <chrono>\nauto f() { return std::chrono::steady_clock::now(); }")), 1)
        self.assertNotEqual(surplus_of("#include <thread>\nvoid f() { std::thread([] {}).join(); }"), [])
        self.assertNotEqual(surplus_of("#include <fstream>\nbool f() { return std::ifstream(\"x\").good(); }"), [])
        self.assertIn("_ZSt4cout", surplus_of("#include <iostream>\nvoid f() { std::cout << 1; }"))

    def test_an_archive_may_use_what_another_one_defines(self):
        self.assertEqual(surplus_of("void g(); void f() { g(); } void g() {}"), [])


if __name__ == "__main__":
    unittest.main()
