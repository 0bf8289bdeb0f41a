"""``headbridge fit-texture``: a given texture projected into a texture space or a generator."""

from __future__ import annotations

import argparse

from ..jobs.complete_texture import read_known
from ..jobs.fit_texture import FIT_TEXTURE
from ..mesh.udim import PLACEHOLDER
from ..texture.fit_job import FitTextureInput, FitTextureResult, FitTextureSettings
from ..topologies import load_builtin
from .folder_command import FolderCommand
from .meshes import tile_files

_DESCRIPTION = f"""Find the texture TEXTURE of a head (.png .jpg .tif .exr) in a texture space or a generator: the
coefficients, or latents, whose texture is nearest to it. Writes texture.png, which the space or generator makes of them,
difference.png, what TEXTURE has beyond (grey where it has nothing), textures.npz with the coefficients, styles.npz with a
generator's styles, and fit_texture.json. TEXTURE is in FLAME's or HACK's layout; headbridge bake transfers it there. Where
the layout lies in several UDIM tiles {PLACEHOLDER} in TEXTURE and FILE stands for the number of the tile."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("texture", metavar="TEXTURE", help="texture to find")
    parser.add_argument(
        "--mask", metavar="FILE", help="image, white where TEXTURE counts; else its alpha, or everywhere"
    )


def _read(parsed: argparse.Namespace, settings: FitTextureSettings) -> FitTextureInput:
    # OpenCV takes a moment to load, so other commands do without.
    from ..images import read_image

    head = load_builtin(settings.layout)
    images = {tile: read_image(path) for tile, path in tile_files(parsed.texture, head).items()}
    masks = tile_files(parsed.mask, head) if parsed.mask else None
    return FitTextureInput(images, read_known(images, masks, needed=False))


def _lines(result: FitTextureResult, *_) -> list[str]:
    found = result.metrics
    face = "" if found["psnr_face"] is None else f" ({found['psnr_face']:.1f} dB in the face)"
    return [
        *result.notes,
        f"error: {found['psnr']:.1f} dB{face}, median {found['error_median']:.1f} of 255; the average texture has "
        f"{found['psnr_of_middle']:.1f} dB",
    ]


define = FolderCommand(FIT_TEXTURE, _DESCRIPTION, _arguments, _read, _lines).define
