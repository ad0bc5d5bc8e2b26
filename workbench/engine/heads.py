"""Which part of a model makes classes of what it reads or sees."""

from transformers import PreTrainedModel


def is_classifier(model: PreTrainedModel) -> bool:
    """Return whether a model sorts texts or images into classes."""
    return type(model).__name__.endswith("ForSequenceClassification") or sees(model)


def sees(model: PreTrainedModel) -> bool:
    """Return whether a model sorts images into classes."""
    return "ForImageClassification" in type(model).__name__


def head_modules(model: PreTrainedModel) -> list[str]:
    """Return the names of the modules that make classes of what a classifier's body gives, its pooler among them."""
    body = model.base_model_prefix
    names = [name for name, child in model.named_children() if name != body]
    names += [f"{body}.{name}" for name, _ in getattr(model, body).named_children() if name == "pooler"]
    return [name for name in names if any(True for _ in model.get_submodule(name).parameters())]
