"""Path-traced pictures of known heads, and fits to them side by side with the truth.

    python scripts/bench/photo_bench.py render --pictures FOLDER [--count N] [--first N]     (needs the module bpy)
    python scripts/bench/photo_bench.py fit --pictures FOLDER [--count N] [--first N] [--model flame|hack]
        [--identities ict|people]

Distances are millimetres from the true narrow face to the fitted head laid onto it rigidly (`scaled`: with scale), next
to the same for the model's mean head; landmarks are the inner 51 in per cent of the distance of the outer eye corners.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(ROOT / "scripts"), str(Path(__file__).resolve().parent)]

from photo.shots import shot

# A 35 mm equivalent goes by the diagonal: pictures here are square, with a sensor 36 mm wide.
GIVEN_FOCAL_SHARE = (24.0**2 + 36.0**2) ** 0.5 / (36.0 * 2.0**0.5)


def render(arguments: argparse.Namespace) -> None:
    """Take the pictures that the folder does not have yet."""
    from photo.photograph import photograph

    from headbridge.topologies.builtin import demo_pairs_file

    arguments.pictures.mkdir(parents=True, exist_ok=True)
    cache_folder = arguments.pictures / "cache"
    cache_folder.mkdir(exist_ok=True)
    registered = cache_folder / "hack_on_scan.npz"
    if not registered.is_file():
        command = ["register", "hack", "lee-perry-smith", "--landmarks", str(demo_pairs_file()), "-o", str(registered)]
        subprocess.run([sys.executable, "-m", "headbridge", *command], check=True)
    for number in range(arguments.first, arguments.first + arguments.count):
        wanted = shot(number)
        if (arguments.pictures / f"{wanted.name}.npz").is_file():
            continue
        started = time.perf_counter()
        photograph(wanted, arguments.pictures, arguments.data, cache_folder, arguments.samples)
        print(f"{wanted.name}: {time.perf_counter() - started:.1f} s", flush=True)


def fit(arguments: argparse.Namespace) -> None:
    """Fit heads to the pictures that are there, and print how far they are off."""
    from photo.judge import judge, summary_rows
    from photo.truth import read_truth
    from table import print_table

    from headbridge.errors import HeadBridgeError
    from headbridge.fitting.heads import load_head
    from headbridge.fitting.photo.fit import fit_photo
    from headbridge.fitting.photo.job import FitPhotoInput, FitPhotoSettings, PhotoView
    from headbridge.images import read_photo
    from headbridge.progress import Progress

    rows = []
    mean_head = load_head(arguments.model, identities=arguments.identities).template
    for number in range(arguments.first, arguments.first + arguments.count):
        file = arguments.pictures / f"{shot(number).name}.png"
        if not file.with_suffix(".npz").is_file():
            continue
        given = shot(number).focal * GIVEN_FOCAL_SHARE if arguments.known_focal else 0.0
        settings = FitPhotoSettings(
            model=arguments.model,
            identities=arguments.identities,
            landmarks_only=arguments.landmarks_only,
            size=512,
            focal=given,
        )
        started = time.perf_counter()
        try:
            photo = read_photo(file)
            result = fit_photo(FitPhotoInput((PhotoView(photo),)), settings, Progress())
        except HeadBridgeError as problem:
            print(f"{file.stem}: FAILED: {problem}", flush=True)
            continue
        seconds = time.perf_counter() - started
        rows.append(judge(read_truth(file.with_suffix(".npz")), result, mean_head, photo.pixels, seconds))
        print(json.dumps(rows[-1]), flush=True)
    if rows:
        title = f"{len(rows)} pictures, {arguments.model}, identities {arguments.identities}" + (
            ", landmarks only" if arguments.landmarks_only else ""
        )
        print_table(title, [*rows, *summary_rows(rows)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    taking = commands.add_parser("render", help="take pictures")
    taking.add_argument("--samples", type=int, default=64, help="paths per pixel (default 64)")
    taking.set_defaults(run=render)
    fitting = commands.add_parser("fit", help="fit heads to the pictures and tell how far they are off")
    fitting.add_argument("--model", default="flame", choices=("flame", "open-flame", "hack"))
    fitting.add_argument("--identities", default="ict", choices=("ict", "people"))
    fitting.add_argument("--landmarks-only", action="store_true")
    fitting.add_argument("--known-focal", action="store_true", help="tell the fit the camera's true focal length")
    fitting.set_defaults(run=fit)
    for command in (taking, fitting):
        command.add_argument("--pictures", type=Path, required=True, help="folder of the pictures and their truths")
        command.add_argument(
            "--count",
            type=int,
            default=24,
            help="how many pictures (default 24, adults; the 12 after them are of children and old people)",
        )
        command.add_argument("--first", type=int, default=0, help="number of the first picture (default 0)")
        command.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="the open input data")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
