"""One simulated reviewer at one pool, with the product's own queue order, live memory and thresholds."""

import copy
import random
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from loop_pools import LoopPool, Sample

from detectors import create
from detectors.features.pooled import ImageEmbedder
from detectors.memory.guard import Bands
from detectors.memory.live import LiveMemory
from detectors.memory.proposals import Proposal
from detectors.memory.rows import BankRows
from flawmark.datasets.models import Split
from flawmark.datasets.services.pools import split_of_lot
from flawmark.inspections.models import Band
from flawmark.inspections.services.bands import band_of
from flawmark.inspections.services.live_guard import bands_after, defects_hidden
from flawmark.inspections.services.live_models import BEYOND_POOL
from flawmark.reviews.models import DEFAULT_AUDIT_PROBABILITY
from flawmark.reviews.ordering import further_places, order_next, suspect_urgency
from flawmark.reviews.selectors.sequence import CANDIDATES, REMEMBERED
from flawmark.reviews.services.choice import choose
from flawmark.reviews.services.requests import REQUESTED_PRIORITY

FURTHER = 25


class Features(dict[str, Any]):
    """Features by image; shared by all runs on a pool."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Features":
        return self


class FittedPool:
    """A pool, a detector fitted on its contaminated part, and every other image scored."""

    def __init__(self, pool: LoopPool, seed: int, **hyperparameters: Any) -> None:
        self.pool = pool
        detector: Any = create("patchcore", seed=seed, **hyperparameters)
        detector.fit([one.pixels for one in pool.train])
        followed = [*pool.validation, *pool.stream, *pool.fresh]
        embedded = list(detector.embed([one.pixels for one in followed]))
        names = [one.name for one in followed]
        self.features = Features(zip(names, (one.vectors for one in embedded), strict=True))
        self.cells = dict(zip(names, (one.cells for one in embedded), strict=True))
        judged = [*pool.stream, *pool.train]
        looks = ImageEmbedder().embed([one.pixels for one in judged]).astype(np.float32)
        self.looks = dict(zip((one.name for one in judged), looks, strict=True))
        self.suspicion = [float(score) for score in detector.leave_one_image_out_scores()]
        self._memory = LiveMemory(detector.bank.copy(), self.features, training=detector.training_patches())
        self._memory.watch(names)

    def memory(self) -> LiveMemory:
        """A live memory of one's own, as the training left it."""
        return copy.deepcopy(self._memory)


@dataclass(frozen=True)
class Policy:
    """How the reviewer works: in the queue's order or by chance, and whether verdicts reach the bank."""

    in_order: bool
    learns_live: bool


