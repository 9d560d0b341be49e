"""Who has which role is told from the log, also from one that is written to all the time."""

from commands.log_reader import LogFilter, LogStretch
from domain.account.facts import AccountRegistered, RoleGranted, RoleRevoked
from infra.roles.grants import grants_in
from tests.views.history import History, named


class Growing:
    """A log that has grown again whenever it is read."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.head = history.log.head

    def read_filtered(self, wanted: LogFilter, after: int, limit: int) -> LogStretch:
        self._history.wallet(named("new", self.head()), 1)
        return self._history.log.read_filtered(wanted, after, limit)


def test_grants_end_where_the_log_ended_when_they_were_asked_for():
    history, ann, ben = History(), named("account", 1), named("account", 2)
    for account_id, handle in ((ann, "ann"), (ben, "ben")):
        history.add(account_id, AccountRegistered(handle, "", "$argon2id$", "EUR", history.at(), ""))
        history.add(account_id, RoleGranted("trader", "console", history.at()))
    history.add(ben, RoleRevoked("trader", "console", history.at()))
    (grant,) = grants_in(Growing(history))  # type: ignore[arg-type]  # of a reader, what this asks for
    assert (grant.account_id, grant.handle, grant.role, grant.granted_by) == (ann, "ann", "trader", "console")
