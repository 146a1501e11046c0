"""Which keys lie in which token of which HSM: a TOML file, and PINs from outside it.

    module = "/usr/lib/softhsm/libsofthsm2.so"

    [[tokens]]
    label = "dsp"
    pin_file = "dsp.pin"             # beside this file; or pin_environment = "DSP_PIN"
    keys = ["90b3d51f30000002-*"]    # names of keys; * stands for anything
    room = 8                         # how many keys at most; no limit if left out

A key may fit several tokens: a new one goes into the first that has room, so that the keys of many
suppliers spread over tokens with few places.
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stayon.adapters.keys.files import PrivateKeyError, read_private_file
from stayon.domain.errors import StayonError
from stayon.domain.first_problem import first_problem


class HsmError(StayonError):
    """An HSM, its configuration or a key in it cannot be used. Never quotes a PIN."""


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """One token: its label, the PIN of its user, patterns of names of keys, how many fit."""

    label: str
    pin: str = field(repr=False)
    keys: tuple[str, ...]
    room: int | None


@dataclass(frozen=True, slots=True)
class HsmSettings:
    """The PKCS#11 library and the tokens to use, in order."""

    module: Path
    tokens: tuple[TokenSettings, ...]


class _Token(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    label: str = Field(min_length=1, max_length=32)
    pin_file: str | None = None
    pin_environment: str | None = None
    keys: tuple[str, ...] = Field(min_length=1)
    room: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.pin_file is None) is (self.pin_environment is None):
            raise ValueError("needs either pin_file or pin_environment")
        return self


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    module: Path
    tokens: tuple[_Token, ...] = Field(min_length=1)


def read_hsm_settings(path: Path) -> HsmSettings:
    """Read the file and the PINs; raises ``HsmError`` naming the field that is wrong."""
    try:
        read = _File.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        raise HsmError(f"{path}: {first_problem(error)}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HsmError(f"{path} cannot be read: {type(error).__name__}") from None
    tokens = (TokenSettings(one.label, _pin(one, path), one.keys, one.room) for one in read.tokens)
    return HsmSettings(read.module, tuple(tokens))


def _pin(token: _Token, path: Path) -> str:
    if token.pin_environment is not None:
        pin = os.environ.get(token.pin_environment, "")
        source = f"the environment's {token.pin_environment}"
    else:
        source = str(path.parent / str(token.pin_file))
        try:
            pin = read_private_file(Path(source)).decode("utf-8").strip()
        except (PrivateKeyError, UnicodeDecodeError) as error:
            words = str(error) if isinstance(error, PrivateKeyError) else f"{source} is not text"
            raise HsmError(f"token {token.label}: {words}") from None
    if not pin:
        raise HsmError(f"token {token.label}: {source} has no PIN")
    return pin
