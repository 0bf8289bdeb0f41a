"""Runs the bench's registrations, each in a process of its own, and keeps what they found."""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from headbridge.topologies import load_builtin

from .case import Case, varied
from .make import make
from .open_data import open_data_folder
from .pictures import comparison, frame_in_mm, surface_in_mm, write_picture
from .stranger import load, save

_TIMEOUT_S = 600
_SPEED_KIND, _SPEED_SEED = "faces_10k", 0


class Runner:
    """script : the bench's own file, which runs one case with --one. out : its folder; targets : where the strangers
    lie, or None for OUT/targets; data : the open input data's folder, or None; pictures : whether to make them."""

    def __init__(self, script: Path, out: Path, targets: Path | None, data: Path | None, pictures: bool):
        self._script, self._out, self._data, self._pictures = script, out, data, pictures
        self._targets = targets or out / "targets"
        for folder in (self._targets, out / "results", out / "pictures"):
            folder.mkdir(parents=True, exist_ok=True)

    def run(self, row: str, case: Case, again: bool) -> None:
        """Register one case unless its numbers are there; a crash or a timeout is noted as an error."""
        results = self._out / "results"
        finished = results / f"{case.name}.json"
        if finished.exists() and not again:
            return
        (results / f"{case.name}.npy").unlink(missing_ok=True)
        target = self.target(case.kind, case.seed)
        task = {"case": dataclasses.asdict(case), "target": str(target), "depth": row in ("unprepared", "found")}
        threads = "2" if case.variation == "two_threads" else "1"
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        command = [sys.executable, str(self._script), "--out", str(results), "--one", json.dumps(task)]
        try:
            ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S)
            problem = ended.stderr.strip().splitlines()[-1:] if ended.returncode else []
        except subprocess.TimeoutExpired:
            problem = [f"took more than {_TIMEOUT_S} seconds"]
        if problem:
            stranger = load(target)
            crashed = {"expect": stranger.expect, "kind": stranger.kind, "verdict": "failed", "cpu": float("nan")}
            finished.write_text(json.dumps(crashed | {"error": f"crashed: {problem[0]}"}), encoding="utf-8")
        print(f"{row}: {case.name}", file=sys.stderr, flush=True)
        if self._pictures and not case.variation:
            self._picture(case, target)

    def target(self, kind: str, seed: int) -> Path:
        """The mesh file of a stranger, made when it is not there."""
        for path in sorted(self._targets.glob(f"{kind}_{seed:03d}*.npz")):
            if path.with_suffix(".ply").exists():
                return path.with_suffix(".ply")
        return save(make(open_data_folder(self._data), (kind, seed)), self._targets)

    def measure_speed(self, again: bool) -> None:
        """User seconds of `headbridge register hack` on 10,000 faces, and of `headbridge --version`, warm: of two runs
        the second counts."""
        out = self._out / "results" / "speed.json"
        if out.exists() and not again:
            return
        target = self.target(_SPEED_KIND, _SPEED_SEED)
        with tempfile.TemporaryDirectory() as folder:
            register = ["register", "hack", str(target), "-o", str(Path(folder) / "result.obj")]
            found = {
                "register_hack_10k": [self._user_seconds(register) for _ in range(2)][-1],
                "version": [self._user_seconds(["--version"]) for _ in range(2)][-1],
            }
        out.write_text(json.dumps(found), encoding="utf-8")

    def _user_seconds(self, arguments: list[str]) -> float:
        backend = str(self._script.resolve().parents[2] / "backend")
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run(
            [sys.executable, "-m", "headbridge", *arguments],
            env={**os.environ, "PYTHONPATH": backend},
            capture_output=True,
            timeout=_TIMEOUT_S,
        )
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def _picture(self, case: Case, target: Path) -> None:
        positions = self._out / "results" / f"{case.name}.npy"
        if not positions.exists():
            return
        stranger = varied(load(target), case.variation)
        used = stranger.mesh.vertices[stranger.mesh.corners]
        centre = stranger.centre if stranger.centre is not None else 0.5 * (used.min(axis=0) + used.max(axis=0))
        mm = stranger.mm_per_unit
        picture = comparison(
            surface_in_mm(stranger.mesh.vertices, stranger.mesh.triangles, mm),
            surface_in_mm(np.load(positions), load_builtin(case.source).triangles, 1.0),
            frame_in_mm(centre, stranger.front, stranger.up, mm),
            None if stranger.landmarks is None else mm * stranger.landmarks,
        )
        write_picture(self._out / "pictures" / f"{case.name}.png", picture)
