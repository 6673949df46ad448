"""AUROC, average precision and F1-max against brute force, scikit-learn and their own invariances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from detectors.errors import InputError
from detectors.metrics.ranking import auroc, average_precision, f1_max

scored = st.lists(st.tuples(st.integers(-4, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda pairs: len({label for _, label in pairs}) == 2
)


def unzip(pairs):
    scores, labels = zip(*pairs, strict=True)
    return np.array(scores, float), np.array(labels)


def brute_f1(scores, labels):
    best = (0.0, np.inf)
    for threshold in np.unique(scores):
        found = scores >= threshold
        value = 2 * (found & labels).sum() / (found.sum() + labels.sum())
        best = max(best, (value, threshold))
    return best


@given(scored)
def test_auroc_is_the_share_of_ordered_pairs(pairs):
    scores, labels = unzip(pairs)
    differences = scores[labels][:, None] - scores[~labels][None]
    assert auroc(scores, labels) == pytest.approx(
        np.mean((differences > 0) + 0.5 * (differences == 0)), abs=1e-15
    )


@given(scored)
def test_average_precision_and_auroc_agree_with_scikit_learn(pairs):
    scores, labels = unzip(pairs)
    assert auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))
    assert average_precision(scores, labels) == pytest.approx(average_precision_score(labels, scores))


@given(scored)
def test_f1_max_is_the_best_of_all_thresholds_and_names_the_largest(pairs):
    scores, labels = unzip(pairs)
    best = f1_max(scores, labels)
    assert (best.value, best.threshold) == pytest.approx(brute_f1(scores, labels))
    prevalence = labels.mean()
    assert best.value >= 2 * prevalence / (1 + prevalence) - 1e-12
    assert (best.value == 1) == (scores[labels].min() > scores[~labels].max())


@given(scored, st.sampled_from([np.exp, lambda s: 3 * s - 7, lambda s: s**3]))
def test_metrics_do_not_change_under_increasing_maps_or_order(pairs, increasing):
    scores, labels = unzip(pairs)
    order = np.random.default_rng(len(pairs)).permutation(len(scores))
    moved, moved_labels = increasing(scores)[order], labels[order]
    assert auroc(moved, moved_labels) == auroc(scores, labels)
    assert average_precision(moved, moved_labels) == pytest.approx(average_precision(scores, labels))
    assert f1_max(moved, moved_labels).value == f1_max(scores, labels).value


@given(scored)
def test_negated_scores_mirror_auroc_and_nothing_flips_it(pairs):
    scores, labels = unzip(pairs)
    assert auroc(-scores, labels) == pytest.approx(1 - auroc(scores, labels))


def test_anchors():
    labels = np.array([0, 0, 1, 1], bool)
    assert auroc([1, 2, 3, 4], labels) == 1
    assert auroc([4, 3, 2, 1], labels) == 0
    assert auroc([5, 5, 5, 5], labels) == 0.5
    assert f1_max([5, 5, 5, 5], labels).value == pytest.approx(2 / 3)
    assert average_precision([5, 5, 5, 5], labels) == 0.5


def test_undefined_values_are_none():
    assert auroc([1.0, 2.0], [True, True]) is None
    assert average_precision([1.0, 2.0], [False, False]) is None
    assert f1_max([1.0, 2.0], [False, False]) is None
    assert auroc([], []) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("metric", [auroc, average_precision, f1_max])
def test_scores_that_are_no_numbers_are_refused(metric, bad):
    with pytest.raises(InputError, match="NaN or infinite"):
        metric([0.0, bad, 1.0], [False, True, True])
    with pytest.raises(InputError, match="same shape"):
        metric([0.0, 1.0], [False])


def test_single_and_double_precision_agree():
    generator = np.random.default_rng(0)
    scores, labels = generator.random(2_000), generator.random(2_000) < 0.3
    for metric in (auroc, average_precision):
        assert metric(scores.astype(np.float32), labels) == pytest.approx(metric(scores, labels), abs=1e-6)
