import pytest
import torch
import torch.nn.functional as F
from texture_training.augmentation import Augmentation
from texture_training.discriminator import Discriminator, downsample
from texture_training.losses import PathLength, discriminator_loss, generator_loss, r1_penalty
from texture_training.training import Trainer, TrainingSettings

from headbridge.errors import InputError
from headbridge.texture.stylegan import GeneratorShape

SHAPE = GeneratorShape(6, 18, 1, (6, 6, 6))


def test_halving_keeps_constants():
    constant = torch.full((1, 2, 8, 8), 0.7, dtype=torch.float64)
    assert torch.allclose(downsample(constant)[:, :, 1:-1, 1:-1], constant.new_tensor(0.7))


def test_r1_of_a_linear_discriminator_is_its_squared_length():
    weights = torch.randn(3, 4, 4)
    pictures = torch.randn(5, 3, 4, 4, requires_grad=True)
    penalty = r1_penalty((pictures * weights).sum(dim=(1, 2, 3)), pictures)
    assert penalty.item() == pytest.approx(weights.square().sum().item(), rel=1e-5)


def test_path_length_of_a_linear_generator_follows_its_matrix():
    torch.manual_seed(1)
    styles = torch.randn(4000, 1, 2, requires_grad=True)
    scale = torch.tensor([3.0, 4.0])
    pictures = (styles[:, 0] * scale).sum(dim=1)[:, None, None, None].expand(-1, 1, 2, 2)
    path = PathLength(decay=1.0)
    path.penalty(pictures, styles)
    # J^T y is (3, 4) times the sum of four normal numbers of deviation 1/2; a normal number's mean size is sqrt(2/pi).
    assert path.mean == pytest.approx(5.0 * (2.0 / torch.pi) ** 0.5, rel=0.05)


def test_logistic_losses_at_known_verdicts():
    none = torch.zeros(4)
    assert generator_loss(none).item() == pytest.approx(0.693147, rel=1e-5)
    assert discriminator_loss(none, none).item() == pytest.approx(1.386294, rel=1e-5)
    assert discriminator_loss(torch.tensor([9.0]), torch.tensor([-9.0])) < 3e-4


def test_the_discriminators_penalty_is_twice_differentiable():
    torch.manual_seed(2)
    judge = Discriminator((5, 4, 3)).double()
    pictures = torch.randn(4, 3, 16, 16, dtype=torch.float64, requires_grad=True)
    weight = judge.blocks[0].conv1.weight
    (gradient,) = torch.autograd.grad(r1_penalty(judge(pictures), pictures), weight)
    step = torch.randn_like(weight)
    values = []
    for sign in (1.0, -1.0):
        with torch.no_grad():
            weight.add_(sign * 1e-5 * step)
        values.append(r1_penalty(judge(pictures), pictures).item())
        with torch.no_grad():
            weight.sub_(sign * 1e-5 * step)
    assert (gradient * step).sum().item() == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4)


def test_augmentation_follows_the_discriminator_and_does_nothing_at_rest():
    augmentation = Augmentation()
    pictures = torch.randn(4, 3, 8, 8)
    assert augmentation(pictures) is pictures
    augmentation.adapt(-torch.ones(1000))
    assert augmentation.strength == 0.0
    augmentation.adapt(torch.ones(1000))
    assert augmentation.strength == pytest.approx(0.01)
    augmentation.strength = 0.8
    changed = augmentation(pictures.repeat(16, 1, 1, 1))
    different = (changed != pictures.repeat(16, 1, 1, 1)).flatten(1).any(dim=1)
    assert 0.5 < different.float().mean() <= 1.0


def pyramid(pictures: torch.Tensor) -> dict[int, torch.Tensor]:
    return {pictures.shape[-1] // size: F.avg_pool2d(pictures, size) for size in (1, 2)}


def test_training_goes_on_where_it_stopped(tmp_path):
    real = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    z = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    settings = TrainingSettings(batch=4)

    def started() -> Trainer:
        trainer = Trainer(SHAPE, settings)
        trainer.start(torch.ones(6))
        trainer.augmentation.strength = 0.5
        trainer.regress(z, pyramid(real))
        trainer.compete(real, z, real)
        return trainer

    whole = started()
    whole.regress(z, pyramid(real))
    whole.compete(real)
    stopped = started()
    stopped.save(tmp_path / "state.pt")
    resumed = Trainer(SHAPE, settings)
    resumed.load(tmp_path / "state.pt")
    resumed.regress(z, pyramid(real))
    resumed.compete(real)
    assert resumed.steps == whole.steps == [2, 2]
    for name, tensor in whole.average.state_dict().items():
        assert torch.allclose(resumed.average.state_dict()[name], tensor, rtol=1e-4, atol=1e-5), name
    other = Trainer(GeneratorShape(6, 18, 1, (6, 6)), settings)
    with pytest.raises(InputError, match="another size"):
        other.load(tmp_path / "state.pt")


@pytest.mark.slow
def test_regression_learns_a_linear_space_of_textures():
    random = torch.Generator().manual_seed(0)
    coarse = 0.3 * torch.randn(7, 3, 4, 4, generator=random)
    maps = F.interpolate(coarse, size=16, mode="bilinear").flatten(1)
    trainer = Trainer(GeneratorShape(6, 18, 1, (24, 24, 24)), TrainingSettings(dtype=torch.float32))
    trainer.start(torch.ones(6))

    def target(z):
        on_sphere = z * (6.0**0.5 / z.norm(dim=1, keepdim=True))
        return torch.addmm(maps[:1], on_sphere, maps[1:]).view(-1, 3, 16, 16)

    for step in range(180):
        z = torch.randn(8, 6, generator=random)
        trainer.regress(z, pyramid(target(z)), share=1.0 - step / 180)
    z = torch.randn(50, 6, generator=random)
    made = trainer.generator(z).detach()
    assert (made - target(z)).square().mean() < 0.05 * (target(z) - maps[0].view(3, 16, 16)).square().mean()


@pytest.mark.slow
def test_given_textures_hold_the_generator_against_the_discriminator():
    random = torch.Generator().manual_seed(0)
    z, wanted = torch.randn(4, 6, generator=random), torch.full((4, 3, 16, 16), 0.5)
    errors = {}
    for anchor in (0.0, 100.0):
        trainer = Trainer(SHAPE, TrainingSettings(anchor=anchor, rate=1e-2, dtype=torch.float32))
        trainer.start(torch.ones(6))
        for _ in range(12):
            errors[anchor] = trainer.compete(-wanted, z, wanted)["error"]
    assert errors[100.0] < 0.2 * errors[0.0]


def test_judging_leaves_the_generator_alone():
    trainer = Trainer(SHAPE, TrainingSettings())
    before = {name: tensor.clone() for name, tensor in trainer.generator.state_dict().items()}
    trainer.judge(torch.zeros(4, 3, 16, 16))
    assert all(torch.equal(tensor, before[name]) for name, tensor in trainer.generator.state_dict().items())
    assert trainer.steps == [0, 1]


@pytest.mark.slow
def test_the_discriminator_learns_to_tell_dark_from_light():
    trainer = Trainer(SHAPE, TrainingSettings(batch=8, mixing=0.0))
    for _ in range(25):
        trainer.compete(torch.full((8, 3, 16, 16), 0.9))
    verdicts = trainer.discriminator(torch.cat([torch.full((8, 3, 16, 16), 0.9), torch.full((8, 3, 16, 16), -0.9)]))
    assert verdicts[:8].mean() > verdicts[8:].mean() + 0.5
