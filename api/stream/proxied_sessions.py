"""The sessions of a Centrifugo's clients, as far as they asked something: looked at again when their account changes.

That a client is gone is not told. So a client is forgotten an hour after it asked last or was seen in a channel that is not for everybody.
One that is seen there and has asked nothing since this process began, of which therefore no session is known, is told to connect again.
"""

from api.auth.tokens import Session

KEPT_S = 3_600.0
CLIENTS_MAX = 1_000_000


class ProxiedSessions:
    """Clients by account, with their sessions; `strangers` are accounts with clients of which no session is known."""

    def __init__(self) -> None:
        self._of_account: dict[str, dict[str, Session]] = {}
        self._asked_s: dict[str, tuple[float, str]] = {}
        self.strangers: set[str] = set()

    def note(self, client_id: str, session: Session, now_s: float) -> None:
        """Note that a client of an account asked something."""
        self._asked_s.pop(client_id, None)
        self._asked_s[client_id] = (now_s, session.account_id)
        self._of_account.setdefault(session.account_id, {})[client_id] = session
        if len(self._asked_s) > CLIENTS_MAX:
            self._forget_oldest()

    def of(self, account_id: str) -> dict[str, Session]:
        """Return the clients of an account and their sessions."""
        return dict(self._of_account.get(account_id, {}))

    def forget(self, client_id: str) -> None:
        """Forget a client that was closed."""
        _, account_id = self._asked_s.pop(client_id, (0.0, ""))
        clients = self._of_account.get(account_id)
        if clients is not None:
            clients.pop(client_id, None)
            if not clients:
                del self._of_account[account_id]

    def forget_silent(self, now_s: float) -> None:
        """Forget who has asked nothing for an hour."""
        while self._asked_s and now_s - next(iter(self._asked_s.values()))[0] > KEPT_S:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        self.forget(next(iter(self._asked_s)))
