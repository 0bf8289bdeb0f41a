"""The demo inside Blender: registers three pairs of heads, transfers UVs and a texture, fits heads to two photos and
makes random textures, all through the add-on, and leaves a file, pictures and a report.

    scripts/demo.sh                                                   (sets everything up first)
    blender -b --python scripts/demo.py -- --extension headbridge-0.1.0.zip --output out

The environment variable HEADBRIDGE_PYTHON names the interpreter that has the backend's packages.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import sys
import time
from pathlib import Path

# The audio of Blender's module is made for NumPy 1: it stays silent, and says so at length.
with contextlib.redirect_stderr(io.StringIO()):
    import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo import dressing, gallery, jobs, photos, report, textures
from demo.bars import Bar, bars, photo_bars, transfer_seconds, uv_bars
from demo.pictures import Pictures, jpeg
from demo.report_photo import PhotoChapter
from demo.report_uv import UvChapter
from demo.studio import Studio

MODULE = "bl_ext.user_default.headbridge"


def main(arguments: list[str]) -> int:
    """Run the demo; 0 when everything has run and turned no triangle over."""
    parser = argparse.ArgumentParser(prog="demo.py", description=__doc__.splitlines()[0])
    parser.add_argument("--extension", required=True, help="the extension's zip file")
    parser.add_argument("--output", required=True, help="folder for what the demo leaves")
    options = parser.parse_args(arguments)
    output = os.path.abspath(options.output)
    started = time.perf_counter()
    say(f"Blender {bpy.app.version_string}, Python {sys.version.split()[0]}; installing the extension")
    bpy.ops.extensions.package_install_files(filepath=options.extension, repo="user_default", enable_on_install=True)
    try:
        return run(output, started)
    finally:
        # Classes that are still registered can keep Blender from ending.
        bpy.ops.preferences.addon_disable(module=MODULE)


def run(output: str, started: float) -> int:
    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    say("Starting the backend, compiling its kernels (the first time takes longer)")
    jobs.warm_up()
    outcomes, failures = [], []
    for row, job in enumerate(jobs.JOBS):
        say(f"{job.title}: registering")
        try:
            outcome = jobs.run(job, row)
        except RuntimeError as problem:
            failures.append(f"{job.title}: {problem}")
            say(f"{job.title}: FAILED: {problem}")
            continue
        outcomes.append(outcome)
        say_result(outcome)
    comparison, heat_map, uv_layers, command = (
        importlib.import_module(f"{MODULE}.addon.{name}") for name in ("comparison", "heat_map", "uv_layers", "command")
    )
    by_key = {outcome.job.key: outcome for outcome in outcomes}
    dressings = dress(by_key, comparison, uv_layers, failures)
    stage = Studio(scene)
    fits = fit_photos(stage, by_key.get("hack-onto-scan"), command, output, failures)
    sheets = sample_textures(command, output, failures)
    for outcome in outcomes:
        say(f"{outcome.job.title}: rendering")
        Pictures(stage, outcome, comparison, heat_map, output).render()
    rows = []
    for row, dressed in enumerate(dressings, start=len(jobs.JOBS)):
        say(f"{dressing.TITLE}: rendering")
        dressing.render(stage, dressed, output)
        rows += dressing.lay_out(dressed, row)
    gallery.lay_out(stage, outcomes, rows, comparison, heat_map)
    overview = os.path.join(output, "overview.png")
    stage.shoot(overview)
    blend, page = os.path.join(output, "demo.blend"), os.path.join(output, "report.html")
    bpy.ops.wm.save_as_mainfile(filepath=blend, compress=True)
    chapters, uv_chapters = [chapter(outcome) for outcome in outcomes], [uv_chapter(dressed) for dressed in dressings]
    seconds = time.perf_counter() - started
    photo_chapters = list(map(photo_chapter, fits))
    pages = {name: jpeg(file) for name, file in sheets.items()}
    text = report.report(chapters, uv_chapters, photo_chapters, pages, failures, bpy.app.version_string, seconds)
    Path(page).write_text(text, encoding="utf-8")
    turned = [o.job.title for o in outcomes if o.metrics["flipped_triangles"]]
    turned += [dressing.TITLE for dressed in dressings if dressed.metrics["flipped"]["count"]]
    print()
    for path in (
        blend,
        overview,
        *(file for o in (*outcomes, *dressings, *fits) for file in o.pictures.values()),
        *sheets.values(),
        page,
    ):
        print(path)
    for problem in (*failures, *(f"{title}: triangles were turned over" for title in turned)):
        print(f"FAILED  {problem}", file=sys.stderr)
    return 1 if failures or turned else 0


def dress(outcomes: dict[str, jobs.Outcome], comparison, uv_layers, failures: list[str]) -> list[dressing.Dressing]:
    """The UV transfer and the bake, where the registrations they build on have run; notes a failure."""
    flame_on_hack, hack_on_scan = outcomes.get("flame-onto-hack"), outcomes.get("hack-onto-scan")
    if flame_on_hack is None or hack_on_scan is None:
        return []
    say(f"{dressing.TITLE}: transferring UVs, baking")
    try:
        dressed = dressing.run(flame_on_hack, hack_on_scan, comparison, uv_layers)
    except RuntimeError as problem:
        failures.append(f"{dressing.TITLE}: {problem}")
        say(f"{dressing.TITLE}: FAILED: {problem}")
        return []
    say(f"{dressing.TITLE}: {transfer_seconds(dressed.metrics):.2f} s")
    say_bars(uv_bars(dressed.metrics))
    return [dressed]


def fit_photos(
    stage: Studio, hack_on_scan: jobs.Outcome | None, command, output: str, failures: list[str]
) -> list[photos.PhotoFit]:
    """The fits to photos: the portrait, and a picture of the scan where it is there; notes failures."""
    pictures = [("photo-portrait", "A head fitted to a portrait", str(photos.PORTRAIT))]
    if hack_on_scan is not None:
        say("Photographing the scan")
        file = photos.photograph_scan(stage, hack_on_scan, output)
        pictures.append(("photo-scan", "A head fitted to a picture of the scan", file))
    fits = []
    for key, title, file in pictures:
        say(f"{title}: fitting")
        try:
            fits.append(photos.fit(key, title, file, command, output))
        except RuntimeError as problem:
            failures.append(f"{title}: {problem}")
            say(f"{title}: FAILED: {problem}")
            continue
        say(f"{title}: {fits[-1].seconds:.1f} s")
        say_bars(photo_bars(fits[-1].view["metrics"], fits[-1].seconds))
    return fits


def sample_textures(command, output: str, failures: list[str]) -> dict[str, str]:
    """Sheets of random textures, name to file; notes a failure."""
    say("Making random textures")
    try:
        return textures.sample(command, output)
    except RuntimeError as problem:
        failures.append(f"Random textures: {problem}")
        say(f"Random textures: FAILED: {problem}")
        return {}


def chapter(outcome: jobs.Outcome) -> report.Chapter:
    pictures = {name: jpeg(file) for name, file in outcome.pictures.items()}
    job_bars = bars(outcome.job.key, outcome.metrics)
    return report.Chapter(outcome.job.title, outcome.answer, job_bars, pictures, outcome.operator_seconds)


def uv_chapter(dressed: dressing.Dressing) -> UvChapter:
    pictures = {name: jpeg(file) for name, file in dressed.pictures.items()}
    uv = uv_bars(dressed.metrics)
    return UvChapter(dressing.TITLE, dressed.answer, uv, pictures, dressed.operator_seconds, dressed.bake_seconds)


def photo_chapter(fitted: photos.PhotoFit) -> PhotoChapter:
    pictures = {name: jpeg(file) for name, file in fitted.pictures.items()}
    photo = photo_bars(fitted.view["metrics"], fitted.seconds)
    return PhotoChapter(fitted.title, fitted.answer, photo, pictures, fitted.seconds)


def say(text: str) -> None:
    print(f"[demo] {text}", flush=True)


def say_result(outcome: jobs.Outcome) -> None:
    say(f"{outcome.job.title}: {outcome.metrics['seconds']:.2f} s")
    say_bars(bars(outcome.job.key, outcome.metrics))


def say_bars(found: list[Bar]) -> None:
    for bar in found:
        value = "not measured" if bar.value is None else f"{bar.value:.4g}"
        print(f"         {'ok  ' if bar.reached else 'OVER'} {bar.label}: {value} ({bar.wanted})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]))
