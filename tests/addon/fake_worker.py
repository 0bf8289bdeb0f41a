"""A worker that speaks the protocol and misbehaves as asked by HEADBRIDGE_FAKE; standard library and NumPy only.

"answer" answers every task: a registration returns the source as it is as "aligned", and shifted by SHIFT as
"registered"; a UV transfer the target's x and z, scaled by UV_SCALE, as UVs under the name LAYOUT (with "unknown", the
source), the first triangle being a problem; a bake the images it was given, and all of it covered; a fit a head
of one triangle (HEAD) that is fitted to the data by SIMILARITY; a fit to photos the same at the origin, seen by the
cameras of `photo_camera` with POINTS as landmarks; a texture's basis is TEXTURE_MEAN everywhere and TEXTURE_COUNT
components of 0.1 in red, green, blue, red ... "good" and "check" do the same with a verdict. The code names the rest.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import struct
import sys
import time
import zlib

import numpy as np

# Python's own search leaves a program's folder out (PYTHONSAFEPATH).
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import answer_damage

SHIFT = (1.0, 2.0, 3.0)
UV_SCALE = 0.001
LAYOUT = "FLAME"
HEAD = ((0.0, 0.0, 0.0), (100.0, 0.0, 0.0), (0.0, 200.0, 0.0))
DETAIL = 0.5
TEXTURE_MEAN, TEXTURE_COUNT = 0.5, 14
FITTED_COEFFICIENT = 0.5
NATURAL = {"scale": 0.8, "offset": 0.1, "least": -1.0, "most": None}
SIMILARITY = {"scale": 2.0, "translation": (10.0, 20.0, 30.0)}
POINTS = {
    "right eye outer corner": (-45.0, 30.0, 60.0),
    "left eye outer corner": (45.0, 31.0, 59.0),
    "nose tip": (1.0, -5.0, 100.0),
    "right lip corner": (-25.0, -40.0, 70.0),
    "left lip corner": (26.0, -41.0, 71.0),
}
# Half ambient, half from the upper left before the face, in the encoded colours' spherical harmonics.
LIGHT = ((2.0, 1.8, 1.6), (0.3, 0.3, 0.3), (0.4, 0.4, 0.4), (0.3, 0.3, 0.3), *[(0.0, 0.0, 0.0)] * 5)
VERDICTS = {
    "good": {"verdict": "good", "reasons": []},
    "check": {
        "verdict": "check",
        "reasons": [
            {"level": "check", "text": "The nose is off.", "region": "nose", "step": "Give landmark pairs there."},
            {"level": "check", "text": "3 triangles are flipped.", "region": "", "step": ""},
        ],
    },
}
TERMS = {
    "code": -32005,
    "message": "HACK is used for the first time, and its terms are not accepted yet.",
    "data": {
        "terms": {"key": "hack", "label": "HACK", "terms": "Ask them.", "source": "https://there", "credit": "A"},
    },
}
FAILED_RESULT = {
    "code": -32004,
    "message": "Failed: There is no mouth. Look for it.",
    "data": {
        "exit_code": 1,
        "details": "",
        "verdict": "failed",
        "reasons": [
            {"level": "failed", "text": "There is no mouth.", "region": "mouth", "step": "Look for it."},
            {"level": "check", "text": "3 triangles are flipped.", "region": "", "step": ""},
        ],
    },
}
FITS = {"fit_mesh": "mesh.npz", "fit_landmarks3d": "landmarks.npz", "fit_scan": "scan.npz", "convert": "mesh.npz"}


# What the job that is being answered was asked with.
_asked: dict = {}


def send(message: dict) -> None:
    if os.environ["HEADBRIDGE_FAKE"] in VERDICTS and "settings" in (message.get("result") or {}):
        message["result"] |= VERDICTS[os.environ["HEADBRIDGE_FAKE"]]
    line = json.dumps({"jsonrpc": "2.0", **message}).encode()
    if "HEADBRIDGE_DAMAGE" in os.environ and "result" in message and _asked:
        line = answer_damage.damaged(message, _asked)
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def read() -> dict | None:
    line = sys.stdin.readline()
    return json.loads(line) if line else None


def report(params: dict, number: int, fraction: float) -> None:
    vertices = np.load(os.path.join(params["folder"], "source.npz"))["vertices"] * (1.0 + 0.01 * number)
    name = f"preview_{number:05d}.npz"
    np.savez(os.path.join(params["folder"], name), vertices=vertices)
    progress = {"job": params["job"], "fraction": fraction, "message": f"Stage {number}", "vertices": name}
    send({"method": "progress", "params": progress})


def answer(identity: int, params: dict) -> None:
    vertices = np.load(os.path.join(params["folder"], "source.npz"))["vertices"]
    for number in range(3):
        report(params, number, number / 3.0)
    distance = np.linspace(0.0, 2.0, len(vertices))
    distance[-1] = np.nan
    np.savez(
        os.path.join(params["folder"], "result.npz"),
        aligned=vertices,
        registered=vertices + SHIFT,
        distance_mm=distance,
    )
    metrics = {
        "distances": {
            "face": {"source_to_target": {"mean": 0.05, "p95": 0.09, "max": 1.2}, "target_to_source": {"p95": 0.2}}
        },
        "flipped_triangles": 0,
    }
    similarity = {"scale": 1.0, "rotation": np.eye(3).tolist(), "translation": [0.0, 0.0, 0.0]}
    result = {
        "metrics": metrics,
        "notes": [],
        "similarity": similarity,
        "mm_per_target_unit": 1.0,
        "result": "result.npz",
    }
    result["options"] = (
        sorted(np.load(os.path.join(params["folder"], "options.npz")).files)
        if os.path.exists(os.path.join(params["folder"], "options.npz"))
        else []
    )
    result["settings"] = params["settings"]
    send({"id": identity, "result": result})


def answer_uv(identity: int, params: dict, layout: str | None) -> None:
    folder = params["folder"]
    if layout is None:
        # As the backend calls the layout of a source that it does not know.
        layout = os.path.splitext(str(np.load(os.path.join(folder, "source.npz"))["name"]))[0]
    target = np.load(os.path.join(folder, "target.npz"))
    uvs = target["vertices"][target["corners"]][:, [0, 2]] * UV_SCALE
    problems = np.zeros(int((target["face_sizes"] - 2).sum()), bool)
    problems[0] = True
    np.savez(
        os.path.join(folder, "result.npz"),
        corner_uvs=uvs.astype(np.float32),
        matched=np.ones(len(target["vertices"]), bool),
        problem_triangles=problems,
    )
    registered = os.path.join(folder, "registered.npz")
    metrics = {
        "flipped": {"count": 1, "area": 0.0, "skin_count": 0},
        "covered_twice": {"all": 0.0005, "skin": 0.0, "texels": 1000},
        "symmetric_dirichlet": {"skin": {"median": 1.2, "area_mean": 1.6}, "all": {"median": 1.3, "area_mean": 1.7}},
        "mirror_asymmetry_px": None,
        "landmarks_px": {"used": {"mean": 2.5}, "held_out": None},
        "seconds": 1.25,
    }
    result = {"metrics": metrics, "notes": [], "layout_name": layout, "settings": params["settings"]}
    if os.path.exists(registered):
        result["registered"] = np.load(registered)["vertices"].tolist()
    if os.path.exists(os.path.join(folder, "options.npz")):
        with np.load(os.path.join(folder, "options.npz")) as stored:
            result["options"] = {name: stored[name].tolist() for name in stored.files}
    result["source_uvs"] = np.load(os.path.join(folder, "source.npz"))["uvs"].tolist()
    send({"id": identity, "result": {**result, "result": "result.npz"}})


def answer_bake(identity: int, params: dict) -> None:
    folder = params["folder"]
    options = np.load(os.path.join(folder, "options.npz"))
    files, masks = [], []
    for name, (u, v) in zip(options["image_files"].tolist(), options["image_tiles"].tolist()):
        number = 1001 + u + 10 * v
        files.append(f"texture_{number}{os.path.splitext(name)[1]}")
        shutil.copyfile(os.path.join(folder, name), os.path.join(folder, files[-1]))
        masks.append(f"coverage_{number}.png")
        with open(os.path.join(folder, masks[-1]), "wb") as file:
            file.write(white_png(4))
    metrics = {"texels": 200, "texels_covered": 50, "texels_covered_twice": 0, "counterpart_share": 0.75}
    metrics["seconds"] = 0.5
    result = {"metrics": metrics, "notes": [], "settings": params["settings"], "files": files, "masks": masks}
    for mesh in ("source", "target"):
        result[f"{mesh}_uvs"] = np.load(os.path.join(folder, f"{mesh}.npz"))["uvs"].tolist()
    send({"id": identity, "result": result})


def answer_fit(identity: int, params: dict, task: str) -> None:
    folder = params["folder"]
    np.savez(
        os.path.join(folder, "head.npz"),
        vertices=np.array(HEAD),
        detail=np.array(HEAD) + DETAIL,
        similarity_scale=np.array(SIMILARITY["scale"]),
        similarity_rotation=np.eye(3),
        similarity_translation=np.array(SIMILARITY["translation"]),
    )
    given = {}
    for name in (FITS[task], "options.npz"):
        if os.path.exists(os.path.join(folder, name)):
            with np.load(os.path.join(folder, name)) as stored:
                given |= {key: stored[key].tolist() for key in stored.files}
    result = {
        "model": {"key": "flame", "version": "fake", "label": "a fake head"},
        "metrics": {"face": {"mean": 0.125, "p95": 0.25}, "seconds": 1.5},
        "notes": ["A note."],
        "settings": params["settings"],
        "given": given,
        "files": sorted(os.listdir(folder)),
        "result": "head.npz",
    }
    if task == "fit_scan":
        result["textures"] = ["texture.png"] if "texture_file" in given else []
    if task == "fit_scan" and "texture_file" in given:
        shutil.copyfile(os.path.join(folder, given["texture_file"]), os.path.join(folder, "texture.png"))
    send({"id": identity, "result": result})


def answer_scan_views(identity: int, params: dict) -> None:
    views = os.path.join(params["folder"], "views")
    os.mkdir(views)
    for name in ("view_00.png", "cameras.json"):
        with open(os.path.join(views, name), "w", encoding="ascii") as file:
            file.write("a view of " + " ".join(name for name in os.listdir(params["folder"]) if name == "scan.npz"))
    send({"id": identity, "result": {"files": ["view_00.png", "cameras.json"]}})


def photo_camera(size: tuple[int, int], number: int) -> dict:
    """A camera that looks at the head from the side and above, its principal point off the picture's centre."""
    yaw, pitch = 0.3 + 0.2 * number, -0.2
    turn = np.array([(np.cos(yaw), 0, -np.sin(yaw)), (0, 1, 0), (np.sin(yaw), 0, np.cos(yaw))])
    lean = np.array([(1, 0, 0), (0, np.cos(pitch), -np.sin(pitch)), (0, np.sin(pitch), np.cos(pitch))])
    width, height = size
    focal, centre = 1.3 * max(size), (0.6 * width, 0.45 * height)
    return {
        "K": [[focal, 0.0, centre[0]], [0.0, focal, centre[1]], [0.0, 0.0, 1.0]],
        "R": (np.diag([1.0, -1.0, -1.0]) @ lean @ turn).tolist(),
        "t": [10.0, -20.0, 650.0],
        "width": width,
        "height": height,
        "pixel_centre": 0.5,
    }


