"""Hyperparameters: one frozen dataclass per method is the source of its validation and of its JSON schema."""

import difflib
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any, Literal, Self

from detectors.errors import InputError

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
Group = Literal["basic", "advanced"]

_JSON_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    tuple: "array",
}
_WORDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    tuple: "a list of texts",
}


def setting(
    default: Any,
    description: str,
    *,
    title: str | None = None,
    group: Group = "advanced",
    minimum: float | None = None,
    maximum: float | None = None,
    multiple_of: int | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """Declare one field of a `Settings` dataclass.

    The type is the default's: bool, int, float, str, or a tuple of str. Limits are inclusive.
    """
    return field(
        default=default,
        metadata={
            "title": title,
            "description": description,
            "group": group,
            "minimum": minimum,
            "maximum": maximum,
            "multipleOf": multiple_of,
            "enum": choices,
        },
    )


@dataclass(frozen=True)
class Settings:
    """Base of every set of choices: typed, validated, described, and never changed once made."""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Build from plain values (of a call, a web form, a manifest).

        Raises:
            InputError: an unknown name, a value of another type or out of range; the sentence names it.
        """
        known = {item.name: item for item in fields(cls)}
        for name in values:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f" (did you mean {close[0]!r}?)" if close else f"; known: {', '.join(sorted(known))}"
                raise InputError(f"Unknown hyperparameter {name!r}{hint}.")
        made = cls(**{name: _checked(known[name], value) for name, value in values.items()})
        made.check()
        return made

    @classmethod
    def parse_text(cls, pairs: Mapping[str, str]) -> dict[str, Any]:
        """Turn the texts of a command line (`coreset_fraction=0.1`) into values of the declared types."""
        known = {item.name: item for item in fields(cls)}
        return {
            name: _from_text(known[name], text) if name in known else text for name, text in pairs.items()
        }

    def check(self) -> None:
        """Check what concerns several hyperparameters at once; a method with such rules overrides it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `parse` reads them back."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    @classmethod
    def json_schema(cls, title: str, description: str) -> dict[str, Any]:
        """JSON schema (2020-12) of the hyperparameters. Each property carries `group`: basic or advanced."""
        return {
            "$schema": SCHEMA_DIALECT,
            "title": title,
            "description": description,
            "type": "object",
            "additionalProperties": False,
            "properties": {item.name: _property(item) for item in fields(cls)},
        }


@dataclass(frozen=True)
class Hyperparameters(Settings):
    """Base of every method's hyperparameters."""

    alignment: Literal["none", "translation", "rigid"] = setting(
        "none",
        "Bring each image to the view of the training images first: translation shifts it by whole pixels, "
        "rigid turns it by up to 15 degrees as well. For parts that do not lie still under the camera; what "
        "then lies outside the image is not inspected.",
        choices=("none", "translation", "rigid"),
    )

    @property
    def learns_from_real_defects(self) -> bool:
        """Whether a fit heeds the defects that people marked."""
        return False


def _property(item: Field[Any]) -> dict[str, Any]:
    kind = _kind(item)
    default: Any = item.default
    title = item.metadata["title"] or item.name.replace("_", " ").capitalize()
    schema: dict[str, Any] = {"type": _JSON_TYPES[kind], "title": title}
    schema["default"] = list(default) if kind is tuple else default
    schema |= {
        key: item.metadata[key]
        for key in ("description", "group", "minimum", "maximum", "multipleOf")
        if item.metadata[key] is not None
    }
    choices = item.metadata["enum"]
    if kind is tuple:
        schema["items"] = {"type": "string"} | ({"enum": list(choices)} if choices else {})
    elif choices:
        schema["enum"] = list(choices)
    return schema


def _kind(item: Field[Any]) -> type:
    if item.default is MISSING:
        raise TypeError(f"Hyperparameter {item.name} needs a default.")
    return type(item.default)


def _checked(item: Field[Any], value: Any) -> Any:
    kind = _kind(item)
    value = _of_kind(item.name, kind, value)
    rules = item.metadata
    if kind in (int, float):
        if not abs(value) < float("inf"):
            raise InputError(f"{item.name} must be a finite number, not {value}.")
        if rules["minimum"] is not None and value < rules["minimum"]:
            raise InputError(f"{item.name} must be at least {rules['minimum']}, not {value}.")
        if rules["maximum"] is not None and value > rules["maximum"]:
            raise InputError(f"{item.name} must be at most {rules['maximum']}, not {value}.")
        if rules["multipleOf"] is not None and value % rules["multipleOf"]:
            raise InputError(f"{item.name} must be a multiple of {rules['multipleOf']}, not {value}.")
    if rules["enum"]:
        for entry in value if kind is tuple else (value,):
            if entry not in rules["enum"]:
                raise InputError(f"{item.name} must be one of {', '.join(rules['enum'])}, not {entry!r}.")
    return value


def _of_kind(name: str, kind: type, value: Any) -> Any:
    if kind is tuple and isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and is_number:
        return float(value)
    if kind is int and is_number and float(value).is_integer():
        return int(value)
    if kind in (bool, str) and isinstance(value, kind):
        return value
    raise InputError(f"{name} must be {_WORDS[kind]}, not {value!r}.")


def _from_text(item: Field[Any], text: str) -> Any:
    kind = _kind(item)
    if kind is str:
        return text
    if kind is tuple:
        return tuple(part for part in text.split(",") if part)
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text) if kind is float else int(text) if kind is int else text
    except ValueError:
        raise InputError(f"{item.name} must be {_WORDS[kind]}, not {text!r}.") from None
