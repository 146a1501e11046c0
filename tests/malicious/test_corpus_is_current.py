"""The files of the corpus are what the scripts write, one for each attack, with a clause each."""

from pathlib import Path

from tests.malicious.corpus import FOLDER
from tests.malicious.write_corpus import attacks, write_corpus


def test_the_files_are_what_the_scripts_write(tmp_path: Path) -> None:
    write_corpus(tmp_path)
    for kind in attacks():
        written = {path.name: path.read_bytes() for path in (tmp_path / kind).iterdir()}
        kept = {path.name: path.read_bytes() for path in (FOLDER / kind).iterdir()}
        assert written.keys() == kept.keys()
        assert [name for name in written if written[name] != kept[name]] == []


def test_every_attack_has_a_name_of_its_own_and_a_clause() -> None:
    for kind, each in attacks().items():
        names = [attack.id for attack in each]
        assert len(set(names)) == len(names), kind
        assert all(attack.what and attack.clause and attack.expect for attack in each)
