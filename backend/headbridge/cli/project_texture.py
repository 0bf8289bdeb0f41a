"""``headbridge project-texture``: photos projected on a fitted head, with visibility."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from ..fitting.photo.projection_job import ProjectTextureInput, ProjectTextureSettings
from ..jobs.bake import coverage_image
from ..jobs.fit_output import MESH, REPORT
from ..jobs.project_texture import describe_projection, read_projected
from ..mesh.io.files import write_files
from ..mesh.udim import PLACEHOLDER, occupied_tiles, tile_paths
from ..topologies import load_builtin
from ..topologies.recognise import recognise
from .job_options import check_outputs, job_progress, report_file
from .meshes import input_files, load_mesh
from .setting_options import add_setting_options, settings_from_options

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
    parser.add_argument("--json", metavar="FILE", help="write metrics, settings and versions to this file")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, ProjectTextureSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    # OpenCV takes a moment to load, so other commands do without.
    from ..images import check_writable, encode_image

    settings = settings_from_options(parsed, ProjectTextureSettings)
    for image in filter(None, (parsed.output, parsed.mask)):
        check_writable(image)
    mesh_file, camera_file = _files(parsed)
    with job_progress(parsed) as progress:
        mesh = load_mesh(mesh_file)
        topology = recognise(mesh)
        laid = load_builtin(topology.key) if mesh.uvs is None and topology is not None else mesh
        tiles, whose = occupied_tiles(laid), f"the layout of '{laid.name}'"
        textures = tile_paths(parsed.output, tiles, whose)
        masks = tile_paths(parsed.mask, tiles, whose) if parsed.mask else {}
        check_outputs(
            [("-o", path) for path in textures.values()]
            + [("--mask", path) for path in masks.values()]
            + [("--json", parsed.json)],
            [*parsed.images, *input_files(mesh_file, camera_file)],
        )
        inputs = ProjectTextureInput(read_projected(parsed.images, camera_file), mesh)
        # Compute libraries take a second to load, so wrong input is told first.
        from ..fitting.photo.project_texture import project_texture

        result = project_texture(inputs, settings, progress)

        def contents() -> Iterator[tuple[str, bytes]]:
            for tile, path in textures.items():
                yield path, encode_image(path, result.texture.images[tile])
            for tile, path in masks.items():
                yield path, encode_image(path, coverage_image(result.texture.coverages[tile]))
            yield from report_file(parsed, describe_projection(result, settings))

        write_files(contents())
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
