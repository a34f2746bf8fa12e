#!/usr/bin/env python3
"""Holds what the compiler says first of a program that uses the library wrongly: one line, with what to do.

check_first_errors.py ROOT COMPILER compiles small programs, and fails if one compiles, or if its first error lacks the words.
"""

import re
import subprocess
import sys
from pathlib import Path

USE = """#include <mint/mint.hpp>
#include <string>
using namespace mint;
void use(websocket& ws, http::connection& conn, ws::codec& codec, headers& fields, const std::string& text, buffer& out) {
    @
}
"""
FRAME = ["give a frame", "ws::text{"]
DISCARDED = ["nodiscard|warn_unused_result"]

# What is written, and what the first error must say, as patterns.
PROGRAMS = [
    ("(void)ws.send(conn, text, out);", FRAME),
    ('(void)ws.send(conn, "hello", out);', FRAME),
    ("(void)ws.send(conn, ws::owned_text{text}, out);", FRAME),
    ("(void)ws.encode(text, out);", FRAME),
    ("(void)ws.encode(text);", FRAME),
    ('(void)codec.encode("hello", out);', FRAME),
    ("(void)codec.encode(text);", FRAME),
    ('(void)headers{{"authorization", text}};', ["headers::from"]),
    ('fields = headers{{text, "1"}, {"a", "b"}};', ["headers::from"]),
    ('fields.append("authorization", text);', DISCARDED),
    ('fields.set("authorization", text);', DISCARDED),
    ('headers::from({{"authorization", text}});', DISCARDED),
]


def first_error(compiler, root, standard, program):
    command = [compiler, f"-std={standard}", "-Werror=unused-result", "-Wfatal-errors", "-fsyntax-only", "-I", str(root / "include"), "-x",
               "c++", "-"]
    done = subprocess.run(command, input=program, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return next((line for line in done.stderr.splitlines() if re.search(r"\berror:", line)), done.stderr[:200])


def main():
    root, compiler = Path(sys.argv[1]), sys.argv[2]
    cases = [(written, "c++23", USE.replace("@", written), patterns) for written, patterns in PROGRAMS]
    for header in sorted((root / "include/mint").rglob("*.hpp")):
        name = header.relative_to(root / "include").as_posix()
        cases.append((name, "c++20", f"#include <{name}>\n", [r"C\+\+23", "-std="]))
    failures = 0
    for what, standard, program, patterns in cases:
        error = first_error(compiler, root, standard, program)
        if error is None or not all(re.search(pattern, error) for pattern in patterns):
            print(f"{what}\n    the first error: {error}\n    lacks: {', '.join(patterns)}")
            failures += 1
    print(f"{len(cases)} programs, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
