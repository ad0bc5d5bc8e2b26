"""A row as the model sees it, and what the window and the child that renders rows say to each other."""

import msgspec


class Segment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of the text that is treated alike.

    Attributes:
        text: What the model reads; of a special token its name.
        special: It is a token that the tokenizer or the chat template put there.
        trained: The model learns to write it.
        cut: It is beyond the longest length and never reaches the model.
    """

    text: str
    special: bool = False
    trained: bool = False
    cut: bool = False


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One sequence of tokens that a row becomes; a ranking becomes one for each answer.

    Attributes:
        title: What tells it apart from the others of its row, translated; "" for the only one.
        tokens: How many there are without cutting.
        kept: How many reach the model.
        left_out: Nothing would be learnt from it, so training leaves it out.
    """

    title: str = ""
    segments: list[Segment]
    tokens: int
    kept: int
    left_out: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a data set, by its number from 1.

    Attributes:
        label: What the model shall answer where it does not write: the class of a text.
    """

    row: int
    split: str
    views: list[View]
    label: str = ""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Show some rows. ``id`` comes back with the answer."""

    id: int
    data: str
    model: str
    row: int
    count: int = 1
    max_length: int = 512


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a request, or why there are none: a translated sentence and the detail behind it."""

    id: int
    rows: list[Shown] = []
    sentence: str = ""
    detail: str = ""
