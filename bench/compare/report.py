"""Ratios over rounds, the printed table, and the table in a file."""

from collections import defaultdict
from statistics import mean, median


class Samples:
    """What each program got for each row and case, one number a round: the mean where it ran more than once in it."""

    def __init__(self):
        # (row, case) -> name -> round -> values
        self._values = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, row, case, name, round_number, value):
        self._values[row, case][name][round_number].append(value)

    def of(self, row, case):
        """name -> round -> value"""
        return {
            name: {round_number: mean(values) for round_number, values in rounds.items()}
            for name, rounds in self._values[row, case].items()
        }


def _spread(values):
    return (median(values), min(values), max(values)) if values else None


def _ratio(over, under):
    """Per round, so that a round in which the machine was slow for both counts like any other."""
    rounds = [r for r in over if r in under and under[r] > 0]
    return _spread([over[r] / under[r] for r in rounds])


def compare(row, case, values, ours, limit, more_is_better, unit, target):
    """One line of the result. `values`: name -> round -> number; all names but ours and the limit are peers."""
    peers = {name: v for name, v in values.items() if name not in (ours, limit) and v}
    best = None
    if peers:
        pick = max if more_is_better else min
        best = pick(peers, key=lambda name: median(peers[name].values()))
    line = {
        "row": row,
        "case": case,
        "unit": unit,
        "ours": median(values[ours].values()),
        "best_peer": median(peers[best].values()) if best else None,
        "best_peer_name": best or "",
        "limit": median(values[limit].values()) if values.get(limit) else None,
        "over_peer": _ratio(values[ours], peers[best]) if best else None,
        "over_limit": _ratio(values[ours], values[limit]) if values.get(limit) else None,
        "target": target,
        "met": None,
    }
    if target is not None:
        judged = {
            "ours": line["ours"],
            "limit": line["over_limit"] and line["over_limit"][0],
            "peer": line["over_peer"] and line["over_peer"][0],
        }[target.of]
        line["met"] = None if judged is None else target.is_met(judged)
    return line


def _number(value):
    return "-" if value is None else f"{value:.4g}"


def _ratio_text(ratio):
    return "-" if ratio is None else f"{ratio[0]:.2f} ({ratio[1]:.2f}-{ratio[2]:.2f})"


def print_line(line):
    verdict = ""
    if line["target"] is not None:
        word = {True: "met", False: "NOT met", None: "not judged"}[line["met"]]
        verdict = f"{word}: {line['target']}"
    peer = f"{_number(line['best_peer'])} {line['best_peer_name']}" if line["best_peer_name"] else "-"
    print(
        f"{line['row']:<7} {line['case']:<28} {line['unit']:<10} {_number(line['ours']):>8}  {peer:<38} "
        f"{_number(line['limit']):>8}  {_ratio_text(line['over_peer']):<19} {_ratio_text(line['over_limit']):<19} {verdict}",
        flush=True,
    )


def print_head():
    print(
        f"{'row':<7} {'case':<28} {'unit':<10} {'ours':>8}  {'best peer':<38} {'limit':>8}  "
        f"{'ours/peer':<19} {'ours/limit':<19} target of the median"
    )


COLUMNS = ("row", "case", "ours", "best_peer", "best_peer_name", "limit", "ours_over_peer", "ours_over_limit")
MORE_COLUMNS = ("ours_over_peer_min", "ours_over_peer_max", "ours_over_limit_min", "ours_over_limit_max", "unit", "target",
                "met")


def write_table(path, lines):
    """Medians in the first eight columns; behind them the spread, the unit and the target."""

    def text(value):
        return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)

    with open(path, "w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS + MORE_COLUMNS) + "\n")
        for line in lines:
            peer = line["over_peer"] or (None, None, None)
            limit = line["over_limit"] or (None, None, None)
            met = {True: "yes", False: "no", None: ""}[line["met"]]
            cells = [line["row"], line["case"], line["ours"], line["best_peer"], line["best_peer_name"], line["limit"],
                     peer[0], limit[0], peer[1], peer[2], limit[1], limit[2], line["unit"], line["target"], met]
            file.write("\t".join(text(cell) for cell in cells) + "\n")
