"""Wordings as Jinja templates that can do nothing but put words together.

Only what `_ALLOWED` and `_FILTERS` name is possible: no loop, call or attribute, so that a wording that comes from
somebody else can neither reach anything nor write more than a little beyond what it is filled with. Jinja's own
sandbox stands behind that.
"""

from collections.abc import Collection, Mapping
from functools import cache

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2 import Template as JinjaTemplate
from jinja2.sandbox import ImmutableSandboxedEnvironment

from workbench.core.errors import UserError
from workbench.core.i18n import tr

MOST_TEMPLATE = 20_000
MOST_FILLED = 1 << 20
"""Characters of a wording, and of what becomes of it."""

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.Filter, nodes.Test),
    *(nodes.List, nodes.Tuple, nodes.Getitem, nodes.Slice, nodes.Neg),
)
_FILTERS = ("capitalize", "default", "first", "last", "length", "lower", "title", "trim", "truncate", "upper")
_TESTS = ("defined", "eq", "equalto", "in", "lower", "ne", "upper")


class Unfilled(Exception):
    """A row cannot be put into a wording; the message says why, to a person."""


class Template:
    """A checked template.

    Args:
        text: In Jinja.
        names: What it can name.
        part: What it is called where it is wrong: "prompt" or "answer", translated.

    Attributes:
        used: The names that it uses.

    Raises:
        UserError: It cannot be read, names something else or does what is not allowed; the line is told.
    """

    def __init__(self, text: str, names: Collection[str], part: str) -> None:
        if len(text) > MOST_TEMPLATE:
            raise UserError(tr("The {part} is longer than {most} characters.", part=part, most=f"{MOST_TEMPLATE:,}"))
        try:
            tree = _environment().parse(text)
            self.used = _check(tree, names, part)
            self._template: JinjaTemplate = _environment().from_string(text)
        except TemplateSyntaxError as error:
            raise UserError(
                tr("Line {line} of the {part} cannot be read: look at its braces.", line=error.lineno, part=part),
                str(error),
            ) from error
        except RecursionError as error:
            raise UserError(tr("The {part} is nested too deeply.", part=part)) from error

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the template filled with values, without space around it.

        Raises:
            Unfilled: Something that it needs is missing, or it comes out empty or too long.
        """
        try:
            filled = self._template.render(values).strip()
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise Unfilled(tr("The wording cannot be filled with this row: {reason}.", reason=error)) from error
        if not filled:
            raise Unfilled(tr("Filled with this row, the wording is empty."))
        if len(filled) > MOST_FILLED:
            raise Unfilled(tr("Filled with this row, the wording is too long."))
        return filled


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # what is written is plain text for a model, never a page
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _check(tree: nodes.Template, names: Collection[str], part: str) -> frozenset[str]:
    """Return the names that a template uses.

    Raises:
        UserError: It uses another one, or something that is not allowed.
    """
    used = set()
    for node in (tree, *tree.find_all(nodes.Node)):
        if isinstance(node, nodes.Name):
            if node.name not in names:
                raise UserError(_unknown(node, names, part))
            used.add(node.name)
        elif _is_barred(node):
            raise UserError(
                tr(
                    "Line {line} of the {part} does what a wording may not; it can name slots, as in {example}, "
                    "and have parts that depend on one, as in {condition}.",
                    line=node.lineno,
                    part=part,
                    example="{{ " + next(iter(names), "text") + " }}",
                    condition="{% if … %} … {% endif %}",
                ),
                f"{type(node).__name__} {getattr(node, 'name', '')}".strip(),
            )
    return frozenset(used)


def _unknown(node: nodes.Name, names: Collection[str], part: str) -> str:
    return tr(
        "Line {line} of the {part} names “{name}”, which there is not; there are: {known}.",
        line=node.lineno,
        part=part,
        name=node.name,
        known=", ".join(names),
    )


def _is_barred(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Filter):
        return node.name not in _FILTERS or bool(node.kwargs or node.dyn_args or node.dyn_kwargs)
    if isinstance(node, nodes.Test):
        return node.name not in _TESTS
    return not isinstance(node, _ALLOWED)
