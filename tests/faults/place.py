"""A folder with cheap jobs, what they should give, and how they are run in a copy of this process."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headbridge.interrupt import exit_on_interrupt

# A busy machine may leave a job standing for a minute.
SECONDS = 300.0
Files = dict[str, str]
"""Hash by path in a folder."""


def hashes(folder: Path) -> Files:
    """Of all files but those that a killed process could not take away, which have a name of their own."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not (path.name.startswith(".") and path.name.endswith(".part"))
    }


@dataclass
class Done:
    """How a copy of this process ended: its exit status (negative: by that signal), and what it printed."""

    status: int
    out: str
    err: str


class Place:
    """words : a command's words by the job's name, to write into `out`. before : what `out` holds when it starts; after :
    what the job makes of it."""

    def __init__(self, folder: Path):
        os.environ |= {"HEADBRIDGE_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
        self.folder, self.inputs, self.out = folder, folder / "in", folder / "out"
        self.inputs.mkdir()
        self._write_inputs()
        sequence = str(self.inputs / "sequence.npz")
        self.words = {
            "sample": ["sample", "-o", str(self.out), "--model", "hack", "--kind", "neutral", "--count", "2", "--seed"],
            "import": ["import", str(self.inputs / "take.csv"), "-o", str(self.out), "--fps"],
            "export": ["export-sequence", sequence, "-o", str(self.out), "--format", "arkit-csv", "--fps"],
        }
        self.kept = hashes(self.inputs)
        self.seconds: dict[str, float] = {}
        self.results: dict[tuple[str, str], Files] = {}
        self._old: dict[str, Path] = {}
        for job in self.words:
            self._learn(job)

    def fresh(self, job: str) -> None:
        """`out` as an earlier run of the job left it."""
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self._old[job], self.out)

    def run(
        self, job: str, prepare: Callable[[], None] = lambda: None, strike: Callable[[int], None] | None = None
    ) -> Done:
        """The job in a copy of this process. prepare : called in it first; strike : in this one, with its id."""
        from headbridge.cli.main import main

        return forked(lambda: main([*self.words[job], "30"]), self.folder, prepare, strike)

    def _learn(self, job: str) -> None:
        """Both results, and how long the job takes once everything is loaded."""
        from headbridge.cli.main import main

        for variant in ("25", "30"):
            shutil.rmtree(self.out, ignore_errors=True)
            started = time.monotonic()
            with contextlib.redirect_stdout(io.StringIO()):
                assert main([*self.words[job], variant]) == 0
            self.seconds[job] = time.monotonic() - started
            self.results[job, variant] = hashes(self.out)
            if variant == "25":
                self._old[job] = self.folder / f"old-{job}"
                shutil.copytree(self.out, self._old[job])
        assert self.results[job, "25"] != self.results[job, "30"]

    def _write_inputs(self) -> None:
        from headbridge.models.arkit import ARKIT_PARTS
        from headbridge.sequences import Sequence
        from headbridge.sequences.file import write_sequence

        names = sorted(ARKIT_PARTS)
        weights = np.random.default_rng(0).random((200, len(names)))
        frames = np.arange(200)
        rows = [",".join(["Timecode", "BlendshapeCount", *names])]
        for frame, row in zip(frames, weights):
            code = f"10:00:{frame // 30:02d}:{frame % 30:02d}.000"
            rows.append(",".join([code, str(len(names)), *(f"{value:.5f}" for value in row)]))
        (self.inputs / "take.csv").write_text("\n".join(rows))
        write_sequence(
            self.inputs / "sequence.npz",
            Sequence(
                source="test", frame_ids=frames, model="arkit", expression=weights, expression_names=np.array(names)
            ),
        )


def forked(work: Callable[[], int], folder: Path, prepare=lambda: None, strike=None) -> Done:
    """`work` in a copy of this process, whose exit code is what it returns."""
    outputs = [folder / name for name in ("stdout", "stderr")]
    sys.stdout.flush()
    sys.stderr.flush()
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of the parent's ever runs on in here.
        code = 99
        try:
            for number, path in enumerate(outputs, start=1):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            exit_on_interrupt()
            prepare()
            os.write(tell, b".")
            code = work()
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    os.close(tell)
    # What strikes before the command has begun is no fault of it.
    os.read(ready, 1)
    os.close(ready)
    if strike is not None:
        strike(child)
    return Done(_ended(child), *(path.read_text("utf-8", "replace") for path in outputs))


def _ended(child: int) -> int:
    until = time.monotonic() + SECONDS
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise TimeoutError(f"the job did not end within {SECONDS:.0f} s")
        time.sleep(0.002)
