"""What the tests of generation share."""

from pathlib import Path

import pytest
from tiny_generation import TINY

from detectors.generation.hyperparameters import GenerationHyperparameters
from detectors.generation.vqgan.network import VQGAN, NetworkSettings, seeded_network


@pytest.fixture
def tiny() -> GenerationHyperparameters:
    return GenerationHyperparameters.parse(TINY)


@pytest.fixture
def network() -> VQGAN:
    """A tiny network with random weights."""
    return seeded_network(NetworkSettings(4, (1, 2, 4), 1, False, 4, 8), seed=0)


@pytest.fixture
def wordnet_folder(tmp_path: Path) -> Path:
    """A WordNet of six meanings in the real format."""
    folder = tmp_path / "wordnet"
    folder.mkdir()
    senses = {
        "guard": ("18", ["guard", "screw"], [], [], "one who guards prisoners"),
        "screw": ("06", ["screw"], ["fastener"], ["wood_screw"], "a fastener with a thread; \"it held\""),
        "fastener": ("06", ["fastener", "fixing"], [], ["screw", "nail"], "holds things together"),
        "wood_screw": ("06", ["wood_screw"], ["screw"], [], "a screw for wood"),
        "nail": ("06", ["nail"], ["fastener"], [], "a thin pointed piece of metal"),
        "joy": ("12", ["joy"], [], [], "the emotion of great happiness"),
    }  # fmt: skip
    licence = b"  1 This file is made by a test.\n"
    offsets = dict.fromkeys(senses, 0)
    for _ in range(2):
        text = licence
        for name, (topic, words, above, below, gloss) in senses.items():
            offsets[name] = len(text)
            spelled = "".join(f" {word} 0" for word in words)
            pointers = "".join(f" @ {offsets[one]:08d} n 0000" for one in above)
            pointers += "".join(f" ~ {offsets[one]:08d} n 0000" for one in below)
            count = len(above) + len(below)
            line = (
                f"{offsets[name]:08d} {topic} n {len(words):02x}{spelled} {count:03d}{pointers} | {gloss}  \n"
            )
            text += line.encode()
    (folder / "data.noun").write_bytes(text)
    lemmas = sorted({word for sense in senses.values() for word in sense[1]})
    lines = []
    for lemma in lemmas:
        found = [offsets[name] for name, sense in senses.items() if lemma in sense[1]]
        lines.append(f"{lemma} n {len(found)} 2 @ ~ {len(found)} 0 " + " ".join(f"{at:08d}" for at in found))
    (folder / "index.noun").write_bytes(licence + "".join(f"{line}  \n" for line in lines).encode())
    return folder
