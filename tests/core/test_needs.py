import pytest

from workbench.core import needs


def test_few_bits_need_a_gpu_and_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "has_nvidia_gpu", lambda: False)
    assert needs.lack("few-bits").startswith("Needs an NVIDIA GPU")
    assert needs.lack("") == ""
    monkeypatch.setattr(needs, "has_nvidia_gpu", lambda: True)
    monkeypatch.setattr(needs, "find_spec", lambda name: None)
    assert "bitsandbytes" in needs.lack("few-bits")
    monkeypatch.setattr(needs, "find_spec", lambda name: object())
    assert needs.lack("few-bits") == ""
