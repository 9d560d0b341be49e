"""The auditor's commands: `slipstream audit verify`, `anchor`, `balance`, and `slipstream replay`."""

from collections.abc import Iterable

from api.audit_report import Balance, Verified
from api.cli.operations import Tick, VerifyOptions
from api.moments import position_or_moment
from commands.accounts.operators import credentials_of
from domain.fact import Recorded
from domain.ids import ID_REGEX
from domain.wallet.decider import WalletUnknown
from infra.audit.log_auditing import held_at
from infra.audit.search_compared import SearchComparison
from infra.audit.verification import anchor_of, proof_of, verified
from infra.clock import Clock
from infra.operator_errors import NoSuchThing
from infra.process_managers.audited_tables import read_tables
from infra.servers import Servers
from projections.registry import VIEWS


def verify(servers: Servers, tick: Tick, verifying: VerifyOptions) -> Verified:
    """Fold the log and prove it, then the tables and the views, unless the log alone is asked for."""
    views, proof = [view.name for view in VIEWS], proof_of(verifying, servers.settings.data_dir)
    if verifying.log_only:
        with servers.audited_log() as (_, _, reader):
            return verified(reader, None, views, tick, proof=proof)
    with servers.audited_log() as (dsn, log, reader), servers.projector_of(log) as projector:
        tables, search = read_tables(dsn, servers.process_managers()), SearchComparison(dsn)
        return verified(reader, projector, views, tick, tables=tables, search=search, proof=proof)


def anchor(servers: Servers) -> str:
    """Return the anchor of the log's head."""
    with servers.audited_log() as (_, _, reader):
        return anchor_of(reader).text


def balance(servers: Servers, account: str, moment: str | None) -> Balance:
    """Tell what the wallet of an account, named by id or handle, held at a position or a time, or holds now.

    Raises:
        WalletUnknown, AccountUnknown: when there is none. And what a moment that cannot be told is refused by.

    """
    with servers.dispatcher() as (_, store, dispatcher):
        account_id = account if ID_REGEX.fullmatch(account) else credentials_of(dispatcher, account).account_id
        held = held_at(store, account_id, position_or_moment(moment), Clock().now())
    if held is None:
        raise WalletUnknown(account)
    return held


def facts_of(servers: Servers, stream_id: str) -> Iterable[Recorded]:
    """Return the facts of a stream, oldest first.

    Raises:
        NoSuchThing: when it is named by what is no id.

    """
    if not ID_REGEX.fullmatch(stream_id):
        raise NoSuchThing(f"{stream_id} is no id: give a UUID in lowercase")
    with servers.database() as dsn, servers.recorder(dsn) as store:
        return store.load({stream_id: 0}).get(stream_id, ())
