import pytest
import torch

from headbridge.errors import InputError
from headbridge.texture.stylegan import Generator, GeneratorShape
from headbridge.texture.stylegan.layers import upsample


def random_generator(seed: int = 0, channels=(12, 10, 8, 6)) -> Generator:
    torch.manual_seed(seed)
    generator = Generator(GeneratorShape(16, 20, 3, channels)).double()
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if name.endswith(("bias", "noise_strength")):
                parameter.add_(0.3 * torch.randn_like(parameter))
    return generator


def test_pictures_equal_the_reference_at_every_resolution(reference):
    generator = random_generator()
    weights = generator.state_dict()
    z = torch.randn(3, 16, dtype=torch.float64)
    w = generator.mapping(z)
    assert torch.allclose(w, torch.stack([reference.styles(weights, one) for one in z]), atol=1e-12)
    styles = torch.randn(3, generator.shape.style_count, 20, dtype=torch.float64)
    for resolution in (4, 8, 16, 32):
        expected = torch.stack([reference.picture(weights, one, resolution) for one in styles])
        made = generator.synthesis(styles, resolution=resolution)
        assert made.shape == (3, 3, resolution, resolution)
        assert (made - expected).abs().max() < 1e-11 * expected.abs().max()


def test_float32_stays_within_a_ten_thousandth_of_float64():
    generator = random_generator(1, channels=(32, 32, 32, 32, 16, 8))
    styles = torch.randn(1, generator.shape.style_count, 20, dtype=torch.float64)
    exact = generator.synthesis(styles)
    single = generator.float().synthesis(styles.float())
    assert single.dtype == torch.float32
    assert (single.double() - exact).abs().max() < 1e-4 * exact.abs().max()


@pytest.mark.parametrize(("dtype", "error"), [(torch.bfloat16, 0.1), (torch.float16, 0.02)])
def test_half_precision_features_give_the_same_picture_roughly(dtype, error):
    generator = random_generator(2).float()
    styles = torch.randn(2, generator.shape.style_count, 20)
    exact = generator.synthesis(styles)
    made = generator.synthesis(styles, dtype=dtype)
    assert made.dtype == torch.float32
    assert 0.0 < (made - exact).abs().max() < error * exact.abs().max()


def test_gradients_of_styles_and_weights_by_finite_differences():
    generator = random_generator(3, channels=(5, 4))
    styles = torch.randn(2, generator.shape.style_count, 20, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(generator.synthesis, (styles,), fast_mode=True)
    weight = generator.synthesis.b8.conv0.weight
    probe = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((generator.synthesis(styles) * probe).sum(), weight)
    step = torch.randn_like(weight)
    with torch.no_grad():
        values = []
        for sign in (1.0, -1.0):
            weight.add_(sign * 1e-5 * step)
            values.append((generator.synthesis(styles) * probe).sum().item())
            weight.sub_(sign * 1e-5 * step)
    assert (gradient * step).sum().item() == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-6)


def test_truncation_ends_at_the_mean_style():
    generator = random_generator()
    generator.mapping.w_avg.copy_(torch.randn(20))
    z = torch.randn(2, 16, dtype=torch.float64)
    assert torch.equal(generator.styles(z, 0.0)[1, 5], generator.mapping.w_avg)
    assert torch.allclose(generator.styles(z, 1.0)[:, 0], generator.mapping(z), atol=1e-14)


def test_fresh_noise_changes_the_picture_and_constant_noise_does_not():
    generator = random_generator()
    styles = torch.randn(1, generator.shape.style_count, 20, dtype=torch.float64)
    assert torch.equal(generator.synthesis(styles), generator.synthesis(styles))
    first, second = (generator.synthesis(styles, random_noise=True) for _ in range(2))
    assert (first - second).abs().max() > 1e-3


def test_resampling_keeps_constants_and_ramps():
    constant = torch.full((1, 2, 8, 8), 0.7, dtype=torch.float64)
    assert torch.allclose(upsample(constant)[:, :, 1:-1, 1:-1], constant.new_tensor(0.7))
    ramp = torch.arange(8, dtype=torch.float64).expand(1, 1, 8, 8)
    # New pixels lie a quarter of an old one to both sides of it.
    assert torch.allclose(upsample(ramp)[0, 0, 7, 2:-2], (torch.arange(2, 14).double() - 0.5) / 2.0)


def test_an_unknown_resolution_is_refused():
    with pytest.raises(InputError, match="4, 8, 16, 32 pixels, not 64"):
        random_generator().synthesis(torch.zeros(1, 20, dtype=torch.float64), resolution=64)
