"""``headbridge register``: transfer a source head onto a target."""

from __future__ import annotations

import argparse
from dataclasses import replace

from ..jobs.landmark_file import read_landmark_pairs
from ..jobs.register import compute_registration, describe_result
from ..mesh.io import check_writable, encode_mesh
from ..mesh.io.files import write_files
from ..registration.job import RegisterInput, RegisterSettings
from ..topologies import TOPOLOGY_KEYS
from .job_options import add_job_options, check_outputs, job_progress, report_file
from .meshes import input_files, load_mesh, read_vertex_mask
from .metrics_table import metrics_table
from .setting_options import add_setting_options, settings_from_options
from .verdict_report import add_accept_option, exit_code, verdict_lines

_DESCRIPTION = f"""Transfer the SOURCE head onto the TARGET surface. SOURCE and TARGET are mesh files (.obj .ply .glb
.stl .npz) or built-in heads: {", ".join(TOPOLOGY_KEYS)}. OUT has the source's vertices, faces and UVs in the target's
frame and units (built-in heads are in millimetres, Y up); .obj, .ply and .npz keep polygons and seams exactly."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("source", metavar="SOURCE", help="head to transfer: a built-in name or a mesh file")
    parser.add_argument("target", metavar="TARGET", help="head or scan to match: a built-in name or a mesh file")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="mesh file to write")
    parser.add_argument(
        "--landmarks",
        metavar="FILE",
        help="JSON file of landmark pairs, or a list of TARGET's points (.txt .npy .pp .json .mrk.json); they replace "
        "the known landmarks",
    )
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
    add_job_options(parser, "SOURCE", "TARGET")
    add_accept_option(parser)
    add_setting_options(parser, RegisterSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, RegisterSettings)
    files = input_files(parsed.source, parsed.target, parsed.landmarks, *parsed.exclude, *parsed.target_exclude)
    check_writable(parsed.output, files)
    check_outputs([("-o", parsed.output), ("--json", parsed.json)], files)
    with job_progress(parsed) as progress:
        inputs = _inputs(parsed)
        result = compute_registration(inputs, settings, progress)
        registered = replace(inputs.source, vertices=result.registered)
        described = describe_result(result, settings)
        write_files([(parsed.output, encode_mesh(parsed.output, registered)), *report_file(parsed, described)])
    report = [*verdict_lines(result.verdict), *result.notes, metrics_table(result.metrics)]
    return exit_code(parsed, result.verdict), "\n".join(report)


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
