"""The judge: folds the log as an auditor who knows no decider, and checks every fact as it comes.

It is given facts as the JSON that is stored and the readings of the database's clock, and imports nothing of the product.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from tests.simulation.judge.accounts import Accounts
from tests.simulation.judge.bets import Bets
from tests.simulation.judge.free_bets import FreeBets
from tests.simulation.judge.money import Money
from tests.simulation.judge.monitoring import Monitoring
from tests.simulation.judge.proposals import Proposals
from tests.simulation.judge.record import JudgedFact, claim
from tests.simulation.judge.social import Social
from tests.simulation.judge.trading import Trading


class Judge:
    """What must be true of the log, kept up to date fact by fact. `checks` counts the facts that were looked at."""

    def __init__(self) -> None:
        self.position = 0
        self.committed_us = 0
        self.checks = 0
        self.entries: list[JudgedFact] = []
        self.money, self.accounts = Money(), Accounts()
        self.monitoring = Monitoring(self.money)
        self.proposals = Proposals(self.accounts)
        self.trading = Trading(self.proposals.corrected)
        self.free_bets = FreeBets(self.accounts)
        self.bets = Bets(self.accounts, self.trading, self.money, self.free_bets)
        self.social = Social(self.bets)
        self._versions: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        self._digest = sha256()

    @property
    def digest(self) -> str:
        """What tells this history from any other."""
        return self._digest.hexdigest()

    def take(self, entry: JudgedFact) -> None:
        """Check the next fact of the log."""
        claim(entry.position == self.position + 1, "positions have no gaps", entry, self.position)
        claim(entry.version == self._versions.get(entry.stream_id, 0) + 1, "versions follow each other", entry)
        claim(entry.committed_us >= self.committed_us, "the log's time never goes back", self.committed_us, entry)
        self.position, self.committed_us = entry.position, entry.committed_us
        self._versions[entry.stream_id] = entry.version
        self.checks += 1
        self.entries.append(entry)
        self._digest.update(repr(entry).encode())
        self._dispatch(entry)

    def _dispatch(self, entry: JudgedFact) -> None:
        of, _, what = entry.kind.partition(".")
        claim(
            self._kinds.setdefault(entry.stream_id, "transfer" if what == "transfer_recorded" else of) in (of, "transfer"),
            "one thing a stream",
            entry,
        )
        match of:
            case "fixture" | "gate" | "producer" | "market":
                self.trading.take(entry)
            case "account" | "account_gate":
                self.accounts.take(entry)
            case "wallet":
                if what == "funds_deposited":
                    account_id = entry.body["account_id"]
                    claim(self.accounts.lets_bet_at(account_id, entry.committed_us), "who is shut out brings no money in", entry)
                self.money.take(entry)
            case "monitoring":
                self.monitoring.take(entry)
            case "bet":
                self.bets.take(entry)
            case "free_bet":
                self.free_bets.take(entry)
            case "proposal":
                self.proposals.take(entry)
            case "follow" | "profile" | "slip" | "reaction" | "comment" | "tail" | "tail_day" | "moderation":
                self.social.take(entry)
            case "sign_ins":
                pass  # nothing that is judged follows from one
            case _:
                claim(False, "a fact of something that the judge does not know", entry)

    def check_times(self, commits: Iterable[tuple[int, int]], before_us: int, entries: Sequence[JudgedFact]) -> None:
        """Check that each batch has the later of the database's clock and the log's time before: `commits` are (its end, the clock)."""
        left = iter(entries)
        for upto, clock_us in commits:
            before_us = max(before_us, clock_us)
            for entry in left:
                claim(entry.committed_us == before_us, "a commit has the time of the database's clock", clock_us, before_us, entry)
                if entry.position == upto:
                    break

    def at_rest(self) -> None:
        """Claim what holds between appends."""
        self.checks += 1
        self.money.at_rest()
        self.monitoring.at_rest()
        self.trading.at_rest()
        self.proposals.at_rest()
        self.bets.settlements.at_rest()
        self.free_bets.at_rest()
        self.social.at_rest()

    def at_the_end(self) -> None:
        """Claim what holds once everybody was answered and everything came out."""
        self.checks += 1
        settled, left = self.bets.settlements.settled, self.bets.settlements.unsettled()
        claim(settled.keys() == self.bets.placed.keys(), "every bet is settled in the end", left[:5])
        claim(not left, "every bet stands as its markets came out, also where that was corrected", left[:5])
        self.money.at_the_end({bet_id: (each.body["stake_minor"], each.body["returns_minor"]) for bet_id, each in settled.items()})
        held = {account_id: minor for account_id, minor in self.money.held.items() if minor}
        claim(not held, "nothing stays reserved for a settled bet", held)
