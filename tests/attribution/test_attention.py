"""Small vision transformers: attention fused, written out, and torch's own; tokens as maps."""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812

from models.errors import UnsupportedLayerError
from models.excitation import DualContrast, ExcitationBackprop, NoContrast, RivalContrast

TARGETS = torch.tensor([1, 2])
FORMS = ("fused", "written out", "einsum", "torch", "torch with weights", "sequence first")


class Attention(nn.Module):
    """Self-attention (N, L, D) in one of the forms that networks write it in."""

    def __init__(self, width: int, heads: int, form: str) -> None:
        super().__init__()
        self.form, self.heads = form, heads
        self.own = nn.MultiheadAttention(width, heads, batch_first=form != "sequence first")

    def forward(self, x: Tensor) -> Tensor:
        if self.form == "sequence first":
            x = x.transpose(0, 1)
            averaged: Tensor = self.own(x, x, x, need_weights=False)[0]
            return averaged.transpose(0, 1)
        if self.form.startswith("torch"):
            averaged = self.own(x, x, x, need_weights=self.form.endswith("weights"))[0]
            return averaged.contiguous()
        count, length, width = x.shape
        packed = F.linear(x, self.own.in_proj_weight, self.own.in_proj_bias)
        packed = packed.reshape(count, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = packed.unbind(0)
        if self.form == "fused":
            averaged = F.scaled_dot_product_attention(query, key, value)
        else:
            scores = query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)
            weights = F.dropout(scores.softmax(-1), 0.1, training=self.training)
            averaged = weights @ value
            if self.form == "einsum":
                averaged = torch.einsum("bhij,bhjd->bhid", weights, value)
        joined: Tensor = self.own.out_proj(averaged.transpose(1, 2).reshape(count, length, width))
        return joined


class Block(nn.Module):
    def __init__(self, width: int, form: str) -> None:
        super().__init__()
        self.one, self.two = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, 2, form)
        self.wide = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.one(x))
        wide: Tensor = self.wide(self.two(x))
        return x + wide


