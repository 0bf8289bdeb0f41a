"""``headbridge fit-scan``: a scan of which nothing is known to a head with coefficients, detail and texture."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..fitting.scan.job import FitScanInput, FitScanSettings
from ..jobs.fit_scan import FIT_SCAN
from ..jobs.protocol import check_output_folder
from ..jobs.scan_views import RenderViewsSettings, read_dense_views, write_views
from ..topologies import TOPOLOGY_KEYS
from ..topologies.builtin import asset_path
from .fit_table import fit_table
from .job_options import add_progress_option, job_progress
from .meshes import load_mesh
from .metrics_table import metrics_table
from .setting_options import add_setting_options, settings_from_options
from .verdict_report import add_accept_option, exit_code, verdict_lines

_DEMO, _DEMO_TEXTURE = "lee-perry-smith", "lee_perry_smith_color.jpg"
_DESCRIPTION = f"""Fit a head to SCAN, a mesh file (.obj .ply .glb .stl .npz) of a head in any unit and orientation;
landmarks are found by themselves. Written to DIR: head.npz (coefficients), head_model.obj (the model's head) and
head_detail.obj (free vertices), both where SCAN is, texture.png in the head's UV layout and coverage.png (white where
its colours are the scan's own; for hack one of each per UDIM tile), turntable.png and fit.json. SCAN may be '{_DEMO}',
the built-in demo scan, which has its texture with it."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("scan", metavar="SCAN", help="scan: a mesh file, or a built-in name")
    parser.add_argument("-o", "--output", metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--texture",
        metavar="IMAGE",
        help="image of SCAN's UV layout (.png .jpg .tif .exr); without, the images in SCAN (.glb) or the colours of its "
        "vertices (.obj .ply .glb) are used, or the shape alone",
    )
    parser.add_argument(
        "--render-views",
        metavar="DIR",
        help="write pictures of SCAN from all sides and their cameras to this folder, for predictors to look at, and do "
        "nothing else",
    )
    parser.add_argument(
        "--dense-uv",
        metavar="DIR",
        help="folder of another predictor's images of views of SCAN, called like the views: FLAME's u and v in red and "
        "green, valid in alpha",
    )
    parser.add_argument(
        "--normals",
        metavar="DIR",
        help="folder of images of normals beside --dense-uv: pixels that disagree do not count",
    )
    parser.add_argument(
        "--cameras",
        metavar="FILE",
        help="cameras of --dense-uv in SCAN's frame and unit: cameras.json of --render-views, or transforms.json (default: "
        "the one in its folder)",
    )
    add_progress_option(parser)
    add_accept_option(parser)
    add_setting_options(parser, FitScanSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    # OpenCV takes a moment to load, so other commands do without.
    from ..fitting.scan.reading import read_scan
    from ..images import read_image

    settings = settings_from_options(parsed, FitScanSettings)
    if (parsed.output is None) == (parsed.render_views is None):
        raise InputError("Name either a folder for the results (-o) or one for views (--render-views).")
    if parsed.dense_uv is None and (parsed.cameras or parsed.normals):
        raise InputError("--cameras and --normals belong to --dense-uv; name the folder of its images, too.")
    check_output_folder(parsed.output or parsed.render_views)
    texture = parsed.texture
    if texture is None and parsed.scan == _DEMO:
        texture = asset_path(_DEMO_TEXTURE)
    with job_progress(parsed) as progress:
        dense = () if parsed.dense_uv is None else read_dense_views(parsed.dense_uv, parsed.cameras, parsed.normals)
        if texture is None and parsed.scan not in TOPOLOGY_KEYS and Path(parsed.scan).suffix:
            inputs = replace(read_scan(parsed.scan), dense=dense)
        else:
            inputs = FitScanInput(load_mesh(parsed.scan), None if texture is None else read_image(texture), dense)
        if parsed.render_views is not None:
            views = RenderViewsSettings(settings.device)
            count = sum(name.endswith(".png") for name in write_views(parsed.render_views, inputs, views, progress))
            return 0, f"{count} views and their cameras in {parsed.render_views}."
        _, result = FIT_SCAN.write(inputs, Path(parsed.output), settings, progress)
    report = [*verdict_lines(result.verdict), *result.notes, *_lines(result.metrics)]
    return exit_code(parsed, result.verdict), "\n".join(report)


def _lines(metrics: dict[str, Any]) -> list[str]:
    lines = [
        f"landmarks: {metrics['landmarks_found']} found, {metrics['landmark_spread_mm']['mean']:.2f} mm between views"
    ]
    if "texture_share" in metrics:
        lines.append(f"texture: {metrics['texture_share']:.1%} from the scan, the rest completed")
    if "unseen_psnr" in metrics:
        psnr = metrics["unseen_psnr"]
        lines.append(f"seen from {psnr['views']} new sides: {psnr['mean']:.1f} dB (least {psnr['least']:.1f})")
    lines.append("model: " + fit_table({"face": metrics["model"]["face"]}))
    return [*lines, metrics_table(metrics)]
