"""``headbridge uv``: give a head the UV layout of another."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..errors import InputError
from ..jobs.landmark_file import read_landmark_pairs
from ..jobs.registered_mesh import check_registered
from ..jobs.uv import compute_uvs, describe_uv_result
from ..mesh.io import check_writable, encode_mesh
from ..mesh.io.files import write_files
from ..topologies import TOPOLOGY_KEYS, recognise
from ..units import guess_units
from ..uv.job import UvInput, UvSettings
from .job_options import add_job_options, check_outputs, job_progress, report_file
from .meshes import input_files, load_mesh
from .setting_options import add_setting_options, settings_from_options
from .uv_metrics_table import uv_metrics_table
from .verdict_report import add_accept_option, exit_code, verdict_lines

_DESCRIPTION = f"""Give TARGET the UV layout of SOURCE. Both are mesh files (.obj .ply .glb .npz; TARGET also .stl) or
built-in heads: {", ".join(TOPOLOGY_KEYS)}. OUT is TARGET's own geometry and faces with the new UVs per corner; .obj,
.ply and .npz keep polygons and seams exactly. The two are registered first, unless --registered gives one of them as it
lies on the other."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("source", metavar="SOURCE", help="head with the UV layout: a built-in name or a mesh file")
    parser.add_argument("target", metavar="TARGET", help="head to give it to: a built-in name or a mesh file")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="mesh file to write")
    parser.add_argument(
        "--registered",
        metavar="MESH",
        help="SOURCE lying on TARGET (OUT of headbridge register), or TARGET lying on SOURCE",
    )
    parser.add_argument(
        "--landmarks", metavar="FILE", help="JSON file of landmark pairs for registering the two, without --registered"
    )
    add_job_options(parser, "SOURCE", "TARGET")
    add_accept_option(parser)
    add_setting_options(parser, UvSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, UvSettings)
    files = input_files(parsed.source, parsed.target, parsed.registered, parsed.landmarks)
    check_writable(parsed.output, files)
    if Path(parsed.output).suffix.lower() == ".stl":
        raise InputError(f"{parsed.output}: .stl files hold no UVs; write .obj, .ply, .glb or .npz.")
    check_outputs([("-o", parsed.output), ("--json", parsed.json)], files)
    if parsed.registered and parsed.landmarks:
        raise InputError("--landmarks serve a registration, but --registered gives its result; leave one of them out.")
    with job_progress(parsed) as progress:
        source, target = load_mesh(parsed.source), load_mesh(parsed.target)
        registered = check_registered(load_mesh(parsed.registered), source, target) if parsed.registered else None
        inputs = UvInput(
            source,
            target,
            registered=registered,
            landmarks=read_landmark_pairs(parsed.landmarks, source, target) if parsed.landmarks else None,
            source_topology=parsed.source_topology,
            target_topology=parsed.target_topology,
        )
        result = compute_uvs(inputs, settings, progress)
        mm_per_unit, _reason = guess_units(target, recognise(target))
        described = {**describe_uv_result(result, settings), "mm_per_target_unit": mm_per_unit}
        dressed = replace(target, uvs=result.corner_uvs)
        write_files([(parsed.output, encode_mesh(parsed.output, dressed)), *report_file(parsed, described)])
    report = [*verdict_lines(result.verdict), *result.notes, uv_metrics_table(result.metrics)]
    return exit_code(parsed, result.verdict), "\n".join(report)
