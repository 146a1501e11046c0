"""The pages of a world, and accounts with which to look at them."""

import json
from contextlib import AsyncExitStack, closing
from pathlib import Path

from starlette.applications import Starlette

from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.apps.cli.users import ACCOUNTS_FILE, new_password
from stayon.apps.serve.campaigns import campaign_board
from stayon.apps.serve.folder import OPERATORS, write_private
from stayon.apps.serve.ssi import adt_files
from stayon.apps.world.cast import SRP
from stayon.apps.world.officers import ARO, SRO
from stayon.apps.world.wiring import World
from stayon.domain.eui64 import Eui64
from stayon.ports.accounts import AccountRole
from stayon.ports.identity_provider import IdentityProvider
from stayon.ports.nominations import Nominations
from stayon.web.signing_in.accounts import Accounts
from stayon.web.signing_in.one_time_codes import enrolment_address
from stayon.web.site import site
from stayon.web.srp.area import LINKS as SRP_LINKS
from stayon.web.ssi.area import LINKS as SSI_LINKS
from stayon.web.ssi.area import SsiPages
from stayon.web.ssmi.area import LINKS as SSMI_LINKS
from stayon.web.ssmi.area import SsmiPages

DEMO_ACCOUNTS_FILE = "demo-accounts.json"

_DEMO: dict[str, tuple[str, AccountRole, Eui64 | None]] = {
    **{name: (f"{name.title()}, DCC", AccountRole.DCC_OPERATOR, None) for name in OPERATORS},
    "vera": ("Vera, DCC", AccountRole.DCC_VIEWER, None),
    # Officers are found in the register of nominations by the name of the person.
    ARO: (ARO, AccountRole.ARO, SRP),
    f"{SRO}.sro": (SRO, AccountRole.SRO, SRP),
    "sam": ("Sam, SRP", AccountRole.CAMPAIGN_OPERATOR, None),
    "cora": ("Cora, SRP", AccountRole.CAMPAIGN_VIEWER, None),
}


def pages(
    stack: AsyncExitStack,
    world: World,
    nominations: Nominations,
    folder: Path,
    policy_dir: Path | None,
    *,
    secure: bool,
    provider: IdentityProvider | None = None,
) -> Starlette:
    """The site of a world; a new world gets demo accounts, written into its folder.

    ``secure`` says that it is served by TLS; ``provider`` is where people may sign in, too.
    """
    store = SqlAccountStore.in_file(folder / ACCOUNTS_FILE)
    stack.enter_context(closing(store))
    accounts = Accounts(store, world.clock)
    _make_demo_accounts(accounts, folder)
    ssmi = SsmiPages(world.dsp, world.store)
    ssi = SsiPages(
        nominations=nominations,
        adt_files=adt_files(world, nominations),
        exit_quarantine=world.dsp.exit_quarantine,
        view=world.dsp.view,
        store=world.store,
        clock=world.clock,
    )
    board = campaign_board(stack, world, folder, policy_dir)
    areas = [
        (SSMI_LINKS, ssmi.routes),
        (SSI_LINKS, ssi.routes),
        (SRP_LINKS, board.routes),
    ]
    return site(
        accounts, areas, world.clock, secure=secure, provider=provider, names=world.dsp.view.names
    )


def _make_demo_accounts(accounts: Accounts, folder: Path) -> None:
    if accounts.all():
        return
    made = []
    for name, (person, role, user_id) in _DEMO.items():
        password = new_password()
        account = accounts.create(name, person, role, password, user_id)
        address = enrolment_address(account.code_secret, name)
        made.append({"name": name, "role": role.value, "password": password, "code": address})
    write_private(folder / DEMO_ACCOUNTS_FILE, json.dumps(made, indent=2) + "\n")