class Loop:
    """A reviewer who is always right, and what their verdicts change."""

    def __init__(self, fitted: FittedPool, policy: Policy, seed: int) -> None:
        self._fitted, self._policy, self._random = fitted, policy, random.Random(seed)
        self._seed = seed
        self._memory = fitted.memory()
        self._scores = self._memory.scores
        self._waiting = {one.name: one for one in fitted.pool.stream}
        self._trained = {one.name: one for one in fitted.pool.train}
        self._places = {one.name: number for number, one in enumerate(fitted.pool.train)}
        self._weights = {one.name: 1.0 for one in fitted.pool.validation}
        self._defects: list[str] = []
        self._judged: list[str] = []
        self._requested: set[str] = set()
        self._recalibrate()
        self._suspects = {
            one.name
            for one, score in zip(fitted.pool.train, fitted.suspicion, strict=True)
            if band_of(score, self._thresholds) != Band.PASS
        }

    def judge_next(self) -> None:
        """One verdict, with all that follows from it."""
        name, probability = self._next()
        self._judged.append(name)
        if name in self._trained:
            self._suspects.discard(name)
            self._judge_trained(self._trained.pop(name))
            return
        sample = self._waiting.pop(name)
        if sample.is_defective:
            self._defects.append(name)
        elif split_of_lot(f"{self._seed}:{name}") == Split.VALIDATION:
            self._weights[name] = 1.0 / probability
        else:
            if self._policy.learns_live:
                self._learn(name)
            self._memory.unwatch(name)  # settled: neither counted, nor calibrating, nor guarded
        self._recalibrate()

    def _judge_trained(self, sample: Sample) -> None:
        """A mislabel leaves the training images, and the bank forgets it."""
        if sample.is_defective and self._policy.learns_live:
            self._make(self._memory.propose_removal([self._places[sample.name]]))

    def errors(self) -> dict[str, float]:
        """Rates of both errors in the pool, where verdicts settle images, and on images never reviewed.

        A defect of the pool escapes where nobody judged it and it passes, or is labelled normal.
        """
        pool = self._fitted.pool
        missed, annoying = self._wrong(list(self._waiting.values()))
        missed += sum(one.is_defective for one in self._trained.values())
        escapes, overkill = self._wrong(pool.fresh)
        return {
            "pool escapes": missed / sum(one.is_defective for one in [*pool.stream, *pool.train]),
            "pool overkill": annoying / sum(not one.is_defective for one in pool.stream),
            "fresh escapes": escapes / sum(one.is_defective for one in pool.fresh),
            "fresh overkill": overkill / sum(not one.is_defective for one in pool.fresh),
        }

    def _wrong(self, samples: list[Sample]) -> tuple[int, int]:
        passes = [self._band(one.name) == Band.PASS for one in samples]
        pairs = list(zip(samples, passes, strict=True))
        return (
            sum(one.is_defective and passed for one, passed in pairs),
            sum(not one.is_defective and not passed for one, passed in pairs),
        )

    def _band(self, name: str) -> Band:
        return band_of(self._scores[name], self._thresholds)

    def _next(self) -> tuple[str, float]:
        """The image that is judged next, and the probability with which it was chosen."""
        if not self._policy.in_order:
            return self._random.choice(sorted([*self._waiting, *self._trained])), 1.0
        tasks = self._tasks()
        if not tasks:
            names = sorted(self._waiting)
            further = further_places([self._scores[name] for name in names], FURTHER)
            self._requested = {names[place] for place in further}
            tasks = self._tasks()
        tasks = sorted(tasks, key=lambda task: -task[0])[:CANDIDATES]
        seen = self._judged[: -REMEMBERED - 1 : -1]
        place = order_next(
            np.array([priority for priority, _, _ in tasks]), self._looks(name for _, name, _ in tasks),
            self._looks(seen),
        )[0]  # fmt: skip
        return tasks[place][1:]

    def _looks(self, names: Any) -> Any:
        looks = [self._fitted.looks[name] for name in names]
        width = len(next(iter(self._fitted.looks.values())))
        return np.stack(looks) if looks else np.empty((0, width), np.float32)

    def _tasks(self) -> list[tuple[float, str, float]]:
        """(priority, image, sampling probability) of what the queue holds."""
        tasks = []
        for name in self._waiting:
            score = self._scores[name]
            inspection: Any = SimpleNamespace(
                image_id=name, model_version_id=self._seed, image_score=score, band=self._band(name)
            )
            thresholds: Any = self._thresholds
            choice = choose(inspection, thresholds, DEFAULT_AUDIT_PROBABILITY)
            if choice is not None:
                tasks.append((choice.priority, name, choice.sampling_probability))
            elif name in self._requested:
                tasks.append((REQUESTED_PRIORITY, name, 1.0))
        for name in self._suspects:
            tasks.append((suspect_urgency(self._fitted.suspicion[self._places[name]]), name, 1.0))
        return tasks

    def _learn(self, name: str) -> None:
        """The bank takes in a whole normal image, change by change, unless a known defect would be hidden."""
        vectors = self._fitted.features[name]
        identity = np.full(len(vectors), BEYOND_POOL | int(name[1:]), np.int64)
        rows = BankRows(vectors, identity, self._fitted.cells[name])
        while True:
            proposal = self._memory.propose_addition(rows)
            if len(proposal.operation.inserted) == 0 or not self._make(proposal):
                return

    def _make(self, proposal: Proposal) -> bool:
        """Make a change visible unless it must wait for a curator; says whether it was made."""
        if self._hidden(proposal):
            return False
        self._memory.commit(proposal)
        self._scores = self._memory.scores
        self._recalibrate()
        return True

    def _hidden(self, proposal: Proposal) -> tuple[str, ...]:
        before = Bands(self._thresholds.t1, self._thresholds.t2)
        after = bands_after(self._weights, proposal.after)
        return defects_hidden(self._defects, proposal, before, after, corrected="")

    def _recalibrate(self) -> None:
        bands = bands_after(self._weights, self._scores)
        self._thresholds: Any = SimpleNamespace(t1=bands.review_from, t2=bands.fail_from)
