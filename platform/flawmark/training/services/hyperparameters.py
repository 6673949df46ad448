"""What the detectors library offers, and whether given hyperparameters fit. Torch-free."""

from typing import Any

import detectors
from detectors import registry
from detectors.errors import InputError
from detectors.hyperparameters import Hyperparameters
from flawmark.core.errors import InvalidInput

# These are the run's own or the machine's business, not a person's choice in a form.
RESERVED = ("seed", "device")
# Over the network nobody names files of the server.
NAMED_WEIGHTS = ["imagenet", "random"]
FOLDERS = ("texture_folder", "defect_folder")


def detector_catalogue() -> list[dict[str, Any]]:
    """Every detector with its title, description and the JSON schema of its hyperparameters."""
    return [_described(name) for name in detectors.names()]


def detector_title(name: str) -> str:
    """How people call a detector."""
    return str(detectors.schema(name).get("title", name))


def _described(name: str) -> dict[str, Any]:
    schema = detectors.schema(name)
    hidden = (*RESERVED, *FOLDERS)
    properties = {key: value for key, value in schema["properties"].items() if key not in hidden}
    if "weights" in properties:
        properties["weights"] = properties["weights"] | {"enum": NAMED_WEIGHTS}
    return {
        "name": name,
        "title": detector_title(name),
        "description": schema.get("description", ""),
        "schema": schema | {"properties": properties},
    }


def hyperparameters_check(detector: str, hyperparameters: dict[str, Any]) -> dict[str, Any]:
    """Return the hyperparameters completed with defaults.

    Raises:
        InvalidInput: an unknown detector or hyperparameter, a wrong type or range; `field` names the culprit.
    """
    try:
        parser = registry.hyperparameters_class(detector)
    except InputError as error:
        raise InvalidInput(str(error), field="detector", code="unknown_detector") from error
    for name in RESERVED:
        if name in hyperparameters:
            raise InvalidInput(f"{name} is set by the training run itself.", field=f"hyperparameters.{name}")
    if hyperparameters.get("weights", NAMED_WEIGHTS[0]) not in NAMED_WEIGHTS:
        raise InvalidInput("weights must be imagenet or random.", field="hyperparameters.weights")
    for name in FOLDERS:
        if hyperparameters.get(name):
            raise InvalidInput(f"{name} cannot be set over the network.", field=f"hyperparameters.{name}")
    try:
        complete = parser.parse(hyperparameters).to_dict()
    except InputError as error:
        raise InvalidInput(str(error), field=_culprit(parser, hyperparameters, str(error))) from error
    return {name: value for name, value in complete.items() if name not in RESERVED}


def _culprit(parser: type[Hyperparameters], hyperparameters: dict[str, Any], sentence: str) -> str:
    """The one hyperparameter that earns this sentence alone, else all of them together."""
    for name, value in hyperparameters.items():
        try:
            parser.parse({name: value})
        except InputError as error:
            if str(error) == sentence:
                return f"hyperparameters.{name}"
    return "hyperparameters"
