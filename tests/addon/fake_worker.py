"""A worker that speaks the protocol and misbehaves as asked by HEADBRIDGE_FAKE; standard library and NumPy only.

"answer" returns the source as it is as "aligned", and shifted by SHIFT as "registered"; the code names the rest.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time

import numpy as np

SHIFT = (1.0, 2.0, 3.0)


def send(message: dict) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


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
        else:
            answer(identity, params)


if __name__ == "__main__":
    main()
