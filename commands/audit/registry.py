"""The auditors: one for each aggregate. A fact that none of them knows is a violation."""

from commands.audit import (
    account_gates,
    accounts,
    bets,
    claims,
    comments,
    fixtures,
    follows,
    gates,
    markets,
    producers,
    profiles,
    proposals,
    reactions,
    sign_ins,
    slips,
    tails,
    transfers,
    wallets,
)
from commands.audit.auditor import Auditor

AUDITORS: tuple[Auditor, ...] = (
    accounts.AUDITOR,
    claims.AUDITOR,
    sign_ins.AUDITOR,
    account_gates.AUDITOR,
    wallets.AUDITOR,
    transfers.AUDITOR,
    fixtures.AUDITOR,
    gates.AUDITOR,
    markets.AUDITOR,
    producers.AUDITOR,
    proposals.AUDITOR,
    bets.AUDITOR,
    profiles.AUDITOR,
    follows.AUDITOR,
    slips.AUDITOR,
    tails.AUDITOR,
    reactions.AUDITOR,
    comments.AUDITOR,
)
