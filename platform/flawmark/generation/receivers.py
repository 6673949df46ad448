"""What happens here when the apps below report something."""

from typing import Any

from django.dispatch import receiver

from flawmark.generation.services.reports import reports_advance
from flawmark.training.signals import model_trained


@receiver(model_trained)
def compare_with_new_model(**_: Any) -> None:
    reports_advance()
