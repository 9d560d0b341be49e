"""Folds: a bet of several lines takes every combination of so many of its legs; what the lines add up to, without listing them."""

from collections.abc import Iterable, Sequence
from math import comb, prod

Ratio = tuple[int, int]
"""Numerator and denominator, the latter positive."""

FULL_COVER: dict[str, tuple[int, tuple[int, ...]]] = {
    "trixie": (3, (2, 3)),
    "patent": (3, (1, 2, 3)),
    "yankee": (4, (2, 3, 4)),
    "lucky15": (4, (1, 2, 3, 4)),
    "canadian": (5, (2, 3, 4, 5)),
    "superyankee": (5, (2, 3, 4, 5)),
    "lucky31": (5, (1, 2, 3, 4, 5)),
    "heinz": (6, (2, 3, 4, 5, 6)),
    "lucky63": (6, (1, 2, 3, 4, 5, 6)),
    "superheinz": (7, (2, 3, 4, 5, 6, 7)),
    "lucky127": (7, (1, 2, 3, 4, 5, 6, 7)),
    "goliath": (8, (2, 3, 4, 5, 6, 7, 8)),
    "lucky255": (8, (1, 2, 3, 4, 5, 6, 7, 8)),
}
"""Name of a full-cover bet -> its number of legs, and the sizes of its folds. A canadian is a super yankee under its other name."""


def lines_in(legs: int, sizes: Iterable[int]) -> int:
    """Return how many lines so many legs give in folds of these sizes: (2, 3) of four legs are six doubles and four trebles."""
    return sum(comb(legs, size) for size in sizes)


def sum_of_folds(sizes: Sequence[int], factors: Sequence[Ratio]) -> Ratio:
    """Return the exact sum, over every line, of the product of its legs' factors; the ratio is not reduced.

    The sum over all folds of one size is the elementary symmetric polynomial of that degree: the coefficient of x^size in the product of
    (1 + factor * x) over the legs. With all legs' denominators in front it is computed in whole numbers, legs times sizes steps for any
    number of lines.
    """
    if len(sizes) == 1 and sizes[0] == len(factors):
        return prod([of_leg for of_leg, _ in factors]), prod([out_of for _, out_of in factors])
    degree_max = max(sizes)
    coefficients = [1] + [0] * degree_max
    for of_leg, out_of in factors:
        for degree in range(degree_max, 0, -1):
            coefficients[degree] = coefficients[degree] * out_of + coefficients[degree - 1] * of_leg
        coefficients[0] *= out_of
    return sum([coefficients[size] for size in sizes]), coefficients[0]
