"""What the window and a generation session say to each other: one JSON line a message, over the child's own pipes."""

import msgspec


class Generate(msgspec.Struct, frozen=True, kw_only=True, tag="generate"):
    """Write ``k`` answers to a prompt. ``id`` comes back with everything that belongs to this request."""

    id: int
    prompt: str
    k: int = 4
    max_new_tokens: int = 64
    temperature: float = 1.0
    top_p: float = 0.95
    seed: int = 0


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag="cancel"):
    """Stop working on a request; its `Done` still comes."""

    id: int


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """The model is loaded."""

    model: str


class Token(msgspec.Struct, frozen=True, kw_only=True, tag="token"):
    """A piece of text to append to an answer (0-based)."""

    id: int
    answer: int
    text: str


class Answered(msgspec.Struct, frozen=True, kw_only=True, tag="answered"):
    """An answer is whole; ``ended`` is false when it was cut at ``max_new_tokens``."""

    id: int
    answer: int
    text: str
    ended: bool


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """All answers of a request are there, or it was cancelled."""

    id: int
    cancelled: bool = False


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """A request, or loading the model (``id`` -1), failed: one translated sentence and the detail behind it."""

    sentence: str
    detail: str = ""
    id: int = -1


Wish = Generate | Cancel
Reply = Ready | Token | Answered | Done | Refused
