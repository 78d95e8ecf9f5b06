"""Convert the networks of the npm package ``@vladmandic/face-api`` to safetensors.

    python -m models.face_api.convert PACKAGE_DIR [--output DIR]

``PACKAGE_DIR`` is the unpacked package (``npm pack @vladmandic/face-api@1.7.15``). Its weights
are TensorFlow.js files: a JSON manifest that names each tensor, its shape and, where it was
quantised, ``value = integer * scale + min``; and the numbers one after the other. Nothing of
the package is executed. The same package gives the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from ..errors import CheckpointError

SOURCE = "npm package @vladmandic/face-api 1.7.15, MIT"
WEIGHTS_FOLDER = Path(__file__).parent.parent / "weights"
NETWORKS = {
    "face_expression_model": "face-api-expression.safetensors",
    "face_landmark_68_model": "face-api-landmarks.safetensors",
    "tiny_face_detector_model": "face-api-detector.safetensors",
}
"""Name of a network in the package, and of its file here."""


def read_tfjs_weights(manifest: Path) -> dict[str, Tensor]:
    """Read the tensors of a TensorFlow.js weights manifest, dequantised.

    Parameters
    ----------
    manifest : Path
        ``*-weights_manifest.json``; the binary files it names lie beside it.

    Returns
    -------
    dict of str to Tensor
        float32, in TensorFlow's names and order of axes.

    Raises
    ------
    CheckpointError
        If a file is missing, or its length is not what the manifest describes.
    """
    tensors: dict[str, Tensor] = {}
    try:
        for group in json.loads(manifest.read_text()):
            data = b"".join((manifest.parent / name).read_bytes() for name in group["paths"])
            for name, values in _tensors_of(group["weights"], data):
                tensors[name] = torch.from_numpy(values)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"{manifest.name} cannot be read ({error}); give the folder of an unpacked package."
        ) from error
    return tensors


def _tensors_of(weights: list[dict[str, Any]], data: bytes) -> Iterator[tuple[str, Any]]:
    offset = 0
    for weight in weights:
        quantised = weight.get("quantization")
        kind = np.dtype(quantised["dtype"] if quantised else weight["dtype"]).newbyteorder("<")
        count = math.prod(weight["shape"])
        values = np.frombuffer(data, kind, count, offset).reshape(weight["shape"])
        offset += count * kind.itemsize
        if quantised:
            values = values.astype(np.float64) * quantised["scale"] + quantised["min"]
        yield weight["name"], values.astype(np.float32)
    if offset != len(data):
        raise ValueError(f"{len(data)} bytes where the manifest describes {offset}")


def to_torch(name: str, tensor: Tensor) -> tuple[str, Tensor]:
    """Return a tensor's name in our networks, and its values in torch's order of axes."""
    layer, kind = name.rsplit("/", 1)
    layer = layer.replace("/", ".")
    if "dense" not in layer and layer != "fc":  # the detector's layers are numbered
        layer = "head" if layer == "conv8" else layer.replace("conv", "convs.")
    if kind == "bias":
        return f"{layer}.bias", tensor
    if kind == "weights":
        return f"{layer}.weight", tensor.t().contiguous()
    if kind == "depthwise_filter":
        return f"{layer}.depthwise", tensor.permute(2, 3, 0, 1).contiguous()
    torch_kind = {"filters": "weight", "pointwise_filter": "pointwise"}[kind]
    return f"{layer}.{torch_kind}", tensor.permute(3, 2, 0, 1).contiguous()


def convert(package: Path, output: Path) -> dict[str, str]:
    """Write the three networks of a package.

    Parameters
    ----------
    package : Path
        The unpacked package.
    output : Path
        Folder for the safetensors files; made where it is missing.

    Returns
    -------
    dict of str to str
        SHA-256 of each file written.

    Raises
    ------
    CheckpointError
        If the package's weights are missing or damaged; nothing is written then.
    """
    files: dict[str, bytes] = {}
    for network, file_name in NETWORKS.items():
        weights = read_tfjs_weights(package / "model" / f"{network}-weights_manifest.json")
        state = dict(to_torch(name, tensor) for name, tensor in weights.items())
        files[file_name] = save(state, {"source": f"{SOURCE}, {network}"})
    output.mkdir(parents=True, exist_ok=True)
    for file_name, data in files.items():
        (output / file_name).write_bytes(data)
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the conversion from the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m models.face_api.convert", description="Convert face-api's networks."
    )
    parser.add_argument("package", type=Path, help="folder of the unpacked npm package")
    parser.add_argument("--output", type=Path, default=WEIGHTS_FOLDER)
    options = parser.parse_args(arguments)
    try:
        written = convert(options.package, options.output)
    except CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for file_name, sha256 in written.items():
        sys.stdout.write(f"{sha256}  {file_name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
