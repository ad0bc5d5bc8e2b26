"""Translation of every string that a person reads, with or without a window.

The source language is English. Catalogues are gettext files in ``resources/translations``; the language is chosen once,
early, by the window or from ``WORKBENCH_LANGUAGE`` (which child processes inherit).
"""

import gettext
import os

from workbench.core.paths import resources

DOMAIN = "workbench"
LANGUAGES = {"en": "English", "ja": "日本語"}

_current: gettext.NullTranslations = gettext.NullTranslations()


def use_language(code: str) -> None:
    """Choose the language of all later strings, here and in child processes; unknown codes mean English."""
    global _current
    known = code if code in LANGUAGES else "en"
    os.environ["WORKBENCH_LANGUAGE"] = known
    _current = gettext.translation(DOMAIN, resources() / "translations", languages=[known], fallback=True)


def mark(text: str) -> str:
    """Mark a string for translation where it is written, to be translated with `tr` where it is shown."""
    return text


def tr(text: str, /, **values: object) -> str:
    """Return the translation of ``text``, with ``{name}`` fields filled from ``values``."""
    translated = _current.gettext(text) if text else ""
    return translated.format(**values) if values else translated


use_language(os.environ.get("WORKBENCH_LANGUAGE", "en"))
