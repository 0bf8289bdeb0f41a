"""``headbridge bake``: transfer a texture from one head's UV layout to another's."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..baking.job import BakeInput, BakeSettings
from ..baking.tile_images import check_images
from ..errors import InputError
from ..jobs.bake import compute_bake, describe_bake_result
from ..jobs.registered_mesh import check_registered
from ..mesh import Mesh
from ..mesh.io import read_coloured_mesh
from ..mesh.udim import PLACEHOLDER, Tile
from ..topologies import TOPOLOGY_KEYS
from .batch_inputs import TEXTURES
from .job_options import add_job_options, job_progress
from .meshes import input_files, load_mesh, tile_files
from .metrics_table import time_lines
from .setting_options import add_setting_options, settings_from_options
from .texture_outputs import TextureOutputs, check_image_options
from .verdict_report import add_accept_option, exit_code, verdict_lines

if TYPE_CHECKING:
    # OpenCV takes a moment to load, so other commands do without.
    from ..images import Image

_DESCRIPTION = f"""Transfer IMAGE from the UV layout of the first MESH to the layout of the second. Each MESH is a mesh
file with UVs (.obj .ply .glb .npz) or a built-in head: {", ".join(TOPOLOGY_KEYS)}. Images are .png, .tif or .exr, IMAGE
also .jpg. Where a layout lies in several UDIM tiles there is an image for each: {PLACEHOLDER} in IMAGE, OUT and FILE
stands for the number of the tile. The two heads are registered first, unless --registered gives one of them as it lies
on the other."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument(
        "--from",
        dest="source",
        nargs="+",
        required=True,
        metavar=("MESH", "IMAGE"),
        help="head with a UV layout, and the image that belongs to it; a .glb alone where its images are in it",
    )
    parser.add_argument(
        "--to", dest="target", required=True, metavar="MESH", help="head with the UV layout to make an image for"
    )
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="image file to write")
    parser.add_argument(
        "--registered",
        metavar="MESH",
        help="the first head lying on the second (OUT of headbridge register), or the second lying on the first",
    )
    parser.add_argument("--mask", metavar="FILE", help="image file to write, white where OUT got its colour from IMAGE")
    add_job_options(parser, "the first MESH", "the second MESH")
    add_accept_option(parser)
    add_setting_options(parser, BakeSettings)
    parser.set_defaults(run=run, batch=TEXTURES)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    # OpenCV takes a moment to load, so other commands do without.
    from ..images import read_image

    settings = settings_from_options(parsed, BakeSettings)
    check_image_options(parsed)
    with job_progress(parsed) as progress:
        source, images = _source(parsed.source)
        target = load_mesh(parsed.target)
        registered = check_registered(load_mesh(parsed.registered), source, target) if parsed.registered else None
        image_files = tile_files(parsed.source[1], source) if images is None else {}
        files = [*input_files(parsed.source[0], parsed.target, parsed.registered), *image_files.values()]
        outputs = TextureOutputs(parsed, target, files)
        if images is None:
            images = {tile: read_image(path) for tile, path in image_files.items()}
        images, notes = check_images(images, source)
        inputs = BakeInput(
            source,
            images,
            target,
            registered=registered,
            source_topology=parsed.source_topology,
            target_topology=parsed.target_topology,
        )
        result = compute_bake((inputs, notes), settings, progress)
        described = describe_bake_result(result, settings, outputs.textures, outputs.masks)
        outputs.write(result.images, result.masks, described)
    report = [*verdict_lines(result.verdict), *result.notes, *_bake_lines(result.metrics)]
    return exit_code(parsed, result.verdict), "\n".join(report)


def _source(words: list[str]) -> tuple[Mesh, dict[Tile, Image] | None]:
    """The first head, and its images where they are in its file."""
    if len(words) == 2:
        return load_mesh(words[0]), None
    if len(words) > 2:
        raise InputError(f"--from takes a mesh and an image, not {len(words)} words; quote names that hold blanks.")
    from ..baking.scan_colours import textured_mesh

    textured = None if words[0] in TOPOLOGY_KEYS else textured_mesh(read_coloured_mesh(words[0]))
    if textured is None:
        raise InputError(
            f"{words[0]}: there are no images in the file; name the one that belongs to it: --from MESH IMAGE."
        )
    return textured[0], {(0, 0): textured[1]}


def _bake_lines(metrics: dict[str, Any]) -> list[str]:
    """What the user should know of a bake's metrics, as far as they are there."""
    lines = []
    if "texels_covered" in metrics:
        covered, all_texels = metrics["texels_covered"], metrics["texels"]
        lines.append(
            f"texels covered: {covered} of {all_texels} ({covered / all_texels:.1%}), "
            f"{metrics['texels_covered_twice']} more than once"
        )
    if "counterpart_share" in metrics:
        lines.append(f"of these with a place in the image: {metrics['counterpart_share']:.1%}")
    return [*lines, *time_lines(metrics)]
