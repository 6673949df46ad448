"""Checkpoints of a training stage: written beside their place and renamed; a kill never halves one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from detectors.base import FitContext


class Stateful(Protocol):
    """What a checkpoint keeps: a module, an optimiser, a scheduler, or anything with the same two methods.

    The state holds tensors, numbers, texts, and dicts and lists of these.
    """

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: Any, /) -> Any: ...


@dataclass
class Position:
    """How far a stage has come."""

    step: int = 0
    seconds: float = 0.0


class StageCheckpoint:
    """The checkpoint of one stage of one fit; does nothing where the fit keeps none."""

    def __init__(self, stage: str, parts: Mapping[str, Stateful], context: FitContext) -> None:
        self._parts = parts
        self._fingerprint = context.fingerprint() if context.checkpoints else ""
        self._settings = context.checkpoints
        self._path = context.checkpoints.folder / f"{stage}.pt" if context.checkpoints else None

    def restore(self) -> Position:
        """Put the parts back to where this fit was; the beginning where there is nothing to take up."""
        saved = _read(self._path) if self._path else None
        if saved is None or saved.get("fingerprint") != self._fingerprint:
            return Position()
        for name, part in self._parts.items():
            part.load_state_dict(saved["parts"][name])
        return Position(saved["step"], saved["seconds"])

    def is_due(self, seconds_since_last: float) -> bool:
        """Whether the interval between two checkpoints has passed."""
        return self._settings is not None and seconds_since_last >= self._settings.interval_s

    def write(self, position: Position) -> None:
        """Keep the state of every part."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        state = {name: part.state_dict() for name, part in self._parts.items()}
        with draft.open("wb") as stream:
            torch.save(
                {
                    "fingerprint": self._fingerprint,
                    "step": position.step,
                    "seconds": position.seconds,
                    "parts": state,
                },
                stream,
            )
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self._path)


def _read(path: Path) -> dict[str, Any] | None:
    """A checkpoint's content; None if there is none or it cannot be read. Only tensors and plain values."""
    try:
        saved: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # Whatever is wrong with an old checkpoint, the training starts anew.
        return None
    return saved
