"""The rules of a profile: what the account shows of itself, and whether only followers see its slips."""

import pytest

from domain.fact import Fact
from domain.profile.commands import ChangeProfile
from domain.profile.decider import PROFILE
from domain.profile.facts import ProfileChanged
from domain.sealed_text import TextNotSealed
from tests.decisions.given import NOON, given, later

ANN = "ann"
NAME, BIO, OTHER = ("s1." + letter * 43 for letter in "ABC")
NAMED = ProfileChanged(ANN, NAME, BIO, False, NOON)


def change(display_name: str | None = None, bio: str | None = None, private: bool | None = None) -> ChangeProfile:
    return ChangeProfile(ANN, display_name, bio, private, NOON)


def test_what_is_changed_is_recorded_with_what_stays():
    given(PROFILE).when(change(private=True)).then(ProfileChanged(ANN, "", "", True, NOON))
    given(PROFILE, NAMED).when(change(bio=OTHER)).then(ProfileChanged(ANN, NAME, OTHER, False, NOON))
    given(PROFILE, NAMED).when(change(display_name="", private=True)).then(ProfileChanged(ANN, "", BIO, True, NOON))


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([], change()),
        ([], change("", "", False)),
        ([NAMED], change()),
        ([NAMED], ChangeProfile(ANN, None, BIO, False, later(days=1))),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: ChangeProfile):
    given(PROFILE, *facts).when(command).nothing()


def test_a_text_that_is_not_sealed_or_has_no_end_is_refused():
    given(PROFILE).when(change(display_name="Ann")).refused(TextNotSealed, field="display_name")
    given(PROFILE, NAMED).when(change(bio="s1." + "A" * 30_000)).refused(TextNotSealed, field="bio")
