"""One audited normal of great weight must not take the thresholds away."""

from flawmark.training.services.thresholds import HeldOut, thresholds_compute


def test_one_rare_pick_leaves_the_thresholds_standing() -> None:
    scores = [float(number) for number in range(100)]
    before = thresholds_compute(HeldOut(scores, scores, [1.0] * 100))
    after = thresholds_compute(HeldOut([*scores, 3.5], [*scores, 3.5], [1.0] * 100 + [50.0]))
    assert None not in (before.t1, before.t2, after.t1, after.t2)
    assert after.missing_normals == 0
