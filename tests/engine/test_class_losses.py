from math import exp, log

import pytest
import torch

from workbench.engine.class_losses import OneClass, SeveralClasses, likely

LOGITS = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])


def sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value))


def test_one_class_is_the_cross_entropy_by_hand() -> None:
    lesson = OneClass([(0,), (1,)], 3, balanced=False, device="cpu")
    sums = [exp(1) + exp(-2) + exp(0.5), exp(0) + exp(3) + exp(-1)]
    by_hand = -log(exp(1) / sums[0]) - log(exp(-1) / sums[1])
    assert float(lesson.loss(LOGITS, [(0,), (2,)])) == pytest.approx(by_hand, rel=1e-6)
    assert lesson.weight([(0,), (2,)]) == 2.0
    assert lesson.right(LOGITS, [(0,), (2,)]) == 1.0


def test_balanced_weights_of_one_class_by_hand() -> None:
    """Three of one class, one of another and none of the third: the first two weigh 4 / (2 * 3) and 4 / (2 * 1)."""
    lesson = OneClass([(0,), (0,), (0,), (1,)], 3, balanced=True, device="cpu")
    assert lesson.weight([(0,)]) == pytest.approx(2 / 3)
    assert lesson.weight([(1,)]) == pytest.approx(2.0)


def test_several_classes_are_binary_cross_entropies_by_hand() -> None:
    """Meant over the classes of a row and summed over the rows; the second row has no class."""
    lesson = SeveralClasses([(0, 2), ()], 3, balanced=False, device="cpu")
    first = -log(sigmoid(1)) - log(1 - sigmoid(-2)) - log(sigmoid(0.5))
    second = -log(1 - sigmoid(0)) - log(1 - sigmoid(3)) - log(1 - sigmoid(-1))
    assert float(lesson.loss(LOGITS, [(0, 2), ()])) == pytest.approx((first + second) / 3, rel=1e-6)
    assert lesson.weight([(0, 2), ()]) == 2.0
    assert lesson.right(LOGITS, [(0, 2), ()]) == 1.0
    assert lesson.right(LOGITS, [(0,), (0, 1)]) == 1.0, "a sigmoid of just one half counts as there"


def test_balanced_weights_of_several_classes_by_hand() -> None:
    """Of four rows one has the first class and two the second: what is there weighs 3 / 1 and 2 / 2."""
    lesson = SeveralClasses([(0, 1), (1,), (), ()], 3, balanced=True, device="cpu")
    first = -3 * log(sigmoid(1)) - log(sigmoid(-2)) - log(1 - sigmoid(0.5))
    assert float(lesson.loss(LOGITS[:1], [(0, 1)])) == pytest.approx(first / 3, rel=1e-6)


@pytest.mark.parametrize("lesson", [OneClass, SeveralClasses])
@pytest.mark.parametrize("balanced", [False, True])
def test_nothing_to_learn_from_is_no_error(lesson: type[OneClass | SeveralClasses], balanced: bool) -> None:
    """What is only measured has no examples."""
    assert lesson([], 2, balanced=balanced, device="cpu").weight([]) == 0.0


def test_how_likely() -> None:
    assert likely(torch.zeros(1, 4), several=False).tolist() == [[0.25] * 4]
    assert likely(torch.tensor([[0.0, log(3)]]), several=True).tolist()[0] == pytest.approx([0.5, 0.75], abs=1e-6)
