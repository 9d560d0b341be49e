"""Mails that an account asked for itself: to confirm an address, to set another password. Whoever gets none asks again."""

from typing import NamedTuple, Protocol

from domain.refused import Refused


class MailNotSent(Refused):
    """No mail is sent by this server: its operator has set no mail server."""


class MailsWaiting(Refused):
    """Too many mails are waiting. Nothing was sent; retry later."""


class AccountMail(NamedTuple):
    """A mail for an account: plain text; `path` is the page that the mail's one link leads to, with its token."""

    mail_id: str
    account_id: str
    address: str
    title: str
    body: str
    path: str


class AccountMails(Protocol):
    """Sends such mails; `infra.delivery.account_mailer` is the one there is."""

    @property
    def sends(self) -> bool:
        """Whether there is a mail server at all."""
        ...

    def post(self, mail: AccountMail) -> bool:
        """Take a mail, to be sent soon and at most once; False, and nothing is done, where too many are waiting. For any thread."""
        ...
