"""The rules of a profile. Its texts are checked before they are sealed; here they are opaque."""

from collections.abc import Sequence

import msgspec

from domain.aggregate import Aggregate
from domain.profile.commands import ProfileCommand
from domain.profile.facts import ProfileChanged, ProfileFact
from domain.sealed_text import check_sealed

DISPLAY_NAME_CHARACTERS_MAX = 50
BIO_CHARACTERS_MAX = 300
"""How long the texts are at most, as people count characters."""


class Profile(msgspec.Struct, frozen=True, gc=False):
    """What an account shows of itself: sealed texts, empty for none, and whether only followers see its slips."""

    display_name: str = ""
    bio: str = ""
    private: bool = False


def decide(profile: Profile, command: ProfileCommand) -> Sequence[ProfileFact]:
    """Decide what follows from a command.

    Raises:
        TextNotSealed: for a text that is not sealed, or was too long.

    """
    display_name = profile.display_name if command.display_name is None else command.display_name
    bio = profile.bio if command.bio is None else command.bio
    private = profile.private if command.private is None else command.private
    if (display_name, bio, private) == (profile.display_name, profile.bio, profile.private):
        return ()
    if display_name:
        check_sealed(display_name, field="display_name", characters_max=DISPLAY_NAME_CHARACTERS_MAX)
    if bio:
        check_sealed(bio, field="bio", characters_max=BIO_CHARACTERS_MAX)
    return (ProfileChanged(command.account_id, display_name, bio, private, command.at),)


def evolve(_: Profile, fact: ProfileFact) -> Profile:
    """Return the profile after the fact."""
    return Profile(fact.display_name, fact.bio, fact.private)


PROFILE = Aggregate("profile", Profile(), decide, evolve, (ProfileChanged,), snapshot=Profile)
