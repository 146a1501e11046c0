"""Every relative link of the documentation leads to a file, and to a heading of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("README.md")]
)

_FENCED = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[^\n]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"""(?:src|href)=["']([^"']+)["']""")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link as its page writes it."""

    target: str

    @property
    def leads_elsewhere(self) -> bool:
        return re.match(r"[a-z][a-z0-9+.-]*:|//", self.target, re.IGNORECASE) is not None

    def fault(self, page: Path) -> str | None:
        """What is wrong with the link on ``page``; None for nothing."""
        path, _, anchor = self.target.partition("#")
        if path.startswith("/"):
            return f"{self.target} is not relative"
        target = (page.parent / path).resolve() if path else page
        if not target.is_relative_to(ROOT):
            return f"{self.target} leads out of the project"
        if not target.exists():
            return f"{self.target} leads nowhere"
        if anchor and target.suffix == ".md" and anchor not in anchors(target.read_text("utf-8")):
            return f"{self.target} names no heading"
        return None


def links(text: str) -> Iterator[Link]:
    """The links of a page in Markdown, those in code left out."""
    prose = _CODE.sub("", _FENCED.sub("", text))
    for form in (_LINK, _REFERENCE, _ATTRIBUTE):
        yield from map(Link, form.findall(prose))


def anchors(text: str) -> set[str]:
    """What the headings of a page are called in an address."""
    return {
        re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
        for heading in _HEADING.findall(_FENCED.sub("", text))
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page: Path) -> None:
    found = [link for link in links(page.read_text("utf-8")) if not link.leads_elsewhere]
    assert [fault for link in found if (fault := link.fault(page))] == []


def test_every_page_of_the_documentation_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8")
    named = set(re.findall(r"[ :]([\w./-]+\.md)$", navigation, re.MULTILINE))
    assert named == {str(page.relative_to(ROOT / "docs")) for page in ROOT.glob("docs/**/*.md")}


def test_links_are_found_in_every_form_and_not_in_code() -> None:
    page = """
[one](a.md) ![two](b.svg "title") <img src="c.svg"> [three][here] `[no](d.md)`

[here]: e.md

```
[no](f.md)
```
"""
    assert {link.target for link in links(page)} == {"a.md", "b.svg", "c.svg", "e.md"}


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("index.md", None),
        ("nowhere.md", "nowhere.md leads nowhere"),
        ("/index.md", "/index.md is not relative"),
        ("../../elsewhere.md", "../../elsewhere.md leads out of the project"),
        ("index.md#no-such-heading", "index.md#no-such-heading names no heading"),
        ("checks.md#checks", None),
    ],
)
def test_a_broken_link_is_found(target: str, fault: str | None) -> None:
    assert Link(target).fault(ROOT / "docs" / "index.md") == fault


def test_links_to_elsewhere_are_told_apart() -> None:
    assert Link("https://example.org/a").leads_elsewhere
    assert Link("mailto:somebody@example.org").leads_elsewhere
    assert not Link("explanation/the-event.md#smets1").leads_elsewhere