def answer_fit_photo(identity: int, params: dict) -> None:
    folder, settings = params["folder"], params["settings"]
    np.savez(os.path.join(folder, "head.npz"), vertices=np.array(HEAD), photo=np.array(True))
    with np.load(os.path.join(folder, "options.npz")) as stored:
        options = {key: stored[key].tolist() for key in stored.files}
    views, given = [], []
    for number, name in enumerate(options["photo_files"]):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            size = struct.unpack(">II", file.read(24)[16:])
        camera = photo_camera(size, number)
        seen = (np.array([*POINTS.values()]) @ np.array(camera["R"]).T + camera["t"]) @ np.array(camera["K"]).T
        projected = (seen[:, :2] / seen[:, 2:]).tolist()
        landmarks = {"names": [*POINTS], "detected": projected, "projected": projected}
        for kind in ("landmark", "pin"):
            file = options.get(f"{kind}_files", [""] * 9)[number]
            if file:
                with open(os.path.join(folder, file), encoding="utf-8") as stored:
                    given.append({"kind": kind, **json.load(stored)})
        if given and given[-1]["kind"] == "landmark":
            fixed = [k for k, name in enumerate(given[-1]["names"]) if not name.startswith("jaw")]
            landmarks |= {
                "names": [given[-1]["names"][k] for k in fixed],
                "detected": [given[-1]["points"][k] for k in fixed],
            }
        picture = None
        if number:
            picture = f"view_{number + 1:02d}_photo.png"
            shutil.copyfile(path, os.path.join(folder, picture))
        light = None if settings["landmarks_only"] else LIGHT
        coefficients = {"expression": [0.25 * (number + 1)], "jaw": [0.1, 0.0, 0.0]}
        view = {"photo": name, "camera": camera, "light": light, "landmarks": landmarks, "coefficients": coefficients}
        view["metrics"] = {"psnr": 30.0 + number}
        views.append({"number": number, **view, "picture": picture})
        report_picture(params, folder, path, number)
    textures = [] if settings["landmarks_only"] else ["texture_1001.png", "texture_1002.png"]
    for name in [*textures, *(name.replace("texture", "coverage") for name in textures)]:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(white_png(4))
    kept = None
    if "kept_file" in options:
        with open(os.path.join(folder, options["kept_file"]), encoding="utf-8") as stored:
            kept = stored.read()
    with open(os.path.join(folder, "state.npz"), "w", encoding="utf-8") as file:
        file.write("what the fit was")
    result = {
        "model": {"key": "flame", "version": "fake", "label": "a fake head"},
        "metrics": {"seconds": 1.5, "landmark_error": 0.0125},
        "notes": [],
        "settings": settings,
        "views": views,
        "textures": textures,
        "coverages": ["coverage_1001.png", "coverage_1002.png"] if textures else [],
        "texture_model": texture_model(settings, folder) if textures else None,
        "given": given,
        "kept": kept,
        "state": "state.npz",
        "files": sorted(os.listdir(folder)),
        "result": "head.npz",
    }
    send({"id": identity, "result": result})


