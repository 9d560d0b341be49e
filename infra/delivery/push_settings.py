"""What an operator may set about web pushes."""

import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from infra.kept_secret import TOKEN_SECRET_CHARS_MIN

CONTACT = re.compile(r"(mailto:[^\s@]+@[^\s@]+|https://\S+)?")
HOST_AND_PORT = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\]):[0-9]{1,5}")


class PushSettings(BaseSettings):
    """How web pushes are signed, and where they may go; a part of `infra.settings.Settings`."""

    push_key: SecretStr | None = Field(
        None,
        min_length=TOKEN_SECRET_CHARS_MIN,
        description="Secret that the key of web pushes follows from. Unset: a random one in the data folder; another ends subscriptions.",
    )
    push_contact: str = Field("", description="Where push services may write to the operator: mailto:... or https://... Some insist on it.")
    push_test_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Push services of development and tests (host:port, by commas): they may be private, and asked without TLS."
    )

    @field_validator("push_contact")
    @classmethod
    def _is_contact(cls, contact: str) -> str:
        if not CONTACT.fullmatch(contact) or not contact.isascii():
            raise ValueError("is no address such as mailto:ops@example.com or https://example.com/contact")
        return contact

    @field_validator("push_test_hosts", mode="before")
    @classmethod
    def _are_hosts(cls, hosts: object) -> object:
        named = [host.strip() for host in hosts.split(",")] if isinstance(hosts, str) else hosts
        if isinstance(named, list) and not all(HOST_AND_PORT.fullmatch(host) for host in named):
            raise ValueError("is no list such as 127.0.0.1:9000,push.test:9001")
        return named
