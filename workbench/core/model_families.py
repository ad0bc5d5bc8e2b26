"""Which families of models (``model_type``) transformers knows, and what it can build from each.

Read from the tables in the source of the installed transformers: to import it takes seconds and brings torch along.
"""

import importlib.util
import re
from functools import cache
from pathlib import Path

from workbench.core.registry import Architecture

_TABLES: dict[Architecture, str] = {
    "causal-lm": "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "sequence-classifier": "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "image-classifier": "MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES",
}
_TRANSLATORS = "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES"
_FAMILY = re.compile(r'\(\s*"([^"]+)",')


def known() -> frozenset[str]:
    """Return all families that transformers can load; empty if that cannot be told."""
    return _table("auto_mappings.py", "CONFIG_MAPPING_NAMES")


def buildable(architecture: Architecture) -> frozenset[str]:
    """Return the families that transformers builds such models from; empty if that cannot be told."""
    return _table("modeling_auto.py", _TABLES[architecture])


def with_two_stacks() -> frozenset[str]:
    """Return the families that read a text with one stack of layers and write another with a second one (T5, BART)."""
    return _table("modeling_auto.py", _TRANSLATORS)


@cache
def _table(file: str, name: str) -> frozenset[str]:
    """Return the keys of ``name = OrderedDict([("family", ...), ...])`` in a file of transformers."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        return frozenset()
    path = Path(spec.origin).parent / "models" / "auto" / file
    if not path.is_file():
        return frozenset()
    _, found, rest = path.read_text("utf-8").partition(f"\n{name} = OrderedDict(")
    return frozenset(_FAMILY.findall(rest.partition("\n)")[0])) if found else frozenset()