def texture_model(settings: dict, folder: str) -> dict:
    """What a fit says of its texture model: every coefficient FITTED_COEFFICIENT."""
    kind = "generator" if "generator" in settings["texture"] else "space"
    styles = "styles.npz" if kind == "generator" else None
    if styles:
        np.savez(os.path.join(folder, styles), styles=np.full((3, 2), 0.25, np.float32))
    return {
        "space": settings["texture"],
        "label": settings["texture"],
        "kind": kind,
        "layout": "hack",
        "labels": texture_labels(),
        "coefficients": [FITTED_COEFFICIENT] * TEXTURE_COUNT,
        "natural": [NATURAL] * TEXTURE_COUNT,
        "styles": styles,
    }


def report_picture(params: dict, folder: str, path: str, number: int) -> None:
    shutil.copyfile(path, os.path.join(folder, "preview.part"))
    os.replace(os.path.join(folder, "preview.part"), os.path.join(folder, "preview.png"))
    progress = {"job": params["job"], "fraction": 0.1 * number, "message": "Photo", "vertices": None}
    send({"method": "progress", "params": progress})


def answer_project_texture(identity: int, params: dict) -> None:
    folder = params["folder"]
    with np.load(os.path.join(folder, "options.npz")) as stored:
        options = {key: stored[key].tolist() for key in stored.files}
    shutil.copyfile(os.path.join(folder, options["photo_files"][0]), os.path.join(folder, "texture.png"))
    with open(os.path.join(folder, "coverage.png"), "wb") as file:
        file.write(white_png(4))
    with open(os.path.join(folder, "cameras.json"), encoding="utf-8") as stored:
        options |= json.load(stored)
    options["vertices"] = np.load(os.path.join(folder, "mesh.npz"))["vertices"].tolist()
    result = {"metrics": {}, "settings": params["settings"], "given": options}
    send({"id": identity, "result": {**result, "textures": ["texture.png"], "coverages": ["coverage.png"]}})


