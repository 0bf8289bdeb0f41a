"""``headbridge complete-texture``: the hidden parts of a texture filled in."""

from __future__ import annotations

import argparse

from ..jobs.complete_texture import compute_completion, describe_completion, read_known
from ..mesh.udim import PLACEHOLDER
from ..texture.completion_job import CompleteTextureInput, CompleteTextureSettings
from .batch_inputs import TEXTURES
from .job_options import add_report_options, job_progress
from .meshes import input_files, load_mesh, tile_files
from .setting_options import add_setting_options, settings_from_options
from .texture_outputs import TextureOutputs

_DESCRIPTION = f"""Fill in what is hidden of the texture IMAGE of a head (.png .jpg .tif .exr) and write the whole one to
OUT (.png .tif .exr), in the bit depth of IMAGE. The mask is white where IMAGE is known, as headbridge project-texture
and fit-photo write it; left out, IMAGE's alpha channel tells. Where the layout lies in several UDIM tiles {PLACEHOLDER}
in IMAGE, the mask and OUT stands for the number of the tile."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("image", metavar="IMAGE", help="texture that is known in parts")
    parser.add_argument("--mask", metavar="FILE", help="image, white where IMAGE is known")
    parser.add_argument(
        "--mesh", metavar="HEAD", help="mesh of a known topology with IMAGE's layout, if not --layout's"
    )
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="image file to write")
    add_report_options(parser)
    add_setting_options(parser, CompleteTextureSettings)
    parser.set_defaults(run=run, batch=TEXTURES)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    # OpenCV takes a moment to load, so other commands do without.
    from ..images import check_writable, read_image

    settings = settings_from_options(parsed, CompleteTextureSettings)
    check_writable(parsed.output)
    with job_progress(parsed) as progress:
        head = load_mesh(parsed.mesh or settings.layout)
        files = tile_files(parsed.image, head)
        masks = tile_files(parsed.mask, head) if parsed.mask else None
        read = [*files.values(), *(masks or {}).values(), *input_files(parsed.mesh)]
        outputs = TextureOutputs(parsed, head, read, tiles=files, masks=False)
        images = {tile: read_image(path) for tile, path in files.items()}
        inputs = CompleteTextureInput(images, read_known(images, masks), head)
        result = compute_completion(inputs, settings, progress)
        outputs.write(result.images, {}, describe_completion(result, settings))
    return 0, "\n".join([*result.notes, f"filled in: {result.metrics['hidden']:.1%} of the layout"])
