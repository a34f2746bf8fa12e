"""A copy of this checkout in which the project's commands run for real, but for compiling and running what was compiled."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (".ci", "bench", "cmake", "examples", "fuzz", "include", "scripts", "src", "tests", "tools")
# Configures; instead of building says what would be built; instead of testing counts the tests. An unknown target or an
# empty list of tests fails as it would.
STAND_INS = {
    "cmake": """#!{python}
import os, subprocess, sys
arguments = sys.argv[1:]
if arguments[0] == "--build":
    folder = "build/" + arguments[arguments.index("--preset") + 1]
    targets = arguments[arguments.index("--target") + 1:] if "--target" in arguments else []
    result = subprocess.run(["ninja", "-C", folder, "-t", "commands", *targets], capture_output=True, text=True)
    with open("would-build", "a") as file:
        file.write(result.stdout)
    print(result.stdout[-300:], result.stderr)
    sys.exit(result.returncode)
if arguments[0] == "--install":
    sys.exit(0 if os.path.isfile(arguments[1] + "/cmake_install.cmake") else 1)
os.execv({cmake!r}, [{cmake!r}, *arguments])
""",
    "ctest": """#!{python}
import subprocess, sys
arguments = sys.argv[1:]
report = arguments[arguments.index("--output-junit") + 1]
if arguments[-1].startswith("^unit_"):
    arguments = arguments[:-2]  # a test program has its labels once it is built
listing = subprocess.run([{ctest!r}, "-N", *arguments], capture_output=True, text=True).stdout
count = int(listing.rsplit("Total Tests:", 1)[1])
with open(report, "w") as file:
    file.write(f'<testsuite tests="{{count}}" failures="0" disabled="0" skipped="0">\\n<testcase/>')
sys.exit(0 if count else 1)
""",
}


class Checkout:
    """Use it as a context: the folder goes with it."""

    def __enter__(self):
        self.root = Path(tempfile.mkdtemp(prefix="mint-checkout-"))
        self.folder = self.root / "mint"
        self.folder.mkdir()
        for file in ROOT.iterdir():
            if file.is_file():
                shutil.copy2(file, self.folder)
        for name in FOLDERS:
            shutil.copytree(ROOT / name, self.folder / name, symlinks=True,
                            ignore=shutil.ignore_patterns("corpus", "node_modules", "__pycache__"))
        for name in ("scripts/demo", "scripts/install-deps", "scripts/format", "bench/compare/run"):
            self.write(name, "#!/bin/sh\n")
        for name, text in STAND_INS.items():
            self.write(f"../bin/{name}", text.format(python=sys.executable, cmake=shutil.which("cmake"),
                                                     ctest=shutil.which("ctest")))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def run(self, *command):
        """The exit code, the output, and what would have been built."""
        would_build = self.folder / "would-build"
        would_build.unlink(missing_ok=True)
        # As from a shell, even if these tests were run by make: a make below another one prints lines of its own.
        environment = {name: value for name, value in os.environ.items() if not re.fullmatch("MAKE.*|MFLAGS", name)}
        result = subprocess.run(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            env=environment | {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"}, check=False)
        return result.returncode, result.stdout, would_build.read_text() if would_build.exists() else ""
