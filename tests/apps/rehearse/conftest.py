import pytest
from tests.apps.rehearse.small_world import Rehearsed, ailing_homes, rehearse_world, settings_for

from stayon.apps.rehearse.files import write_files


@pytest.fixture(scope="session")
def ailing(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """Twelve homes with every kind of ailment, rehearsed to the end, its files written."""
    folder = tmp_path_factory.mktemp("ailing")
    settings = settings_for(ailing_homes(), folder / "world")
    rehearsed = rehearse_world(settings, folder / "out")
    out, retry = folder / "out", settings.policy.retry
    write_files(rehearsed.result, settings.assumptions, out, retry)
    return rehearsed
