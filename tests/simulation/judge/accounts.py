"""The judge's own picture of accounts: who may bet and bring money in at a moment of the log's time."""

from tests.simulation.judge.record import JudgedFact, claim, micros

FOR_EVER_US = 1 << 62


class AccountGate:
    """What keeps an account from betting; moments in microseconds of the log's time."""

    def __init__(self) -> None:
        self.timed_out_until_us = 0
        self.excluded_until_us = 0
        self.returns_from_us = 0
        self.closed = False
        self.roles: set[str] = set()

    def lets_bet_at(self, at_us: int) -> bool:
        """Whether the account may bet and bring money in then."""
        excluded = self.excluded_until_us and not 0 < self.returns_from_us <= at_us
        return not (self.closed or self.roles or excluded or at_us < self.timed_out_until_us)


class Accounts:
    """Accounts and their gates."""

    def __init__(self) -> None:
        self.gates: dict[str, AccountGate] = {}
        self.registered: set[str] = set()

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact of an account or its gate."""
        if entry.kind == "account.registered":
            claim(entry.version == 1 and entry.stream_id not in self.registered, "an account is registered once", entry)
            self.registered.add(entry.stream_id)
        elif entry.kind.startswith("account_gate."):
            self._gate(entry)

    def _gate(self, entry: JudgedFact) -> None:
        body = entry.body
        gate = self.gates.setdefault(body["account_id"], AccountGate())
        match entry.kind.partition(".")[2]:
            case "timed_out":
                until_us = micros(body["until"])
                running = entry.committed_us < gate.timed_out_until_us
                claim(not running or until_us >= gate.timed_out_until_us, "a running time-out is not shortened", entry)
                gate.timed_out_until_us = until_us
            case "self_excluded":
                gate.excluded_until_us = micros(body["until"]) if body.get("until") else FOR_EVER_US
                gate.returns_from_us = 0
            case "return_requested":
                claim(entry.committed_us >= gate.excluded_until_us, "nobody returns before the exclusion is over", entry)
                gate.returns_from_us = micros(body["effective_from"])
            case "closed":
                gate.closed = True
            case "reopened":
                gate.closed = False
            case "office_taken":
                gate.roles.add(body["role"])
            case "office_left":
                gate.roles.discard(body["role"])

    def lets_bet_at(self, account_id: str, at_us: int) -> bool:
        """Whether an account may bet and bring money in then."""
        gate = self.gates.get(account_id)
        return gate is None or gate.lets_bet_at(at_us)