class Transformer(nn.Module):
    def __init__(self, form: str, *, class_token: bool, depth: int) -> None:
        super().__init__()
        width = 8
        self.embedding = nn.Conv2d(3, width, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, width)) if class_token else None
        self.places = nn.Parameter(torch.randn(1, 6 + class_token, width))
        self.blocks = nn.Sequential(*[Block(width, form) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embedding(x).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat([self.token.expand(len(x), -1, -1), x], 1)
        x = self.norm(self.blocks(x + self.places))
        logits: Tensor = self.head(x[:, 0] if self.token is not None else x.mean(1))
        return logits


def transformer(form: str, *, class_token: bool = True, depth: int = 2) -> Transformer:
    torch.manual_seed(2)
    made = Transformer(form, class_token=class_token, depth=depth)
    for module in made.modules():
        if isinstance(module, nn.LayerNorm):
            sign = torch.where(torch.rand_like(module.weight) < 0.2, -1.0, 1.0)
            module.weight.data.uniform_(0.5, 1.5).mul_(sign)
            module.bias.data.normal_(0, 0.3)
        if isinstance(module, nn.MultiheadAttention):
            module.in_proj_bias.data.normal_(0, 0.3)
    return made.double().eval().requires_grad_(requires_grad=False)


@pytest.fixture(name="batch")
def _batch() -> Tensor:
    return torch.randn(3, 3, 8, 12, generator=torch.Generator().manual_seed(7)).double()


class Masked(nn.Module):
    """A transformer whose tokens do not see all of the others, by a mask of either kind."""

    def __init__(self, fused: bool, kind: str) -> None:
        super().__init__()
        self.inner = transformer("fused", class_token=False, depth=1)
        self.attends, self.fused = self.inner.blocks[0].attention, fused
        seen = torch.rand(6, 6, generator=torch.Generator().manual_seed(1)) < 0.6
        seen.fill_diagonal_(True)
        seen[4] = False  # a token that sees none
        seen[4, 4] = kind != "of none"
        weights = torch.zeros(6, 6).double().masked_fill(~seen, -torch.inf)
        self.register_buffer("mask", weights if kind == "added" else seen)

    def forward(self, x: Tensor) -> Tensor:
        x = self.inner.embedding(x).flatten(2).transpose(1, 2) + self.inner.places
        count, length, width = x.shape
        own = self.attends.own
        packed = F.linear(x, own.in_proj_weight, own.in_proj_bias)
        query, key, value = packed.reshape(count, length, 3, 2, -1).permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused:
            x = F.scaled_dot_product_attention(query, key, value, attn_mask=self.mask)
        else:
            scores = query * query.shape[-1] ** -0.5 @ key.transpose(-2, -1)
            added = self.mask
            if added.dtype == torch.bool:
                added = torch.zeros(6, 6).double().masked_fill(~added, -torch.inf)
            x = (scores + added).softmax(-1) @ value
        logits: Tensor = self.inner.head(x.transpose(1, 2).reshape(count, length, width).mean(1))
        return logits


@pytest.mark.parametrize("kind", ["added", "yes or no"])
def test_a_mask_of_either_kind_hides_what_it_hides(kind: str, batch: Tensor) -> None:
    """A mask of yes and no was once added to the scores, as 0 and 1."""
    fused, written = Masked(True, kind).eval(), Masked(False, kind).eval()
    torch.testing.assert_close(fused(batch), written(batch))
    maps = [
        ExcitationBackprop(network, "inner.embedding", batch)(batch, TARGETS, NoContrast()).maps
        for network in (fused, written)
    ]
    torch.testing.assert_close(*maps)
    unmasked = copy.deepcopy(fused)
    unmasked.mask = torch.ones(6, 6, dtype=torch.bool)
    other = ExcitationBackprop(unmasked, "inner.embedding", batch)(batch, TARGETS, NoContrast())
    assert float((other.maps - maps[0]).abs().max()) > 1e-3


def test_a_token_that_may_see_none_has_no_number_that_is_none(batch: Tensor) -> None:
    network = Masked(True, "of none").eval()
    plain = ExcitationBackprop(network, "inner.embedding", batch)(batch, TARGETS, NoContrast())
    assert bool(network(batch).isfinite().all())
    assert bool(plain.maps.isfinite().all())


@pytest.mark.parametrize("class_token", [True, False], ids=["class token", "average"])
@pytest.mark.parametrize("form", FORMS)
def test_all_mass_is_on_the_tokens(form: str, batch: Tensor, *, class_token: bool) -> None:
    network = transformer(form, class_token=class_token)
    for layer in ("blocks.1", "blocks.0"):
        plain = ExcitationBackprop(network, layer, batch)(batch, TARGETS, NoContrast())
        torch.testing.assert_close(plain.outputs, network(batch))
        assert plain.maps.shape == (3, 2, 2, 3)
        torch.testing.assert_close(plain.maps.sum((2, 3)), plain.explained_mass)
        assert plain.other_tokens is not None
        total = plain.explained_mass + plain.other_tokens
        torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-9)
        # The head reads the class token alone: below the last block it has what it kept.
        others = {"blocks.1": 1.0, "blocks.0": 0.5}[layer] if class_token else 0.0
        assert float((plain.other_tokens - others).abs().max()) < (0.5 if others == 0.5 else 1e-9)
    embedded = ExcitationBackprop(network, "embedding", batch)(batch, TARGETS, NoContrast())
    assert embedded.other_tokens is None
    torch.testing.assert_close(embedded.maps.sum((2, 3)), embedded.explained_mass)
    assert float(embedded.explained_mass.min()) > 0.1


@pytest.mark.parametrize("form", FORMS[1:])
def test_however_attention_is_written_the_map_is_the_same(form: str, batch: Tensor) -> None:
    one, other = transformer("fused"), transformer(form)
    torch.testing.assert_close(other(batch), one(batch))
    for contrast in (NoContrast(), DualContrast(), RivalContrast(torch.tensor([3]))):
        for layer in ("embedding", "blocks.0"):
            expected, found = (
                ExcitationBackprop(network, layer, batch)(batch, TARGETS, contrast)
                for network in (one, other)
            )
            torch.testing.assert_close(found.maps, expected.maps, rtol=1e-7, atol=1e-10)
            torch.testing.assert_close(found.explained_mass, expected.explained_mass)


@pytest.mark.parametrize("form", FORMS)
def test_an_image_in_a_batch_is_explained_as_if_alone(form: str, batch: Tensor) -> None:
    engine = ExcitationBackprop(transformer(form), "blocks.0", batch)
    recording = engine.record(batch)
    together = engine.explain(recording, TARGETS)
    for found in (engine(batch[2:], TARGETS), engine.explain(recording.of_images([2]), TARGETS)):
        torch.testing.assert_close(found.maps[0], together.maps[2], rtol=1e-8, atol=1e-11)
        torch.testing.assert_close(found.explained_mass[0], together.explained_mass[2])
        assert found.other_tokens is not None
        assert together.other_tokens is not None
        torch.testing.assert_close(found.other_tokens[0], together.other_tokens[2])


@pytest.mark.parametrize("form", ["fused", "written out", "torch"])
def test_gradients_are_those_of_finite_differences(form: str, batch: Tensor) -> None:
    network = transformer(form, depth=1).requires_grad_()
    engine = ExcitationBackprop(network, "embedding", batch)

    class Explained(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: Tensor) -> Tensor:
            found = engine(images, TARGETS[:1], create_graph=True)
            return torch.cat([found.maps.flatten(), found.explained_mass.flatten()])

    module = Explained()
    names = ["network.blocks.0.attention.own.in_proj_weight", "network.blocks.0.one.weight"]
    weights = tuple(module.get_parameter(name).detach().clone().requires_grad_() for name in names)

    def explained(*values: Tensor) -> Tensor:
        found: Tensor = functional_call(module, dict(zip(names, values, strict=True)), (batch[:1],))
        return found

    assert torch.autograd.gradcheck(explained, weights, eps=1e-6, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
@pytest.mark.parametrize("form", ["fused", "written out", "torch"])
def test_half_precision(form: str, dtype: torch.dtype, batch: Tensor) -> None:
    network, images = copy.deepcopy(transformer(form)).float(), batch.float()
    engine = ExcitationBackprop(network, "blocks.0", images)
    exact = engine(images, TARGETS, NoContrast())
    with torch.autocast("cpu", dtype=dtype):
        found = engine(images, TARGETS, NoContrast())
    assert found.maps.dtype == torch.float32
    assert float((found.maps - exact.maps).abs().sum((2, 3)).max()) / 2 < 0.05
    assert found.other_tokens is not None
    total = found.explained_mass + found.other_tokens
    torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-4)


def test_eight_threads_explain_while_others_predict(batch: Tensor) -> None:
    network = transformer("torch")
    engine = ExcitationBackprop(network, "blocks.0", batch)
    expected, predicted = engine(batch, TARGETS).maps, network(batch)

    def same(number: int) -> bool:
        if number % 2:
            return torch.equal(network(batch), predicted)
        return torch.equal(engine(batch, TARGETS).maps, expected)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(same, range(40)))


class Reading(nn.Module):
    """A network whose tokens are put through a function between embedding and head."""

    def __init__(self, body: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.embedding, self.head = nn.Conv2d(3, 4, 4, 4), nn.Linear(4, 3)
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.body(self.embedding(x).flatten(2).transpose(1, 2))
        logits: Tensor = self.head(tokens.mean(1))
        return logits


REFUSED: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "products of signals": (lambda x: x @ x.transpose(1, 2) @ x, "no softmax"),
    "causal": (lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True), "is_causal"),
    "softmax itself": (lambda x: x.softmax(2), "softmax.*behind the last layer"),
    "windows": (lambda x: x.reshape(-1, 3, 4).reshape(len(x), 6, 4), "does not keep images apart"),
    "no average": (lambda x: torch.einsum("nii,nid->nid", (x @ x.mT).softmax(2), x), "no average"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_average_is_refused_by_layer_and_operation(what: str, batch: Tensor) -> None:
    body, words = REFUSED[what]
    with pytest.raises(UnsupportedLayerError, match=words) as refused:
        ExcitationBackprop(Reading(body).double().eval(), "embedding", batch)
    # No module behind it has a grid: none is advised.
    assert str(refused.value).endswith("choose another network.")
