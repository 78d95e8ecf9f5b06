"""Excitation Backprop (Zhang et al., IJCV 126(10), 2018) on any network of known operations."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import InputError, TargetError
from .contrast import Contrast, DualContrast, one_hot
from .plan import make_plan
from .recording import Recording
from .rules import positive_part
from .walk import MarginalWalk
from .weights import WeightParts

_DUAL = DualContrast()


@dataclass(frozen=True)
class Excitation:
    """What a walk found, for N images and T targets each.

    Attributes
    ----------
    maps : (N, T, h, w) at the map layer, in the network's float type, >= 0, channels summed; not
        normalised: without contrast it sums to `explained_mass`
    explained_mass : (N, T) in [0, 1]: the share of the decision that arrived at the map layer.
        For a contrast, 1 less the positive part of the signed mass that was dropped on the way
    outputs : (N, L) what the network returned
    """

    maps: Tensor
    explained_mass: Tensor
    outputs: Tensor


class ExcitationBackprop:
    """The maps of one network at one layer; safe for any number of threads.

    The network is looked at once here, and refused here if it holds an operation without a rule.
    It is never changed, hooked or patched; its weights may change between calls.

    Parameters
    ----------
    network : a classifier in eval mode, (N, C, H, W) -> (N, L)
    layer : dotted name of the module at whose output the map is wanted
    example : (N, C, H, W), an input of the size that will be used

    Raises
    ------
    UnsupportedLayerError
        The network cannot be explained; the message names the layer and the operation.
    """

    def __init__(self, network: nn.Module, layer: str, example: Tensor) -> None:
        self._network = network
        self._plan = make_plan(network, layer, example)
        self._weights = WeightParts()

    def __call__(self, batch: Tensor, targets: Tensor, contrast: Contrast = _DUAL) -> Excitation:
        """Explain targets of a batch: one forward pass, one walk.

        Parameters
        ----------
        batch : (N, C, H, W)
        targets : output columns, int64, (T,) the same for all images or (N, T)
        contrast : what each target is set against; by default its dual unit

        Raises
        ------
        InputError
            The batch is empty or not (N, C, H, W).
        TargetError
            A target is not an output column.
        """
        return self.explain(self.record(batch), targets, contrast)

    def record(self, batch: Tensor) -> Recording:
        """Run the network on (N, C, H, W) and keep what walks need, for `explain`."""
        if batch.dim() != 4 or len(batch) == 0:
            raise InputError(
                f"the batch has shape {tuple(batch.shape)}; it must be (N, C, H, W) with N >= 1."
            )
        with torch.inference_mode(mode=False), torch.no_grad():
            # Inference tensors do not count writes, which the recording relies on.
            return Recording(
                self._network, self._plan, batch.clone() if batch.is_inference() else batch
            )

    def explain(
        self, recording: Recording, targets: Tensor, contrast: Contrast = _DUAL
    ) -> Excitation:
        """Walk down from targets (T,) or (N, T) of a recorded forward pass."""
        outputs = recording.outputs
        prior = _prior(targets, outputs)
        with torch.inference_mode(mode=False), torch.no_grad():
            walk = MarginalWalk(self._plan, recording, self._weights, contrast.seeds(prior))
            return Excitation(
                maps=positive_part(walk.arrived.sum(2)),
                explained_mass=(1 - walk.lost).clamp(0, 1),
                outputs=outputs,
            )


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
