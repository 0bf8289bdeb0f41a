"""Runs damaged files through readers in a child process, which may die, hang or swell, and is started again."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 5.0
# The first file of a reader waits for its libraries.
STARTING_SECONDS = 120.0


@dataclass
class Findings:
    """tried : files. faults : (reader, number, kind, text); kinds are unexpected, message, memory, crash and hang."""

    tried: Counter = field(default_factory=Counter)
    faults: list[tuple[str, int, str, str]] = field(default_factory=list)

    def counts(self, name: str) -> Counter:
        return Counter(kind for reader, _, kind, _ in self.faults if reader == name)


class Child:
    """The process that reads."""

    def __init__(self):
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "backend"), str(ROOT)]),
            "HEADBRIDGE_CACHE": "off",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.child"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line.strip())
        self._lines.put(None)

    def ask(self, *task) -> None:
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()

    def seconds(self) -> float:
        """CPU time of the process, which a busy machine does not stretch; the clock's where Linux does not tell it."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return time.monotonic()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def line_within(self, seconds: float) -> str | None:
        """The next line, None when the process has ended; raises `queue.Empty` when it takes so many seconds of
        computing, or waits for a minute more."""
        start, patience = self.seconds(), time.monotonic() + seconds + 60.0
        while True:
            try:
                return self._lines.get(timeout=1.0)
            except queue.Empty:
                if self.seconds() - start > seconds or time.monotonic() > patience:
                    raise

    def end(self) -> int:
        self._process.kill()
        status = self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        return status


def fuzz(names: list[str], mutations: int, seed: int = 0, told=lambda text: None) -> Findings:
    """Read `mutations` damaged files with each of the readers."""
    found, child = Findings(), Child()
    try:
        for name in names:
            child = _fuzz_one(name, mutations, seed, found, child)
            told(f"{name}: {found.tried[name]} tried, {dict(found.counts(name)) or 'no faults'}")
    finally:
        child.end()
    return found


def _fuzz_one(name: str, mutations: int, seed: int, found: Findings, child: Child) -> Child:
    number, seconds = -1, STARTING_SECONDS
    child.ask(name, seed, 0, mutations)
    while True:
        fault = None
        try:
            line = child.line_within(seconds)
            if line is None:
                fault = ("crash", f"status {child.end()}")
        except queue.Empty:
            fault = ("hang", f"more than {seconds:.0f} s")
        if fault is not None:
            child.end()
            child = Child()
            if seconds == STARTING_SECONDS and number < 0:
                raise RuntimeError(f"the reader '{name}' does not start: {fault}")
            found.faults.append((name, number, *fault))
            if number + 1 >= mutations:
                return child
            child.ask(name, seed, number + 1, mutations - number - 1)
            seconds = STARTING_SECONDS
        elif line == "end":
            return child
        elif line.startswith("{"):
            told = json.loads(line)
            found.faults.append((name, number, told["kind"], told["text"]))
        else:
            number = int(line)
            found.tried[name] += 1
            # The first file waits for what the reader imports.
            seconds = STARTING_SECONDS if found.tried[name] == 1 else SECONDS
