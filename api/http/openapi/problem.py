"""The schema of a problem in the OpenAPI document."""

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """An RFC 9457 problem. `type` is stable; further members are the evidence."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
