"""What the judge knows of the monitoring of transfers: each is assessed once, in its hour, and what it met is counted here once more."""

from collections import Counter
from typing import Any, NamedTuple

from tests.simulation.judge.money import Money
from tests.simulation.judge.record import JudgedFact, claim, micros

HOUR_US = 3_600 * 1_000_000
LARGE_MINOR, MANY, UNPLAYED_MINOR = 10_000_00, 10, 1_000_00


class Move(NamedTuple):
    """A transfer that was assessed: in which hour of the log's time, which way, how much, and what had been staked before."""

    hour: int
    direction: str
    amount_minor: int
    staked_minor: int


class Monitoring:
    """The assessments of all accounts."""

    def __init__(self, money: Money) -> None:
        self._money = money
        self._assessed: dict[str, tuple[Any, ...]] = {}
        self._moves: dict[str, list[Move]] = {}
        self._alerts: Counter[str] = Counter()

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact of an account's monitoring; nobody closes an alert here."""
        body, account_id = entry.body, entry.body.get("holder_id", "")
        claim(entry.kind == "monitoring.transfer_assessed", "a fact of monitoring that the judge does not know", entry)
        claim(body["transfer_id"] not in self._assessed, "a transfer is assessed once", entry)
        self._assessed[body["transfer_id"]] = (account_id, body["direction"], body["amount_minor"], body["currency"])
        hour = entry.committed_us // HOUR_US
        claim(micros(body["at"]) // HOUR_US == hour, "it is assessed in the hour of its commit", entry)
        staked_minor = self._money.staked_minor(account_id)
        claim(body["staked_minor"] == staked_minor, "what was ever staked is what the ledger says", staked_minor, entry)
        moves = self._moves.setdefault(account_id, [])
        moves.append(Move(hour, body["direction"], body["amount_minor"], staked_minor))
        met = {each["rule"]: each["measured"] for each in body.get("findings", ())}
        expected = self._expected(moves)
        claim(met == expected, "what is found is what the rules find", expected, entry)
        self._alerts[account_id] += bool(expected)
        claim(body.get("alert", 0) == (self._alerts[account_id] if expected else 0), "alerts are numbered as they are raised", entry)

    def at_rest(self) -> None:
        """Claim what holds between appends."""
        fields = ("account_id", "direction", "amount_minor", "currency")
        made = {transfer_id: tuple(entry.body[field] for field in fields) for transfer_id, entry in self._money.transfers.items()}
        claim(self._assessed == made, "every transfer is assessed", set(self._assessed.items()) ^ set(made.items()))

    def _expected(self, moves: list[Move]) -> dict[str, int]:
        """Return what the last of an account's transfers meets."""
        last = moves[-1]
        of_day = [move for move in moves if move.hour >= last.hour - 24 and move.direction == last.direction]
        of_week = [move for move in moves if move.hour >= last.hour - 7 * 24]
        came = [move for move in of_week if move.direction == "deposit"]
        went = [move for move in of_week if move.direction == "withdrawal"]
        met = {
            "large": (last.amount_minor, LARGE_MINOR),
            "sum": (sum(move.amount_minor for move in of_day), LARGE_MINOR),
            "count": (sum(move.hour >= last.hour - 1 for move in moves), MANY),
        }
        if last.direction == "withdrawal" and came:
            first = next(move for move in of_week if move.hour == came[0].hour)
            both_minor = min(sum(move.amount_minor for move in came), sum(move.amount_minor for move in went))
            met["unplayed"] = (both_minor - (last.staked_minor - first.staked_minor), UNPLAYED_MINOR)
        return {rule: measured for rule, (measured, bound) in met.items() if measured >= bound}
