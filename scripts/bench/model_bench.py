"""The FLAME model side by side with smplx's linear blend skinning, on the same arrays.

    python scripts/bench/model_bench.py [--threads N] [--rounds N] [--device cpu|cuda]

Forward, and forward with the gradient of all parameters, for batches of 1 and 64 in single precision. The two take
turns, so that what else the machine does meets both; the table gives milliseconds, the median of all rounds, and the
largest difference of their vertices. smplx is not needed by HeadBridge: pip install smplx==0.1.28 to compare.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "backend"), str(Path(__file__).resolve().parent)]

from table import print_table

from headbridge.fitting.heads import flame_head
from headbridge.fitting.torch_head import TorchHead
from headbridge.models.flame import FlameData, FlameParameters
from headbridge.topologies import load_builtin

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")


def random_data(seed: int = 0) -> FlameData:
    """FLAME's template with random bases and weights: the time does not depend on what they hold."""
    random, mesh = np.random.default_rng(seed), load_builtin("flame")
    count = len(mesh.vertices)

    def bases(number: int) -> np.ndarray:
        return random.standard_normal((number, count, 3), dtype=np.float32)

    weights, regressor = random.random((count, 5)), random.random((5, count)) ** 40
    return FlameData(
        template=mesh.vertices,
        faces=mesh.triangles.astype(np.int32),
        identity=bases(300),
        expression=bases(100),
        pose_correctives=bases(36),
        joint_regressor=regressor / regressor.sum(axis=1, keepdims=True),
        weights=weights / weights.sum(axis=1, keepdims=True),
        parents=np.array([-1, 0, 1, 1, 1]),
        version="open topology",
        name="random",
    )


def random_parameters(batch: int, device: str, gradients: bool) -> FlameParameters:
    generator = torch.Generator().manual_seed(1)

    def normal(width: int, scale: float) -> torch.Tensor:
        return (scale * torch.randn(batch, width, generator=generator)).to(device).requires_grad_(gradients)

    return FlameParameters(
        identity=normal(300, 1.0),
        expression=normal(100, 1.0),
        translation=normal(3, 10.0),
        **{name: normal(3, 0.3) for name in JOINTS},
    )


def smplx_forward(data: FlameData, device: str) -> Callable[[FlameParameters], torch.Tensor]:
    """smplx's forward on the same arrays, as its FLAME class calls it."""
    from smplx.lbs import lbs

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.tensor(np.ascontiguousarray(array), dtype=torch.float32, device=device)

    arrays = (
        tensor(data.template)[None],
        tensor(np.concatenate([data.identity, data.expression]).transpose(1, 2, 0)),
        tensor(data.pose_correctives.reshape(36, -1)),
        tensor(data.joint_regressor),
        torch.as_tensor(data.parents, device=device),
        tensor(data.weights),
    )

    def forward(parameters: FlameParameters) -> torch.Tensor:
        shape = torch.cat([parameters.identity, parameters.expression], dim=1)
        pose = torch.cat([getattr(parameters, name) for name in JOINTS], dim=1)
        return lbs(shape, pose, *arrays)[0] + parameters.translation[:, None]

    return forward


def measure(run: Callable[[], None], device: str) -> float:
    """Milliseconds of one run."""
    if device != "cpu":
        torch.cuda.synchronize()
    started = time.perf_counter()
    run()
    if device != "cpu":
        torch.cuda.synchronize()
    return 1e3 * (time.perf_counter() - started)


def rows_of(
    methods: dict[str, Callable[[FlameParameters], torch.Tensor]], batch: int, device: str, rounds: int
) -> list[dict]:
    plain, graded = random_parameters(batch, device, False), random_parameters(batch, device, True)
    leaves = [getattr(graded, name) for name in ("identity", "expression", "translation", *JOINTS)]

    def forward(method) -> Callable[[], None]:
        def run():
            with torch.no_grad():
                method(plain)

        return run

    def backward(method) -> Callable[[], None]:
        return lambda: torch.autograd.grad(method(graded).square().sum(), leaves)

    runs = {(name, kind.__name__): kind(method) for name, method in methods.items() for kind in (forward, backward)}
    times: dict[tuple[str, str], list[float]] = {key: [] for key in runs}
    for turn in range(rounds + 2):
        for key, run in runs.items():
            taken = measure(run, device)
            if turn >= 2:
                times[key].append(taken)
    with torch.no_grad():
        results = {name: method(plain) for name, method in methods.items()}
    first = next(iter(results.values()))
    return [
        {
            "batch": batch,
            "method": name,
            "forward ms": statistics.median(times[name, "forward"]),
            "forward+backward ms": statistics.median(times[name, "backward"]),
            "difference mm": (results[name] - first).abs().max().item(),
        }
        for name in methods
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads of torch")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parsed = parser.parse_args()
    torch.set_num_threads(parsed.threads)
    data = random_data()
    head = TorchHead(flame_head(data), device=parsed.device)

    def posed(given: FlameParameters) -> torch.Tensor:
        coefficients = torch.cat([given.identity, given.expression], dim=1)
        rotations = torch.stack([getattr(given, name) for name in JOINTS], dim=1)
        return head(coefficients, rotations, given.translation).vertices

    methods: dict[str, Callable[[FlameParameters], torch.Tensor]] = {"HeadBridge": posed}
    try:
        methods["smplx"] = smplx_forward(data, parsed.device)
    except ImportError:
        print("smplx is not installed: HeadBridge alone.")
    title = f"FLAME on {parsed.device}, {parsed.threads} threads"
    print_table(title, [row for batch in (1, 64) for row in rows_of(methods, batch, parsed.device, parsed.rounds)])


if __name__ == "__main__":
    main()
