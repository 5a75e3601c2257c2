"""The same session under two names is said of both."""

from pathlib import Path

from tests.commands.conftest import coded_session
from transcript_alliance.commands.duplicates import same_content, with_duplicate_note
from transcript_alliance.session import Note


def test_files_of_the_same_bytes(tmp_path: Path) -> None:
    contents = {"a.txt": "T: hi", "b.txt": "T: hi", "c.txt": "T: ho", "d.txt": "T: hello", "e.txt": "", "f.txt": ""}
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "folder.txt").mkdir()
    names = [*contents, "folder.txt", "none.txt", "a\0b.txt"]
    found = same_content([tmp_path / name for name in names])
    assert found == {tmp_path / "a.txt", tmp_path / "b.txt"}


def test_the_note_stands_with_the_others() -> None:
    coded = coded_session("T: hi\nC: yes", "s1")
    assert with_duplicate_note(coded).session.notes == (*coded.session.notes, Note("W_DUPLICATE"))