def answer_fitted_head(identity: int, params: dict) -> None:
    path = os.path.join(params["folder"], "head.npz")
    with np.load(path) as stored:
        vertices, from_photo = stored["vertices"], "photo" in stored
    more = ["expression000"] if from_photo else []
    scale, moved = (1.0, (0.0, 0.0, 0.0)) if from_photo else (SIMILARITY["scale"], SIMILARITY["translation"])
    np.savez(
        os.path.join(params["folder"], "result.npz"),
        vertices=vertices,
        corners=np.array([0, 1, 2], np.int32),
        face_sizes=np.array([3], np.int32),
        uvs=np.array([(0.1, 0.1), (0.9, 0.1), (0.1, 0.9)], np.float32),
        face_materials=np.zeros(1, np.int32),
        material_names=np.array(["Skin"]),
        names=np.array(["identity000", *more]),
        kinds=np.array(["identity", *(["expression"] * len(more))]),
        lower=np.full(1 + len(more), -10.0),
        upper=np.full(1 + len(more), 10.0),
        deltas=np.ones((1 + len(more), 3, 3), np.float32),
        joint_names=np.array(["root"]),
        parents=np.array([-1]),
        joints=np.zeros((1, 3)),
        joint_deltas=np.zeros((1 + len(more), 1, 3)),
        joint_axes=np.eye(3)[None],
        weights=np.ones((3, 1)),
        correctives=np.zeros((0, 3, 3), np.float32),
        corrective_entries=np.zeros((0, 3), np.int32),
        values=np.array([1.5] + [0.25] * len(more)),
        rotations=np.zeros((1, 3)),
        translation=np.zeros(3),
        similarity_scale=np.array(scale),
        similarity_rotation=np.eye(3),
        similarity_translation=np.array(moved),
        **({} if from_photo else {"detail": np.full((3, 3), DETAIL, np.float32)}),
    )
    label = params["settings"]["model_file"] or "a fake head"
    facts = {"topology": "flame", "label": label, "version": "fake", "result": "result.npz"}
    send({"id": identity, "result": facts})


