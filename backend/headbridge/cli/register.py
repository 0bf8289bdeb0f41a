"""``headbridge register``: carry a source head onto a target."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from ..jobs.landmark_file import read_landmark_pairs
from ..jobs.register import describe_result
from ..mesh.io import check_writable, write_mesh
from ..mesh.io.files import write_file
from ..progress import Progress
from ..registration.job import RegisterInput, RegisterSettings
from ..topologies import TOPOLOGY_KEYS
from .interrupt import stop_on_interrupt
from .meshes import load_mesh, read_vertex_mask
from .metrics_table import metrics_table
from .progress_display import ProgressDisplay
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = f"""Carry the SOURCE head onto the TARGET surface. SOURCE and TARGET are mesh files (.obj .ply .glb
.stl .npz) or built-in heads: {", ".join(TOPOLOGY_KEYS)}. OUT has the source's vertices, faces and UVs in the target's
frame and units (built-in heads are in millimetres, Y up); .obj, .ply and .npz keep polygons and seams exactly."""


def add_command(commands) -> argparse.ArgumentParser:
    parser = commands.add_parser("register", help="carry a source head onto a target", description=_DESCRIPTION)
    parser.add_argument("source", metavar="SOURCE", help="head to carry over: a built-in name or a mesh file")
    parser.add_argument("target", metavar="TARGET", help="head or scan to match: a built-in name or a mesh file")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="mesh file to write")
    parser.add_argument(
        "--landmarks", metavar="FILE", help="JSON file of landmark pairs; they replace the known landmarks"
    )
    parser.add_argument("--json", metavar="FILE", help="write metrics, settings and versions to this file")
    parser.add_argument("--source-topology", choices=TOPOLOGY_KEYS, help="insist that SOURCE has this topology")
    parser.add_argument("--target-topology", choices=TOPOLOGY_KEYS, help="insist that TARGET has this topology")
    parser.add_argument(
        "--exclude",
        metavar="FILE",
        action="append",
        default=[],
        help="source vertices that are not matched: indices as text, or .npy; may be repeated",
    )
    parser.add_argument(
        "--target-exclude",
        metavar="FILE",
        action="append",
        default=[],
        help="target vertices that are not matched, likewise",
    )
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, RegisterSettings)
    parser.set_defaults(run=run)
    return parser


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, RegisterSettings)
    files = [name for name in (parsed.source, parsed.target) if name not in TOPOLOGY_KEYS]
    check_writable(parsed.output, files)
    with stop_on_interrupt() as stopped:
        inputs = _inputs(parsed)
        # Compute libraries take a second to load, so wrong input is told first.
        from ..registration.register import register

        display = ProgressDisplay(parsed.progress)
        try:
            result = register(inputs, settings, Progress(display, stopped))
        finally:
            display.close()
        write_mesh(parsed.output, replace(inputs.source, vertices=result.registered), files)
        if parsed.json:
            described = describe_result(result, settings)
            write_file(parsed.json, json.dumps(described, indent=1, allow_nan=False).encode("utf-8"))
    return 0, "\n".join([*result.notes, metrics_table(result.metrics)])


def _inputs(parsed: argparse.Namespace) -> RegisterInput:
    source, target = load_mesh(parsed.source), load_mesh(parsed.target)
    return RegisterInput(
        source,
        target,
        landmarks=read_landmark_pairs(parsed.landmarks, source, target) if parsed.landmarks else None,
        source_exclude=read_vertex_mask(parsed.exclude, source),
        target_exclude=read_vertex_mask(parsed.target_exclude, target),
        source_topology=parsed.source_topology,
        target_topology=parsed.target_topology,
    )
