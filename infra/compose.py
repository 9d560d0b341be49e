"""The one composition root: each operation of the command line is one function of a role, handed the servers that it stands on.

A role's module is imported when the role is asked for: what serves HTTP or proves the log takes longer to import than most commands run.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.cli.operations import ONE_OF_EACH, OddsApiOptions, PlayOptions, ProcessCounts, SimulateOptions, Tick, UofTaking, VerifyOptions
from infra.clock import Clock
from infra.servers import Servers
from infra.settings import Settings

if TYPE_CHECKING:
    from api.audit_report import Balance, Verified
    from api.cli.operations import Backbone, LettersAsked
    from api.cli.reports import DeadLetter, DeadNotice, Finding, Replayed, RoleGrant, SettingTold, Status
    from api.mailbox import KeptMail
    from domain.fact import Recorded
    from projections.notifications.explanations import Explanation


class Slipstream:
    """The operations of the command line; see `api.cli.operations`. A server that no URL is given for is started, or joined if it runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._servers = Servers(settings)

    def up(self, backbone: "Backbone | None" = None, counts: ProcessCounts = ONE_OF_EACH, *, standby: bool = False) -> None:
        """Run everything on one machine until told to stop."""
        from infra.roles import up

        settings = self._settings.model_copy(update={"backbone": backbone or self._settings.backbone})
        up.up(Servers(settings, with_standby=standby), counts)

    def replace_roles(self, tell: Callable[[str], None]) -> None:
        """Have the running `up` replace its processes one by one."""
        from infra.roles.replace import replace_roles

        replace_roles(self._settings.data_dir.absolute() / "run", tell)

    def api(self) -> None:
        """Serve HTTP until told to stop."""
        from infra.roles import api

        api.api(self._servers)

    def stream(self, upstream: str | None = None) -> None:
        """Serve sockets until told to stop; with an address, as an edge of the gateway there."""
        if upstream is not None:
            from infra.roles.edge import edge

            edge(self._settings, upstream)
            return
        from infra.roles import stream

        stream.stream(self._servers)

    def centrifugo_config(self) -> str:
        """Return the configuration file of a Centrifugo that stands before `stream`."""
        from infra.roles.behind_centrifugo import config_of

        return config_of(self._settings)

    def project(self) -> None:
        """Update the read models until told to stop."""
        from infra.roles import project

        project.project(self._servers)

    def rebuild(self, view: str, tick: Tick) -> None:
        """Build a view anew, then switch."""
        from infra.roles import project

        project.rebuild(self._servers, view, tick)

    def dead_letters(self, asked: "LettersAsked") -> "list[DeadLetter]":
        """Return facts that views could not apply and went on without."""
        from infra.roles import letters

        return letters.dead_letters(self._servers, asked)

    def replay_letters(self, chosen: "Sequence[DeadLetter]", tick: Tick) -> "Replayed":
        """Have views take these in."""
        from infra.roles import letters

        return letters.replay(self._servers, chosen, tick)

    def settle(self) -> None:
        """Run the process managers until told to stop: settlement and abandonment."""
        from infra.roles import settle

        settle.settle(self._servers)

    def relay(self) -> None:
        """Copy the log to Kafka until told to stop."""
        from infra.roles import relay

        relay.relay(self._servers)

    def search(self) -> None:
        """Fill the search index until told to stop."""
        from infra.roles import search

        search.search(self._servers)

    def rebuild_search(self, tick: Tick) -> None:
        """Fill the search index anew."""
        from infra.roles import search

        search.rebuild(self._servers, tick)

    def notify(self) -> None:
        """Send notifications outside the page until told to stop."""
        from infra.roles import notify

        notify.notify(self._servers)

    def dead_notices(self, channel: str, limit: int) -> "list[DeadNotice]":
        """Return notifications that failed for good."""
        from infra.roles import notify

        return notify.dead_notices(self._servers, channel, limit)

    def replay_notices(self, delivery_ids: Sequence[str]) -> int:
        """Have these sent once more."""
        from infra.roles import notify

        return notify.replay_notices(self._servers, delivery_ids)

    def play(self, playing: PlayOptions, tick: Tick) -> None:
        """Play matches into the log."""
        from infra.roles import feed

        feed.feed(self._servers, playing, tick)

    def simulate(self, simulating: SimulateOptions, tick: Tick) -> None:
        """Play made-up leagues into the log."""
        from infra.roles import feed

        feed.simulate(self._servers, simulating, tick)

    def take_uof(self, taking: UofTaking, say: Callable[[str], None]) -> None:
        """Take messages of a Unified Odds Feed."""
        from infra.roles import uof

        uof.uof(self._servers, taking, say)

    def take_odds_api(self, taking: OddsApiOptions, say: Callable[[str], None]) -> None:
        """Take prices and results from files of The Odds API."""
        from infra.roles import odds_api

        odds_api.odds_api(self._servers, taking, say)

    def crowd(self, people: int, pause_s: float) -> None:
        """Let the people of the demo bet and talk about it until told to stop."""
        from infra.roles import crowd

        crowd.crowd(self._servers, people, pause_s)

    def verify(self, tick: Tick, verifying: VerifyOptions) -> "Verified":
        """Fold the log and prove it, then the tables and the views, unless the log alone is asked for."""
        from infra.roles import audit

        return audit.verify(self._servers, tick, verifying)

    def anchor(self) -> str:
        """Return the anchor of the log's head."""
        from infra.roles import audit

        return audit.anchor(self._servers)

    def balance(self, account: str, moment: str | None) -> "Balance":
        """Tell what a wallet held."""
        from infra.roles import audit

        return audit.balance(self._servers, account, moment)

    def facts_of(self, stream_id: str) -> "Iterable[Recorded]":
        """Return the facts of a stream, oldest first."""
        from infra.roles import audit

        return audit.facts_of(self._servers, stream_id)

    def set_role(self, handle: str, role: str, *, held: bool) -> None:
        """Grant a role to an account, or revoke it."""
        from commands.accounts import operators

        with self._servers.dispatcher() as (_, _, dispatcher):
            operators.set_role(dispatcher, handle, role, Clock().now(), held=held)

    def sign_out(self, handle: str) -> None:
        """End every session of an account."""
        from commands.accounts import operators

        with self._servers.dispatcher() as (_, _, dispatcher):
            operators.sign_out(dispatcher, handle, Clock().now())

    def remove_second_factor(self, handle: str) -> None:
        """Remove the second factor of an account, and end its sessions."""
        from commands.accounts import operators

        with self._servers.dispatcher() as (_, _, dispatcher):
            operators.remove_second_factor(dispatcher, handle, Clock().now())

    def erase_account(self, handle: str) -> None:
        """Forget what an account wrote, for good."""
        from infra.roles import accounts

        with self._servers.dispatcher() as (dsn, _, dispatcher):
            accounts.erase(dispatcher, dsn, self._settings.text_secret(), handle, Clock().now())

    def explain_notice(self, handle: str, cause: str) -> "Explanation":
        """Explain why an account is told of something, or not."""
        from infra.roles import explain_notice

        return explain_notice.explain_notice(self._servers, handle, cause)

    def code(self, handle: str) -> str:
        """Return the one-time code of a demo account."""
        from infra.roles import demo_accounts

        return demo_accounts.demo_code(self._settings.data_dir, handle, Clock().now())

    def open_account(self, handle: str, email: str, password: str, currency: str | None) -> str:
        """Open an account with its wallet."""
        from commands.accounts.operators import AccountAsked
        from infra.roles import accounts

        asked = AccountAsked(Clock().new_id(), handle, email, currency or self._settings.currency)
        with self._servers.dispatcher() as (dsn, _, dispatcher):
            return accounts.open_account(dispatcher, dsn, self._settings.text_secret(), asked, password)

    def grants(self) -> "list[RoleGrant]":
        """Return who has which role."""
        from infra.roles import grants

        return grants.grants(self._servers)

    def demo_password(self, handle: str) -> str:
        """Return the password of an account that `up` opened, empty where it is none."""
        from infra.roles import demo_accounts

        return demo_accounts.kept_password(self._settings.data_dir, handle)

    def status(self) -> "Status":
        """Return how the roles of this machine stand."""
        from infra.roles.replace import running_up
        from infra.roles.status import status_of

        running = running_up(self._settings.data_dir.absolute() / "run")
        return status_of(self._at(running), expects_up=running is not None)

    def doctor(self) -> "list[Finding]":
        """Return what is missing or wrong on this machine."""
        from infra.roles.doctor import examine

        return examine(self._settings, self.address())

    def mails(self, limit: int, recipient: str) -> "Sequence[KeptMail]":
        """Return what the embedded mail server took."""
        from infra.roles import mail

        return mail.mails(self._servers, limit, recipient)

    def mail(self, mail_id: str) -> "KeptMail | None":
        """Return one of these mails."""
        from infra.roles import mail

        return mail.mail(self._servers, mail_id)

    def settings(self) -> "list[SettingTold]":
        """Return every setting as a person reads it."""
        from infra.roles.settings_told import settings_told

        return settings_told(self._settings)

    def address(self) -> str:
        """Return where the API listens: the one of the running `up` where its port was chosen, not set."""
        from infra.roles.replace import running_up
        from infra.roles.shared import address_of

        return address_of(self._at(running_up(self._settings.data_dir.absolute() / "run")))

    def _at(self, running: tuple[int, str] | None) -> Settings:
        """Return the settings with the port that a running `up` chose."""
        settings = self._settings
        if settings.http_port or running is None or not running[1]:
            return settings
        return settings.model_copy(update={"http_port": urlsplit(running[1]).port or 0})
