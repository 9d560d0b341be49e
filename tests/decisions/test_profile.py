"""The rules of a profile: what the account shows of itself, and whether only followers see its slips."""

import pytest

from domain.fact import Fact
from domain.profile.commands import ChangeProfile
from domain.profile.decider import PROFILE, SEALED_CHARACTERS_MAX, ProfileTextTooLong
from domain.profile.facts import ProfileChanged
from tests.decisions.given import NOON, given, later

ANN = "ann"
NAMED = ProfileChanged(ANN, "sealed name", "sealed bio", False, NOON)


def change(display_name: str | None = None, bio: str | None = None, private: bool | None = None) -> ChangeProfile:
    return ChangeProfile(ANN, display_name, bio, private, NOON)


def test_what_is_changed_is_recorded_with_what_stays():
    given(PROFILE).when(change(private=True)).then(ProfileChanged(ANN, "", "", True, NOON))
    given(PROFILE, NAMED).when(change(bio="other")).then(ProfileChanged(ANN, "sealed name", "other", False, NOON))
    given(PROFILE, NAMED).when(change(display_name="", private=True)).then(ProfileChanged(ANN, "", "sealed bio", True, NOON))


@pytest.mark.parametrize(
    ("facts", "command"),
    [
        ([], change()),
        ([], change("", "", False)),
        ([NAMED], change()),
        ([NAMED], ChangeProfile(ANN, None, "sealed bio", False, later(days=1))),
    ],
)
def test_a_repeat_changes_nothing(facts: list[Fact], command: ChangeProfile):
    given(PROFILE, *facts).when(command).nothing()


def test_a_text_without_end_is_refused():
    given(PROFILE).when(change(bio="x" * (SEALED_CHARACTERS_MAX + 1))).refused(ProfileTextTooLong, characters_max=SEALED_CHARACTERS_MAX)
    given(PROFILE, NAMED).when(change("x" * (SEALED_CHARACTERS_MAX + 1))).refused(ProfileTextTooLong)
