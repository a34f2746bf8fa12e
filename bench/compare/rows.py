"""What is compared: one entry a row and case, with the target that it is to reach."""

from dataclasses import dataclass

AT_LEAST = ">="
AT_MOST = "<="


@dataclass(frozen=True)
class Target:
    """A bound for ours / limit, or for ours itself."""

    relation: str
    bound: float
    of: str = "limit"  # limit: the ratio to the limit; peer: to the best peer; ours: the number itself

    def is_met(self, value):
        return value >= self.bound if self.relation == AT_LEAST else value <= self.bound

    def __str__(self):
        what = {"limit": "limit", "peer": "peer", "ours": "ours"}[self.of]
        return f"{what} {self.relation} {self.bound:g}"


SIZES = ("16B", "125B", "1KiB", "64KiB", "1MiB")


def _share(bounds, names=SIZES):
    return {name: Target(AT_LEAST, bound) for name, bound in zip(names, bounds)}


# In memory: GB/s of payload; the bound is the share of the limit.
MEMORY_TARGETS = {
    "A1": _share((0.55, 0.6, 0.7, 0.85, 0.85)),
    "A2": _share((0.5, 0.5, 0.85, 0.85, 0.85)),
    "A3": {
        f"{size} {kind}": Target(AT_LEAST, bound)
        for size, bound in (("1KiB", 0.8), ("64KiB", 0.85), ("1MiB", 0.85))
        for kind in ("ascii", "mixed")
    },
}


@dataclass(frozen=True)
class EndToEnd:
    """One case of a client against the echo server: microseconds of the client's CPU a message."""

    row: str
    case: str
    mode: str
    size: int
    window: int = 1
    connections: int = 1
    same_cpu: bool = False
    mailbox: bool = False  # ours waits with a mailbox, the limit with epoll
    tls: bool = False
    target: Target | None = None


def _ping_pong(row, same_cpu, mailbox, bound, tls=False):
    target = None if bound is None else Target(AT_MOST, bound)
    label = " mailbox" if mailbox else ""
    return [
        EndToEnd(row, f"{name}{label}", "pp", size, same_cpu=same_cpu, mailbox=mailbox, tls=tls, target=target)
        for name, size in (("16B", 16), ("1KiB", 1024))
    ]


END_TO_END = [
    *_ping_pong("B1", False, False, None),
    *_ping_pong("B1same", True, False, 1.05),
    *_ping_pong("B1same", True, True, 1.15),
    EndToEnd("B2", "16B W=64", "pipe", 16, window=64, target=Target(AT_MOST, 1.5)),
    EndToEnd("B2", "1KiB W=64", "pipe", 1024, window=64, target=Target(AT_MOST, 1.5)),
    EndToEnd("B2", "64KiB W=16", "pipe", 65536, window=16),
    *_ping_pong("B4", False, False, 1.1, tls=True),
    EndToEnd("B4", "16B W=64", "pipe", 16, window=64, tls=True, target=Target(AT_MOST, 1.5)),
    EndToEnd("B4", "1KiB W=64", "pipe", 1024, window=64, tls=True, target=Target(AT_MOST, 1.5)),
    EndToEnd("B4", "64KiB W=4", "pipe", 65536, window=4, tls=True),
    EndToEnd("B3", "125B x1000", "fan", 125, connections=1000, mailbox=True, target=Target(AT_MOST, 1.15)),
]


@dataclass(frozen=True)
class Http2Messages:
    """One case over HTTP/1.1 and over HTTP/2: microseconds of the client's CPU a message."""

    row: str
    case: str
    mode: str
    size: int
    window: int = 1
    connections: int = 1  # over HTTP/2 one, with as many WebSockets
    same_cpu: bool = False
    one_by_one: bool = False  # each message is sent by a call of its own, and over HTTP/2 in a frame of its own


HTTP2_MESSAGES = [
    Http2Messages("H1", "16B", "pp", 16, same_cpu=True),
    Http2Messages("H1", "1KiB", "pp", 1024, same_cpu=True),
    Http2Messages("H1", "16B W=64", "pipe", 16, window=64, same_cpu=True),
    Http2Messages("H1", "1KiB W=64", "pipe", 1024, window=64, same_cpu=True),
    Http2Messages("H1", "16B W=64 one by one", "pipe", 16, window=64, same_cpu=True, one_by_one=True),
    Http2Messages("H1", "1KiB W=64 one by one", "pipe", 1024, window=64, same_cpu=True, one_by_one=True),
    Http2Messages("H2", "16B x100", "fan", 16, connections=100),
    Http2Messages("H2", "16B x100 W=64", "fan", 16, window=64, connections=100),
]

HTTP2_CPU_TARGET = Target(AT_MOST, 1.6)  # over HTTP/1.1
HTTP2_MESSAGE_TARGET = Target(AT_MOST, 1.2, of="ours")  # microseconds
HTTP2_HEAP_TARGET = Target(AT_MOST, 2048, of="ours")  # octets an idle WebSocket
BUSY_TARGET = Target(AT_MOST, 2.0)  # the others' p99 beside a busy stream, over the quiet one
BULK_TARGET = Target(AT_LEAST, 0.7)  # of HTTP/1.1's throughput

RESIDENT_TARGET = Target(AT_MOST, 3.3, of="ours")  # KiB an idle connection, the process's first use of us included
RESIDENT_AFTER_FIRST_TARGET = Target(AT_MOST, 1.0, of="ours")  # KiB an idle connection, without that
HEAP_TARGET = Target(AT_MOST, 512, of="ours")  # octets an idle connection
READS_TARGET = Target(AT_MOST, 1.5)  # time of 16 MiB in small reads over that in large ones
SERVER_TARGET = Target(AT_MOST, 1.0, of="peer")  # the echo server's CPU a message over the best peer client's

HANDSHAKE_KINDS = ("full", "resumed")
TLS_VERSIONS = ("1.2", "1.3")

# What doesn't shrink: sending it with compression, over sending it without.
DEFLATE_NOISE_TARGET = Target(AT_LEAST, 0.95)


def deflate_targets(case):
    """What is measured of a set of messages, its unit, ours, Beast's that it is compared with, and the target."""
    compress, inflate = {"200B": (6, 1.2), "1KiB": (6, 1.2), "64KiB": (8, 2)}[case]
    never_slower = Target(AT_LEAST, 1, of="peer")
    return [
        ("compress", "MB/s", "mint", "Beast pmd L6", Target(AT_LEAST, compress, of="peer")),
        ("ratio", "", "mint", "Beast pmd L1", never_slower),
        ("inflate", "MB/s", "mint", "Beast pmd L6", Target(AT_LEAST, inflate, of="peer")),
        *((what, "MB/s", f"mint zlib L{level}", f"Beast pmd L{level}", never_slower)
          for level in (1, 6) for what in ("compress", "inflate")),
    ]


HTTP2_ROWS = ("H1", "H2", "H3", "H4")
ROWS = ("A1", "A2", "A3", "A4", "L16M", "B1", "B1same", "B2", "B3", "B4", "TLS", *HTTP2_ROWS)
