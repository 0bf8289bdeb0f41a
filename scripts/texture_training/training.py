"""Training of a texture generator: a start by regression, then against a discriminator."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from headbridge.reading import reading
from headbridge.texture.stylegan.generator import Generator, GeneratorShape

from .augmentation import Augmentation
from .discriminator import Discriminator
from .losses import PathLength, discriminator_loss, generator_loss, r1_penalty
from .shared_features import share_features, shared_parameters, shared_pictures

# Regularisers are applied every so many steps, as much stronger (Karras et al. 2020).
R1_EVERY, PATH_EVERY = 16, 8
_PATH_WEIGHT = 2.0
_BETAS = (0.0, 0.99)
_MEAN_STYLE_DECAY = 0.005
# Of the start: weight of the coarser pictures' errors, and of what the finest lacks in detail.
_COARSER, _DETAIL = 0.2, 3.0


@dataclass(frozen=True)
class TrainingSettings:
    """batch : pictures a step. start_rate : learning rate of the regression; rate : of the generator and judge_rate : of
    the discriminator in the competition. dtype : of the generator's features. judge_share : of the generator's channels,
    which the discriminator has. r1 : weight of the R1 penalty, anchor : of the error of given pictures. mixing : share
    of pictures made of two styles. memory : pictures after which the averaged generator has half forgotten."""

    batch: int = 8
    start_rate: float = 3e-2
    rate: float = 1e-3
    judge_rate: float = 2e-3
    dtype: torch.dtype = torch.bfloat16
    judge_share: float = 0.5
    r1: float = 1.0
    anchor: float = 100.0
    mixing: float = 0.5
    memory: float = 2000.0
    seed: int = 0


class Trainer:
    """A generator, its running average (which is what is kept) and a discriminator, with all that a stop must not lose.

    steps : (regression, adversarial) steps made so far."""

    def __init__(self, shape: GeneratorShape, settings: TrainingSettings, device: str = "cpu"):
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, torch.device(device)
        layout = {"device": self.device, "memory_format": torch.channels_last}
        self.generator = Generator(shape).to(**layout)
        self.average = copy.deepcopy(self.generator).eval().requires_grad_(False)
        channels = tuple(max(round(settings.judge_share * count), 1) for count in shape.channels)
        self.discriminator = Discriminator(channels, shape.colours).to(**layout)
        learned = [tensor.requires_grad_(True) for tensor in shared_parameters(self.generator)]
        self.start_optimiser = torch.optim.Adam(learned, settings.start_rate, betas=(0.9, 0.99), fused=True)
        self.generator_optimiser = _lazy_adam(self.generator, settings.rate, PATH_EVERY)
        self.discriminator_optimiser = _lazy_adam(self.discriminator, settings.judge_rate, R1_EVERY)
        self.augmentation, self.path = Augmentation(), PathLength()
        self.steps = [0, 0]

    def start(self, lengths: torch.Tensor) -> None:
        """Make the new generator ready for `regress`; lengths, and errors: as of `share_features`."""
        for generator in (self.generator, self.average):
            share_features(generator, lengths.to(self.device))

    def regress(self, z: torch.Tensor, textures: Mapping[int, torch.Tensor], weights=None, share: float = 1.0) -> float:
        """One step of the generator towards the pictures of (B, latent) z; the mean squared error in the finest.

        textures : (B, C, R, R) by R, for some of the generator's resolutions. weights : of pixels (1, 1, R, R) by R, 1
        in the mean; None for even ones. share : of the learning rate."""
        for group in self.start_optimiser.param_groups:
            group["lr"] = share * self.settings.start_rate
        finest = max(textures)
        styles = self.generator.mapping(z).detach()
        made = shared_pictures(self.generator.synthesis, styles, finest, self.settings.dtype)
        loss = torch.zeros((), device=self.device)
        for resolution, wanted in textures.items():
            error, weight = made[resolution] - wanted, 1.0 if weights is None else weights[resolution]
            if resolution == finest:
                logged = (error.square() * weight).mean()
                detail = error - F.interpolate(F.avg_pool2d(error, 2), scale_factor=2)
                loss = loss + logged + _DETAIL * (detail.square() * weight).mean()
            else:
                loss = loss + _COARSER * (error.square() * weight).mean()
        self._step(self.start_optimiser, loss)
        self._follow(styles)
        self.steps[0] += 1
        return logged.item()

    def judge(self, real: torch.Tensor) -> dict[str, float]:
        """One step of the discriminator on real pictures (B, C, R, R); the losses by name."""
        with torch.no_grad():
            made = self.generator.synthesis(self._styles(len(real)), dtype=self.settings.dtype)
        real_verdicts = self.discriminator(self.augmentation(real))
        loss = discriminator_loss(real_verdicts, self.discriminator(self.augmentation(made)))
        self._step(self.discriminator_optimiser, loss)
        self.augmentation.adapt(real_verdicts)
        logged = {"discriminator": loss.item()}
        if self.steps[1] % R1_EVERY == 0:
            pictures = real.detach().requires_grad_(True)
            penalty = r1_penalty(self.discriminator(self.augmentation(pictures)), pictures)
            self._step(self.discriminator_optimiser, 0.5 * self.settings.r1 * R1_EVERY * penalty)
            logged["r1"] = penalty.item()
        self.steps[1] += 1
        return logged

    def compete(
        self, real: torch.Tensor, z: torch.Tensor | None = None, textures=None, weights=1.0
    ) -> dict[str, float]:
        """One step of both networks on real pictures (B, C, R, R); the losses by name.

        z : (B, latent) that the generator's pictures are of, None for random ones; textures : (B, C, R, R) that hold
        them, None for nothing; weights : of pixels (1, 1, R, R), 1 in the mean.

        Noise is the generator's own, which its start may have learned."""
        logged, dtype = self.judge(real), self.settings.dtype
        self.discriminator.requires_grad_(False)
        styles = self._styles(len(real)) if z is None else self.generator.styles(z)
        made = self.generator.synthesis(styles, dtype=dtype)
        loss = generator_loss(self.discriminator(self.augmentation(made)))
        logged["generator"] = loss.item()
        if textures is not None:
            error = ((made - textures).square() * weights).mean()
            loss, logged["error"] = loss + self.settings.anchor * error, error.item()
        self._step(self.generator_optimiser, loss)
        self._follow(styles[:, 0].detach())
        if self.steps[1] % PATH_EVERY == 0:
            styles = self._styles(max(len(real) // 2, 1))
            penalty = self.path.penalty(self.generator.synthesis(styles, dtype=dtype), styles)
            self._step(self.generator_optimiser, _PATH_WEIGHT * PATH_EVERY * penalty)
            logged["path"] = penalty.item()
        self.discriminator.requires_grad_(True)
        return logged

    def _styles(self, count: int) -> torch.Tensor:
        """(count, style count, style); some pictures take another w from a random layer on."""
        shape = self.generator.shape
        first, second = self.generator.mapping(torch.randn(2 * count, shape.latent, device=self.device)).chunk(2)
        change = torch.randint(1, shape.style_count, (count, 1), device=self.device)
        keep = torch.rand(count, 1, device=self.device) >= self.settings.mixing
        own = keep | (torch.arange(shape.style_count, device=self.device) < change)
        return torch.where(own[:, :, None], first[:, None], second[:, None])

    def _step(self, optimiser: torch.optim.Adam, loss: torch.Tensor) -> None:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    @torch.no_grad()
    def _follow(self, styles: torch.Tensor) -> None:
        """The average generator and the mean style after a step that saw (B, style) styles."""
        mean = self.generator.mapping.w_avg
        mean.lerp_(styles.mean(dim=0), _MEAN_STYLE_DECAY)
        # Young averages forget faster.
        memory = min(self.settings.memory, 0.05 * self.settings.batch * (1 + sum(self.steps)))
        share = 0.5 ** (self.settings.batch / max(memory, 1e-6))
        for kept, new in zip(self.average.state_dict().values(), self.generator.state_dict().values()):
            kept.lerp_(new, 1.0 - share)
        self.average.mapping.w_avg.copy_(mean)

    def save(self, path: str | os.PathLike) -> None:
        """Write all that `load` needs, the file whole or not at all."""
        path = Path(path)
        partial = path.with_name(path.name + ".part")
        torch.save({**{name: part.state_dict() for name, part in self._parts().items()}, **self._numbers()}, partial)
        os.replace(partial, path)

    def load(self, path: str | os.PathLike) -> None:
        """Go on from a file of `save`. Raises `InputError` when it is damaged or of other networks."""
        with reading(path, "where it is of networks of another size, choose that size, or start a new file"):
            state = torch.load(path, map_location=self.device, weights_only=True)
            for name, part in self._parts().items():
                part.load_state_dict(state[name])
            self.steps = list(state["steps"])
            self.augmentation.strength, self.path.mean = state["augmentation"], state["path"]
            torch.set_rng_state(state["random"].cpu())

    def _parts(self) -> dict[str, torch.nn.Module | torch.optim.Optimizer]:
        names = ("generator", "average", "discriminator")
        return {name: getattr(self, name) for name in names} | {
            f"{name}_optimiser": getattr(self, f"{name}_optimiser") for name in ("start", "generator", "discriminator")
        }

    def _numbers(self) -> dict:
        return {
            "steps": self.steps,
            "augmentation": self.augmentation.strength,
            "path": self.path.mean,
            "random": torch.get_rng_state(),
        }


def _lazy_adam(network: torch.nn.Module, rate: float, every: int) -> torch.optim.Adam:
    """Adam whose rate and memory allow for the regulariser's own steps."""
    share = every / (every + 1)
    return torch.optim.Adam(network.parameters(), rate * share, betas=[beta**share for beta in _BETAS])