def answer_sample(identity: int, params: dict) -> None:
    files = [f"head_{number:03d}.npz" for number in range(params["settings"]["count"])]
    for number, name in enumerate(files):
        np.savez(
            os.path.join(params["folder"], name),
            vertices=np.array(HEAD) * (1.0 + number),
            corners=np.array([0, 1, 2], np.int32),
            face_sizes=np.array([3], np.int32),
        )
    send({"id": identity, "result": {"model": {"key": "flame"}, "files": files, "settings": params["settings"]}})


def answer_texture_basis(identity: int, params: dict) -> None:
    settings = params["settings"]
    tiles = [(0, 0)] if settings["layout"] == "flame" else [(0, 0), (1, 0)]
    mean = np.full((len(tiles), 8, 8, 3), TEXTURE_MEAN, np.float16)
    kind = "generator" if "generator" in settings["space"] else "space"
    components = np.zeros((TEXTURE_COUNT if kind == "space" else 0, *mean.shape), np.float16)
    for number in range(len(components)):
        components[number, ..., number % 3] = 0.1
    np.savez(os.path.join(params["folder"], "basis.npz"), mean=mean, components=components)
    answer = {
        "result": "basis.npz",
        "space": settings["space"],
        "label": settings["space"],
        "layout": settings["layout"],
        "kind": kind,
        "tiles": tiles,
        "labels": texture_labels(),
        "natural": [NATURAL] * TEXTURE_COUNT,
        "notes": [],
        "settings": settings,
    }
    send({"id": identity, "result": answer})


