"""What ``stayon serve`` says when everything is there."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from stayon.apps.serve.folder import OPERATORS
from stayon.apps.serve.pages import DEMO_ACCOUNTS_FILE
from stayon.apps.serve.ssi import PEOPLE_FILE
from stayon.apps.world.cast import SRP, Member
from stayon.apps.world.officers import ARO, SRO
from stayon.domain.eui64 import Eui64


def say_where(
    folder: Path, services: Mapping[str, str], supplier: Eui64, cast: Iterable[Member]
) -> None:
    """Where the services, the keys and the people of a world are."""
    console = Console()
    table = Table(title=f"A world in {folder}", title_justify="left", show_header=False)
    for name, address in services.items():
        table.add_row(name, address)
    console.print(table)
    accounts = Table(title="To sign in to the pages (demo accounts)", title_justify="left")
    for heading in ("name", "role", "password"):
        accounts.add_column(heading)
    for each in json.loads((folder / DEMO_ACCOUNTS_FILE).read_bytes()):
        accounts.add_row(each["name"], each["role"], each["password"])
    console.print(accounts)
    names = {member.eui64: member for member in cast}
    failed, srp = names[supplier], names[SRP]
    console.print(
        f"Supplier that may fail: {failed.name} {failed.eui64}\n"
        f"Shared Resource Provider: {srp.name} {srp.eui64}\n"
        f"The DCC's people: {', '.join(OPERATORS)} (tokens in {folder / 'operators.json'})\n"
        f"The SRP's officers: {ARO} (ARO), {SRO} (SRO) (tokens in {folder / PEOPLE_FILE})\n"
        f"These accounts: {folder / DEMO_ACCOUNTS_FILE}; one-time codes: 'stayon users code NAME'\n"
        f"Portfolio: {folder / 'portfolio.csv'}\nReady. Stop with Ctrl-C.",
        highlight=False,
        soft_wrap=True,
    )
