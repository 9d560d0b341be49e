"""Waits until `audit verify` finds nothing: what it calls wrong is told at once, what is only late may still be done."""

from commands.audit import violations
from tests.journeys.process_tree import WAIT_S_MAX, Site, until

WRONG = "WRONG: "
"""What `slipstream audit verify` prints before what it found."""

LATE = tuple(
    (each.__doc__ or "").splitlines()[0]
    for each in (
        violations.DelayOverdue,
        violations.SettlementOverdue,
        violations.CorrectionOverdue,
        violations.ResultOverdue,
        violations.KickOffOverdue,
        violations.BonusExpiryOverdue,
    )
)
"""What says that something was not done in time: on a machine that is slow, or after a role stood still, it is done a moment later."""


def until_clean(site: Site, timeout_s: float = WAIT_S_MAX) -> None:
    """Wait until the audit is clean and every view could be compared; fail at once where something is wrong that no waiting mends."""
    said = [""]

    def proved() -> bool:
        verified = site.run("audit", "verify")
        said[0] = f"{verified.stdout}{verified.stderr}"
        assert not is_wrong(verified.stdout), said[0]
        return verified.returncode == 0

    try:
        until(proved, "the audit is clean, and every view is what the log gives", timeout_s)
    except AssertionError as error:
        error.add_note(f"the audit said last: {said[0]}")
        raise


def is_wrong(told: str) -> bool:
    """Whether the audit found what no waiting mends."""
    found = [line.removeprefix(WRONG) for line in told.splitlines() if line.startswith(WRONG)]
    return any(not line.startswith(LATE) for line in found)
