"""The Markov chain of the paper, written out as explicit transition matrices.

The oracle shares no code with the engine: each operation of a small random network becomes a
dense matrix of transition probabilities, entry by entry, on a doubled state space (the state
(i, -1) is the virtual unit "minus unit i" that the dual decision and a negative batch norm factor
lead to). It works on one image at a time, and folds, reorders and shares nothing.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

SIGNS = (1, -1)
# Mass (units,) at each polarity.
Mass = dict[int, Tensor]


def empty(units: int) -> Mass:
    return {sign: torch.zeros(units, dtype=torch.float64) for sign in SIGNS}


class Operation(nn.Module, ABC):
    """An operation of the network, and one column block of the chain for each of its inputs."""

    linear = False
    """Whether it is, up to a constant; a layer with weights is the end of what is."""

    @abstractmethod
    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        """Mass at the output -> mass at each input, on one image (1, ...)."""


def matrix_of(linear: object, x: Tensor) -> Tensor:
    """The matrix (outputs, inputs) of a linear map, from its values on unit vectors."""
    basis = torch.eye(x.numel(), dtype=x.dtype).reshape(x.numel(), *x.shape[1:])
    return linear(basis).reshape(x.numel(), -1).T  # type: ignore[operator]


def excite(weights: Tensor, x: Tensor, mass: Tensor) -> Tensor:
    """One winner-take-all step by a dense matrix of signed weights (outputs, inputs)."""
    excitation = (weights * x.flatten()).clamp(min=0)
    total = excitation.sum(1, keepdim=True)
    probability = torch.where(total > 0, excitation / total, 0.0)
    return mass @ probability


class Weighted(Operation):
    """A convolution or a linear layer."""

    def __init__(self, layer: nn.Conv2d | nn.Conv3d | nn.Linear) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        (x,) = inputs
        bias = self.layer(torch.zeros_like(x))
        weights = matrix_of(lambda basis: self.layer(basis) - bias, x)
        arrived = empty(x.numel())
        for sign in SIGNS:
            taken = excite(sign * weights, x, mass[sign])
            for unit, value in enumerate(x.flatten().tolist()):
                arrived[1 if value > 0 else -1][unit] += taken[unit]
        return [arrived]


class Norm(Operation):
    linear = True

    def __init__(self, factors: Tensor, *, volume: bool = False) -> None:
        super().__init__()
        channels = len(factors)
        self.norm = (nn.BatchNorm3d if volume else nn.BatchNorm2d)(channels).double()
        self.norm.weight.data = factors
        self.norm.bias.data.normal_()
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        (x,) = inputs
        arrived = empty(x.numel())
        channel = torch.arange(x.shape[1]).repeat_interleave(x[0, 0].numel())
        for unit in range(x.numel()):
            factor = float(self.norm.weight[channel[unit]])
            if factor != 0:
                for sign in SIGNS:
                    arrived[sign if factor > 0 else -sign][unit] += mass[sign][unit]
        return [arrived]


class OwnNorm(Operation):
    """A norm by the image's own statistics, over channels (layer, RMS) or over groups of them."""

    def __init__(self, kind: str, factors: Tensor) -> None:
        super().__init__()
        channels = len(factors)
        self.norm = {
            "layer": lambda: nn.LayerNorm(channels),
            "rms": lambda: nn.RMSNorm(channels),
            "group": lambda: nn.GroupNorm(2, channels),
            "instance": lambda: nn.InstanceNorm2d(channels, affine=True),
        }[kind]().double()
        self.last = kind in ("layer", "rms")
        self.norm.weight.data = factors
        if kind != "rms":
            self.norm.bias.data.normal_()

    def forward(self, x: Tensor) -> Tensor:
        if self.last:
            return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self.norm(x)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        (x,) = inputs
        arrived = empty(x.numel())
        factor = self.norm.weight.repeat_interleave(x[0, 0].numel())
        for sign in SIGNS:
            arrived[sign] += mass[sign] * (factor > 0)
            arrived[-sign] += mass[sign] * (factor < 0)
        return [arrived]


