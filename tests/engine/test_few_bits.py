"""Bases in 8 or 4 bits, as far as it can be told without a GPU; `test_cuda` trains on them."""

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from tests.engine import tiny, tiny_classifier
from tests.engine.tiny import FP32
from workbench.core.errors import UserError
from workbench.engine import few_bits
from workbench.engine.device import Device
from workbench.engine.models import load_base

CUDA = Device("cuda", "bf16", 2)


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with all that it takes."""
    monkeypatch.setattr(few_bits, "lack", lambda need: "")


def test_a_base_as_it_is_takes_no_settings(tmp_path: Path) -> None:
    assert few_bits.how("as-is", FP32, AutoModelForCausalLM, tmp_path) == {}


def test_without_a_gpu_the_reason_is_given_before_anything_is_loaded(tmp_path: Path) -> None:
    base = tiny.save_tiny(tmp_path)
    with pytest.raises(UserError, match="A base in 4 bits: Needs an NVIDIA GPU"):
        load_base(base, FP32, frozen=True, bits="4")


@pytest.mark.parametrize("bits", ["8", "4"])
def test_what_is_asked_of_transformers(tmp_path: Path, able: None, bits: str) -> None:
    found = few_bits.how(bits, CUDA, AutoModelForCausalLM, tiny.save_tiny(tmp_path))
    settings = found["quantization_config"]
    assert found["device_map"] == {"": "cuda"}
    assert (settings.load_in_8bit, settings.load_in_4bit) == (bits == "8", bits == "4")
    assert (settings.bnb_4bit_quant_type, settings.bnb_4bit_use_double_quant) == ("nf4", True)
    assert settings.bnb_4bit_compute_dtype == CUDA.dtype
    assert settings.llm_int8_skip_modules == ["lm_head"]


def test_the_head_and_the_pooler_of_a_classifier_stay_as_they_are(tmp_path: Path, able: None) -> None:
    base = tiny_classifier.save(tmp_path)
    found = few_bits.how("4", CUDA, AutoModelForSequenceClassification, base)
    assert found["quantization_config"].llm_int8_skip_modules == ["classifier", "bert.pooler"]


def test_a_result_stands_on_a_base_as_in_training_where_that_can_be(
    tmp_path: Path, able: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.core.project import Project

    project = Project.create(tmp_path / "project")
    tiny.write_talk(project)
    base = str(tiny.save_tiny(tmp_path / "base"))
    how: dict[str, Any] = {"model": base, "max_steps": 1}
    whole = tiny.train(project, "instruction-tuning", "talk", **how)
    monkeypatch.setattr("workbench.core.options.lack", lambda need: "")
    few = tiny.new_run(project, "instruction-tuning", "talk", **how, base_bits="4")
    assert few_bits.bits_for(project, few.id, CUDA) == "4"
    assert few_bits.bits_for(project, few.id, FP32) == "as-is"
    assert few_bits.bits_for(project, whole.id, CUDA) == "as-is"
    assert few_bits.bits_for(project, None, CUDA) == "as-is"


def test_what_a_base_takes_less_is_reckoned_by_hand(tmp_path: Path) -> None:
    """Two layers: queries, output 32 x 32, keys, values 32 x 16, feed-forward 3 times 32 x 64; bf16 has 2 bytes."""
    base, weights = tiny.save_tiny(tmp_path), 2 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 64)
    saved = [few_bits.saved(bits, CUDA, AutoModelForCausalLM, base) for bits in ("as-is", "8", "4")]
    assert saved == [0, weights, pytest.approx(weights * (2 - 4.127 / 8))]
