"""What adapters made of virtual tokens have in common: sizes by the names of weights, and where they start from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.adapters import layers
from workbench.core.i18n import mark, tr
from workbench.core.options import option

WORDS = ("embed_tokens.weight", "word_embeddings.weight", "wte.weight", "embed_in.weight")
"""How the weights end that turn words into numbers, in the families of models."""

KEYS_VALUES = ("k_proj", "v_proj", "key", "value", "key_proj", "value_proj", "k_lin", "v_lin")
"""What the layers of attention are called that make keys and values."""

TOKENS = option(
    mark("Virtual tokens"),
    mark("How many tokens that nobody wrote stand before every text: more can say more, and take more time."),
    unit=mark("tokens"),
    source=mark("arXiv 2104.08691, section 3.2: 20 does nearly as well as more"),
    low=1,
    high=512,
    basic=True,
)
"""Describes the option that all of them have."""

START = "Read what follows with care and give the answer that is wanted."
"""What virtual tokens begin as, unless something else is asked for."""

START_TEXT = option(
    mark("Begins as"),
    mark("Words that the virtual tokens begin as, repeated or cut to their number; nothing begins at random."),
    source=mark("arXiv 2104.08691, section 3.2; arXiv 2101.00190, section 7.4: real words do better than chance"),
)
"""Describes the option of those that can start from a text."""

Shapes = Mapping[str, tuple[int, ...]]


def width(shapes: Shapes) -> int:
    """Return the length of a word's embedding; 0 where there are no words."""
    return next((shape[1] for name, shape in shapes.items() if name.endswith(WORDS)), 0)


def keys_and_values(shapes: Shapes) -> int:
    """Return how many numbers all layers together keep of a token as its keys and values."""
    sizes = [
        shape[0]
        for name, shape in shapes.items()
        if name.removesuffix(".weight").rsplit(".", 1)[-1] in KEYS_VALUES and len(shape) == 2
    ]
    fused = [max(shape) * 2 // 3 for name, shape in shapes.items() if name.endswith(("c_attn.weight", "Wqkv.weight"))]
    return sum(sizes) + sum(fused)


def misfit(info: Any) -> str:
    """Return why virtual tokens do not fit a model: their width is that of its words and of its layers alike."""
    if width(info.shapes) in (0, info.hidden_size):
        return ""
    return tr("The words of this model are of another width than its layers, which PEFT does not know to handle.")


def config(model: Any, tokens: int) -> dict[str, Any]:
    """Return what PEFT must know; the head of a classifier is trained as a whole."""
    from workbench.engine.virtual_tokens import prepare

    prepare(model)
    return {"num_virtual_tokens": tokens, **layers.head_settings(model)}


def of_text(model: Any, text: str, count: int) -> list[int]:
    """Return so many tokens of a text, again and again where it is shorter; without one, words drawn at random."""
    import torch

    from workbench.engine.models import load_tokenizer

    if not text.strip():
        drawn: list[int] = torch.randint(model.config.vocab_size, (count,)).tolist()
        return drawn
    ids: list[int] = load_tokenizer(Path(model.name_or_path))(text, add_special_tokens=False)["input_ids"]
    return (ids * (count // len(ids) + 1))[:count]
