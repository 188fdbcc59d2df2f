"""Writing committed packets, and saying whether git is about to commit what was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scanner.committed import Home, command, committed, home, not_staged
from scanner.errors import UsageError
from scanner.output import write_atomically, write_folder, written_by_scanner
from scanner.packet import Packet
from scanner.places import printable
from scanner.render import rendered, to_json, to_markdown

#: How committed packets of each form may be called.
_SUFFIXES = {"markdown": (".md", ".markdown"), "json": (".json",)}


class Target:
    """The files that committed packets are written to: one of a form, or a page and JSON of each in a folder."""

    def __init__(self, repo: Path, output: Path | None, output_dir: Path | None, form: str) -> None:
        """See whether packets can be committed there.

        Raises:
            UsageError: when no file is named, or none of the repository's work tree.
            RepositoryError: when the repository is none of git's.
        """
        if output is None and output_dir is None:
            raise UsageError("--committed writes a file of the repository; name it with -o or --output-dir")
        suffixes = _SUFFIXES[form]
        if output is not None and output.suffix.lower() not in suffixes:
            # By its suffix the next scan knows where to look, and leaves it out.
            shown, asked = printable(str(output)), " or ".join(suffixes)
            raise UsageError(
                f"{shown} must end in {asked}, by which the next scan knows it and leaves it out; rename it"
            )
        self._file, self._folder, self._form = output, output_dir, form
        self._home: Home = home(repo, output_dir if output_dir is not None else Path(output or "").parent)

    def write(self, packets: Sequence[Packet], rules: Sequence[str], settings: bool, force: bool) -> tuple[Path, ...]:
        """Write packets as their commit can hold them.

        Args:
            packets: of one scan, made without a date.
            rules: what `--rules` names, for the command that writes them again.
            settings: whether the settings of the repository counted.
            force: whether to replace files of somebody else.

        Returns:
            The files.

        Raises:
            UsageError: when a file cannot be written.
            RepositoryError: when the work tree lacks files that the commit has.
        """
        again = command(self._home, rules, [*([] if settings else ["--no-settings"]), *self._how()])
        made = [committed(each, self._home.links, again) for each in packets]
        files = self._files(made)
        if self._folder is not None:
            write_folder(self._folder, {path.name: content for path, content in files.items()}, force)
        else:
            for path, content in files.items():
                write_atomically(path, content, force, written_by_scanner)
        return tuple(files)

    def not_staged(self, paths: Sequence[Path]) -> str:
        """What is left to do before git commits these files; empty for nothing.

        Raises:
            RepositoryError: when git's index cannot be read.
        """
        return not_staged(self._home.store, paths)

    def _how(self) -> list[str | Path]:
        if self._folder is not None:
            return ["--output-dir", self._folder]
        form: list[str | Path] = ["--format", self._form] if self._form != "markdown" else []
        return [*form, "-o", self._file or Path()]

    def _files(self, packets: Sequence[Packet]) -> dict[Path, bytes]:
        if self._folder is None:
            return {self._file or Path(): rendered(packets, self._form)}
        files: dict[Path, bytes] = {}
        for each in packets:
            name = "packet" if len(packets) == 1 else each.pack.id
            files[self._folder / f"{name}.json"] = to_json(each)
            files[self._folder / f"{name}.md"] = to_markdown(each).encode()
        return files