def answer_texture_pictures(identity: int, params: dict) -> None:
    """What the basis of a space would make; of styles 0.2 more, times what is kept."""
    settings, folder = params["settings"], params["folder"]
    with np.load(os.path.join(folder, "options.npz")) as stored:
        given = {key: stored[key] for key in stored.files}
    tiles = [(0, 0)] if settings["layout"] == "flame" else [(0, 0), (1, 0)]
    rows, size = given["coefficients"], settings["size"]
    pixels = np.full((len(rows), len(tiles), size, size, 3), TEXTURE_MEAN)
    for channel in range(3):
        pixels[..., channel] += 0.1 * rows[:, channel::3].sum(axis=1)[:, None, None, None]
    if "styles" in given:
        pixels += 0.2 * given["kept"][:, None, None, None, None]
    pixels = np.rint(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8)
    np.savez(os.path.join(folder, "pictures.npz"), pixels=pixels)
    seconds = 10.0 if "slow" in settings["space"] else 0.01
    answer = {"result": "pictures.npz", "tiles": tiles, "whole": settings["resolution"] > 256, "seconds": seconds}
    send({"id": identity, "result": {**answer, "settings": settings}})


TEXTURES = {"texture_basis": answer_texture_basis, "texture_pictures": answer_texture_pictures}


def texture_labels() -> list[str]:
    return [f"part {number + 1}" for number in range(TEXTURE_COUNT)]


def white_png(size: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\xff" * size) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def run_until_cancelled(identity: int, params: dict, obey: bool) -> None:
    for number in range(400):
        report(params, number, number / 400.0)
        ready, _, _ = select.select([sys.stdin], [], [], 0.05)
        if ready and obey:
            assert read()["method"] == "cancel"
            send({"id": identity, "error": {"code": -32003, "message": "Cancelled; nothing was changed."}})
            return
        if ready:
            time.sleep(60.0)


def main() -> None:
    mode = os.environ["HEADBRIDGE_FAKE"]
    while (request := read()) is not None:
        identity, params = request.get("id"), request.get("params", {})
        _asked.clear()
        _asked.update(params if "folder" in params else {})
        if request["method"] == "hello":
            protocol = 99 if mode == "other-protocol" else 1
            send(
                {
                    "id": identity,
                    "result": {"protocol": protocol, "version": "0.1.0", "packages": {}, "devices": ["cpu"]},
                }
            )
        elif request["method"] == "shutdown":
            send({"id": identity, "result": None})
            return
        elif request["method"] == "cancel":
            # What it is about has been answered.
            continue
        elif mode == "die":
            report(params, 0, 0.1)
            print("the kernel ran out of luck", file=sys.stderr, flush=True)
            os._exit(3)
        elif mode == "garbage":
            print("this is not JSON", flush=True)
        elif mode in {"cancel", "deaf"}:
            run_until_cancelled(identity, params, obey=mode == "cancel")
        elif mode == "refuse":
            send({"id": identity, "error": {"code": -32002, "message": "The source is broken; repair it.", "data": {}}})
        elif mode == "terms" and "hack" not in params.get("accepted_terms", ()):
            send({"id": identity, "error": TERMS})
        elif mode == "failed-result":
            send({"id": identity, "error": FAILED_RESULT})
        elif request["method"] == "uv":
            answer_uv(identity, params, None if mode == "unknown" else LAYOUT)
        elif request["method"] == "bake":
            answer_bake(identity, params)
        elif request["method"] in TEXTURES:
            try:
                TEXTURES[request["method"]](identity, params)
            except FileNotFoundError:
                # The client gave way to another job and took the folder away.
                send({"id": identity, "error": {"code": -32003, "message": "Cancelled.", "data": {}}})
        elif request["method"] == "fit_photo":
            answer_fit_photo(identity, params)
        elif request["method"] == "project_texture":
            answer_project_texture(identity, params)
        elif request["method"] == "render_scan_views":
            answer_scan_views(identity, params)
        elif request["method"] in FITS:
            answer_fit(identity, params, request["method"])
        elif request["method"] == "fitted_head":
            if mode == "no-rig":
                send({"id": identity, "error": {"code": -32001, "message": "The model is gone.", "data": {}}})
            else:
                answer_fitted_head(identity, params)
        elif request["method"] == "sample":
            answer_sample(identity, params)
        else:
            answer(identity, params)


if __name__ == "__main__":
    main()
