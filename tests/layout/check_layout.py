#!/usr/bin/env python3
"""Holds the project to its layout: which folder may include what, how large a file may be, where its test stands.

check_layout.py [ROOT] prints one line a violation, `path:line: rule: what`, and fails where there is one.
"""

import json
import re
import sys
from pathlib import Path

# The one table of layers and of the libraries below them. CMake and conanfile.py read the same file.
TABLE = json.loads((Path(__file__).parents[2] / "src/layers.json").read_text(encoding="utf-8"))
# Lowest first; each layer may include itself and what its row names.
LAYERS = {layer["name"]: layer["uses"] for layer in TABLE["layers"]}
CORE = [layer["name"] for layer in TABLE["layers"] if layer["core"]]

# Folders of programs: public headers only, and their own files.
PROGRAMS = ["tools", "examples", "tests/conformance"]

# The only layers that may know a dependency, by the first part of its headers' names. Tests may use any.
DEPENDENCY_LAYERS = {}
for layer in TABLE["layers"]:
    for library in layer["libraries"]:
        DEPENDENCY_LAYERS.setdefault(TABLE["libraries"][library]["headers"], []).append(layer["name"])
# Dependencies that one source file holds alone, so that replacing one touches one file.
ONE_SOURCE_FILE = [library["headers"] for library in TABLE["libraries"].values() if library.get("one_file")]
FOREIGN_NAME = re.compile(
    r"\b(boost|simdjson|nghttp2|fmt|CLI|testing|benchmark)::|\b(SSL|EVP|BIO|X509)(_\w+)?\s*\*|\b(ares_\w+|nghttp2_\w+|z_stream)\b")

SYSTEM_HEADER = re.compile(
    r"^(sys/|netinet/|arpa/|linux/|net/if|netdb\.h|unistd\.h|poll\.h|fcntl\.h|pthread\.h|signal\.h"
    r"|(thread|mutex|shared_mutex|condition_variable|future|fstream|iostream|filesystem)$)")
SYSTEM_ALLOWED = {
    ("src/base/process_mark.cpp", "sys/mman.h"): "a page wiped in a child: it may not repeat its parent's masking keys",
    ("src/base/process_mark.cpp", "unistd.h"): "getpid tells a child where the kernel can't wipe",
    ("src/base/process_mark.hpp", "sys/types.h"): "the type of what getpid returns",
    ("src/base/random.cpp", "sys/random.h"): "getrandom, if OpenSSL's generator fails",
}
# A member with elements between braces; without any they do no harm.
BRACED_VECTOR = re.compile(r"^\s+(?:std::)?vector<[^;()]*>\s+\w+\s*(?:=[^;]*)?\{\s*[^\s}].*;")
FALLIBLE = re.compile(
    r"^\s*((static|virtual|constexpr|inline|friend)\s+)*(std::expected<.*>|bool)\s+(?!operator)(?P<name>\w+)\(")
CLOCK = re.compile(r"::now\s*\(")

# Sources whose tests stand elsewhere, each with the reason.
TESTED_ELSEWHERE = {}

MAX_LINES = 400
CODE = {".cpp", ".hpp"}
CODE_FOLDERS = ["include", "src", "tools", "examples", "tests", "fuzz", "bench"]
TEXT = CODE | {".py", ".sh", ".js", ".cmake", ".in", ".md", ".txt", ".json", ".yml"}
UNCHECKED = {"build", ".git", ".cache", "node_modules", "corpus"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|X" + r"XX)\b")


