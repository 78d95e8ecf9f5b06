"""What is timed: our walk and other people's ways to explain one label, on the same network."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from models.excitation import ExcitationBackprop

Method = Callable[[], object]
LABEL = 281


def ours(network: nn.Module, layer: str, batch: Tensor, labels: int = 1) -> Method:
    """Contrastive Excitation Backprop, the paper's dual unit."""
    engine = ExcitationBackprop(network, layer, batch[:1])
    targets = torch.arange(LABEL, LABEL + labels, device=batch.device)
    return lambda: engine(batch, targets)


def grad_cam_library(network: nn.Module, layer: str, batch: Tensor) -> Method:
    """Grad-CAM of the `grad-cam` library."""
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    cam = GradCAM(model=network, target_layers=[network.get_submodule(layer)])
    targets = [ClassifierOutputTarget(LABEL)] * len(batch)
    return lambda: cam(input_tensor=batch, targets=targets)


def captum_grad_cam(network: nn.Module, layer: str, batch: Tensor) -> Method:
    """Grad-CAM of captum."""
    from captum.attr import LayerGradCam

    cam = LayerGradCam(network, network.get_submodule(layer))
    return lambda: cam.attribute(batch.clone().requires_grad_(), target=LABEL)


def zennit_excitation(network: nn.Module, layer: str, batch: Tensor) -> Method:
    """Excitation Backprop of zennit, without contrast; it goes to the network's input."""
    from zennit.attribution import Gradient
    from zennit.composites import ExcitationBackprop as Composite

    def explain() -> object:
        with Gradient(model=network, composite=Composite()) as attributor:
            start = torch.zeros(len(batch), 1000, device=batch.device)
            start[:, LABEL] = 1
            return attributor(batch.clone().requires_grad_(), start)

    return explain


PEERS = {
    "Grad-CAM, the `grad-cam` library, same layer": grad_cam_library,
    "Grad-CAM, captum, same layer": captum_grad_cam,
    "Excitation Backprop without contrast, zennit, to the input": zennit_excitation,
}
