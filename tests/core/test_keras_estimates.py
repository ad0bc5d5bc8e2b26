from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from workbench.core import keras_estimates, models, options, registry
from workbench.core.estimates import Machine
from workbench.core.keras_bases import BASES
from workbench.core.keras_estimates import KerasEstimate

MACHINE = Machine(flops=1e11, bf16=False, free=10**11)
BASE = BASES["keras:mobilenet-v2"]
LOOK = (2 * BASE.operations + 80 * BASE.activations) / 1e11


def estimate(rows: int = 320, held_out: int = 0, name: str = BASE.name, **changed: Any) -> KerasEstimate:
    found = keras_estimates.estimate(models.inspect(name), rows, held_out, settings(**changed), MACHINE)
    assert found is not None
    return found


def settings(**changed: Any) -> Mapping[str, Any]:
    """Return the task's own defaults, with less to reckon."""
    plain = {"epochs": 2, "batch_size": 32, "augmentation": False, "head": "global pooling", "dense_units": 10}
    task = registry.task("keras-image-classification")
    return msgspec.to_builtins(options.parse(task.options, {**plain, **changed}))  # type: ignore[no-any-return]


def test_images_are_looked_at_once_and_the_head_learns_from_that() -> None:
    found = estimate(held_out=80)
    assert found.steps == 2 * 10
    head = 20 * (0.003 + 1280 * 10 * (6 * 32 / 1e11 + 6e-9))
    assert found.seconds == pytest.approx(keras_estimates.START + 400 * LOOK + head)
    assert estimate(epochs=4).seconds - estimate().seconds == pytest.approx(head)


def test_views_are_looked_at_as_well_and_held_out_images_once() -> None:
    more = estimate(augmentation=True, views=3).seconds - estimate().seconds
    assert more == pytest.approx(3 * 320 * LOOK)


def test_smaller_images_take_less_time_and_memory() -> None:
    small, large = estimate(side=112), estimate()
    head = small.seconds - keras_estimates.START - 320 * LOOK / 4
    assert large.seconds - small.seconds == pytest.approx(320 * LOOK * 3 / 4)
    assert head > 0
    assert list(small.parts.values())[3] == pytest.approx(list(large.parts.values())[3] / 4)


def test_fine_tuning_takes_the_base_again_in_every_epoch() -> None:
    half = estimate(fine_tune_layers=52, fine_tune_epochs=1)
    assert half.steps == 20 + 10
    head = 10 * (0.003 + 1280 * 10 * (6 * 32 / 1e11 + 6e-9))
    assert half.seconds - estimate().seconds == pytest.approx(320 * LOOK * 2 + head)
    assert list(half.parts.values())[2] == pytest.approx(16 * (12_800 + BASE.parameters / 2))


def test_a_limit_of_steps_holds_over_both_stages() -> None:
    assert estimate(max_steps=5, fine_tune_layers=10).steps == 5
    assert estimate(max_steps=25, fine_tune_layers=10).steps == 25


def test_a_flat_head_of_vgg16_is_large() -> None:
    found = estimate(name="keras:vgg16", head="flatten", dense_units=512)
    assert list(found.parts.values())[2] == 16 * 7 * 7 * 512 * 512


def test_what_was_measured_is_met(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(flops=270e9, bf16=True, free=10**11)

    def milliseconds(name: str, bf16: bool) -> float:
        monkeypatch.setattr(keras_estimates, "has_bf16", lambda: bf16)
        found = [keras_estimates.estimate(models.inspect(name), n, 0, settings(), machine) for n in (320, 640)]
        assert found[0] and found[1]
        head = 20 * (0.003 + BASES[name].channels * 10 * (6 * 32 / 270e9 + 6e-9))
        return (found[1].seconds - found[0].seconds - head) / 320 * 1000

    for name, bf16, expected in (
        ("keras:vgg16", False, 103),
        ("keras:vgg16", True, 23),
        ("keras:resnet50-v2", False, 32),
        ("keras:resnet50-v2", True, 18),
        ("keras:mobilenet-v2", False, 7.6),
        ("keras:mobilenet-v3-small", False, 2.8),
        ("keras:efficientnet-v2-b0", False, 9.5),
        ("keras:efficientnet-v2-b0", True, 6.2),
        ("keras:convnext-tiny", False, 64),
        ("efficientnet-lite0", False, 6.6),
        ("efficientnet-lite0", True, 3.6),
    ):
        assert milliseconds(name, bf16) == pytest.approx(expected, rel=0.4), name


def test_too_little_memory_is_said_with_a_way_out() -> None:
    assert estimate().warning == ""
    found = keras_estimates.estimate(
        models.inspect(BASE.name), 10, 0, settings(), Machine(flops=1e11, bf16=False, free=10**6)
    )
    assert found is not None
    assert "Choose a smaller base" in found.warning


def test_nothing_is_said_of_a_model_that_is_not_known() -> None:
    info = msgspec.structs.replace(models.inspect(BASE.name), path="/some/where/mine.keras")
    assert keras_estimates.estimate(info, 10, 0, settings(), MACHINE) is None
