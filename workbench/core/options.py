"""Options: frozen, typed, bounded settings that explain themselves.

One Options class drives the form in the window, the check before a start, the command line and the docs.
"""

import math
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.needs import Need, lack

T = TypeVar("T", bound="Options")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all Options classes; every field is annotated with `option`."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """What a form needs to know of one option; texts are untranslated (see `tr`)."""

    name: str
    type: type
    default: Any
    label: str
    help: str
    unit: str = ""
    source: str = ""
    low: float | None = None
    high: float | None = None
    basic: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False
    needs: Need = ""


def option(
    label: str,
    help: str,
    *,
    unit: str = "",
    source: str = "",
    low: float | None = None,
    high: float | None = None,
    basic: bool = False,
    needs: Need = "",
) -> msgspec.Meta:
    """Describe one field of an Options class: ``rank: Annotated[int, option(...)] = 8``.

    Args:
        label: Name in the form, marked for translation with `mark`.
        help: One or two sentences for a newcomer, marked likewise.
        unit: What the number counts ("tokens"), marked likewise.
        source: Where the default comes from (paper, documentation), marked likewise.
        low: Smallest value allowed.
        high: Largest value allowed.
        basic: Shown at once; the others are behind "More".
        needs: What the computer must have for any value but the default.
    """
    extra = {"unit": unit, "source": source, "basic": basic, "low": low, "high": high, "needs": needs}
    return msgspec.Meta(title=label, description=help, extra=extra)


def fields(cls: type[Options]) -> list[Field]:
    """Return the fields of an Options class in the order of their definition."""
    hints = get_type_hints(cls, include_extras=True)
    defaults = cls()
    return [_field(name, hints[name], getattr(defaults, name)) for name in cls.__struct_fields__]


def _field(name: str, hint: Any, default: Any) -> Field:
    inner, meta = get_args(hint)[0], get_args(hint)[1]
    optional = False
    if get_origin(inner) in (Union, types.UnionType):
        optional = True
        inner = next(arg for arg in get_args(inner) if arg is not types.NoneType)
    choices = get_args(inner) if get_origin(inner) is Literal else ()
    return Field(
        name=name,
        type=str if choices else inner,
        default=default,
        label=meta.title or name,
        help=meta.description or "",
        choices=choices,
        optional=optional,
        **meta.extra,
    )


def problems(cls: type[Options], values: Mapping[str, object]) -> dict[str, str]:
    """Return a plain sentence for each wrong value, by field name; empty when all is well."""
    found: dict[str, str] = {}
    known = {field.name: field for field in fields(cls)}
    for name, value in values.items():
        if name not in known:
            found[name] = tr(
                "There is no setting called “{name}”; there are: {known}.", name=name, known=", ".join(known)
            )
        elif sentence := _problem(cls, known[name], value):
            found[name] = sentence
    return found


def _problem(cls: type[Options], field: Field, value: object) -> str:
    label = tr(field.label)
    try:
        converted = getattr(msgspec.convert({field.name: value}, cls, strict=False), field.name)
    except msgspec.ValidationError:
        if field.choices:
            return tr("{label} must be one of: {choices}.", label=label, choices=", ".join(field.choices))
        names = {int: tr("a whole number"), float: tr("a number"), bool: tr("true or false"), str: tr("a text")}
        return tr("{label} must be {kind}.", label=label, kind=names.get(field.type, field.type.__name__))
    if converted is None or isinstance(converted, str):
        return ""
    if math.isnan(converted):  # neither too low nor too high, and JSON has no word for it
        return tr("{label} must be {kind}.", label=label, kind=tr("a number"))
    if field.low is not None and converted < field.low:
        return tr("{label} must be at least {low}.", label=label, low=f"{field.low:g}")
    if field.high is not None and converted > field.high:
        return tr("{label} must be at most {high}.", label=label, high=f"{field.high:g}")
    return ""


def check_needs(chosen: Options) -> None:
    """Check that this computer has what the values chosen need; not part of `parse`, since a run may have been trained
    on another computer.

    Raises:
        UserError: It lacks something.
    """
    for field in fields(type(chosen)):
        if getattr(chosen, field.name) != field.default and (reason := lack(field.needs)):
            raise UserError(f"{tr(field.label)}: {reason}")


def parse(cls: type[T], values: Mapping[str, object]) -> T:
    """Build an Options object from plain or text values.

    Raises:
        UserError: A name is unknown, or a value has the wrong type or is out of bounds.
    """
    wrong = problems(cls, values)
    if wrong:
        raise UserError(" ".join(wrong.values()))
    return msgspec.convert(dict(values), cls, strict=False)


def known(cls: type[T], values: Mapping[str, object]) -> T:
    """Build an Options object from those of some values that it has: from the settings of another task, say.

    Raises:
        UserError: As `parse`.
    """
    return parse(cls, {name: value for name, value in values.items() if name in cls.__struct_fields__})


__all__ = ["Annotated", "Field", "Options", "check_needs", "fields", "known", "option", "parse", "problems"]
