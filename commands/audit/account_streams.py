"""The state that the audit keeps of what belongs to an account beside it, as `streams.py` does."""

from commands.audit.streams import Audited


class AuditedAccountGate(Audited, kw_only=True):
    """An account's gate, whose effect stands in the account itself."""

    account_id: str


class AuditedSignIns(Audited, kw_only=True):
    """The sign-ins of an account on one day."""

    account_id: str
    day: str


class AuditedTailDay(Audited, kw_only=True):
    """What an account staked by tails on one day, in minor units."""

    account_id: str
    day: str
    staked_minor: int = 0
