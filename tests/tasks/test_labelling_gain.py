from pathlib import Path

import pytest

from tests.benchmarks.labelling_gain import once

NOISE = 0.01
"""Of an accuracy on 500 rows, between one kind of processor and another."""


@pytest.mark.slow
def test_training_on_sure_labels_of_a_model_gains_on_labels_of_people(tmp_path: Path) -> None:
    """60 reviews with labels of people, 1500 without; judged by 500 others. Other seeds: see the benchmark."""
    gain = once(tmp_path / "project", 0)
    assert gain.before > 0.65
    assert gain.taken > 300
    assert gain.taken_right > gain.all_right + 0.03
    assert gain.after > gain.before - NOISE
