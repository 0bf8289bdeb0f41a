"""Registration side by side with trimesh, on the same meshes with the same landmarks.

    python scripts/bench/register_bench.py [--quick] [--seeds N] [--data FOLDER]

FLAME onto HACK, HACK onto FLAME, and registrations with known truth (mean over the seeds; once with shapes of the ICT
model, once with shapes beyond it, because HeadBridge knows that model and trimesh does not). Every method
runs alone; HeadBridge's first run is not counted, so that kernel compilation is not in its seconds.
Distances are in millimetres; flips and self-intersections are counted on the skin, which is all trimesh is given.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(Path(__file__).resolve().parent)]

import trimesh_baselines
from known_truth import known_truth, part_of
from table import print_table

from headbridge.metrics import compute_metrics, count_flipped_triangles, peak_memory_bytes, summary
from headbridge.progress import Progress
from headbridge.registration import RegisterInput, RegisterSettings
from headbridge.registration.register import register
from headbridge.topologies import Topology, load_builtin, load_topology


def skin_topology(topology: Topology) -> Topology:
    """The tables of a topology for its outer skin alone, as far as the metrics read them."""
    skin = topology.skin
    return replace(
        topology,
        regions={name: mask[skin] for name, mask in topology.regions.items()},
        no_match=topology.no_match[skin],
        skin=np.ones(skin.sum(), bool),
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
    skin, onto = part_of(source, source_topology.skin), part_of(target, target_topology.skin)
    # Landmarks behind the lips are not on the skin, which is all that every method moves.
    shown = source_topology.skin[source_topology.landmarks_51.vertices].all(axis=1)
    landmarks = source_topology.landmarks_51.subset(shown)

    def row(method: str, positions: np.ndarray, seconds: float) -> dict[str, Any]:
        whole = source.vertices.copy()
        whole[source_topology.skin] = positions
        numbers = compute_metrics(
            skin,
            skin.with_vertices(positions),
            onto,
            source_topology=skin_topology(source_topology),
            target_topology=skin_topology(target_topology),
            landmarks=(landmarks.evaluate(whole), to_points[shown], landmarks.names),
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
    rows = [row("headbridge", positions[source_topology.skin], seconds)]
    for method in baselines:
        found = trimesh_baselines.run(method, skin, onto, from_points, to_points)
        rows.append(row(method, found.positions, found.seconds))
    return rows


def against_known_truth(model_file: Path, seeds: int, beyond_mm: float, baselines: list[str]) -> list[dict[str, Any]]:
    """One row a method: the true error in the narrow face and the seconds, averaged over the seeds."""
    collected: dict[str, list[dict[str, float]]] = {}
    for seed in range(seeds):
        case = known_truth(model_file, seed, beyond_mm)
        skin = part_of(case.source, case.skin)

        def note(method: str, positions: np.ndarray, seconds: float) -> None:
            whole = case.source.vertices.copy()
            whole[case.skin] = positions
            errors = summary(case.errors_mm(whole))
            collected.setdefault(method, []).append(
                {
                    "seconds": seconds,
                    "true error mean": errors["mean"],
                    "p95": errors["p95"],
                    "max": errors["max"],
                    "flips": count_flipped_triangles(skin.vertices, positions, skin.triangles),
                }
            )

        inputs = RegisterInput(case.source, case.target, landmarks=case.landmarks)
        if seed == 0:
            timed_register(inputs)
        positions, seconds = timed_register(inputs)
        note("headbridge", positions[case.skin], seconds)
        for method in baselines:
            found = trimesh_baselines.run(method, skin, case.target, case.landmarks.source, case.landmarks.target)
            note(method, found.positions, found.seconds)
    return [
        {"method": method, **{key: float(np.mean([row[key] for row in rows])) for key in rows[0]}}
        for method, rows in collected.items()
    ]


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
    for beyond_mm, what in ((0.0, ""), (2.0, " and bumps of 2 mm that no identity of the model has")):
        print_table(
            f"Known truth in the narrow face: ICT neutral onto {seeds} random identities with expression{what}",
            against_known_truth(model_file, seeds, beyond_mm, methods[1:] if arguments.quick else methods),
        )
    print(f"\npeak memory {peak_memory_bytes() / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
