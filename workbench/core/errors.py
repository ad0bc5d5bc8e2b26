"""Errors that are meant to be read by a person."""


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


class RunFailed(Exception):
    """A run ended with an error; nobody made a mistake that a sentence about the input could explain.

    Args:
        reason: One plain, translated sentence: why it failed.
        detail: The technical part, the end of the log for instance.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
