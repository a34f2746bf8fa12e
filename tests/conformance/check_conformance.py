#!/usr/bin/env python3
"""Holds docs/conformance.md against the tests: usage: check_conformance.py ROOT, or --self-test.

Each row of a table with the columns section, rule, tests names at least one test, and each test named is written in
some *_test.cpp. Each errc of error.hpp stands in a row or in a test. Links in the documents lead to files and headings
that are there, and each C++ block of a document stands, line for line, in a program that is built. docs/defaults.md has
each default of the headers that it names, and no other.
"""
import pathlib
import re
import sys

TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.M)
ERRC = re.compile(r"enum class errc[^{]*\{(.*?)\};", re.S)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.M | re.S)
MEMBER = re.compile(r"^    \w[\w:<>*, ]*? (\w+)(?: = ([^;]+)|\{([^}]*)\});", re.M)
ILLUSTRATED = ("docs/style.md",)  # its C++ shows how code looks, and is no program
SOURCES = ("src", "tests", "tools", "examples", "fuzz", "bench")


def tests_in(sources):
    return {f"{suite}.{name}" for text in sources for suite, name in TEST.findall(text)}


def rows_of(document):
    """The rows of tables with a column of tests, as (line number, rule, tests)."""
    rows, in_table = [], False
    for number, line in enumerate(document.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            in_table = False
        elif cells == ["section", "rule", "tests"]:
            in_table = True
        elif in_table and not set(line) <= set("|-: "):
            rows.append((number, cells[1] if len(cells) > 1 else "", re.findall(r"`([^`]+)`", cells[-1])))
    return rows


def errcs_in(header):
    body = re.sub(r"//.*", "", ERRC.search(header).group(1))
    return re.findall(r"\b([a-z_]\w*)\b", body)


def check_rows(document, tests):
    faults = []
    rows = rows_of(document)
    if not rows:
        faults.append("docs/conformance.md has no rows")
    for number, rule, names in rows:
        if not names:
            faults.append(f"docs/conformance.md:{number}: no test for: {rule}")
        faults += [f"docs/conformance.md:{number}: no such test: {name}" for name in names if name not in tests]
    return faults


def check_errcs(header, document, sources):
    mentioned = {word for text in sources for word in re.findall(r"errc::(\w+)", text)}
    mentioned |= {word for text in sources for literal in re.findall(r'"([^"]*)"', text) for word in literal.split()}
    mentioned |= set(re.findall(r"`(\w+)`", document))
    return [f"errc::{code} stands in no row of docs/conformance.md and in no test"
            for code in errcs_in(header) if code not in mentioned]


def anchor_of(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors_in(text):
    return {anchor_of(heading) for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def check_links(path, text, root):
    faults = []
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for target in LINK.findall(without_code):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        wanted = (path.parent / file) if file else path
        where = path.relative_to(root)
        if not wanted.exists():
            faults.append(f"{where}: leads nowhere: {target}")
        elif anchor and wanted.suffix == ".md" and anchor not in anchors_in(wanted.read_text(encoding="utf-8")):
            faults.append(f"{where}: no such heading: {target}")
    return faults


def unindented(text):
    return [line.strip() for line in text.splitlines()]


def stands_in(block, program):
    lines, program_lines = unindented(block), unindented(program)
    return any(program_lines[i:i + len(lines)] == lines for i in range(len(program_lines) - len(lines) + 1))


def check_blocks(name, text, programs):
    faults = []
    for block in BLOCK.findall(text):
        if not any(stands_in(block, program) for program in programs):
            faults.append(f"{name}: a C++ block stands in no program: {unindented(block)[0]} …")
    return faults


def defaults_in(document):
    """Rows of tables with the columns option, default, header, why, as (header, option, default)."""
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| `([^`]+)` \| ", document, re.M)
    return {(header, option, default) for option, default, header in rows}


def defaults_of(name, header):
    """The members with a default of every struct of options, limits or a policy, and the constants called default."""
    code = re.sub(r"//.*", "", header)
    bodies = re.findall(r"^struct \w*(?:options|limits|policy) \{\n(.*?)^\};", code, re.M | re.S)
    members = [match for body in bodies for match in MEMBER.findall(body)]
    members += re.findall(r"\bconstexpr \S+ (default_\w+) = ([^;]+);()", code)
    return {(name, option, equal or f"{brace}") for option, equal, brace in members}


def check_defaults(document, headers):
    written = defaults_in(document)
    actual = {row for name, header in headers.items() for row in defaults_of(name, header)}
    faults = [f"docs/defaults.md: {header} has no such default: {option} = {value}"
              for header, option, value in sorted(written - actual)]
    faults += [f"docs/defaults.md: {header}: not there: {option} = {value}"
               for header, option, value in sorted(actual - written)]
    return faults


def check(root):
    read = lambda path: path.read_text(encoding="utf-8")
    sources = [read(p) for folder in SOURCES for p in sorted((root / folder).rglob("*_test.cpp"))]
    programs = [read(p) for folder in ("examples", "tests") for p in sorted((root / folder).rglob("*.cpp"))]
    document = read(root / "docs/conformance.md")
    faults = check_rows(document, tests_in(sources))
    faults += check_errcs(read(root / "include/mint/base/error.hpp"), document, sources)
    for path in sorted([*root.glob("*.md"), *(root / "docs").glob("*.md")]):
        faults += check_links(path, read(path), root)
        name = path.relative_to(root).as_posix()
        faults += [] if name in ILLUSTRATED else check_blocks(name, read(path), programs)
    defaults = read(root / "docs/defaults.md")
    headers = {name: read(root / "include/mint" / name) for name, _, _ in defaults_in(defaults)}
    faults += check_defaults(defaults, headers)
    return faults, len(rows_of(document))


def self_test():
    tests = tests_in(["TEST(codec, keeps_order) {\nTEST_P(echo,\n       comes_back) {\n// TEST(codec, is_no_test)\n"])
    assert tests == {"codec.keeps_order", "echo.comes_back"}, tests
    table = "| section | rule | tests |\n|---|---|---|\n| §1 | one | `codec.keeps_order` |\n| §2 | two | {} |\n"
    assert check_rows(table.format("`echo.comes_back`"), tests) == []
    assert "no test for: two" in check_rows(table.format(""), tests)[0]
    assert "no such test: echo.gone" in check_rows(table.format("`echo.gone`"), tests)[0]
    assert check_rows("| errc | what |\n|---|---|\n| a | b |\n", tests) == ["docs/conformance.md has no rows"]
    header = "enum class errc : std::uint8_t {\n    one,  ///< first\n    // A group.\n    two,\n};\nenum other { three };"
    assert errcs_in(header) == ["one", "two"], errcs_in(header)
    assert check_errcs(header, "", ["errc::one"]) == ["errc::two stands in no row of docs/conformance.md and in no test"]
    assert check_errcs(header, "`two`", ["errc::one"]) == []
    here = pathlib.Path(__file__).resolve()
    assert check_links(here, f"[this](#a-b) [file]({here.name}) [web](https://a.example) `x`", here.parent) == []
    assert "leads nowhere" in check_links(here, "[gone](gone.md)", here.parent)[0]
    assert anchors_in("# One, two!\n## §3 `four`\n") == {"one-two", "3-four"}
    program = "int main() {\n    if (a) {\n        b();\n    }\n}\n"
    assert check_blocks("README.md", "```cpp\nif (a) {\n    b();\n}\n```\n", [program]) == []
    assert len(check_blocks("README.md", "```cpp\nif (a) {\n    c();\n}\n```\n", [program])) == 1
    header = "struct a_options {\n    /// What.\n    int size = 4 * 2;  // why\n    b::c wait{30};\n    int none;\n};\n"
    assert defaults_of("a.hpp", header) == {("a.hpp", "size", "4 * 2"), ("a.hpp", "wait", "30")}
    page = "| `size` | `4 * 2` | `a.hpp` | room |\n| `wait` | `{}` | `a.hpp` | patience |\n"
    assert check_defaults(page.format("30"), {"a.hpp": header}) == []
    assert len(check_defaults(page.format("20"), {"a.hpp": header})) == 2
    print("check_conformance.py: its own test passed")
    return 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    faults, row_count = check(pathlib.Path(arguments[0]).resolve())
    for fault in faults:
        print(fault)
    print(f"{row_count} rules checked, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
