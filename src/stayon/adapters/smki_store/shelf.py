"""Certificates by one key, in memory as far as that is worth it."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from stayon.smki_profile import EndEntityCertificate

_Key = TypeVar("_Key")

Certificates = tuple[EndEntityCertificate, ...]


class Shelf(Generic[_Key]):
    """What ``read`` finds by a key, in the order of adding.

    Pinned keys stay in memory; of the others the ``kept`` that were asked for last. What is kept
    of a key is all there is of it: who adds a certificate tells ``added``.
    """

    def __init__(self, read: Callable[[_Key], Certificates], kept: int) -> None:
        self._read = read
        self._kept = kept
        self._pinned: dict[_Key, Certificates] = {}
        self._recent: OrderedDict[_Key, Certificates] = OrderedDict()

    def get(self, key: _Key) -> Certificates:
        """The certificates of a key, read if need be."""
        found = self._pinned.get(key)
        if found is not None:
            return found
        found = self._recent.get(key)
        if found is not None:
            self._recent.move_to_end(key)
            return found
        found = self._recent[key] = self._read(key)
        if len(self._recent) > self._kept:
            self._recent.popitem(last=False)
        return found

    def pin(self, key: _Key, certificates: Iterable[EndEntityCertificate] | None = None) -> None:
        """Keep a key for good: with all the certificates there are of it, or read now."""
        self._pinned[key] = self.get(key) if certificates is None else tuple(certificates)

    def added(self, key: _Key, certificate: EndEntityCertificate) -> None:
        """Follow the database, which has one more."""
        for kept in (self._pinned, self._recent):
            if key in kept:
                kept[key] = (*kept[key], certificate)
