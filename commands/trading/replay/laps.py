"""Where in the laps of a programme a replay that begins again has to look, without reading every lap that was ever played."""

from collections.abc import Callable


def first_lap(was_begun: Callable[[int], bool], unfinished_max: int) -> int:
    """Return the first lap that may hold a match which is not over, when laps are begun one after the other.

    `was_begun` tells whether the first match of a lap was announced; it is asked twice the logarithm of the laps, no more.
    `unfinished_max` is how many laps before the newest may still be on.
    """
    begun, unbegun = -1, 0
    while was_begun(unbegun):
        begun, unbegun = unbegun, 2 * unbegun + 1
    while unbegun - begun > 1:
        between = (begun + unbegun) // 2
        if was_begun(between):
            begun = between
        else:
            unbegun = between
    return max(begun - unfinished_max, 0)
