"""Attributes, texture and light at pixels: values and gradients against the float64 reference and known answers."""

from __future__ import annotations

import pytest
import torch

from headbridge.errors import InputError
from headbridge.render import Faces, barycentrics, depth, interpolate, rasterise, sample_texture
from headbridge.render.textures import texture_gradient_in_order

from . import reference


def cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    one, other = one.double().flatten(), other.double().flatten()
    return float(one @ other / (one.norm() * other.norm()))


def test_attributes_and_gradients_are_those_of_the_reference(scene):
    raster = rasterise(scene.points, scene.faces, scene.size, scene.perspective)
    attributes = torch.randn((2, scene.uv_faces.count, 3), generator=torch.Generator().manual_seed(1))
    leaves = [scene.points.clone().requires_grad_(), attributes.clone().requires_grad_()]
    picture = interpolate(leaves[0], raster, leaves[1], scene.uv_faces)
    (picture * scene.weights).sum().backward()
    exact = [scene.points.double().requires_grad_(), attributes.double().requires_grad_()]
    expected = reference.interpolate(
        exact[0], raster.triangle, scene.faces, exact[1], scene.uv_faces, scene.perspective
    )
    (expected * scene.weights).sum().backward()
    torch.testing.assert_close(picture.double(), expected, atol=1e-3, rtol=1e-3)
    for leaf, other in zip(leaves, exact):
        assert cosine(leaf.grad, other.grad) > 0.9999


def test_texture_and_gradients_are_those_of_the_reference(scene):
    raster = rasterise(scene.points, scene.faces, scene.size, scene.perspective)
    leaves = [scene.points.clone().requires_grad_(), scene.texture.clone().requires_grad_()]
    uvs = interpolate(leaves[0], raster, scene.uvs, scene.uv_faces)
    picture = sample_texture(leaves[1], uvs, raster)
    (picture * scene.weights).sum().backward()
    exact = [scene.points.double().requires_grad_(), scene.texture.double().requires_grad_()]
    exact_uvs = reference.interpolate(
        exact[0], raster.triangle, scene.faces, scene.uvs.double(), scene.uv_faces, scene.perspective
    )
    expected = reference.sample_texture(exact[1], exact_uvs, raster.triangle)
    (expected * scene.weights).sum().backward()
    torch.testing.assert_close(picture.double(), expected, atol=1e-3, rtol=1e-3)
    for leaf, other in zip(leaves, exact):
        assert cosine(leaf.grad, other.grad) > 0.9999


