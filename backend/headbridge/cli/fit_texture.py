"""``headbridge fit-texture``: a given texture projected into a texture space or a generator."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..jobs.complete_texture import read_known
from ..jobs.fit_output import check_output_folder, make_output_folder
from ..jobs.fit_texture import describe_texture_fit, texture_fit_files
from ..mesh.io.files import write_files
from ..mesh.udim import PLACEHOLDER
from ..texture.fit_job import FitTextureInput, FitTextureSettings
from ..topologies import load_builtin
from .job_options import job_progress
from .meshes import tile_files
from .setting_options import add_setting_options, settings_from_options

_DESCRIPTION = f"""Find the texture TEXTURE of a head (.png .jpg .tif .exr) in a texture space or a generator: the
coefficients, or latents, whose texture is nearest to it. Writes texture.png, which the space or generator makes of them,
difference.png, what TEXTURE has beyond (grey where it has nothing), textures.npz with the coefficients, styles.npz with a
generator's styles, and fit_texture.json. TEXTURE is in FLAME's or HACK's layout; headbridge bake carries it there. Where
the layout lies in several UDIM tiles {PLACEHOLDER} in TEXTURE and FILE stands for the number of the tile."""


def define(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.add_argument("texture", metavar="TEXTURE", help="texture to find")
    parser.add_argument(
        "--mask", metavar="FILE", help="image, white where TEXTURE counts; else its alpha, or everywhere"
    )
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--progress", action="store_true", help="write progress as lines to stderr")
    add_setting_options(parser, FitTextureSettings)
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace) -> tuple[int, str]:
    # OpenCV takes a moment to load, so other commands do without.
    from ..images import read_image

    settings = settings_from_options(parsed, FitTextureSettings)
    check_output_folder(parsed.output)
    with job_progress(parsed) as progress:
        head = load_builtin(settings.layout)
        images = {tile: read_image(path) for tile, path in tile_files(parsed.texture, head).items()}
        masks = tile_files(parsed.mask, head) if parsed.mask else None
        inputs = FitTextureInput(images, read_known(images, masks, needed=False))
        # Compute libraries take a second to load, so wrong input is told first.
        from ..texture.fit_texture import fit_texture

        result = fit_texture(inputs, settings, progress)
        folder = make_output_folder(parsed.output)
        files = texture_fit_files(result, describe_texture_fit(result, settings))
        write_files((Path(folder) / name, content) for name, content in files)
    found = result.metrics
    face = "" if found["psnr_face"] is None else f" ({found['psnr_face']:.1f} dB in the face)"
    told = (
        f"error: {found['psnr']:.1f} dB{face}, median {found['error_median']:.1f} of 255; the average texture has "
        f"{found['psnr_of_middle']:.1f} dB"
    )
    return 0, "\n".join([*result.notes, told])
