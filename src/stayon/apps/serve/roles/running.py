"""One process with one role, from its start to its end."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from stayon.apps.serve.roles import csp, devices, gateway, s1sp, web, worker
from stayon.apps.serve.roles.process import RoleProcess, Stopped
from stayon.apps.serve.roles.settings import Role, RoleSettings

_ROLES: Mapping[Role, Callable[[RoleProcess], Awaitable[None]]] = {
    Role.GATEWAY: gateway.run,
    Role.WORKER: worker.run,
    Role.CSP: csp.run,
    Role.DEVICES: devices.run,
    Role.S1SP: s1sp.run,
    Role.WEB: web.run,
}


async def run_role(settings: RoleSettings) -> None:
    """Return when the process has been told to stop and has finished what it had in hand."""
    async with AsyncExitStack() as stack:
        process = RoleProcess(settings, stack)
        await process.open()
        try:
            await _ROLES[settings.role](process)
        except Stopped:
            process.say("stopped", detail="before it was ready")
        else:
            process.say("stopped")
