"""The S1SP's end of the Management Interface: which reference data are in force."""

from stayon.domain.metering import Route
from stayon.parties.s1sp.loading import FilesRefused, read_files
from stayon.parties.s1sp.reference_data import ReferenceData
from stayon.parties.s1sp.trust_anchors import TrustAnchorCells
from stayon.ports.management_interface import Acknowledgement, ReferenceFiles


class S1spInventory:
    """Implements ``ReferenceDataRecipient`` for one S1SP.

    ``in_force`` is the set by which requests are judged, None before the first one; a set that is
    refused leaves it as it is.
    """

    def __init__(self, route: Route, cells: TrustAnchorCells, *, tolerant: bool) -> None:
        self._route = route
        self._cells = cells
        self._tolerant = tolerant
        self.in_force: ReferenceData | None = None

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        """See ``ReferenceDataRecipient.load``."""
        try:
            data, left_out = self._read(files)
        except FilesRefused as error:
            return self._answer(files, error.problems, accepted=False)
        self._cells.enrol(data.devices.values())
        self.in_force = data
        return self._answer(files, left_out, accepted=True)

    def _read(self, files: ReferenceFiles) -> tuple[ReferenceData, tuple[str, ...]]:
        if files.route is not self._route:
            raise FilesRefused((f"these files are for {files.route.value}",))
        if self.in_force is not None and files.version < self.in_force.version:
            raise FilesRefused(
                (f"version {files.version} is older than {self.in_force.version}, in force",)
            )
        return read_files(files, tolerant=self._tolerant)

    def _answer(
        self, files: ReferenceFiles, problems: tuple[str, ...], *, accepted: bool
    ) -> Acknowledgement:
        return Acknowledgement(self._route, files.version, files.digest, accepted, problems)
