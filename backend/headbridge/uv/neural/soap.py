"""The SOAP optimiser: Adam in the eigenbasis of Shampoo's preconditioner."""

from __future__ import annotations

from collections.abc import Iterable

import torch


class Soap(torch.optim.Optimizer):
    """Vyas et al. 2024, "SOAP: improving and stabilizing Shampoo using Adam", for matrices; vectors get plain Adam.

    Small networks that must fit to a thousandth reach it in a tenth of the steps that plain Adam takes, and their
    matrices are too small for the eigenbases to cost much.

    parameters : matrices and vectors. learning_rate : step of the normalised update.
    momentum : decay of the gradient's average; memory : of the squared gradient's and the preconditioner's averages.
    refresh : steps between two updates of the eigenbases, by one step of orthogonal iteration each.
    damping : bounds the root mean square of the gradient's components below. Those that are rounding noise would else
        take full steps: the loss should start near 1.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        learning_rate: float,
        momentum: float = 0.95,
        memory: float = 0.95,
        refresh: int = 10,
        damping: float = 1e-8,
    ):
        super().__init__(parameters, {"lr": learning_rate})
        self._momentum = momentum
        self._memory = memory
        self._refresh = refresh
        self._damping = damping
        self._step = 0

    @torch.no_grad()
    def step(self) -> None:
        self._step += 1
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.add_(self._update(parameter.grad, self.state[parameter]), alpha=-group["lr"])

    def _update(self, gradient: torch.Tensor, state: dict) -> torch.Tensor:
        if not state:
            state["mean"] = torch.zeros_like(gradient)
            state["square"] = torch.zeros_like(gradient)
            # Averages of G G^T and G^T G, one per side, and their eigenvectors.
            state["sides"] = [gradient.new_zeros(size, size) for size in gradient.shape] if gradient.dim() == 2 else []
            state["bases"] = []
        state["mean"].lerp_(gradient, 1.0 - self._momentum)
        if state["sides"]:
            self._turn(gradient, state)
        state["square"].lerp_(_into(gradient, state["bases"]).square(), 1.0 - self._memory)
        mean = _into(state["mean"], state["bases"]) / (1.0 - self._momentum**self._step)
        scale = (state["square"] / (1.0 - self._memory**self._step)).sqrt_().add_(self._damping)
        return _out_of(mean / scale, state["bases"])

    def _turn(self, gradient: torch.Tensor, state: dict) -> None:
        """Update a matrix's preconditioner and, from time to time, its eigenbases."""
        for side, product in zip(state["sides"], (gradient @ gradient.T, gradient.T @ gradient)):
            side.lerp_(product, 1.0 - self._memory)
        if not state["bases"]:
            state["bases"] = [torch.linalg.eigh(side)[1] for side in state["sides"]]
        elif self._step % self._refresh == 0:
            bases = [torch.linalg.qr(side @ basis)[0] for side, basis in zip(state["sides"], state["bases"])]
            # Mean squares of uncorrelated components go over to the new basis by the squared entries of the turn. Left
            # behind, they would belong to other components, and a step could be a thousand times too long.
            left, right = ((new.T @ old).square() for new, old in zip(bases, state["bases"]))
            state["square"] = left @ state["square"] @ right.T
            state["bases"] = bases


def _into(matrix: torch.Tensor, bases: list[torch.Tensor]) -> torch.Tensor:
    return bases[0].T @ matrix @ bases[1] if bases else matrix.clone()


def _out_of(matrix: torch.Tensor, bases: list[torch.Tensor]) -> torch.Tensor:
    return bases[0] @ matrix @ bases[1].T if bases else matrix
