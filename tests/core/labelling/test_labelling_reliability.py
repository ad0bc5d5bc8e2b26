import random

import pytest

from workbench.core.labelling.reliability import calibration_error, curve, threshold_for, trust, wilson


def test_wilsons_bounds_are_those_of_the_published_example() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 at 95 % two-sided is 0.2553 to 0.3662
    assert float(wilson(81, 263, 1.959964)) == pytest.approx(0.2553, abs=5e-5)
    assert float(wilson(81, 263, -1.959964)) == pytest.approx(0.3662, abs=5e-5)


def test_the_curve_counts_what_lies_in_each_bin() -> None:
    bins = curve([0.55, 0.58, 0.91, 0.93, 0.95, 1.0], [True, False, True, True, False, True])
    assert [(one.start, one.count, one.accuracy) for one in bins] == [(0.5, 2, 0.5), (0.9, 4, 0.75)]
    assert bins[0].confidence == pytest.approx(0.565)
    assert all(one.lowest < one.accuracy < one.highest for one in bins)
    assert calibration_error(bins) == pytest.approx((2 * 0.065 + 4 * (3.79 / 4 - 0.75)) / 6)


def test_nothing_measured_gives_no_curve_and_no_threshold() -> None:
    assert curve([], []) == []
    assert calibration_error([]) == 0
    assert threshold_for([], [], 0.5) is None
    assert trust([], [], 0.9).count == 0


def test_the_threshold_is_the_lowest_from_which_on_enough_are_right() -> None:
    confidence = [0.6] * 100 + [0.8] * 100 + [0.9] * 100
    right = [True] * 50 + [False] * 50 + [True] * 90 + [False] * 10 + [True] * 100
    assert threshold_for(confidence, right, 0.915) == 0.8  # 190 of 200 shows at least 0.918
    assert threshold_for(confidence, right, 0.95) == 0.9
    assert threshold_for(confidence, right, 0.99) is None  # 100 of 100 shows no more than 0.974
    assert trust(confidence, right, 0.8).accuracy == pytest.approx(0.95)


def test_a_confidence_that_many_rows_share_is_never_divided() -> None:
    confidence = [0.7] * 40
    right = [True] * 20 + [False] * 20
    assert threshold_for(confidence, right, 0.8) is None


def test_the_promise_of_a_threshold_is_kept_about_95_times_in_100() -> None:
    chance = random.Random(0)
    found, broken = 0, 0
    for _ in range(300):
        confidence = [chance.uniform(0.5, 1) for _ in range(200)]
        right = [chance.random() < value for value in confidence]  # as often right as it says
        threshold = threshold_for(confidence, right, 0.85)
        if threshold is not None:
            found += 1
            broken += (threshold + 1) / 2 < 0.85  # the true share from there on
    assert found > 240
    assert broken / found < 0.08
