"""EfficientNet-Lite0 up to its last stage, as seven stages to tap.

Written out rather than taken from timm because importing timm takes longer than fitting a small pool.
The tests hold it equal to timm's `tf_efficientnet_lite0`, whose weights it shares.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; the
Lite variant has ReLU6 for swish and no squeeze-and-excitation. Padding is TensorFlow's "same".
"""

import re
from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional as F

STEM_CHANNELS = 32
BATCH_NORM_EPSILON = 1e-3

STAGES = (
    # blocks, kernel, stride, expansion, output channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class ConvNorm(nn.Module):
    """Convolution with "same" padding, batch norm and, if asked, ReLU6."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, relu: bool = True
    ) -> None:
        super().__init__()
        self.stride = stride
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=BATCH_NORM_EPSILON)
        self.relu = nn.ReLU6(inplace=True) if relu else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        if self.stride > 1:
            x = F.pad(x, self._same_padding(x))
        relu_input: Tensor = self.norm(self.conv(x))
        result: Tensor = self.relu(relu_input)
        return result

    def _same_padding(self, x: Tensor) -> list[int]:
        """TensorFlow's rule: ceil(size / stride) outputs, the odd pixel of padding at the end."""
        padding = []
        for size in (x.shape[3], x.shape[2]):
            total = max((-(-size // self.stride) - 1) * self.stride + self.conv.kernel_size[0] - size, 0)
            padding += [total // 2, total - total // 2]
        return padding


class InvertedResidual(nn.Module):
    """Expand, filter depth-wise, project; with a shortcut where the shape stays."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = ConvNorm(inputs, wide, 1) if expansion > 1 else nn.Identity()
        self.depthwise = ConvNorm(wide, wide, kernel, stride, groups=wide)
        self.project = ConvNorm(wide, outputs, 1, relu=False)
        self.has_shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + result if self.has_shortcut else result


def efficientnet_lite0() -> "OrderedDict[str, nn.Module]":
    """The stages, unfitted: `stem`, then `blocks.0` to `blocks.6` at strides 2, 4, 8, 16, 16, 32, 32."""
    stages: OrderedDict[str, nn.Module] = OrderedDict(stem=ConvNorm(3, STEM_CHANNELS, 3, stride=2))
    inputs = STEM_CHANNELS
    for number, (repeats, kernel, stride, expansion, outputs) in enumerate(STAGES):
        blocks = []
        for repeat in range(repeats):
            blocks.append(InvertedResidual(inputs, outputs, kernel, stride if repeat == 0 else 1, expansion))
            inputs = outputs
        stages[f"blocks.{number}"] = nn.Sequential(*blocks)
    return stages


def from_package_keys(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the published state dict (flat block numbers, `_bn0`…) to the names here, without the head."""
    places = [(stage, block) for stage, spec in enumerate(STAGES) for block in range(spec[0])]
    renamed = {}
    for key, value in weights.items():
        if key.startswith(("_conv_head", "_bn1", "_fc")):
            continue
        stem = re.fullmatch(r"_(conv_stem|bn0)\.(.+)", key)
        if stem:
            part = "conv" if stem[1] == "conv_stem" else "norm"
            renamed[f"stem.{part}.{stem[2]}"] = value
            continue
        number, layer, rest = re.fullmatch(r"_blocks\.(\d+)\._(\w+?)\.(.+)", key).groups()  # type: ignore[union-attr]
        stage, block = places[int(number)]
        renamed[f"blocks.{stage}.{block}.{_LAYERS[layer]}.{rest}"] = value
    return renamed


_LAYERS = {
    "expand_conv": "expand.conv",
    "bn0": "expand.norm",
    "depthwise_conv": "depthwise.conv",
    "bn1": "depthwise.norm",
    "project_conv": "project.conv",
    "bn2": "project.norm",
}
