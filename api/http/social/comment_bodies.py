"""Bodies of requests on comments, as the OpenAPI document shows them."""

from pydantic import Field

from api.http.field_types import Body, Id
from domain.comment.decider import COMMENT_CHARACTERS_MAX
from domain.prose import MENTIONS_MAX

TEXT_EXAMPLE = "Home all the way, @ada"
TEXT_DESCRIPTION = f"1 to {COMMENT_CHARACTERS_MAX} characters as people count them; mentions at most {MENTIONS_MAX} accounts by @handle."


class CommentBody(Body):
    """What is said; with a `parent_id` it is the reply to that comment, which is no reply itself."""

    text: str = Field(examples=[TEXT_EXAMPLE], description=TEXT_DESCRIPTION)
    parent_id: Id | None = None


class CommentEditBody(Body):
    """What the comment says from now on."""

    text: str = Field(examples=[TEXT_EXAMPLE], description=TEXT_DESCRIPTION)
