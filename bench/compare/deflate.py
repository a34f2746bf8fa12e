"""Row A4: permessage-deflate in memory, beside Boost.Beast's at its levels 1 and 6, on the same messages."""

import programs
import rows

SETS = ("200B", "1KiB", "64KiB")


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
    beast = comparison.peer_program("a_beast_deflate")
    length = {"BENCH_RUNS": "3", "BENCH_SECS": "0.02" if comparison.options.quick else "0.05"}
    for round_number in comparison.rounds(7, 2):
        for program in (ours, beast, by_zlib):
            _take(comparison, programs.run(program, (), comparison.client_cpu, length), round_number)
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
