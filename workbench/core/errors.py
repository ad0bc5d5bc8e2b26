"""The one kind of error that is meant to be read by a person."""


class UserError(Exception):
    """A mistake or an obstacle that a person can do something about.

    Args:
        sentence: One plain, translated sentence: what happened and what to do.
        detail: The technical part, shown only on request.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail
