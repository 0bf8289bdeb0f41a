"""The face detector's weights: MediaPipe's layers, numbered in the order of its files, under our networks' names.

A file under mediapipe/ holds float16 weights by the number of their layer and, as metadata, the plan of all layers: what
each of them does, and the tensors it takes and gives.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from headbridge.detection.networks import FaceBoxNetwork, FaceMeshNetwork
from headbridge.detection.networks.face_mesh import BRANCHES, PARTS
from headbridge.safetensors import encode_safetensors, read_safetensors, read_safetensors_metadata

# Where the layers that end in a tensor begin: with the picture, or with a window on a feature map.
_BEGINNINGS = ("TransformTensorBilinear",)
# MediaPipe's outputs for BRANCHES; its left is the picture's.
_BRANCHES = ("output_lips", "output_left_eye", "output_left_iris", "output_right_eye", "output_right_iris")


class _Source:
    """A file of weights with its plan."""

    def __init__(self, path: Path):
        content = path.read_bytes()
        self._tensors = read_safetensors(content, path)
        plan = json.loads(read_safetensors_metadata(content, path)["plan"])
        self._layers = plan["plan"]
        self._maker = {made: number for number, layer in enumerate(self._layers) for made in layer["out"]}
        self.outputs = dict(zip(plan["names"], plan["output"]))

    def layer(self, tensor: int) -> dict:
        """The layer that makes a tensor."""
        return self._layers[self._maker[tensor]]

    def weights(self, tensor: int) -> list[torch.Tensor]:
        """The weights of all layers that lead to a tensor, from the first to the last."""
        return [weight for number in self._way(tensor) for weight in self._of(number)]

    def window(self, tensor: int) -> dict:
        """What the window that the way to a tensor begins with is placed by."""
        transform = self._layers[self._way(tensor)[0]]
        return self.layer(transform["in"][1])["options"]

    def _way(self, tensor: int) -> list[int]:
        way = []
        while tensor in self._maker:
            way.append(self._maker[tensor])
            layer = self._layers[way[-1]]
            if layer["op"] in _BEGINNINGS:
                break
            # A short cut is the first thing a sum takes; points come before the window they are placed by.
            tensor = layer["in"][0 if layer["op"] == "TransformLandmarks" else -1]
        return way[::-1]

    def _of(self, number: int) -> list[torch.Tensor]:
        return [self._tensors[name] for name in (f"{number}.{kind}" for kind in "wba") if name in self._tensors]


def face_box(folder: Path) -> bytes:
    """The content of face_box.safetensors from a folder with MediaPipe's."""
    source, network = _Source(folder / "face_box.safetensors"), FaceBoxNetwork()
    named = {}
    scores, values = (source.layer(source.outputs[name])["in"] for name in ("classificators", "regressors"))
    for number, (level, parts) in enumerate((("fine", ["fine"]), ("coarse", ["fine", "coarse"]))):
        named |= _named(network, [*parts, f"{level}_scores"], [source.weights(scores[number])])
        named |= _named(network, [*parts, f"{level}_values"], [source.weights(values[number])])
    return _encoded(network, named)


def face_mesh(folder: Path) -> bytes:
    """The content of face_mesh.safetensors from a folder with MediaPipe's."""
    source, network = _Source(folder / "face_mesh.safetensors"), FaceMeshNetwork()
    named = _named(network, ["fine", "coarse", "points"], [source.weights(source.outputs["output_mesh_identity"])])
    named |= _named(network, ["fine", "coarse", "presence"], [source.weights(source.outputs["conv_faceflag"])])
    outputs = [source.outputs[name] for name in _BRANCHES]
    # A branch's way begins with the layers for its part, which two branches may share; it ends with what has its own shape.
    ways = [source.weights(output) for output in outputs]
    first = [next(n for n, (other, _) in enumerate(BRANCHES) if other == part) for part in range(len(PARTS))]
    shared = len(network.seen.state_dict())
    named |= _named(network, ["seen"], [ways[number][:shared] for number in first])
    named |= _named(network, ["branches"], [way[shared:-2] for way in ways])
    for number, way in enumerate(ways):
        named |= _named(network, [f"places.{number}"], [way[-2:]])
    numbers = [source.window(outputs[number])["subset_idxs"] for number in first]
    most = network.numbers.shape[1]
    named["numbers"] = torch.tensor([row + row[:1] * (most - len(row)) for row in numbers], dtype=torch.int32)
    return _encoded(network, named)


def _named(network: nn.Module, modules: list[str], parts: list[list[torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The weights that several parts have for modules one after another, brought together under the network's names."""
    shapes = [
        (f"{module}.{name}", tensor.shape)
        for module in modules
        for name, tensor in network.get_submodule(module).state_dict().items()
    ]
    named = {}
    for (name, shape), weights in zip(shapes, zip(*parts, strict=True), strict=True):
        if len(shape) == 3 and weights[0].ndim == 4:
            # A convolution of one cell, (made, channels, 1, 1), is a matrix here.
            named[name] = torch.stack([weight[..., 0, 0].T for weight in weights])
        elif len(shape) == 4:
            # With a stride the kernel has a row and a column of zeros before it.
            weight = torch.cat(weights)
            zeros = shape[-1] - weight.shape[-1]
            named[name] = F.pad(weight, (zeros, 0, zeros, 0))
        else:
            named[name] = torch.cat(weights).reshape(shape)
    return named


def _encoded(network: nn.Module, named: dict[str, torch.Tensor]) -> bytes:
    # Refuses names and shapes that are not the network's.
    network.load_state_dict(named)
    return encode_safetensors(named)
