"""Bodies of requests about mutes and profiles, as the OpenAPI document shows them."""

from pydantic import Field

from api.http.field_types import Body, Moment, Text


class MuteBody(Body):
    """What not to see of an account: all, or reposts alone; until a moment at most 366 days away, or for good."""

    what: Text = Field("all", examples=["reposts"])
    until: Moment | None = None


class ProfileBody(Body):
    """What the account shows of itself; what is null or left out stays as it is. Only followers see the slips of a `private` account."""

    private: bool | None = None