class Source:
    """One text file: its lines, its includes, and where in the project it stands."""

    def __init__(self, root, path):
        self.path = path.relative_to(root).as_posix()
        self.root = root
        self.parts = self.path.split("/")
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.split("\n")
        self.is_code = path.suffix in CODE and self.parts[0] in CODE_FOLDERS
        self.is_test = path.name.endswith(("_test.cpp", "_test.hpp"))
        self.is_public = self.path.startswith("include/mint/")
        self.layer = None
        if self.is_public and len(self.parts) > 3:
            self.layer = self.parts[2]
        elif self.parts[0] == "src" and len(self.parts) > 2:
            self.layer = self.parts[1]

    def includes(self):
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1) == "<", match.group(2)

    def code_lines(self):
        """Lines without comments and string literals; their numbers stay."""
        text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), self.text, flags=re.S)
        for number, line in enumerate(text.split("\n"), 1):
            yield number, re.sub(r"//.*", "", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def included_layer(name):
    """The layer of <mint/x/…> and "x/…"; None for what is no layer's."""
    parts = name.split("/")
    if parts[0] == "mint":
        parts = parts[1:]
    return parts[0] if len(parts) > 1 else None


def known_layer(source):
    """A layer is a row of the table; a folder without one has no rules, so it may not be."""
    if source.layer and source.layer not in LAYERS:
        yield 1, f"the folder {source.layer} has no row in the table of layers"


def downward_includes(source):
    if source.layer not in LAYERS:
        return
    allowed = [source.layer, *LAYERS[source.layer]]
    for number, is_angled, name in source.includes():
        if is_angled and not name.startswith("mint/"):
            continue
        layer = included_layer(name)
        if source.is_test and name.startswith("support/") or name == "mint/version.hpp":
            continue
        if layer not in allowed:
            yield number, f"{source.layer} may not include {name}"


def quoted_includes(source):
    """Public headers name no private one; programs name only files of their own folder."""
    if not source.is_code:
        return
    program = next((p for p in PROGRAMS if source.path.startswith(p + "/")), None)
    for number, is_angled, name in source.includes():
        if is_angled:
            continue
        here = (source.root / source.path).parent
        if source.is_public:
            yield number, f"a public header includes the private {name}"
        elif program and not (here / name).exists() and not (source.root / program / name).exists():
            if not (source.is_test and name.startswith("support/")):
                yield number, f"{program} may include public headers only, not {name}"


def clean_public_headers(source):
    if not source.is_public:
        return
    for number, is_angled, name in source.includes():
        if is_angled and not name.startswith("mint/") and ("/" in name or "." in name):
            yield number, f"a public header includes <{name}>: only the C++ library and our own headers may show"
    for number, line in source.code_lines():
        match = FOREIGN_NAME.search(line)
        if match:
            yield number, f"a public header names {match.group().strip()}"


def no_braced_vector_default(source):
    """GCC 12 can't pass such a struct in a coroutine: "array used as initializer"."""
    if not source.is_public:
        return
    for number, line in source.code_lines():
        if BRACED_VECTOR.search(line):
            yield number, "a vector's default in braces: write std::vector<…>(count, value)"


def results_not_discarded(source):
    """What tells of a failure can't be overlooked: it is [[nodiscard]]."""
    if not source.is_public:
        return
    for number, line in source.code_lines():
        before = source.lines[number - 2] if number > 1 else ""
        if FALLIBLE.match(line) and "[[nodiscard]]" not in before:
            yield number, f"{FALLIBLE.match(line).group('name')} can fail and isn't [[nodiscard]]"


def no_system_in_core(source):
    if source.layer not in CORE or source.is_test:
        return
    for number, is_angled, name in source.includes():
        if is_angled and SYSTEM_HEADER.match(name) and (source.path, name) not in SYSTEM_ALLOWED:
            yield number, f"{source.layer} is sans-I/O and may not include <{name}>"
    for number, line in source.code_lines():
        if CLOCK.search(line):
            yield number, f"{source.layer} may not read a clock: time is an argument"


def dependency_layers(source):
    if source.parts[0] != "src" or source.is_test:
        return
    for number, is_angled, name in source.includes():
        dependency = name.split("/")[0]
        if is_angled and dependency in DEPENDENCY_LAYERS and source.layer not in DEPENDENCY_LAYERS[dependency]:
            yield number, f"{source.layer} may not know {dependency}"


def one_job(source):
    if not source.is_code:
        return
    count = len(source.lines) - 1
    if count > MAX_LINES and "one job:" not in source.text:
        yield MAX_LINES, f"{count} lines, and no comment `one job: …` that says why they belong together"


def test_beside(source):
    if source.parts[0] != "src" or source.is_test or not source.path.endswith(".cpp"):
        return
    if source.path in TESTED_ELSEWHERE:
        return
    here = source.root / source.path
    if not list(here.parent.glob(f"{here.stem}_test.cpp")) + list(here.parent.glob(f"{here.stem}_*_test.cpp")):
        yield 1, f"no {here.stem}_test.cpp beside it"


def tidy_text(source):
    for number, line in enumerate(source.lines, 1):
        if "\t" in line:
            yield number, "a tab"
        if line != line.rstrip():
            yield number, "blanks at the end of the line"
    if source.text and not source.text.endswith("\n"):
        yield len(source.lines), "no newline at the end"


def finished(source):
    for number, line in enumerate(source.lines, 1):
        match = UNFINISHED.search(line)
        if match:
            yield number, f"{match.group()}: finish it, or file it where work is filed"


RULES = [known_layer, downward_includes, quoted_includes, clean_public_headers, no_braced_vector_default,
         results_not_discarded, no_system_in_core, dependency_layers, one_job, test_beside, tidy_text, finished]


def one_source_file(sources):
    """The one rule over several files: which of them include a dependency that one file should hold."""
    for dependency in ONE_SOURCE_FILE:
        holders = {}
        for source in sources:
            if source.parts[0] != "src" or source.is_test:
                continue
            for number, is_angled, name in source.includes():
                if is_angled and name.split("/")[0] == dependency:
                    holders.setdefault(source.path, number)
        for path in sorted(holders)[1:]:
            yield path, holders[path], f"{dependency} is {sorted(holders)[0]}'s alone"


def table_in_the_docs(sources):
    """docs/architecture.md shows the table of layers as it is."""
    for source in sources:
        if source.path != "docs/architecture.md":
            continue
        shown = [(number, line) for number, line in enumerate(source.lines, 1) if line.startswith("| `")]
        for row in layer_rows():
            if row not in [line for _, line in shown]:
                yield source.path, 1, f"the table of layers lacks this row: {row}"
        first_cells = {f"| `{name}` |" for name in LAYERS}
        for number, line in shown:
            if line not in layer_rows() and any(line.startswith(cell) for cell in first_cells):
                yield source.path, number, "this row is not that of src/layers.json"


RULES_OVER_ALL = [one_source_file, table_in_the_docs]


def layer_rows():
    """The rows of the table of layers, as docs/architecture.md shows them."""
    for layer in TABLE["layers"]:
        uses = ", ".join(f"`{name}`" for name in layer["uses"]) or "nothing of ours"
        yield f"| `{layer['name']}` | {uses} | {layer['what']} |"


def read_sources(root):
    def walk(folder):
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                if path.name not in UNCHECKED:
                    yield from walk(path)
            elif path.suffix in TEXT:
                yield Source(root, path)

    return list(walk(root))


def violations(root):
    """All violations under `root` as (path, line, rule, text)."""
    sources = read_sources(root)
    found = [(source.path, line, rule.__name__, text)
             for source in sources for rule in RULES for line, text in rule(source)]
    for rule in RULES_OVER_ALL:
        found += [(path, line, rule.__name__, text) for path, line, text in rule(sources)]
    return found


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    found = violations(root)
    for path, line, rule, text in found:
        print(f"{path}:{line}: {rule}: {text}")
    print(f"layout: {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
