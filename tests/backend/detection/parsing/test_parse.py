"""A parse transferred from its crop to the picture, and what the shipped network tells of a head that it was not taught with."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from headbridge.detection.crops import Crop
from headbridge.detection.faces import find_faces
from headbridge.detection.networks.unet import MULTIPLE
from headbridge.detection.parsing.classes import BACKGROUND, CLASSES, CLOTHES, EAR_OR_NECK, HAIR, PERSON, SKIN
from headbridge.detection.parsing.cut_out import cut_out, shadowed_by_hair, without_stray_pieces
from headbridge.detection.parsing.network import FaceParserNetwork
from headbridge.detection.parsing.parse import FaceParse, FaceParser
from headbridge.images import read_image

SIDE = 96
PORTRAIT = Path(__file__).resolve().parents[4] / "scripts" / "demo" / "portrait.png"
# Drawn by hand on the portrait: face, ears and throat; the hair that the parser's crop holds, forehead included.
PORTRAIT_SKIN = (
    ((187, 75), (198, 82), (220, 83), (241, 87), (265, 89), (269, 94), (270, 102), (272, 111), (271, 128), (273, 130))
    + ((271, 137), (267, 136), (266, 149), (261, 158), (258, 166), (254, 175), (253, 183), (243, 188), (232, 190))
    + ((215, 187), (196, 185), (188, 178), (186, 167), (186, 154), (183, 145), (182, 132), (176, 130), (173, 123))
    + ((173, 118), (181, 115), (183, 98), (185, 85))
)
PORTRAIT_HAIR = (
    (173, 119),
    (158, 101),
    (155, 88),
    (153, 75),
    (155, 60),
    (168, 45),
    (187, 36),
    (196, 34),
    (267, 37),
    (286, 47),
) + ((296, 60), (302, 82), (298, 103), (287, 120), (273, 130), (269, 128), (230, 89), (183, 117))


def parse_of(numbers: np.ndarray, crop: Crop, shape: tuple[int, int]) -> FaceParse:
    chances = np.stack([numbers == number for number in range(len(CLASSES))]).astype(np.float32)
    return FaceParse(chances, crop, shape)


def disc(side: int, column: float, row: float, radius: float) -> np.ndarray:
    y, x = np.mgrid[:side, :side] + 0.5
    return np.hypot(x - column, y - row) < radius


def test_classes_come_back_to_their_place_in_a_turned_and_shifted_crop():
    crop = Crop((130.0, 90.0), 120.0, angle=30.0, size=SIDE)
    numbers = np.where(disc(SIDE, 30.0, 60.0, 12.0), HAIR, SKIN)
    parse = parse_of(numbers, crop, (180, 260))
    centre = crop.to_picture(np.array([[30.0, 60.0]]))[0]
    y, x = np.mgrid[:180, :260] + 0.5
    away = np.hypot(x - centre[0], y - centre[1])
    labels, radius = parse.labels(), 12.0 * 120.0 / SIDE
    assert (labels[away < radius - 1.5] == HAIR).all()
    assert (labels[(away > radius + 1.5) & (away < radius + 8.0)] == SKIN).all()
    # Beyond the crop lies the background.
    assert labels[2, 2] == BACKGROUND and parse.chance((BACKGROUND,))[2, 2] == 1.0
    total = sum(parse.chance((number,)) for number in range(len(CLASSES)))
    assert np.allclose(total, 1.0, atol=1e-5)


def test_colours_settle_what_the_parser_leaves_open():
    rng = np.random.default_rng(0)
    side = 200
    skin = disc(side, 100.0, 100.0, 60.0)
    pixels = np.where(skin[..., None], (0.8, 0.6, 0.5), (0.2, 0.25, 0.4)) + rng.normal(0.0, 0.02, (side, side, 3))
    pixels = np.clip(pixels, 0.0, 1.0).astype(np.float32)
    chances = np.zeros((len(CLASSES), side, side), np.float32)
    # Sure within 45 and beyond 75 pixels, a guess between.
    y, x = np.mgrid[:side, :side] + 0.5
    chances[SKIN] = np.clip(1.0 - (np.hypot(x - 100.0, y - 100.0) - 45.0) / 30.0, 0.0, 1.0)
    chances[BACKGROUND] = 1.0 - chances[SKIN]
    crop = Crop((100.0, 100.0), 200.0, size=side)
    own = cut_out(pixels, FaceParse(chances, crop, (side, side))) > 0.5
    assert not own[~skin].any()
    assert own[disc(side, 100.0, 100.0, 56.0)].all()


def test_what_the_parser_is_sure_of_stands_against_colours():
    # One half of the face lies in the dark, as does the hair above.
    side = 160
    face, hair = disc(side, 80.0, 90.0, 50.0), disc(side, 80.0, 60.0, 60.0)
    pixels = np.full((side, side, 3), 0.5, np.float32)
    pixels[hair] = 0.05
    pixels[face] = 0.7
    pixels[face & (np.arange(side) > 80)] = 0.05
    numbers = np.where(face, SKIN, np.where(hair, HAIR, BACKGROUND))
    own = cut_out(pixels, parse_of(numbers, Crop((80.0, 80.0), 160.0, size=side), (side, side))) > 0.5
    # Beside the hair, where light and dark meet, the dark may be the hair's shadow.
    beside = distance_transform_edt(~(hair & ~face)) < 12.0
    assert own[disc(side, 80.0, 90.0, 46.0) & ~beside].all()
    assert not own[~face].any()


def test_pieces_that_hang_on_nothing_are_left_out():
    own = disc(200, 100.0, 110.0, 60.0)
    stray, thread = disc(200, 20.0, 20.0, 6.0), np.zeros_like(own)
    thread[109:111, 20:45] = True
    tip = disc(200, 16.0, 110.0, 6.0)
    kept = without_stray_pieces(own | stray | thread | tip)
    assert not kept[stray].any() and not kept[tip].any()
    assert np.array_equal(kept & own, own)


def test_throats_keep_away_from_collars():
    side = 200
    row = np.arange(side)[:, None] * np.ones((1, side), int)
    numbers = np.where(row < 100, SKIN, np.where(row < 150, EAR_OR_NECK, CLOTHES))
    pixels = np.where((row < 150)[..., None], (0.8, 0.6, 0.5), (0.1, 0.1, 0.3)).astype(np.float32)
    own = cut_out(pixels, parse_of(numbers, Crop((100.0, 100.0), 200.0, size=side), (side, side)))[:, 100] > 0.5
    # The face's chin lies next to the throat without a gap.
    assert own[:143].all() and not own[148:].any()


def test_chin_and_throat_meet_where_the_parser_is_sure_of_the_person_and_not_of_the_border():
    side = 200
    row = np.arange(side)[:, None] * np.ones((1, side), int)
    parse = parse_of(np.where(row < 180, SKIN, CLOTHES), Crop((100.0, 100.0), 200.0, size=side), (side, side))
    throat = np.clip((row - 80) / 40.0, 0.0, 1.0).astype(np.float32) * parse.chances[SKIN]
    parse.chances[EAR_OR_NECK], parse.chances[SKIN] = throat, parse.chances[SKIN] - throat
    pixels = np.where((row < 180)[..., None], (0.8, 0.6, 0.5), (0.1, 0.1, 0.3)).astype(np.float32)
    assert cut_out(pixels, parse)[:170].all()


def test_pictures_of_other_sizes_go_through_the_network():
    network = FaceParserNetwork().eval()
    with torch.inference_mode():
        scores = network(torch.zeros(1, 11, 3 * MULTIPLE, 5 * MULTIPLE))
    assert scores.shape == (1, len(CLASSES), 3 * MULTIPLE, 5 * MULTIPLE)


@pytest.mark.slow
def test_the_shipped_network_tells_a_scanned_head_from_what_is_before_it(scan_from_the_front):
    pixels, covered, points = scan_from_the_front
    face = np.zeros_like(covered)
    # The forehead ends at the picture's border.
    low, high = (np.maximum(side, 0).astype(int) for side in (points[:468].min(axis=0), points[:468].max(axis=0)))
    face[low[1] : high[1], low[0] : high[0]] = covered[low[1] : high[1], low[0] : high[0]]
    parser = FaceParser()
    alone = parser(pixels, points)
    assert (alone.chance(PERSON) > 0.5)[face].mean() > 0.93
    assert (alone.chance(PERSON) > 0.5)[~covered].mean() < 0.02
    # A grey bar before the mouth.
    bar, (column, row) = np.zeros_like(covered), points[13].astype(int)
    bar[row - 10 : row + 10, column - 28 : column + 28] = True
    spoilt = np.where(bar[..., None], (0.15, 0.15, 0.17), pixels).astype(np.float32)
    found = parser(spoilt, points)
    # The network's pixels are coarse: an edge of the bar may be the face's.
    assert (found.chance(PERSON) > 0.5)[bar & face].mean() < 0.07
    own = cut_out(spoilt, found)
    assert own[bar & face].mean() < 0.005
    assert own[face & ~bar].mean() > 0.7


@pytest.mark.slow
def test_the_shipped_network_tells_a_persons_skin_from_her_hair():
    pixels = read_image(PORTRAIT).encoded_as("sRGB").astype(np.float32)
    skin, hair = (np.zeros(pixels.shape[:2], np.uint8) for _ in range(2))
    cv2.fillPoly(hair, [np.array(PORTRAIT_HAIR)], 1)
    cv2.fillPoly(skin, [np.array(PORTRAIT_SKIN)], 1)
    skin, hair = skin > 0, (hair > 0) & (skin == 0)
    found = FaceParser()(pixels, find_faces(pixels)[0].points)
    person = found.chance(PERSON) > 0.5
    assert (person & skin).sum() / ((person | skin) & (skin | hair)).sum() > 0.93
    own = cut_out(pixels, found) > 0.5
    assert own[hair].mean() < 0.02 and own[skin].mean() > 0.8


def test_dark_skin_beside_hair_is_left_out_and_brows_and_gradual_shading_stay():
    row, column = np.mgrid[:256, :256]
    hair = row < 80
    # Skin that grows darker to the left, with a shadow below the hair, a brow in it, and a mole far from it.
    luminance = np.exp(-0.3 * (256.0 - column) / 256.0) * 180.0
    shadow, brow = (row >= 80) & (row < 88), (row >= 84) & (row < 88) & (column > 100) & (column < 140)
    mole = (np.abs(row - 180) < 4) & (np.abs(column - 60) < 4)
    luminance = np.where(shadow | mole, 0.55 * luminance, luminance)
    picture = np.repeat(np.where(hair, 20.0, luminance)[..., None], 3, axis=2).astype(np.uint8)
    found = shadowed_by_hair(picture, ~hair, hair, brow)
    np.testing.assert_array_equal(found, shadow & ~brow)
    assert not shadowed_by_hair(picture, ~hair, np.zeros_like(hair), brow).any()
