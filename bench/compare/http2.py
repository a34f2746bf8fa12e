"""Rows H1 to H4: our HTTP/2 beside our HTTP/1.1 doing the same work against the same server.

In these lines "limit" is HTTP/1.1, or what the line says is compared with.
"""

import programs
import rows

OURS = "mint"
LIMIT = "limit"
BULK_WINDOW = 16  # messages of 64 KiB under way
WAYS = ("both", "up", "down")  # that 64 MiB go: there and back again, or one way
CONNECTIONS, SOCKETS = 100, 100  # of the idle ones: 100 on each of 100


class Http2Rows:
    """`comparison` is the run's: its programs, samples, rounds and processors."""

    def __init__(self, comparison):
        self._run = comparison
        self._samples = comparison.samples
        self._wanted = [row for row in rows.HTTP2_ROWS if row in comparison.options.rows]

    def run(self):
        if not self._wanted:
            return
        programs.allow_many_descriptors()
        command = [str(self._run.our_program("h_echo"))]
        servers = {}
        try:
            for cpu in {self._run.client_cpu, self._run.server_cpu}:
                servers[cpu] = programs.EchoServer(command, cpu, self._run.options.out / f"h_echo-{cpu}.log")
            near, far = servers[self._run.client_cpu], servers[self._run.server_cpu]
            for round_number in self._run.rounds(5, 2):
                for case in self._cases():
                    self._run_messages(case, near if case.same_cpu else far, round_number)
                if "H3" in self._wanted:
                    self._run_idle(far, round_number)
            if "H4" in self._wanted:
                self._run_busy(command)
        finally:
            for server in servers.values():
                server.stop()
        self._add_lines()

    def _cases(self):
        return [case for case in rows.HTTP2_MESSAGES if case.row in self._wanted]

    def _output(self, name, arguments, environment=None, realtime=False):
        program = self._run.our_program(name)
        return programs.run(program, arguments, self._run.client_cpu, environment, realtime)

    def _run_messages(self, case, server, round_number):
        """HTTP/1.1 and HTTP/2, in turns first."""
        seconds = 0.15 if self._run.options.quick else 0.4
        arguments = (case.mode, case.size, case.window, 1, seconds, server.port, 0, case.connections)
        environment = {"MINT_ONE_BY_ONE": "1"} if case.one_by_one else {}
        is_fan = case.mode == "fan"
        contenders = [(LIMIT, "b_mint", environment),
                      (OURS, "h_many" if is_fan else "b_mint", environment | {"MINT_HTTP2": "1"})]
        if round_number % 2 == 1:
            contenders.reverse()
        for name, program, variables in contenders:
            for line in self._output(program, arguments, variables):
                if line[0] == "B":
                    self._samples.add(case.row, case.case, name, round_number, float(line[9]))

    def _run_idle(self, server, round_number):
        for _, when, heap, resident in self._output("h_idle", (server.port, CONNECTIONS, SOCKETS)):
            self._samples.add("H3", f"heap {when}", OURS, round_number, float(heap))
            self._samples.add("H3", f"rss {when}", OURS, round_number, float(resident))

    def _run_busy(self, command):
        """Time on the clock, not on the processor: so with priority over whatever else runs, where that is allowed."""
        repeats = 2 if self._run.options.quick else 5
        server = programs.EchoServer(command, self._run.server_cpu, self._run.options.out / "h_echo-busy.log", True)
        try:
            for round_number in self._run.rounds(5, 2):
                for way in WAYS:
                    for name, protocol, others in ((LIMIT, "http1", 0), (OURS, "http2", 0), ("beside", "http2", 99)):
                        arguments = (server.port, protocol, way, others, BULK_WINDOW, repeats)
                        self._take_busy(name, way, self._output("h_busy", arguments, realtime=True), round_number)
        finally:
            server.stop()

    def _take_busy(self, name, way, output, round_number):
        for line in output:
            if line[0] == "L":
                for case, value in (("p50", line[2]), ("p99", line[3])):
                    self._samples.add("H4", f"{way} {case} of 99", OURS if line[1] == "busy" else LIMIT, round_number,
                                      float(value))
            elif name == "beside":
                self._samples.add("H4", f"{way} 64MiB beside 99", OURS, round_number, float(line[1]))
            else:
                self._samples.add("H4", f"{way} 64MiB", name, round_number, float(line[1]))
                self._samples.add("H4", f"{way} 64MiB CPU", name, round_number, float(line[2]))
                if name == LIMIT:
                    self._samples.add("H4", f"{way} 64MiB beside 99", LIMIT, round_number, float(line[1]))

    def _add_lines(self):
        for case in self._cases():
            values = self._samples.of(case.row, case.case)
            self._add(case.row, case.case, values, "us CPU/msg", rows.HTTP2_CPU_TARGET)
            if case.mode == "fan":
                self._add(case.row, f"{case.case} itself", values, "us CPU/msg", rows.HTTP2_MESSAGE_TARGET)
        if "H3" in self._wanted:
            for when in ("opened", "used"):
                self._add("H3", f"heap {when}", self._samples.of("H3", f"heap {when}"), "B each",
                          rows.HTTP2_HEAP_TARGET)
                self._add("H3", f"rss {when}", self._samples.of("H3", f"rss {when}"), "KiB each", None)
        if "H4" in self._wanted:
            lines = (("64MiB", "MB/s", rows.BULK_TARGET), ("64MiB beside 99", "MB/s", None), ("64MiB CPU", "ms CPU", None),
                     ("p50 of 99", "us", None), ("p99 of 99", "us", rows.BUSY_TARGET))
            for way in WAYS:
                for what, unit, target in lines:
                    case = f"{way} {what}"
                    self._add("H4", case, self._samples.of("H4", case), unit, target)

    def _add(self, row, case, values, unit, target):
        self._run.add_line(row, case, values, OURS, LIMIT, unit == "MB/s", unit, target)
