"""`slipstream mail`: what the embedded mail server took."""

from collections.abc import Sequence

from api.mailbox import KeptMail
from infra.embedded.mailbox import FileMailbox
from infra.servers import Servers


def mails(servers: Servers, limit: int, recipient: str) -> Sequence[KeptMail]:
    """Return mails, the newest first, all or those to one address."""
    return FileMailbox(servers.settings.data_dir / "mail").newest(limit, recipient)


def mail(servers: Servers, mail_id: str) -> KeptMail | None:
    """Return a mail; None where there is none of that id, or not any more."""
    return FileMailbox(servers.settings.data_dir / "mail").mail(mail_id)
