"""PatchCore's hyperparameters, torch-free: the web form and the command line read them from here."""

from dataclasses import dataclass

from detectors.errors import InputError
from detectors.hyperparameters import Hyperparameters, setting

BACKBONE_NAMES = (
    "efficientnet_lite0",
    "resnet18",
    "resnet34",
    "resnet50",
    "wide_resnet50_2",
    "wide_resnet101_2",
    "resnext101_32x8d",
    "densenet201",
)


@dataclass(frozen=True)
class PatchCoreHyperparameters(Hyperparameters):
    """Defaults follow the paper where it is practical on a CPU; descriptions name the differences."""

    backbone: str = setting(
        "efficientnet_lite0",
        "The pretrained network whose features are compared.",
        group="basic",
        choices=BACKBONE_NAMES,
    )
    image_size: int = setting(
        224,
        "Side in pixels of the network's square input; larger finds smaller defects and takes longer.",
        group="basic",
        minimum=64,
        maximum=2048,
        multiple_of=32,
    )
    coreset_fraction: float = setting(
        0.1,
        "The part of all normal patches that the memory keeps (at least 2,000 patches are kept).",
        group="basic",
        minimum=0.0001,
        maximum=1.0,
    )
    tile_size: int = setting(
        0,
        "Side in image pixels of overlapping tiles, for large images with small defects; 0 inspects "
        "the whole image at once.",
        group="basic",
        minimum=0,
        maximum=8192,
    )
    seed: int = setting(
        0, "Fixes every random choice: same seed, same model.", group="basic", minimum=0, maximum=2**31 - 1
    )
    device: str = setting("auto", "Where to compute.", group="basic", choices=("auto", "cpu", "cuda"))
    weights: str = setting(
        "imagenet",
        "imagenet, random (for comparisons), or the path of a weights file.",
    )
    layers: tuple[str, ...] = setting((), "Names of the layers to use; empty for the backbone's usual two.")
    embedding: str = setting(
        "auto",
        "How layers become patch features: official is the authors' two-stage pooling to 1,024 values, "
        "concat averages and concatenates; auto is official for the wide ResNets.",
        choices=("auto", "official", "concat"),
    )
    patch_size: int = setting(
        3, "Side in cells of the neighbourhood that each patch averages; odd.", minimum=1, maximum=9
    )
    layer_scaling: bool = setting(True, "Bring all layers to the same magnitude, by factors fixed at fit.")
    whitening: str = setting(
        "auto",
        "Compare patches by the normal patches' own covariance: directions in which these hardly vary count "
        "as much as the others. auto does so for features of up to 256 values.",
        choices=("auto", "on", "off"),
    )
    resize: int = setting(
        0,
        "The paper's crop: resize the image's short side to this, then inspect only the centre square of "
        "image_size; 0 crops nothing.",
        minimum=0,
        maximum=4096,
    )
    tile_overlap: float = setting(
        0.25, "The least part of a tile that it shares with its neighbour.", minimum=0.0, maximum=0.75
    )
    coreset_rows: int = setting(
        0,
        "Number of patches that the memory keeps; 0 follows coreset_fraction.",
        minimum=0,
        maximum=10_000_000,
    )
    coreset_cap: int = setting(
        0,
        "The most patches that coreset_fraction may keep, however many images there are; 0: no limit.",
        minimum=0,
        maximum=10_000_000,
    )
    coreset_method: str = setting(
        "auto",
        "exact is the paper's greedy choice; streaming makes it block by block in bounded memory, with a "
        "weaker guarantee; auto streams above four million patches.",
        choices=("auto", "exact", "streaming"),
    )
    coreset_start: str = setting(
        "textbook",
        "Where the greedy choice starts; textbook guarantees a cover radius of at most twice the optimum, "
        "the others reproduce other implementations.",
        choices=("textbook", "official_exact", "official_approximate", "anomalib", "random"),
    )
    projection_dim: int = setting(
        0,
        "Dimensions of the random projection in which the coreset is chosen; 0: 128 if a feature has more "
        "than 256 values, else none.",
        minimum=0,
        maximum=4096,
    )
    image_score: str = setting(
        "reweighted",
        "reweighted raises the worst patch's distance where its nearest normal patch is itself rare; "
        "max takes the distance itself.",
        choices=("reweighted", "max"),
    )
    b: int = setting(
        9,
        "Neighbours in the re-weighting; 1 means none.",
        title="Re-weighting neighbours",
        minimum=1,
        maximum=100,
    )
    search: str = setting(
        "exact",
        "How an image's patches find their nearest in the memory: exact, or for very large memories by "
        "inverted lists (ivf), also quantised (pq), which miss a few; corrections are always exact.",
        choices=("exact", "ivf", "pq"),
    )
    k_neighbors: int = setting(
        1, "A patch's score is its mean distance to this many nearest normal patches.", minimum=1, maximum=50
    )
    smoothing_sigma: float = setting(
        0.5,
        "Smoothing of the score map, in cells; it does not change image scores.",
        minimum=0.0,
        maximum=10.0,
    )
    batch_size: int = setting(0, "Images per network pass; 0 chooses by device.", minimum=0, maximum=512)
    keep_features: bool = setting(
        True,
        "Keep the training features with the model: suspected mislabels and removals from the memory "
        "need them.",
    )

    def check(self) -> None:
        if self.patch_size % 2 == 0:
            raise InputError(f"patch_size must be odd, not {self.patch_size}.")
        if self.resize and self.resize < self.image_size:
            raise InputError(
                f"resize ({self.resize}) must be 0 or at least image_size ({self.image_size}): "
                "the crop is taken from it."
            )
        if self.resize and self.tile_size:
            raise InputError("resize and tile_size exclude each other: tiles already see the whole image.")
