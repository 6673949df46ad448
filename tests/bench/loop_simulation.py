"""One simulated reviewer at one pool: the product's own queue order, live memory and thresholds, without HTTP."""

import copy
import random
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from loop_pools import LoopPool

from detectors import create
from detectors.memory.guard import Bands, dropped_bands
from detectors.memory.live import LiveMemory
from detectors.memory.rows import BankRows
from flawmark.datasets.models import Split
from flawmark.datasets.services.pools import split_of_lot
from flawmark.inspections.services.bands import band_of
from flawmark.reviews.models import DEFAULT_AUDIT_PROBABILITY
from flawmark.reviews.services.choice import choose
from flawmark.training.services.thresholds import HeldOut, Thresholds, thresholds_compute


class Features(dict[str, Any]):
    """Features by image; shared by all runs on a pool."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Features":
        return self


class FittedPool:
    """A pool, a detector fitted on its contaminated part, and every other image scored."""

    def __init__(self, pool: LoopPool, seed: int, **hyperparameters: Any) -> None:
        self.pool = pool
        self.detector: Any = create("patchcore", seed=seed, **hyperparameters)
        self.detector.fit([one.pixels for one in pool.train])
        self.features, self.cells = Features(), {}
        for one in [*pool.validation, *pool.stream, *pool.fresh]:
            embedded = next(iter(self.detector.embed([one.pixels])))
            self.features[one.name], self.cells[one.name] = embedded.vectors, embedded.cells
        self.memory = LiveMemory(
            self.detector.bank.copy(), self.features, training=self.detector.training_patches()
        )
        self.memory.watch(list(self.features))
        self.suspicion = self.detector.leave_one_image_out_scores()

    def fresh_memory(self) -> LiveMemory:
        return copy.deepcopy(self.memory)


class Loop:
    def __init__(self, fitted: FittedPool, *, order: str, live: bool, suspects: bool, seed: int) -> None:
        self.pool, self.fitted, self.order, self.live, self.suspects = (
            fitted.pool,
            fitted,
            order,
            live,
            suspects,
        )
        self.memory = fitted.fresh_memory()
        self.random = random.Random(seed)
        self.samples = {one.name: one for one in [*self.pool.train, *self.pool.stream]}
        self.number = {one.name: number for number, one in enumerate(self.pool.train)}
        self.waiting = [one.name for one in self.pool.stream]
        self.held_out = {one.name: 1.0 for one in self.pool.validation}
        self.defects: list[str] = []
        self.unjudged_train = {one.name for one in self.pool.train}
        self.held = 0
        self.scores: Mapping[str, float] = self.memory.scores
        self.thresholds = self._thresholds(self.scores)

    def _thresholds(self, scores) -> Thresholds:
        names = list(self.held_out)
        values = [scores[name] for name in names]
        return thresholds_compute(HeldOut(values, values, [self.held_out[name] for name in names]))

    def tasks(self) -> list[tuple[float, str, float]]:
        """(priority, image, sampling probability), best first."""
        found = []
        for name in self.waiting:
            score = self.scores[name]
            inspection = SimpleNamespace(
                image_id=name, model_version_id="m", image_score=score, band=band_of(score, self.thresholds)
            )
            choice = choose(inspection, self.thresholds, DEFAULT_AUDIT_PROBABILITY)
            if choice is not None:
                found.append((choice.priority, name, choice.sampling_probability))
        if self.suspects:
            for name in self.unjudged_train:
                score = float(self.fitted.suspicion[self.number[name]])
                if band_of(score, self.thresholds) != "pass":
                    found.append((1.0 + score / (1 + score), name, 1.0))
        return sorted(found, key=lambda task: (-task[0], task[1]))

    def next(self):
        if self.order == "random":
            if not self.waiting:
                return None
            return 0.0, self.random.choice(self.waiting), 1.0
        tasks = self.tasks()
        return tasks[0] if tasks else None

    def verdict(self, name: str, probability: float) -> None:
        sample = self.samples[name]
        if name in self.number:
            self.unjudged_train.discard(name)
            if sample.is_defective and self.live:
                self._commit(self.memory.propose_removal([self.number[name]]))
            self.defects += [name] if False else []
        else:
            self.waiting.remove(name)
            if sample.is_defective:
                self.defects.append(name)
            elif split_of_lot(name + str(id(self.fitted) * 0)) == Split.VALIDATION:
                self.held_out[name] = 1.0 / probability
            elif self.live:
                self._add(name)
        self.scores = self.memory.scores
        self.thresholds = self._thresholds(self.scores)

    def _add(self, name: str) -> None:
        features = self.fitted.features[name]
        identity = (1 << 62) | int(name[1:])
        rows = BankRows(features, np.full(len(features), identity), self.fitted.cells[name])
        while True:
            proposal = self.memory.propose_addition(rows)
            if not len(proposal.operation.inserted) or not self._commit(proposal):
                return

    def _commit(self, proposal) -> bool:
        before = Bands(self.thresholds.t1, self.thresholds.t2)
        t = self._thresholds(proposal.after)
        if dropped_bands(self.defects, proposal.before, proposal.after, before, Bands(t.t1, t.t2)):
            self.held += 1
            return False
        self.memory.commit(proposal)
        self.scores, self.thresholds = proposal.after, t
        return True

    def errors(self) -> dict[str, float]:
        def rates(samples, judged):
            flag = lambda one: band_of(self.scores[one.name], self.thresholds) != "pass"
            d = [one for one in samples if one.is_defective]
            n = [one for one in samples if not one.is_defective]
            return (
                np.mean([not flag(one) and one.name not in judged for one in d]),
                np.mean([flag(one) and one.name not in judged for one in n]),
            )

        judged = set(self.samples) - set(self.waiting)
        se, so = rates(self.pool.stream, judged)
        fe, fo = rates(self.pool.fresh, set())
        return {"stream_escape": se, "stream_overkill": so, "fresh_escape": fe, "fresh_overkill": fo}

    def run(self, at: Sequence[int]) -> dict[int, dict[str, float]]:
        found = {0: self.errors()}
        for count in range(1, max(at) + 1):
            task = self.next()
            if task is not None:
                self.verdict(task[1], task[2])
            if count in at:
                found[count] = self.errors() | {
                    "waiting": len(self.waiting),
                    "tasks": len(self.tasks()),
                    "held": self.held,
                    "bank": len(self.memory.bank),
                    "bad": sum(self.samples[n].is_defective for n in self.unjudged_train),
                    "t1": self.thresholds.t1,
                    "t2": self.thresholds.t2 or -1,
                }
        return found
