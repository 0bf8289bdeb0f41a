import pytest
import torch
from texture_training.shared_features import share_features, shared_parameters, shared_pictures

from headbridge.errors import InputError
from headbridge.texture.stylegan import Generator, GeneratorShape

LENGTHS = torch.tensor([4.0, 1.0, 0.5])


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(3)
    made = Generator(GeneratorShape(3, 9, 1, (8, 7, 6)))
    share_features(made, LENGTHS)
    return made


def test_pictures_of_shared_features_are_the_generators_own(generator):
    z = torch.randn(5, 3)
    pictures = shared_pictures(generator.synthesis, generator.mapping(z), 16)
    assert list(pictures) == [4, 8, 16]
    for size, picture in pictures.items():
        assert torch.allclose(picture, generator(z, resolution=size), atol=1e-5)
    assert pictures[16].std(dim=0).mean() > 0.0


def test_styles_hold_what_bends_at_minus_one_and_one(generator):
    line = torch.linspace(-1.7, 1.7, 40, dtype=torch.float64)
    z = torch.stack([line, (3.0 - line**2).sqrt(), torch.zeros_like(line)], dim=1)
    w = generator.double().mapping(z)
    known = torch.cat([w, torch.ones(40, 1)], dim=1)
    for wanted in (line, line.clamp(-1.0, 1.0), line.clamp_min(1.0)):
        found = known @ torch.linalg.lstsq(known, wanted[:, None], driver="gelsd").solution
        assert torch.allclose(found[:, 0], wanted, atol=1e-6)


def test_entries_that_matter_more_vary_more_in_w(generator):
    w = generator.mapping(torch.randn(2000, 3)).view(-1, 3, 3)
    deviations = w.std(dim=0).mean(dim=0)
    assert deviations[0] > 1.5 * deviations[1] > 1.8 * deviations[2]


def test_noise_is_learned_and_mapping_and_styles_of_features_are_not(generator):
    learned = {id(tensor) for tensor in shared_parameters(generator)}
    first = generator.synthesis.b8
    assert id(first.conv0.noise_const) in learned and id(first.torgb.affine.weight) in learned
    assert id(first.conv0.affine.weight) not in learned and id(generator.mapping.fc0.weight) not in learned


def test_generators_of_other_shapes_are_refused():
    with pytest.raises(InputError, match="one mapping layer and 3 units"):
        share_features(Generator(GeneratorShape(3, 8, 1, (4, 4))), LENGTHS)
