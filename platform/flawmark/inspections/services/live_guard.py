"""When a change of a bank must wait for a curator: decided without touching the database."""

from collections.abc import Iterable, Mapping

from detectors.memory.guard import Bands, dropped_bands
from detectors.memory.proposals import ScalesProposal
from flawmark.training.services.thresholds import HeldOut, thresholds_compute


def bands_after(weights: Mapping[str, float], scores: Mapping[str, float]) -> Bands:
    """The image thresholds that rescored held-out normals give.

    Args:
        weights: of each held-out normal, 1 / sampling probability; those without a score are passed over.
        scores: image scores with the change.
    """
    known = [name for name in weights if name in scores]
    values = [scores[name] for name in known]
    # Only the pixel threshold comes from peaks, and bands do not need that one.
    held_out = HeldOut(scores=values, peaks=values, weights=[weights[name] for name in known])
    computed = thresholds_compute(held_out)
    return Bands(computed.t1, computed.t2)


def defects_hidden(
    defects: Iterable[str], proposal: ScalesProposal, before: Bands, after: Bands, *, corrected: str
) -> tuple[str, ...]:
    """Confirmed defects that a change would move to a lower band.

    Args:
        defects: the images to look at.
        proposal: the change, with all scores before and after.
        before: the thresholds now.
        after: the thresholds with the change.
        corrected: the image that teaches the change. A false alarm in it may well have scored higher than
            its defect: it must only not pass.
    """
    dropped = dropped_bands(defects, proposal.before, proposal.after, before, after)
    return tuple(name for name in dropped if name != corrected or after.rank(proposal.after[name]) == 0)
