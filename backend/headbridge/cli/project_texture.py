"""``headbridge project-texture``: photos projected on a fitted head, with visibility."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import InputError
from ..fitting.photo.projection_job import ProjectTextureInput, ProjectTextureSettings
from ..jobs.fit_output import MESH, REPORT
from ..jobs.project_texture import compute_projection, describe_projection, read_projected
from ..mesh.udim import PLACEHOLDER
from ..topologies import load_builtin
from ..topologies.recognise import recognise
from .batch_inputs import PROJECTED_PHOTOS
from .job_options import add_report_options, job_progress
from .meshes import input_files, load_mesh
from .setting_options import add_setting_options, settings_from_options
from .texture_outputs import TextureOutputs, check_image_options

_DESCRIPTION = f"""Project IMAGE, one or several photos, on a fitted head and write the colours that its texels show to
OUT, an image in the head's UV layout (.png .tif .exr). HEAD is the folder of headbridge fit-photo, or a mesh file of a
known topology in millimetres; the camera file is fit.json of such a folder, or JSON with K, R, t (OpenCV's, from HEAD's
frame to the camera), width and height. Several photos blend by how well they see a place. Where the layout lies in
several UDIM tiles {PLACEHOLDER} in OUT and FILE stands for the number of the tile."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="photo that was fitted")
    parser.add_argument("--mesh", required=True, metavar="HEAD", help="fitted head: folder of a fit, or mesh file")
    parser.add_argument("--camera", metavar="FILE", help="cameras (.json); left out, fit.json in the folder HEAD")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="image file to write")
    parser.add_argument("--mask", metavar="FILE", help="image file to write, white where OUT has its colour from IMAGE")
    add_report_options(parser)
    add_setting_options(parser, ProjectTextureSettings)
    parser.set_defaults(run=run, batch=PROJECTED_PHOTOS)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    settings = settings_from_options(parsed, ProjectTextureSettings)
    check_image_options(parsed)
    mesh_file, camera_file = _files(parsed)
    with job_progress(parsed) as progress:
        mesh = load_mesh(mesh_file)
        topology = recognise(mesh)
        layout = load_builtin(topology.key) if mesh.uvs is None and topology is not None else mesh
        outputs = TextureOutputs(parsed, layout, [*parsed.images, *input_files(mesh_file, camera_file)])
        inputs = ProjectTextureInput(read_projected(parsed.images, camera_file), mesh)
        result = compute_projection(inputs, settings, progress)
        outputs.write(result.texture.images, result.texture.coverages, describe_projection(result, settings))
    seen = [f"{name}: {psnr:.1f} dB in the face" for name, psnr in result.metrics["psnr"].items()]
    return 0, "\n".join([f"seen: {result.metrics['coverage']:.1%} of the layout", *seen])


def _files(parsed: argparse.Namespace) -> tuple[str, str]:
    """The files of mesh and cameras."""
    mesh = Path(parsed.mesh)
    if mesh.is_dir():
        return str(mesh / MESH), parsed.camera or str(mesh / REPORT)
    if parsed.camera is None:
        raise InputError(f"{mesh} has no cameras with it; name their file after --camera, or give a fit's folder.")
    return parsed.mesh, parsed.camera
