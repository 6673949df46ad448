"""What a person may set about a generation, and whether it fits. Torch-free."""

from typing import Any

from django.conf import settings

from detectors.errors import InputError
from detectors.generation.hyperparameters import GenerationHyperparameters
from flawmark.core.errors import InvalidInput

# The run's own fields and the machine's business; files of the server, which only its keeper names.
OWN_FIELDS = ("count", "seed")
MACHINE_FIELDS = ("device", "wordnet_folder", "openclip_model", "openclip_weights", "generator_checkpoint")
RESERVED = (*OWN_FIELDS, *MACHINE_FIELDS)


def options_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of the options, for the form; `x-presets` says what each preset changes."""
    schema = GenerationHyperparameters.schema()
    properties = {name: value for name, value in schema["properties"].items() if name not in RESERVED}
    presets = GenerationHyperparameters.presets
    changed = {name for values in presets.values() for name in values}
    described = {
        preset: {name: value for name, value in options_check({"preset": preset}).items() if name in changed}
        for preset in presets
    }
    return schema | {"properties": properties, "x-presets": described}


def options_check(options: dict[str, Any]) -> dict[str, Any]:
    """The options completed with defaults.

    Raises:
        InvalidInput: an unknown option, a wrong type or range; `field` names the culprit where it is one.
    """
    for name in options:
        if name in RESERVED:
            raise InvalidInput(f"{name} cannot be set among the options.", field=f"options.{name}")
    try:
        complete = GenerationHyperparameters.parse(options).to_dict()
    except InputError as error:
        raise InvalidInput(str(error), field="options") from error
    return {name: value for name, value in complete.items() if name not in RESERVED}


def config_of(options: dict[str, Any], *, seed: int, count: int) -> GenerationHyperparameters:
    """What the library is called with; files that the server's keeper named are used."""
    return GenerationHyperparameters.parse(
        {**options, **settings.GENERATION_FILES, "seed": seed, "count": count}
    )
