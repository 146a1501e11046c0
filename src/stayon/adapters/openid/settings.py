"""Which OpenID provider is believed, and which of its groups is which role: a TOML file.

    title = "Single sign-on of Example Ltd"
    issuer = "https://login.example.org"
    client_id = "stayon"
    redirect_uri = "https://stayon.example.org/oidc/callback"
    secret_file = "oidc.secret"      # beside this file; or secret_environment = "OIDC_SECRET"
    role_claim = "groups"            # a text or a list of them
    name_claim = "preferred_username"
    person_claim = "name"            # for the SSI: the name in the register of nominations
    scopes = ["profile"]             # beside openid
    methods = ["mfa"]                # at least one of these in the claim amr; left out: any

    [[roles]]
    value = "stayon-operators"
    role = "dcc-operator"

    [[roles]]
    value = "commonwell-aros"
    role = "aro"
    user = "02-5A-5C-00-00-00-00-10"

Without a secret it is a public client, which PKCE alone protects.
"""

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.first_problem import first_problem
from stayon.ports.accounts import AccountRole, Area

CALLBACK = "/oidc/callback"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class OpenIdError(StayonError):
    """A configuration that cannot be used. Never quotes a secret."""


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """The configuration, read; ``roles`` by the value of the claim."""

    title: str
    issuer: str
    client_id: str
    redirect_uri: str
    secret: str | None = field(repr=False)
    role_claim: str
    name_claim: str
    person_claim: str
    scopes: tuple[str, ...]
    methods: frozenset[str]
    roles: dict[str, tuple[AccountRole, Eui64 | None]]


def secure_address(address: str) -> bool:
    """Whether it is https, or http to this machine alone, and has no user, query or fragment."""
    parts = urlsplit(address)
    carried = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return carried and bool(parts.hostname) and parts.username is None and not parts.fragment


class _Role(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str = Field(min_length=1, max_length=256)
    role: AccountRole
    user: str | None = None

    @model_validator(mode="after")
    def _acts_for_a_user(self) -> Self:
        if (self.role.area is Area.SSI) != (self.user is not None):
            raise ValueError("an SSI role acts for a User (user = EUI-64), no other role does")
        if self.user is not None:
            try:
                Eui64.parse(self.user)
            except StayonError as error:
                raise ValueError(f"user: {error}") from None
        return self


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    title: str = Field(min_length=1, max_length=100)
    issuer: str
    client_id: str = Field(min_length=1, max_length=256)
    redirect_uri: str
    secret_file: str | None = None
    secret_environment: str | None = None
    role_claim: str = Field(min_length=1)
    name_claim: str = "preferred_username"
    person_claim: str = "name"
    scopes: tuple[str, ...] = ("profile",)
    methods: frozenset[str] = frozenset()
    roles: tuple[_Role, ...] = Field(min_length=1)

    @field_validator("issuer", "redirect_uri")
    @classmethod
    def _secure(cls, address: str) -> str:
        if not secure_address(address) or urlsplit(address).query:
            raise ValueError("is no https address (http is for this machine alone)")
        return address

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if urlsplit(self.redirect_uri).path != CALLBACK:
            raise ValueError(f"redirect_uri ends with {CALLBACK}")
        if self.secret_file is not None and self.secret_environment is not None:
            raise ValueError("needs one of secret_file and secret_environment, or none")
        if len({each.value for each in self.roles}) < len(self.roles):
            raise ValueError("roles: a value stands there twice")
        return self


def read_openid_settings(path: Path, read_private: Callable[[Path], bytes]) -> OpenIdSettings:
    """Read the file and the secret; raises ``OpenIdError`` naming the field that is wrong.

    ``read_private`` reads a file that nobody but its owner may use, or raises ``StayonError``.
    """
    try:
        read = _File.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise OpenIdError(f"{path}: {first_problem(error)}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OpenIdError(f"{path} cannot be read: {type(error).__name__}") from None
    return OpenIdSettings(
        title=read.title,
        issuer=read.issuer,
        client_id=read.client_id,
        redirect_uri=read.redirect_uri,
        secret=_secret(read, path, read_private),
        role_claim=read.role_claim,
        name_claim=read.name_claim,
        person_claim=read.person_claim,
        scopes=("openid", *(each for each in read.scopes if each != "openid")),
        methods=read.methods,
        roles={
            each.value: (each.role, None if each.user is None else Eui64.parse(each.user))
            for each in read.roles
        },
    )


def _secret(read: _File, path: Path, read_private: Callable[[Path], bytes]) -> str | None:
    if read.secret_environment is not None:
        secret = os.environ.get(read.secret_environment, "")
        source = f"the environment's {read.secret_environment}"
    elif read.secret_file is not None:
        file = path.parent / read.secret_file
        source = str(file)
        try:
            secret = read_private(file).decode("utf-8").strip()
        except UnicodeDecodeError:
            raise OpenIdError(f"{file} is not text") from None
    else:
        return None
    if not secret:
        raise OpenIdError(f"{source} has no secret")
    return secret
