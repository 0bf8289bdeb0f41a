"""Registration side by side with trimesh, on the same meshes with the same landmarks.

    python scripts/bench/register_bench.py [--quick] [--seeds N] [--data FOLDER]

Three tables: FLAME onto HACK, HACK onto FLAME, and registrations with known truth (mean over the seeds). Every method
runs on its own after a first run that is not counted, so that process start and kernel compilation are not in the seconds.
Distances are in millimetres; flips and self-intersections are counted on the skin, which is all trimesh is given.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(Path(__file__).resolve().parent)]

import trimesh_baselines  # noqa: E402
from known_truth import NARROW_FACE, SKIN, known_truth  # noqa: E402

from headbridge.mesh import Mesh  # noqa: E402
from headbridge.metrics import compute_metrics, count_flipped_triangles, peak_memory_bytes, summary  # noqa: E402
from headbridge.progress import Progress  # noqa: E402
from headbridge.registration import RegisterInput, RegisterSettings  # noqa: E402
from headbridge.registration.register import register  # noqa: E402
from headbridge.topologies import Topology, load_builtin, load_topology  # noqa: E402


@dataclass(frozen=True)
class Part:
    """Some vertices of a mesh with the faces among them, and what the metrics read of a topology."""

    vertices: np.ndarray
    mesh: Mesh
    regions: dict[str, np.ndarray]
    no_match: np.ndarray
    skin: np.ndarray

    def at(self, positions: np.ndarray) -> Mesh:
        """The part with the positions it has among the whole mesh's (V, 3)."""
        return self.mesh.with_vertices(positions[self.vertices])


def skin_part(mesh: Mesh, topology: Topology) -> Part:
    """The outer skin alone."""
    vertices = np.flatnonzero(topology.skin)
    place = np.full(len(mesh.vertices), -1)
    place[vertices] = np.arange(len(vertices))
    faces = [place[face] for face in mesh.faces_as_lists() if topology.skin[face].all()]
    return Part(
        vertices,
        Mesh.from_faces(mesh.vertices[vertices], faces, name=f"{mesh.name} skin"),
        {name: mask[vertices] for name, mask in topology.regions.items()},
        topology.no_match[vertices],
        np.ones(len(vertices), bool),
    )


def timed_register(inputs: RegisterInput) -> tuple[np.ndarray, float]:
    """(V, 3) registered positions and the seconds they took."""
    started = time.perf_counter()
    result = register(inputs, RegisterSettings(), Progress())
    return result.registered, time.perf_counter() - started


def between_topologies(source_key: str, target_key: str, baselines: list[str]) -> list[dict[str, Any]]:
    """One row of numbers for HeadBridge and for every baseline; both meshes are built-in and in millimetres."""
    source, target = load_builtin(source_key), load_builtin(target_key)
    source_topology, target_topology = load_topology(source_key), load_topology(target_key)
    from_points = source_topology.landmarks_51.evaluate(source.vertices)
    to_points = target_topology.landmarks_51.evaluate(target.vertices)
    part, onto = skin_part(source, source_topology), skin_part(target, target_topology)

    def row(method: str, skin: np.ndarray, seconds: float) -> dict[str, Any]:
        whole = source.vertices.copy()
        whole[part.vertices] = skin
        numbers = compute_metrics(
            part.mesh,
            part.mesh.with_vertices(skin),
            onto.mesh,
            source_topology=part,
            target_topology=onto,
            landmarks=(source_topology.landmarks_51.evaluate(whole), to_points, ()),
        )
        distances = numbers["distances"]
        return {
            "method": method,
            "seconds": seconds,
            "skin to target p95": distances["all"]["source_to_target"]["p95"],
            "face to target p95": distances["face"]["source_to_target"]["p95"],
            "target face p95": distances["face"]["target_to_source"]["p95"],
            "landmarks mean": numbers["landmarks"]["used"]["mean"],
            "edge ratio p95": numbers["edge_log_ratio"]["p95"],
            "flips": numbers["flipped_triangles"],
            "self-intersections": numbers["self_intersecting_triangles"],
            "template's": numbers["template_self_intersecting_triangles"],
        }

    inputs = RegisterInput(source, target, source_topology=source_key, target_topology=target_key)
    timed_register(inputs)
    positions, seconds = timed_register(inputs)
    rows = [row("headbridge", positions[part.vertices], seconds)]
    for method in baselines:
        found = trimesh_baselines.run(method, part.mesh, onto.mesh, from_points, to_points)
        rows.append(row(method, found.positions, found.seconds))
    return rows


def against_known_truth(model_file: Path, seeds: int, baselines: list[str]) -> list[dict[str, Any]]:
    """One row a method: the true error in the narrow face and the seconds, averaged over the seeds."""
    collected: dict[str, list[dict[str, float]]] = {}
    for seed in range(seeds):
        case = known_truth(model_file, seed)
        faces = [face for face in case.source.faces_as_lists() if face.max() < SKIN]
        skin = Mesh.from_faces(case.source.vertices[:SKIN], faces, name="ICT neutral skin")

        def note(method: str, positions: np.ndarray, seconds: float) -> None:
            errors = summary(case.errors_mm(positions))
            collected.setdefault(method, []).append(
                {
                    "seconds": seconds,
                    "true error mean": errors["mean"],
                    "p95": errors["p95"],
                    "max": errors["max"],
                    "flips": count_flipped_triangles(skin.vertices, positions[:SKIN], skin.triangles),
                }
            )

        inputs = RegisterInput(case.source, case.target, landmarks=case.landmarks)
        if seed == 0:
            timed_register(inputs)
        note("headbridge", *timed_register(inputs))
        for method in baselines:
            found = trimesh_baselines.run(method, skin, case.target, case.landmarks.source, case.landmarks.target)
            note(method, found.positions, found.seconds)
    return [
        {"method": method, **{key: float(np.mean([row[key] for row in rows])) for key in rows[0]}}
        for method, rows in collected.items()
    ]


def print_table(title: str, rows: list[dict[str, Any]]) -> None:
    """A plain aligned table of rows with equal keys."""

    def text(value: Any) -> str:
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    columns = [[key, *(text(row[key]) for row in rows)] for key in rows[0]]
    widths = [max(map(len, column)) for column in columns]
    print(f"\n{title}")
    for line in zip(*columns):
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out the baselines that take a minute or more")
    parser.add_argument("--seeds", type=int, default=3, help="how many known-truth identities (default 3)")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the open input data")
    arguments = parser.parse_args()
    model_file = arguments.data / "ict_facekit" / "ict_face_model.npz"
    if not model_file.is_file():
        parser.error(f"{model_file} is not there; name the folder of the open input data with --data")
    methods = list(trimesh_baselines.METHODS)
    print_table("FLAME onto HACK", between_topologies("flame", "hack", methods))
    print_table("HACK onto FLAME", between_topologies("hack", "flame", [] if arguments.quick else methods))
    seeds = 1 if arguments.quick else arguments.seeds
    print_table(
        f"Known truth: ICT neutral onto {seeds} random identities with expression (narrow face, {NARROW_FACE} vertices)",
        against_known_truth(model_file, seeds, methods[1:] if arguments.quick else methods),
    )
    print(f"\npeak memory {peak_memory_bytes() / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
