"""How often Python's cycle collector looks at the memory of a process that serves."""

import gc
from typing import Final

_YOUNG: Final = 20_000
"""Objects more than before, after which it looks; 700 by itself."""


def settle() -> None:
    """Call when everything is loaded: what is there stays, and need not be looked at again.

    A look at all of a served world's memory takes a tenth of a second, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
