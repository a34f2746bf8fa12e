#!/usr/bin/env python3
"""check_links.py [--sanitized] FILE…: fails where a program or library of ours asks for a library that a codec's user may not get."""

import re
import subprocess
import sys

# The C++ runtime and what sanitizers add; hashing and randomness; UTF-8; DEFLATE.
ALLOWED = re.compile(r"^(lib(c|m|stdc\+\+|gcc_s|pthread|asan|ubsan|crypto|simdjson|z|isal|mint_base|mint_ws)\.so\b"
                     r"|ld-linux.*)")


def needed(path):
    listing = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+?)\]", listing)


def main():
    is_sanitized = "--sanitized" in sys.argv[1:]  # clang's runtime of the sanitizers asks for libresolv
    paths = [path for path in sys.argv[1:] if path != "--sanitized"]
    surplus = [(path, name) for path in paths for name in needed(path)
               if not ALLOWED.match(name) and not (is_sanitized and name.startswith("libresolv.so"))]
    for path, name in surplus:
        print(f"{path} needs {name}")
    print(f"links: {len(surplus)} libraries too many")
    return 1 if surplus or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
