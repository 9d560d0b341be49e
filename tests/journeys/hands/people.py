"""The people of random hands: their sessions, roles and second factors, as far as they know them."""

from datetime import timedelta
from typing import Any

from api.auth.second_factors import code_at
from infra.clock import Clock
from tests.journeys.process_tree import PASSWORD


class Member:
    """Somebody with an account; what they believe of themselves may be outdated."""

    def __init__(self, handle: str, account_id: str, password: str = PASSWORD) -> None:
        self.handle = handle
        self.account_id = account_id
        self.password = password
        self.token = ""
        self.roles: set[str] = set()
        self.secret = ""
        self.recovery_codes: list[str] = []
        self.is_shut = False
        self.is_closed = False

    def take(self, session: dict[str, Any]) -> None:
        """Keep a session that was opened."""
        self.token = session["token"]

    def code(self) -> str:
        """A code for the second factor: a recovery code while there are any, each is used once."""
        return self.recovery_codes.pop() if self.recovery_codes else self.app_code()

    def app_code(self, ahead_s: int = 0) -> str:
        """The code that the app shows, now or a little later."""
        return code_at(self.secret, Clock().now() + timedelta(seconds=ahead_s))

    def forget_factor(self) -> None:
        """The second factor is gone."""
        self.secret, self.recovery_codes = "", []
