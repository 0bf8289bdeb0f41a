"""Path-traced portraits with hair, glasses, hands and hard light, and how well the face parser tells skin from them.

    python scripts/bench/parsing_bench.py render --pictures FOLDER [--count N] [--first N]     (needs the module bpy)
    python scripts/bench/parsing_bench.py judge --pictures FOLDER

Inside of the head's outline (person, hair and what covers them): mean of the intersections over unions of person and of
all else; the shares of hair, of hands and things, and of glasses that are taken for the person, and of the person that is
lost; by the parser alone, and as a texture is painted (cut out). Skin between strands and single strands before skin, which
no mask drawn by hand would tell apart, are not judged.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(Path(__file__).resolve().parent)]

from photo.shots import Shot, shot
from photo.truth import PARTS
from table import print_table

_PROPS = (
    ("fringe",),
    ("long", "glasses"),
    ("short", "hand"),
    ("curls",),
    ("parted", "sunglasses"),
    ("receding", "hand"),
    ("short", "glasses", "hand"),
    ("long", "microphone"),
    ("hair",),
    ("parted",),
    ("fringe", "glasses"),
    ("curls", "hand"),
)
# Half of how far apart strands of an area of hair lie at most, in sizes of the face.
_STRAND = 0.02
_LIGHTS = ("soft", "side", "coloured", "side", "hard")


def portrait(number: int) -> Shot:
    """The picture of this number: a shot's head and camera with other props and light."""
    props, light = _PROPS[number % len(_PROPS)], _LIGHTS[number % len(_LIGHTS)]
    base = shot(number)
    family = "ict" if base.family == "scan" else base.family
    skin = base.skin if base.skin != "own" else shot(number + 1).skin
    return replace(base, family=family, skin=skin, light=light, props=props, share=0.8 * base.share)


def render(arguments: argparse.Namespace) -> None:
    from photo.photograph import photograph

    arguments.pictures.mkdir(parents=True, exist_ok=True)
    cache_folder = arguments.pictures / "cache"
    cache_folder.mkdir(exist_ok=True)
    for number in range(arguments.first, arguments.first + arguments.count):
        wanted = portrait(number)
        if not (arguments.pictures / f"{wanted.name}.npz").is_file():
            photograph(wanted, arguments.pictures, arguments.data, cache_folder, arguments.samples)
            print(wanted.name, flush=True)


def judge(arguments: argparse.Namespace) -> None:
    from photo.truth import read_truth

    from headbridge.detection.faces import find_faces
    from headbridge.detection.parsing.classes import PERSON
    from headbridge.detection.parsing.cut_out import cut_out
    from headbridge.detection.parsing.parse import FaceParser
    from headbridge.images import read_photo

    parser, rows = FaceParser(), []
    for file in sorted(arguments.pictures.glob("*.npz")):
        photo, truth = read_photo(file.with_suffix(".png")), read_truth(file)
        faces = find_faces(photo.pixels)
        if not faces:
            print(f"{file.stem}: no face was found")
            continue
        parse = parser(photo.pixels, faces[0].points)
        own = {"parser": parse.chance(PERSON) > 0.5, "cut out": cut_out(photo.pixels, parse) > 0.5}
        for how, mask in own.items():
            rows.append({"picture": f"{file.stem} {how}", **_measures(mask, truth)})
    mean = []
    for light in ("", "-side-"):
        for how in ("parser", "cut out"):
            some = [row for row in rows if row["picture"].endswith(how) and light in row["picture"]]
            if some:
                numbers = {
                    key: [row[key] for row in some if row[key] is not None] for key in some[0] if key != "picture"
                }
                values = {key: float(np.mean(found)) if found else None for key, found in numbers.items()}
                mean.append({"picture": f"mean of {len(some)} {light.strip('-')} {how}", **values})
    print_table("in per cent", [*rows, *mean] if arguments.all else mean)


def _measures(own: np.ndarray, truth) -> dict[str, float | None]:
    """Per cent, inside of the head and not far from its face."""
    parts = truth.parts
    numbers = {name: number for number, name in enumerate(PARTS, 1)}
    low, high = truth.landmarks.min(axis=0), truth.landmarks.max(axis=0)
    row, column = np.mgrid[: parts.shape[0], : parts.shape[1]]
    room = 0.35 * (high - low).max()
    near = (
        (column > low[0] - room)
        & (column < high[0] + room)
        & (row > low[1] - 1.6 * room)
        & (row < high[1] + 0.3 * room)
    )
    near &= ~strand_areas(parts, (high - low).max())
    head, person = near & (parts > 0) & (parts != numbers["clothes"]), parts == numbers["person"]
    union = [(own | person) & head, (~own | ~person) & head]
    both = [own & person & head, ~own & ~person & head]
    overlap = [b.sum() / u.sum() for b, u in zip(both, union) if u.any()]

    def taken(part: str) -> float | None:
        there = near & (parts == numbers[part])
        return 100.0 * own[there].mean() if there.sum() > 30 else None

    return {
        "IoU": 100.0 * float(np.mean(overlap)),
        "hair": taken("hair"),
        "glasses": taken("glasses"),
        "things": taken("cover"),
        "clothes": taken("clothes"),
        "lost": 100.0 * float((~own)[person & near].mean()),
    }


def strand_areas(parts: np.ndarray, size: float) -> np.ndarray:
    """(H, W) bool: skin between strands of hair, and strands too thin to be an area. parts : (H, W) as of
    `photo.truth.Truth`; size : of the face, pixels."""
    person, hair = parts == 1 + PARTS.index("person"), (parts == 1 + PARTS.index("hair")).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(1, round(_STRAND * size)) + 1,) * 2)
    area = cv2.morphologyEx(hair, cv2.MORPH_CLOSE, kernel)
    solid = cv2.morphologyEx(area, cv2.MORPH_OPEN, kernel)
    return ((area > hair) & person) | (hair > solid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    taking = commands.add_parser("render", help="take pictures")
    taking.add_argument("--samples", type=int, default=48, help="paths per pixel (default 48)")
    taking.add_argument("--count", type=int, default=24, help="how many pictures (default 24)")
    taking.add_argument("--first", type=int, default=0, help="number of the first picture (default 0)")
    taking.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the open input data")
    taking.set_defaults(run=render)
    judging = commands.add_parser("judge", help="tell how well skin is told from hair and things")
    judging.add_argument("--all", action="store_true", help="every picture's row")
    judging.set_defaults(run=judge)
    for command in (taking, judging):
        command.add_argument("--pictures", type=Path, required=True, help="folder of the pictures and their truths")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
