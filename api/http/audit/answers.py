"""What the audit answers over HTTP."""

from typing import Any

from pydantic import BaseModel

from api.http.shapes import Id


class AnchorShape(BaseModel):
    """The anchor of the log's head: its id, the position and the digest of its last batch, as one line of text."""

    anchor: str


class VerificationShape(BaseModel):
    """A verification; `status` is running, clean, log_clean, wrong or failed. `wrong` names the first fact that is wrong.

    `log_clean`: the log is right, but a view could not be held against it; `figures.views_not_compared` names those. `anchor` is that of
    the last batch where all is well; `since` is the position that it went on from, 0 for the whole log.
    """

    verification_id: Id
    status: str
    facts: int | None
    seconds: float | None
    wrong: str | None
    figures: dict[str, Any] | None
    anchor: str | None
    since: int | None
