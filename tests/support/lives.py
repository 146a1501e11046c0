"""Processes that tests kill, forked from one server that has read the modules of all of them once.

There is one such server for a process of pytest, and one list of what it reads: were each test to
set the list, only that of the last would count, and every other process would read all its modules.
"""

import multiprocessing

LIVES = multiprocessing.get_context("forkserver")
LIVES.set_forkserver_preload(
    [
        "stayon.apps.cli.main",
        "stayon.apps.cli.srp_run",
        "stayon.apps.serve.command",
        "stayon.apps.serve.roles.running",
        "tests.durability.letter_life",
        "tests.durability.one_gateway",
        "tests.durability.one_life",
        "tests.durability.opposite_groups",
        "tests.durability.poisoned_life",
        "tests.support.roles",
    ]
)
