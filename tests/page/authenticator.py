"""An app that makes one-time codes, as a person has it on a phone."""

from datetime import timedelta
from typing import Any

from api.auth.second_factors import STEP_S, code_at
from infra.clock import Clock
from tests.journeys.process_tree import Person


class Authenticator:
    """The app with one secret in it. A code is good once, so that whoever needs two takes the one of now and then the next."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.replace(" ", "")
        self.recovery_codes: list[str] = []

    @classmethod
    def enrolled(cls, person: Person) -> "Authenticator":
        """Enrol a second factor by the API; the person goes on with the new session."""
        offered: dict[str, Any] = person.put("/v1/account/second-factor").json()
        app = cls(offered["secret"])
        answer = person.put("/v1/account/second-factor/confirmation", {"factor_id": offered["factor_id"], "code": app.code()})
        assert answer.status_code == 200, answer.text
        app.recovery_codes = answer.json()["recovery_codes"]
        person.client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        return app

    def code(self) -> str:
        """The code that the app shows now."""
        return code_at(self.secret, Clock().now())

    def next_code(self) -> str:
        """The code that it shows next, which holds already."""
        return code_at(self.secret, Clock().now() + timedelta(seconds=STEP_S))

    def wrong_code(self) -> str:
        """Six digits that are no code of the minutes around."""
        now = Clock().now()
        held = {code_at(self.secret, now + timedelta(seconds=STEP_S * step)) for step in range(-3, 5)}
        return next(
            digits
            for digits in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777", "888888")
            if digits not in held
        )
