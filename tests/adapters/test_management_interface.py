"""Reference data by way of a folder: whole, read back, and only the newest kept."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stayon.adapters.management_interface.folder import FolderTransfer, read_set
from stayon.domain.errors import FieldError
from stayon.domain.metering import Route
from stayon.ports.management_interface import COLUMNS, Acknowledgement, ReferenceFiles
from stayon.ports.outbound import OutboundError

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ROUTE = Route.S1SP_SECURE


class Recipient:
    def __init__(self) -> None:
        self.got: list[ReferenceFiles] = []

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        self.got.append(files)
        return Acknowledgement(files.route, files.version, files.digest, accepted=True)


def a_set(version: int) -> ReferenceFiles:
    files = {
        name: f"{','.join(columns)}\nrow {version}\n".encode() for name, columns in COLUMNS.items()
    }
    return ReferenceFiles.of(ROUTE, version, NOW, files)


@pytest.mark.requirement("S1")
async def test_what_is_written_arrives_and_the_newest_sets_stay(tmp_path: Path) -> None:
    recipient = Recipient()
    transfer = FolderTransfer(tmp_path / "secure", recipient)
    for version in (1, 2, 3, 4):
        answer = await transfer.load(a_set(version))
        assert answer.accepted
    assert recipient.got == [a_set(version) for version in (1, 2, 3, 4)]
    kept = sorted(each.name for each in (tmp_path / "secure").iterdir())
    assert kept == [f"{v:010d}-{a_set(v).digest[:12]}" for v in (2, 3, 4)]
    newest = tmp_path / "secure" / kept[-1]
    assert (newest / "users.csv").read_text() == "user_id,role,status\nrow 4\n"
    assert json.loads((newest / "manifest.json").read_text())["version"] == 4


async def test_the_same_set_again_and_one_that_was_left_half_written(tmp_path: Path) -> None:
    recipient = Recipient()
    half = tmp_path / f".{1:010d}-{a_set(1).digest[:12]}"
    half.mkdir()
    (half / "users.csv").write_text("half")
    transfer = FolderTransfer(tmp_path, recipient)
    await transfer.load(a_set(1))
    await transfer.load(a_set(1))
    assert recipient.got == [a_set(1)] * 2
    assert not half.exists()


@pytest.mark.requirement("S1", refuses=True)
async def test_a_folder_that_cannot_be_used_is_as_good_as_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboundError, match="file"):
        await FolderTransfer(tmp_path / "file" / "secure", Recipient()).load(a_set(1))


@pytest.mark.requirement("S1", refuses=True)
@pytest.mark.parametrize(
    "manifest",
    ["{", "{}", "[]", '{"route": "elsewhere"}', '{"route": "s1sp-secure", "version": {}}'],
)
def test_a_manifest_that_cannot_be_read(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(FieldError, match=r"manifest\.json: cannot be read"):
        read_set(tmp_path)


@pytest.mark.requirement("S1", refuses=True)
def test_a_set_that_changed_on_its_way_no_longer_matches_its_digest(tmp_path: Path) -> None:
    asyncio.run(_transferred(tmp_path))
    (where,) = tmp_path.iterdir()
    (where / "users.csv").write_text("user_id,role,status\n")
    (where / "services.csv").unlink()
    arrived = read_set(where)
    assert arrived.digest == a_set(1).digest
    assert arrived != a_set(1)
    assert "services.csv" not in arrived.files


async def _transferred(folder: Path) -> None:
    await FolderTransfer(folder, Recipient()).load(a_set(1))
