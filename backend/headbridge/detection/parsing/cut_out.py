"""The person cut out of a picture: pixels of the head itself, with nothing before it, no hair and no clothes.

What the parser tells is refined by the picture's own colours and edges (GrabCut, Rother et al. 2004). Pixels that show
skin may be lost, since what lacks is completed; others that are taken for skin spoil a texture.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from ...images.colour import LUMINANCE
from ..crops import Cropper
from .classes import COVERING, EAR_OR_NECK, FEATURES, HAIR, PERSON
from .parse import FaceParse, from_crop

_SIDE, _ROUNDS = 256, 3
# Chances: of hair, things and clothes from which on a pixel is not the person's whatever its colour; and of the person,
# above and below which colours are not asked either: under hard light both sides of a face differ as much as face and
# hair do, and eyes, brows and lips have no skin's colour.
_SURE_NOT, _SURE, _NEVER = 0.3, 0.9, 0.25
_SURE_FEATURE = 0.4
# Bridges thinner than this share of the crop's side hold nothing together, and pieces smaller than this share of the
# largest one are left out.
_THIN, _STRAY = 0.012, 0.02
# A pixel beside something else shows a mixture: so much of the crop's side is taken off at edges.
_MARGIN = 0.006
# Ears and throat lie beside hair, collars and shadows of the chin: they have to be surer, and more is taken off.
_SURE_NECK, _NECK_MARGIN = 0.8, 0.02
# Skin so near to hair, of the crop's side, lies in its shadow or below thin strands where its luminance is lower than
# this logarithm says against the skin farther away, averaged over so much of the side.
_NEAR_HAIR, _SHADOWED, _AROUND = 0.05, -0.25, 0.06
# Logarithms of a luminance below this, sRGB, say little.
_DARK = 0.03


def cut_out(pixels: np.ndarray, parse: FaceParse) -> np.ndarray:
    """(H, W) float32, 1 where the head's own skin and features are seen, 0 elsewhere.

    pixels : (H, W, 3) float sRGB 0..1, of which `parse` tells the classes."""
    crop = replace(parse.crop, size=_SIDE)
    picture = Cropper(np.round(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8)).cut(crop)
    person, features, other = (
        cv2.resize(parse.chances[list(classes)].sum(axis=0), (_SIDE, _SIDE)) for classes in (PERSON, FEATURES, COVERING)
    )
    sure = (person > _SURE) | (features > _SURE_FEATURE)
    own = _by_colours(picture, person, sure, other)
    hair = cv2.resize(parse.chances[HAIR], (_SIDE, _SIDE)) > 0.5
    own = without_stray_pieces(own & ~shadowed_by_hair(picture, own, hair, features > _SURE_FEATURE))
    neck = cv2.resize(parse.chances[EAR_OR_NECK], (_SIDE, _SIDE))
    # A chin lies next to its throat without a gap: both are the person.
    doubtful = (neck > 0.5 * person) & ~_eroded(person > _SURE_NECK, _NECK_MARGIN)
    return from_crop((_eroded(own, _MARGIN) & ~doubtful).astype(np.float32), crop, parse.shape, 0.0)


def shadowed_by_hair(picture: np.ndarray, own: np.ndarray, hair: np.ndarray, features: np.ndarray) -> np.ndarray:
    """(S, S) bool, skin beside hair that is darker than the skin farther away from it.

    picture : (S, S, 3) uint8. own, hair, features : (S, S) bool, the person, hair, and what of the person is no skin."""
    side = len(own)
    skin = own & ~features
    near = distance_transform_edt(~hair) < _NEAR_HAIR * side if hair.any() else np.zeros_like(own)
    luminance = np.log(picture @ LUMINANCE.astype(np.float32) / 255.0 + _DARK)
    far = (skin & ~near).astype(np.float32)
    sums = cv2.GaussianBlur(np.dstack([luminance * far, far]), (0, 0), _AROUND * side)
    # Where nothing lies around, nothing is known to be darker.
    darker = luminance * sums[..., 1] < sums[..., 0] + _SHADOWED * sums[..., 1]
    return skin & near & darker


def _eroded(mask: np.ndarray, margin: float) -> np.ndarray:
    """(S, S) bool without `margin` of the side at its edges; the picture's own border is none."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(margin * mask.shape[0]) + 1,) * 2)
    return cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE) > 0


def _by_colours(picture: np.ndarray, person: np.ndarray, sure: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(S, S) bool of a picture (S, S, 3) uint8, the chances (S, S) of the person and of what covers it, and (S, S) bool
    where the person is sure."""
    never = (other > _SURE_NOT) | (person < _NEVER)
    labels = np.where(person > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[sure], labels[never] = cv2.GC_FGD, cv2.GC_BGD
    asked = ~(sure | never)
    if asked.any() and sure.any() and never.any():
        # OpenCV draws the clusters' first centres.
        cv2.setRNGSeed(0)
        cv2.grabCut(picture, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def without_stray_pieces(own: np.ndarray) -> np.ndarray:
    """(S, S) bool without pieces that hang together with the largest one by nothing or by a thread."""
    reach = max(1, round(_THIN * own.shape[0]))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    solid = cv2.morphologyEx(own.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    _, pieces, about, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    areas = about[:, cv2.CC_STAT_AREA].astype(float)
    areas[0] = 0.0
    kept = (areas >= _STRAY * areas.max()) & (areas > 0.0)
    # What opening took off the edges of a kept piece comes back.
    return own & (cv2.dilate(kept[pieces].astype(np.uint8), kernel) > 0)
