"""A start for generators at which every picture shares its features, so that many cost little more than one.

Styles then only weigh the features in the colours of each resolution: a picture is linear in its styles, which are
bent linear functions of z. Training learns the features of a linear space of textures from many of its pictures a step.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from headbridge.errors import InputError
from headbridge.texture.stylegan.generator import Generator, Synthesis
from headbridge.texture.stylegan.layers import ToRgb, upsample

# Units of w for an entry of z: sign, and where it bends.
_UNITS = ((1.0, -1.0), (-1.0, -1.0), (1.0, 1.0))
# Entries of z that hardly change the picture are not made any shorter.
_SHORTEST, _LONGEST = 0.3, 3.0
_NOISE, _COLOURS = 0.1, 0.1


@torch.no_grad()
def share_features(generator: Generator, lengths: torch.Tensor) -> None:
    """Change a new generator of one mapping layer with three units of w for every entry of z.

    w's units bend at -1 and 1, so that styles can be any function of z's entries that is linear between. lengths :
    (latent,) how much the entries matter: the more, the wider they vary in w. Raises `InputError` for other shapes."""
    shape, first = generator.shape, generator.mapping.fc0
    if shape.mapping_layers != 1 or shape.style != len(_UNITS) * shape.latent:
        raise InputError(f"Shared features take one mapping layer and {len(_UNITS)} units of w for an entry of z.")
    scales = lengths.sqrt().clamp(_SHORTEST, _LONGEST).to(first.weight)
    first.weight.copy_(torch.cat([sign * scales.diag() for sign, _ in _UNITS]) / first.weight_gain)
    first.bias.copy_(torch.cat([-sign * bend * scales for sign, bend in _UNITS]) / first.bias_gain)
    for name, parameter in generator.synthesis.named_parameters():
        if _is_style_of_features(name):
            parameter.zero_()
        elif name.endswith("noise_strength"):
            parameter.fill_(_NOISE)
        elif name.endswith("torgb.weight"):
            # A new resolution hardly changes what the coarser ones have learned.
            parameter.mul_(_COLOURS)


def shared_parameters(generator: Generator) -> list[torch.Tensor]:
    """What is learned while features are shared: all but the mapping and the styles of features, and the noise as
    well, which becomes the finest detail that textures have in common."""
    synthesis = generator.synthesis
    noise = [buffer for name, buffer in synthesis.named_buffers() if name.endswith("noise_const")]
    return [*(value for name, value in synthesis.named_parameters() if not _is_style_of_features(name)), *noise]


def shared_pictures(
    synthesis: Synthesis, styles: torch.Tensor, resolution: int, dtype: torch.dtype | None = None
) -> dict[int, torch.Tensor]:
    """What `synthesis` gives for (B, style) styles at every resolution up to one, (B, colours, R, R) by R, while
    features are shared. dtype : as of `Synthesis.forward`."""
    dtype, one = dtype or styles.dtype, torch.zeros_like(styles[:1])
    x = picture = None
    pictures = {}
    for size in synthesis.shape.resolutions[: synthesis.shape.resolutions.index(resolution) + 1]:
        block = getattr(synthesis, f"b{size}")
        if block.is_first:
            x = block.const.to(dtype)[None].contiguous(memory_format=torch.channels_last)
        else:
            x = block.conv0(x, one)
        x = block.conv1(x, one)
        colours = _colours(block.torgb, x, styles)
        picture = colours if picture is None else upsample(picture) + colours
        pictures[size] = picture
    return pictures


def _colours(layer: ToRgb, x: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
    """(B, colours, R, R) of features (1, C, R, R) that (B, style) styles share."""
    weights = layer.weight[None, :, :, 0, 0] * (layer.affine(styles) * layer.weight_gain)[:, None]
    flat = F.conv2d(x, weights.flatten(0, 1)[:, :, None, None].to(x.dtype)).to(styles.dtype)
    return flat.view(len(styles), -1, *x.shape[2:]) + layer.bias[:, None, None]


def _is_style_of_features(name: str) -> bool:
    return ".conv" in name and name.endswith("affine.weight")
