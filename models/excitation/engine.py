"""Excitation Backprop (Zhang et al., IJCV 126(10), 2018) on any network of known operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from ..errors import InputError, TargetError
from .contrast import Contrast, DualContrast, one_hot
from .graph import Patches
from .plan import make_plan
from .recording import Recording
from .rules import positive_part, wide
from .walk import MarginalWalk
from .weights import WeightParts

_DUAL = DualContrast()


@dataclass(frozen=True)
class Excitation:
    """What a walk found at one layer, for N images and T targets each.

    Attributes
    ----------
    maps : (N, T, [d,] h, w) at the map layer, in the network's float type or float32 if that is
        wider, >= 0, channels summed; not normalised: without contrast it sums to `explained_mass`
    explained_mass : (N, T) in [0, 1]: the share of P(w_c)'s own mass that arrives at the map
        layer, whatever the contrast
    outputs : (N, L) what the network returned
    other_tokens : (N, T) the share of that mass which arrives at the map layer on tokens that are
        no patch of the image, as a class token is; None where the layer has none. It is in neither
        the map nor `explained_mass`
    """

    maps: Tensor
    explained_mass: Tensor
    outputs: Tensor
    other_tokens: Tensor | None = None


class ExcitationBackprop:
    """The maps of one network; safe for any number of threads.

    The network is looked at once here, and refused here if it holds an operation without a rule.
    It is never changed, hooked or patched; its weights may change between calls.

    Parameters
    ----------
    network : a classifier in eval mode, (N, C, [D,] H, W) -> (N, L)
    layer : dotted name of the module at whose output the map is wanted, or several names: one
        sweep then gives a map at each. A layer inside a chain of additions cuts the chain in two
        for the layers below it
    example : (N, C, [D,] H, W), an input of the size that will be used
    targets_at_once : how many targets a sweep carries, which bounds its memory; all of them if
        not given. The forward pass and the denominators are shared by all sweeps
    residual : how a residual addition shares mass out: by the summands' positive parts, or by
        their signed values as the authors' code does, for comparison with it only: P may then be
        negative on the way, and `explained_mass` says nothing

    Raises
    ------
    UnsupportedLayerError
        The network cannot be explained; the message names the layer and the operation.
    InputError
        No layer is named, or fewer than one target at once asked for.
    """

    def __init__(
        self,
        network: nn.Module,
        layer: str | Sequence[str],
        example: Tensor,
        *,
        targets_at_once: int | None = None,
        residual: Literal["positive", "signed"] = "positive",
    ) -> None:
        self._network = network
        self._layers = (layer,) if isinstance(layer, str) else tuple(layer)
        if not self._layers or (targets_at_once is not None and targets_at_once < 1):
            raise InputError(
                f"{len(self._layers)} map layers and {targets_at_once} targets at once were asked "
                "for; both must be 1 at least."
            )
        self._plan = make_plan(network, self._layers, example, signed_split=residual == "signed")
        self._targets_at_once = targets_at_once
        self._weights = WeightParts()

    def __call__(
        self,
        batch: Tensor,
        targets: Tensor,
        contrast: Contrast = _DUAL,
        *,
        create_graph: bool = False,
    ) -> Excitation:
        """Explain targets of a batch at the first of the layers: one forward pass, one walk.

        Parameters
        ----------
        batch : (N, C, [D,] H, W)
        targets : output columns, int64, (T,) the same for all images or (N, T)
        contrast : what each target is set against; by default its dual unit
        create_graph : whether what is returned can be differentiated in the weights and in the
            batch, so that a loss on the maps can train the network

        Raises
        ------
        InputError
            The batch is empty or not (N, C, [D,] H, W).
        TargetError
            A target is not an output column.
        """
        return self.explain(self.record(batch, create_graph=create_graph), targets, contrast)

    def record(self, batch: Tensor, *, create_graph: bool = False) -> Recording:
        """Run the network on (N, C, [D,] H, W) and keep what walks need, for `explain`."""
        if batch.dim() not in (4, 5) or len(batch) == 0:
            raise InputError(
                f"the batch has shape {tuple(batch.shape)}; it must be (N, C, H, W) or, "
                "for volumes, (N, C, D, H, W), with N >= 1."
            )
        with torch.inference_mode(mode=False), torch.set_grad_enabled(create_graph):
            # Inference tensors do not count writes, which the recording relies on.
            return Recording(
                self._network, self._plan, batch.clone() if batch.is_inference() else batch
            )

    def explain(
        self, recording: Recording, targets: Tensor, contrast: Contrast = _DUAL
    ) -> Excitation:
        """Walk down from targets (T,) or (N, T) of a recorded pass to the first of the layers."""
        return self.explain_layers(recording, targets, contrast)[self._layers[0]]

    def explain_layers(
        self, recording: Recording, targets: Tensor, contrast: Contrast = _DUAL
    ) -> dict[str, Excitation]:
        """Walk down from targets (T,) or (N, T) of a recorded pass; return what it found, by layer.

        Gradients are recorded if the forward pass recorded them.
        """
        prior = _prior(targets, wide(recording.outputs.detach()))
        with (
            torch.inference_mode(mode=False),
            torch.set_grad_enabled(recording.differentiable),
            torch.autocast(prior.device.type, enabled=False),  # mass underflows in half precision
        ):
            found: list[dict[int, Tensor]] = []
            seeds = contrast.seeds(prior, recording.logits)
            at_once = self._targets_at_once or prior.shape[1]
            for start in range(0, prior.shape[1], at_once):
                part = {
                    polarity: mass[:, start : start + at_once].clone(
                        memory_format=torch.contiguous_format
                    )
                    for polarity, mass in seeds.items()
                }
                walk = MarginalWalk(self._plan, recording, self._weights, part)
                found.append(walk.maps)
            return {
                layer: _excitation(
                    walk,
                    value,
                    positive_part(torch.cat([maps[value] for maps in found], 1)),
                    self._plan.patches.get(value),
                    (prior, recording.outputs),
                )
                for layer, value in self._plan.map_values.items()
            }


def _excitation(
    walk: MarginalWalk,
    value: int,
    maps: Tensor,
    patches: Patches | None,
    ends: tuple[Tensor, Tensor],
) -> Excitation:
    """Return what was found at a map value: maps (N, T, ...), or of tokens (N, T, L)."""
    prior, outputs = ends
    arriving = _explained(prior, walk.arrival(value))
    if patches is None:
        return Excitation(maps, arriving, outputs)
    count = patches.rows * patches.columns
    own = maps[..., patches.first : patches.first + count]
    explained = arriving
    if count < maps.shape[-1]:
        explained = _explained(prior, walk.arrival(value, patches))
    grid = own.reshape(*own.shape[:2], patches.rows, patches.columns)
    return Excitation(grid, explained, outputs, (arriving - explained).clamp(min=0))


def _explained(prior: Tensor, arrival: Tensor | None) -> Tensor:
    """Return (N, T), for a prior (N, T, L) and the outputs' arrivals (N, L), None if all are 1."""
    reached = prior if arrival is None else prior * arrival.unsqueeze(1)
    return reached.sum(2).clamp(0, 1)


def _prior(targets: Tensor, outputs: Tensor) -> Tensor:
    """Put all mass on each target: (T,) or (N, T) columns -> (N, T, L)."""
    images, columns = outputs.shape
    wrong = targets.dtype != torch.int64 or targets.dim() not in (1, 2) or targets.numel() == 0
    if wrong or (targets.dim() == 2 and len(targets) != images):
        raise TargetError(
            f"targets have shape {tuple(targets.shape)} and type {targets.dtype}; they must be "
            f"int64 of shape (T,) or ({images}, T) with T >= 1."
        )
    return one_hot(targets.expand(images, targets.shape[-1]), columns, outputs)
