"""Bodies of requests about mutes and profiles, as the OpenAPI document shows them."""

from pydantic import Field

from api.http.field_types import Body, Moment, Text
from domain.profile.decider import BIO_CHARACTERS_MAX, DISPLAY_NAME_CHARACTERS_MAX


class MuteBody(Body):
    """What not to see of an account: all, or reposts alone; until a moment at most 366 days away, or for good."""

    what: Text = Field("all", examples=["reposts"])
    until: Moment | None = None


class ProfileBody(Body):
    """What the account shows of itself; what is null or left out stays as it is, an empty text takes one away.

    Only followers see the slips of a `private` account.
    """

    display_name: str | None = Field(
        None, examples=["Ada L."], description=f"At most {DISPLAY_NAME_CHARACTERS_MAX} characters as people count."
    )
    bio: str | None = Field(None, examples=["Home wins only."], description=f"At most {BIO_CHARACTERS_MAX} characters as people count.")
    private: bool | None = None
