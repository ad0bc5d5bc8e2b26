"""The adapters, with settings, that the contract tests try, and the models that they try them on.

``python -m tests.adapters.ways`` writes the table in the README anew.
"""

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.engine import tiny, tiny_classifier, tiny_vision
from workbench.core import registry
from workbench.core.options import parse

README = Path(__file__).parents[2] / "README.md"
ARCHITECTURES = {"writes": "causal-lm", "reads": "sequence-classifier", "sees": "image-classifier"}
CLOSE = 1e-5
"""Largest difference of logits between two ways to compute the same in fp32."""


@dataclass(frozen=True)
class Way:
    """An adapter with settings.

    Attributes:
        own: What its weights have in their names.
        begins: Whether a fresh one leaves the answers as they are, to the bit, nearly, or not at all.
        merges: Whether it can become part of the weights.
        rate: At which it learns.
        falls: By how much the loss does, at least.
    """

    name: str
    own: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    begins: str = "same"
    merges: bool = True
    rate: float = 2e-2
    falls: float = 0.1

    def attach(self, base: Any) -> Any:
        """Put a fresh one on a copy of a base."""
        return registry.adapter(self.name).attach(copy.deepcopy(base), self.options, "default")

    @property
    def options(self) -> Any:
        return parse(registry.adapter(self.name).options, self.settings)

    def __str__(self) -> str:
        return "-".join([self.name, *map(str, self.settings.values())])


LORA = ("lora_A", "lora_B")
VIRTUAL: dict[str, Any] = {"own": ("prompt_encoder",), "begins": "other", "merges": False, "falls": 0.02}
WAYS = (
    Way("lora", LORA),
    Way("lora", LORA, {"targets": "attention", "dropout": 0.1}),
    Way("lora", (*LORA, "lora_magnitude"), {"variant": "dora"}, begins="near"),
    Way("lora", LORA, {"variant": "rslora"}, rate=5e-3),
    Way("lora", LORA, {"variant": "pissa", "rank": 2}, begins="near", rate=5e-3),
    Way("adalora", (*LORA, "lora_E")),
    Way("bottleneck", ("bottleneck_",), merges=False),
    Way("bottleneck", ("bottleneck_",), {"size": 5, "variant": "pfeiffer"}, merges=False),
    Way("ia3", ("ia3_l",)),
    Way("prompt-tuning", settings={"tokens": 6, "start": "sun and rain"}, **VIRTUAL),
    Way("prompt-tuning", settings={"start": "", "tokens": 5}, **VIRTUAL),
    Way("p-tuning", settings={"tokens": 5}, **VIRTUAL),
    Way("p-tuning", settings={"encoder": "lstm", "hidden_size": 8}, **VIRTUAL),
    Way("prefix-tuning", settings={"tokens": 6}, **VIRTUAL),
)


Pair = tuple[str, Way]
"""A kind of model, and a way that fits it."""


def pairs() -> Iterator[Pair]:
    """Yield all that there are."""
    for kind, architecture in ARCHITECTURES.items():
        yield from ((kind, way) for way in WAYS if architecture in registry.adapter(way.name).architectures)


def each(found: Iterable[Pair]) -> dict[str, Any]:
    """Return what parametrises a fixture that gives a pair."""
    listed = list(found)
    return {"params": listed, "ids": [f"{kind}-{way}" for kind, way in listed]}


def save_base(kind: str, folder: Path) -> Path:
    """Save a tiny model of a kind, with its reader."""
    save = {"writes": tiny.save_tiny, "reads": tiny_classifier.save, "sees": tiny_vision.save}[kind]
    return save(folder)


def table() -> str:
    """Return, for the README, what the contract tests have tried: a line for each adapter."""
    lines = [
        "| Adapter | writes | reads | sees | becomes part of the model | loads with plain PEFT |",
        "|---|---|---|---|---|---|",
    ]
    for adapter in registry.adapters().values():
        ways = [way for way in WAYS if way.name == adapter.name]
        if ways:
            fits = [architecture in adapter.architectures for architecture in ARCHITECTURES.values()]
            facts = (*fits, all(way.merges for way in ways), not adapter.module)
            lines.append(" | ".join([f"| `{adapter.name}`", *("yes" if fact else "no" for fact in facts)]) + " |")
    return "\n".join(lines)


def write_table() -> None:
    """Put the table in the place of the one that the README has."""
    text = README.read_text("utf-8")
    begin = text.index("| Adapter | writes |")
    README.write_text(text[:begin] + table() + text[text.index("\n\n", begin) :], "utf-8")


if __name__ == "__main__":
    write_table()
