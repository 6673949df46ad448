"""Suspected mislabels of the training pool reach the queue, and a verdict takes them out of the bank."""

import pytest
from factories import Cast, client_of, make_cast
from inspections_builders import learn, score_everything
from reviews_builders import judge, lease
from training_builders import add_image, make_model, make_pool

from flawmark.datasets.models import Image, Label, Split
from flawmark.inspections.models import BankRevision
from flawmark.inspections.services.suspicion import suspects_announce
from flawmark.reviews.models import ReviewTask, TaskReason
from flawmark.training.models import ModelVersion
from flawmark.training.services.thresholds import thresholds_set_by_person

pytestmark = pytest.mark.django_db(transaction=True)


def contaminated() -> tuple[Cast, ModelVersion, Image]:
    """A champion that was trained with one defect among its normals."""
    cast = make_cast()
    dataset = make_pool(cast)
    mislabelled = add_image(dataset, 700, label=Label.NORMAL, split=Split.TRAIN, defective=True)
    model = make_model(dataset, cast)
    thresholds_set_by_person(
        model_version=model, t1=9.0, t2=18.0, pixel_threshold=None, reason="Known", actor=cast.curator
    )
    return cast, model, mislabelled


def test_the_mislabelled_image_is_offered_first_and_leaves_the_bank() -> None:
    cast, model, mislabelled = contaminated()
    score_everything(model)
    task = ReviewTask.objects.get(reason=TaskReason.SUSPECT)
    assert task.image_id == mislabelled.id
    offered = lease(client_of(cast.reviewer), model.dataset)
    assert offered["id"] == str(task.id)
    judge(client_of(cast.reviewer), offered, "defective")
    learn()
    assert BankRevision.objects.get().operation == "remove"


def test_what_a_person_has_judged_is_not_suspected_again() -> None:
    cast, model, _ = contaminated()
    suspects_announce(model_version=model)
    judge(client_of(cast.reviewer), lease(client_of(cast.reviewer), model.dataset), "normal")
    assert suspects_announce(model_version=model) == 1
    assert not ReviewTask.objects.filter(reason=TaskReason.SUSPECT, state="open").exists()


def test_without_thresholds_nobody_is_suspected() -> None:
    cast = make_cast()
    model = make_model(make_pool(cast), cast)
    assert suspects_announce(model_version=model) == 0