class Elementwise(Operation):
    """An increasing or a decreasing function of each unit."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.linear = name in ("halved", "negated")

    def forward(self, x: Tensor) -> Tensor:
        functions = {
            "relu": torch.relu,
            "relu_": lambda x: F.relu(x.clone(), inplace=True),
            "relu6": F.relu6,
            "leaky": lambda x: F.leaky_relu(x, 0.2),
            "silu": F.silu,
            "hardswish": F.hardswish,
            "elu": F.elu,
            "tanh": torch.tanh,
            "gelu": F.gelu,
            "gelu by tanh": lambda x: F.gelu(x, approximate="tanh"),
            "halved": lambda x: x / 2 + 0.1,
            "negated": lambda x: 0.3 - x,
        }
        return functions[self.name](x)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        turn = -1 if self.name == "negated" else 1
        return [{sign: mass[sign * turn].clone() for sign in SIGNS}]


class Average(Operation):
    linear = True

    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(x)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        (x,) = inputs
        weights = matrix_of(self.pool, x)
        return [{s: excite(weights, (s * x).clamp(min=0), mass[s]) for s in SIGNS}]


class Attend(Operation):
    """Values averaged by the softmax of a signal's products with itself: inputs signal, values."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form

    def tokens(self, x: Tensor) -> Tensor:
        return x.flatten(2).transpose(1, 2)

    def weights(self, signal: Tensor) -> Tensor:
        tokens = self.tokens(signal)
        return (tokens @ tokens.transpose(1, 2) * tokens.shape[2] ** -0.5).softmax(2)

    def forward(self, signal: Tensor, values: Tensor) -> Tensor:
        own, read = self.tokens(signal), self.tokens(values)
        if self.form == "fused":
            averages = F.scaled_dot_product_attention(own, own, read)
        elif self.form == "einsum":
            averages = torch.einsum("nij, njd -> nid", self.weights(signal), read)
        else:
            averages = self.weights(signal) @ read
        return averages.transpose(1, 2).reshape(values.shape)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        signal, values = inputs
        average = self.weights(signal)[0]
        weights = torch.block_diag(*[average] * values.shape[1])  # one block a channel
        taken = {s: excite(weights, (s * values).clamp(min=0), mass[s]) for s in SIGNS}
        return [empty(signal.numel()), taken]