def test_gradients_have_the_same_bits_on_every_run_and_shared_ones_are_summed(scene):
    raster = rasterise(scene.points, scene.faces, scene.size, scene.perspective)

    def gradients(texture):
        leaves = [scene.points.clone().requires_grad_(), texture.clone().requires_grad_()]
        uvs = interpolate(leaves[0], raster, scene.uvs, scene.uv_faces)
        (sample_texture(leaves[1], uvs, raster) * scene.weights).sum().backward()
        return [leaf.grad for leaf in leaves]

    shared = gradients(scene.texture)
    assert all(torch.equal(one, other) for one, other in zip(shared, gradients(scene.texture)))
    own = gradients(scene.texture.repeat(2, 1, 1, 1))
    torch.testing.assert_close(own[1].sum(0, keepdim=True), shared[1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("views", [1, 2])
def test_the_gradient_in_order_that_cuda_offers_is_the_kernels_own(scene, views):
    raster = rasterise(scene.points, scene.faces, scene.size, scene.perspective)
    uvs = interpolate(scene.points, raster, scene.uvs, scene.uv_faces)
    texture = scene.texture.repeat(views, 1, 1, 1).requires_grad_()
    sample_texture(texture, uvs, raster).backward(scene.weights)
    in_order = texture_gradient_in_order(texture.detach(), uvs, raster, scene.weights)
    torch.testing.assert_close(in_order, texture.grad, atol=1e-4, rtol=1e-4)


def test_views_have_their_own_textures(scene):
    raster = rasterise(scene.points, scene.faces, scene.size, scene.perspective)
    uvs = interpolate(scene.points, raster, scene.uvs, scene.uv_faces)
    textures = torch.cat([scene.texture, 1.0 - scene.texture.flip(1)])
    together = sample_texture(textures, uvs, raster)
    for view in range(2):
        alone = rasterise(scene.points[[view]], scene.faces, scene.size, scene.perspective)
        assert torch.equal(sample_texture(textures[[view]], uvs[[view]], alone)[0], together[view])
    leaves = textures.clone().requires_grad_()
    sample_texture(leaves, uvs, raster)[1].sum().backward()
    assert (leaves.grad[0] == 0.0).all()
    # Every pixel hands out a weight of one.
    torch.testing.assert_close(leaves.grad[1].sum(), 3.0 * raster.covered[1].sum(), rtol=1e-4, atol=0.0)


def test_a_ramp_in_space_is_a_ramp_with_perspective_and_depth_is_right():
    # A floor from depth 2 to 8 under a camera with a focal length of 8 pixels.
    corners = torch.tensor([[-1.0, 1.0, 2.0], [1.0, 1.0, 2.0], [4.0, 1.0, 8.0], [-4.0, 1.0, 8.0]])
    points = torch.cat([8.0 * corners[:, :2] / corners[:, 2:] + 4.0, corners[:, 2:]], 1)[None]
    raster = rasterise(points, Faces([[0, 1, 2], [0, 2, 3]], 4), (12, 12))
    rows = raster.covered[0].any(1).nonzero()[:, 0]
    expected = 8.0 / (rows + 0.5 - 4.0)
    assert len(rows) == 3
    torch.testing.assert_close(depth(points, raster)[0, rows, 4], expected)
    ramp = interpolate(points, raster, corners[None, :, 2:] * 10.0)[0, rows, 4, 0]
    torch.testing.assert_close(ramp, 10.0 * expected)
    torch.testing.assert_close(barycentrics(points, raster).sum(-1), raster.covered.float())


def test_a_texture_ramp_reads_its_own_coordinate_and_has_its_slope(square):
    points, faces = square(0.0, 0.0, 8.0)
    raster = rasterise(points, faces, 8)
    columns = torch.arange(16.0)
    texture = torch.stack([columns.expand(16, 16), columns[:, None].expand(16, 16)], -1)[None]
    uvs = torch.tensor([[0.25, 0.75], [0.75, 0.75], [0.75, 0.25], [0.25, 0.25]])[None].requires_grad_()
    picture = sample_texture(texture, interpolate(points, raster, uvs), raster)
    # The square shows the texture's middle half: texels 4..12, whose first centre is 4.5.
    expected = 4.0 + (torch.arange(8) + 0.5) - 0.5
    torch.testing.assert_close(picture[0, 3, :, 0], expected)
    torch.testing.assert_close(picture[0, :, 3, 1], expected)
    picture[..., 0].sum().backward()
    # Moving all u by d moves every texel coordinate by 16 d.
    torch.testing.assert_close(uvs.grad[..., 0].sum(), torch.tensor(16.0 * 64))
    assert float(uvs.grad[..., 1].abs().max()) < 1e-3


def test_beyond_its_border_a_texture_is_constant(square):
    points, faces = square(0.0, 0.0, 4.0)
    raster = rasterise(points, faces, 4)
    texture = torch.arange(4.0).reshape(1, 2, 2, 1)
    for u, v, texel in ((-3.3, 5.0, 0.0), (7.2, 1.9, 1.0), (-0.2, -0.4, 2.0), (1.4, -9.0, 3.0)):
        uvs = torch.tensor([u, v]).expand(1, 4, 4, 2).clone().requires_grad_()
        picture = sample_texture(texture, uvs, raster)
        picture.sum().backward()
        assert (picture == texel).all() and (uvs.grad == 0.0).all()


def test_wrong_attributes_and_textures_are_refused(square):
    points, faces = square(1.0, 1.0, 4.0)
    raster = rasterise(points, faces, 8)
    uvs = torch.zeros((1, 8, 8, 2))
    with pytest.raises(InputError, match="should correspond"):
        interpolate(points, raster, torch.zeros((1, 3, 1)), Faces([[0, 1, 2]], 3))
    with pytest.raises(InputError, match="for 2 views"):
        interpolate(points, raster, torch.zeros((2, 4, 1)))
    with pytest.raises(InputError, match="not finite"):
        interpolate(points, raster, torch.full((1, 4, 1), torch.inf))
    with pytest.raises(InputError, match="no channels"):
        interpolate(points, raster, torch.zeros((1, 4, 0)))
    with pytest.raises(InputError, match="no texels"):
        sample_texture(torch.zeros((1, 0, 4, 3)), uvs, raster)
    with pytest.raises(InputError, match="should have shape"):
        sample_texture(torch.zeros((4, 4, 3)), uvs, raster)
    with pytest.raises(InputError, match="should have shape"):
        sample_texture(torch.zeros((1, 4, 4, 3)), uvs[:, :4], raster)
    with pytest.raises(InputError, match="not finite"):
        sample_texture(torch.zeros((1, 4, 4, 3)), uvs * torch.nan, raster)
