"""``headbridge metrics``: how well does RESULT, made from TEMPLATE, lie on TARGET?"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from ..errors import InputError
from ..jobs.plain_json import plain_json
from ..mesh import Mesh
from ..topologies import TOPOLOGY_KEYS, Topology, check_topology, recognise
from ..units import guess_units
from .meshes import load_mesh, read_vertex_mask
from .metrics_table import metrics_table

_DESCRIPTION = f"""Measure RESULT (TEMPLATE's faces, transferred onto TARGET) in millimetres. Each is a mesh file or a
built-in head ({", ".join(TOPOLOGY_KEYS)}). RESULT and TARGET share frame and units; TEMPLATE may lie anywhere."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    for name in ("template", "result", "target"):
        parser.add_argument(name, metavar=name.upper(), help="a built-in name or a mesh file")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--mm-per-unit", type=float, metavar="MM", help="length of one unit of RESULT and TARGET (default: guessed)"
    )
    parser.add_argument("--source-topology", choices=TOPOLOGY_KEYS, help="insist that TEMPLATE has this topology")
    parser.add_argument("--target-topology", choices=TOPOLOGY_KEYS, help="insist that TARGET has this topology")
    parser.add_argument(
        "--exclude", metavar="FILE", action="append", default=[], help="result vertices not measured; may be repeated"
    )
    parser.add_argument(
        "--target-exclude", metavar="FILE", action="append", default=[], help="target vertices not measured"
    )
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), default="cpu", help="where closest points are computed (default cpu)"
    )
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    # Loading Warp takes a while, so other commands do without.
    from ..mesh.validate import check_mesh
    from ..metrics import compute_metrics
    from ..spatial.preparation import prepare_target

    template, result, target = (load_mesh(getattr(parsed, name)) for name in ("template", "result", "target"))
    check_mesh(template, "template")
    check_mesh(result, "result")
    source_topology = _topology(template, parsed.source_topology)
    target_topology = _topology(target, parsed.target_topology)
    target_exclude, notes = read_vertex_mask(parsed.target_exclude, target), ()
    if target_topology is None:
        prepared = prepare_target(target, "target")
        target, notes = prepared.mesh, prepared.notes
        target_exclude = None if target_exclude is None else prepared.onto_prepared(target_exclude)
    else:
        check_mesh(target, "target")
    scale, reason = _mm_per_unit(parsed.mm_per_unit, target, target_topology)
    measured = compute_metrics(
        template,
        _scaled(result, scale),
        _scaled(target, scale),
        source_topology=source_topology,
        target_topology=target_topology,
        source_exclude=read_vertex_mask(parsed.exclude, result),
        target_exclude=target_exclude,
        device=parsed.device,
    )
    if parsed.json:
        told = {**measured, "mm_per_target_unit": scale, "notes": notes}
        return 0, json.dumps(plain_json(told), indent=1, allow_nan=False)
    return 0, "\n".join([*notes, reason, metrics_table(measured)])


def _topology(mesh: Mesh, key: str | None) -> Topology | None:
    return recognise(mesh) if key is None else check_topology(mesh, key)


def _mm_per_unit(given: float | None, target: Mesh, topology: Topology | None) -> tuple[float, str]:
    if given is not None:
        if not 0.0 < given < float("inf"):
            raise InputError(f"--mm-per-unit is {given}; give the length of one unit in millimetres, above zero.")
        return given, f"One unit is {given:g} mm, as told."
    scale, reason = guess_units(target, topology)
    if scale is None:
        raise InputError(f"{reason} Say how long one unit is with --mm-per-unit (register --json tells it).")
    return scale, reason


def _scaled(mesh: Mesh, scale: float) -> Mesh:
    return replace(mesh, vertices=mesh.vertices * scale)