class Maximum(Operation):
    def __init__(self, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def forward(self, x: Tensor) -> Tensor:
        pool = F.max_pool3d if x.dim() == 5 else F.max_pool2d
        return pool(x, self.kernel, self.stride, self.padding)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        (x,) = inputs
        arrived = empty(x.numel())
        units = torch.arange(x.numel()).reshape(x.shape[1:])
        out = self(x)[0]
        for unit, (c, *place) in enumerate(itertools.product(*map(range, out.shape))):
            first = [i * self.stride - self.padding for i in place]
            window = [
                range(max(0, i), min(size, i + self.kernel))
                for i, size in zip(first, x.shape[2:], strict=True)
            ]
            cells = [
                (float(x[0, c][cell]), int(units[c][cell])) for cell in itertools.product(*window)
            ]
            winner = max(cells, key=lambda cell: cell[0])[1]
            for sign in SIGNS:
                arrived[sign][winner] += mass[sign][unit]
        return [arrived]


class Mover(Operation):
    """A permutation, selection or padding of units."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.linear = name in ("turn", "shuffle")

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        if self.name == "shuffle":
            return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)
        if self.name == "pad":
            return F.pad(x, (0, 1, 0, 1))
        if self.name == "turn":
            return x.permute(0, 1, 3, 2)
        half = {"first": 0, "second": 1}[self.name]
        return x.chunk(2, dim=1)[half]

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        (x,) = inputs
        moved = matrix_of(self, x)
        return [{sign: moved.T @ mass[sign] for sign in SIGNS}]


class Join(Operation):
    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, 1)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        sizes = [x.numel() for x in inputs]
        parts = {sign: mass[sign].split(sizes) for sign in SIGNS}
        return [{sign: parts[sign][i] for sign in SIGNS} for i in range(len(inputs))]


class Gate(Operation):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1).double()

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.fc(F.adaptive_avg_pool2d(x, 1)))

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        return [mass]


class Add(Operation):
    """Its inputs in the chain are the summands of the whole chain of additions."""

    linear = True

    def __init__(self, *, in_place: bool) -> None:
        super().__init__()
        self.in_place = in_place

    def forward(self, *inputs: Tensor) -> Tensor:
        first, *rest = inputs
        for item in rest:
            if self.in_place and item is not rest[0]:
                first += item
            else:
                first = first + item
        return first

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        units = inputs[0].numel()
        arrived = [empty(units) for _ in inputs]
        for unit in range(units):
            for sign in SIGNS:
                values = [sign * float(x.flatten()[unit]) for x in inputs]
                parts = [max(value, 0.0) for value in values]
                if sum(parts) == 0:
                    parts = [max(-value, 0.0) for value in values]
                if sum(parts) == 0:
                    parts = [1.0] * len(values)
                for place, part in enumerate(parts):
                    arrived[place][sign][unit] += mass[sign][unit] * part / sum(parts)
        return arrived


class Program(nn.Module):
    """A network as a list of operations on numbered values; value 0 is the map layer's output."""

    def __init__(self, size: tuple[int, ...] = (5, 4)) -> None:
        super().__init__()
        convolution = nn.Conv2d if len(size) == 2 else nn.Conv3d
        self.size = size
        self.stem = nn.Sequential(convolution(2, 4, 3, padding=1).double())
        self.operations = nn.ModuleList()
        self.wires: list[tuple[int, ...]] = []
        self.channels = [4]

    def add(self, operation: Operation, *inputs: int, channels: int | None = None) -> int:
        self.operations.append(operation)
        self.wires.append(inputs)
        self.channels.append(self.channels[inputs[0]] if channels is None else channels)
        return len(self.wires)

    def values(self, x: Tensor) -> list[Tensor]:
        values = [self.stem(x)]
        for operation, wires in zip(self.operations, self.wires, strict=True):
            values.append(operation(*(values[wire] for wire in wires)))
        return values

    def forward(self, x: Tensor) -> Tensor:
        return self.values(x)[-1]

    def summands(self, value: int) -> list[int]:
        if value and isinstance(self.operations[value - 1], Add):
            return [s for wire in self.wires[value - 1] for s in self.summands(wire)]
        return [value]

    def read_linearly(self, value: int) -> bool:
        """Whether nothing but linear operations reads the value, up to layers with weights."""
        readers = [place for place, wires in enumerate(self.wires, 1) if value in wires]
        return bool(readers) and all(
            isinstance(self.operations[reader - 1], Weighted)
            or (self.operations[reader - 1].linear and self.read_linearly(reader))
            for reader in readers
        )

    def constant(self, value: int, values: Sequence[Tensor]) -> Tensor:
        """What the value is, where all that nonlinear operations made is zero."""
        if value == 0:
            return self.stem(torch.zeros(1, 2, *self.size, dtype=torch.float64))
        operation, wires = self.operations[value - 1], self.wires[value - 1]
        shift = getattr(getattr(operation, "norm", None), "bias", None)
        if isinstance(operation, OwnNorm) and shift is not None:
            return shift.detach().reshape(1, -1, 1, 1).expand(1, *values[value].shape[1:])
        if operation.linear or isinstance(operation, Weighted):
            return operation(*(self.constant(wire, values) for wire in wires))
        return torch.zeros_like(values[value])

    def seen(self, reader: int, wires: Sequence[int], values: Sequence[Tensor]) -> list[Tensor]:
        """The inputs of an operation as they excite: without what no image changes."""
        inputs = [values[wire] for wire in wires]
        if isinstance(self.operations[reader - 1], Attend):
            return inputs
        weighted = isinstance(self.operations[reader - 1], Weighted)
        if not self.read_linearly(wires[0] if weighted else reader):
            return inputs
        rest = [x - self.constant(wire, values) for wire, x in zip(wires, inputs, strict=True)]
        return [x.masked_fill(x.abs() < 1e-13, 0.0) for x in rest]

    def walk(self, image: Tensor, start: Mass) -> Tensor:
        """Mass at value 0 from mass at the logits, one image (1, ...)."""
        values = self.values(image)
        masses = [empty(value.numel()) for value in values]
        masses[-1] = start
        for index in range(len(self.wires), 0, -1):
            operation, wires = self.operations[index - 1], self.wires[index - 1]
            if isinstance(operation, Add):
                wires = tuple(self.summands(index))
            routed = operation.chain(self.seen(index, wires, values), masses[index])
            for wire, part in zip(wires, routed, strict=True):
                for sign in SIGNS:
                    masses[wire][sign] = masses[wire][sign] + part[sign]
        return (masses[0][1] + masses[0][-1]).reshape(values[0].shape[1:])


class Flat(Operation):
    linear = True

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def chain(self, inputs: Sequence[Tensor], mass: Mass) -> list[Mass]:
        return [mass]
