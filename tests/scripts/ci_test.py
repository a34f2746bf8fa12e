#!/usr/bin/env python3
"""CI runs the README's commands in the README's order, counts their tests, and fails if one of them does."""

import re
import unittest

from checkout import ROOT, Checkout

README_COMMAND = re.compile(r"^    make ([\w-]+)", re.M)


def ci_of(makefile):
    """The exit code and the output of .ci/run over commands that are made up."""
    with Checkout() as checkout:
        checkout.write("Makefile", makefile)
        code, output, _ = checkout.run("bash", ".ci/run")
        return code, output


class Ci(unittest.TestCase):
    def test_runs_the_commands_of_the_readme_in_their_order(self):
        commands = README_COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))
        run = re.findall(r"^run make ([\w-]+)$", (ROOT / ".ci/run").read_text(encoding="utf-8"), re.M)
        self.assertEqual([command for command in commands if command != "bench"], run)
        self.assertEqual(run[:2], ["demo", "check"])

    def test_each_command_of_the_readme_is_one_of_the_makefile(self):
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for command in README_COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8")):
            self.assertRegex(makefile, rf"(?m)^{command}:")

    def test_adds_the_counts_and_says_how_long_each_took(self):
        code, output = ci_of("demo:\n\t@true\ncheck:\n\t@echo '5 passed, 0 failed'\n"
                             "check-all:\n\t@echo '7 passed, 0 failed'\n")
        self.assertEqual(output.splitlines()[-1], "13 passed, 0 failed")
        self.assertEqual(code, 0)
        for command in ("demo", "check", "check-all"):
            self.assertRegex(output, rf"(?m)^ok +\d+ s  make {command}$")

    def test_fails_if_a_command_fails_and_runs_the_others(self):
        code, output = ci_of("demo:\n\t@false\ncheck:\n\t@echo '5 passed, 2 failed'; false\n"
                             "check-all:\n\t@echo '7 passed, 0 failed'\n")
        self.assertEqual(output.splitlines()[-1], "12 passed, 3 failed")
        self.assertNotEqual(code, 0)

    def test_fails_if_a_command_fails_although_it_counts_no_failure(self):
        code, output = ci_of("demo:\n\t@true\ncheck:\n\t@echo '5 passed, 0 failed'; false\n"
                             "check-all:\n\t@echo '7 passed, 0 failed'\n")
        self.assertEqual(output.splitlines()[-1], "13 passed, 1 failed")
        self.assertNotEqual(code, 0)


if __name__ == "__main__":
    unittest.main()
