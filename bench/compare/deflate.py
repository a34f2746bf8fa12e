"""Row A4: permessage-deflate in memory, beside Boost.Beast's at its levels 1 and 6, on the harness's messages."""

import subprocess
import sys

import programs
import rows

SETS = ("200B", "1KiB", "64KiB")

# The harness's generator, written out in the form that a_deflate reads.
DUMP = r"""
#include "json.hpp"
int main() {
    for (auto& set : json_sets()) {
        std::printf("%s %zu\n", set.name.c_str(), set.m.size());
        for (auto& m : set.m) {
            std::printf("%zu\n", m.size());
            std::fwrite(m.data(), 1, m.size(), stdout);
        }
    }
}
"""


def _messages(comparison):
    """A file with the harness's messages; None where there is no harness, and then a_deflate has its own."""
    harness, out = comparison.options.harness, comparison.options.out
    if comparison.peers is None:
        return None
    source, program, sets = out / "dump_json.cpp", out / "dump_json", out / "json_sets"
    source.write_text(DUMP)
    built = subprocess.run(["g++", "-std=c++20", "-O2", "-w", "-I", harness, source, "-o", program], check=False)
    if built.returncode != 0:
        print("the harness's messages can't be had: our own are compressed", file=sys.stderr)
        return None
    with open(sets, "wb") as file:
        subprocess.run([program], check=True, stdout=file)
    return sets


def _take(comparison, output, round_number):
    for line in output:
        peer, case = line[1], line[2]
        comparison.samples.add("A4", f"{case} compress", peer, round_number, float(line[3]))
        comparison.samples.add("A4", f"{case} inflate", peer, round_number, float(line[6]))
        comparison.samples.add("A4", f"{case} ratio", peer, round_number, float(line[9]))


def run(comparison):
    """Ours beside Beast's and, where nothing shrinks, beside messages that are sent as they are."""
    if "A4" not in comparison.options.rows:
        return
    ours, by_zlib = (comparison.our_program(name) for name in ("a_deflate", "a_deflate_zlib"))
    beast = programs.find("a_pmd_beast", comparison.peers)
    sets = _messages(comparison) if beast else None
    length = {"BENCH_RUNS": "3", "BENCH_SECS": "0.02" if comparison.options.quick else "0.05"}
    for round_number in comparison.rounds(7, 2):
        for program, arguments in ((ours, [sets] if sets else []), (beast, []), (by_zlib, [sets] if sets else [])):
            if program is None:
                continue
            output = programs.run(program, arguments, comparison.client_cpu, length)
            if output is None:
                raise programs.Broken(f"{program} failed")
            _take(comparison, output, round_number)
    for case in SETS:
        for what, unit, name, peer, target in rows.deflate_targets(case):
            values = comparison.samples.of("A4", f"{case} {what}")
            pair = {key: values.get(key, {}) for key in (name, peer)}
            suffix = name.removeprefix("mint").strip()
            comparison.add_line("A4", f"{case} {what} {suffix}".strip(), pair, name, None, True, unit, target)
    for case in SETS:
        values = comparison.samples.of("A4", f"noise {case} compress")
        comparison.add_line("A4", f"{case} noise", values, "mint automatic", "mint plain", True, "MB/s",
                            rows.DEFLATE_NOISE_TARGET)
