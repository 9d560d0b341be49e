"""What is answered for an account that does not exist, and in the same words for one that the caller may not reach."""

from domain.refused import Refused


class AccountUnknown(Refused):
    """There is no such account."""

    account_id: str
