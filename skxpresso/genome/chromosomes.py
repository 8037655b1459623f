"""Chromosome names of two files matched, where that can be done in one way only."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping

from skxpresso._utils.table import quote

__all__ = ["match_chromosomes", "names_told", "simple_name", "split_region"]

_REGION = re.compile(r"^(.+):([\d,_]+)-([\d,_]+)$")
_REFSEQ = re.compile(r"^NC_0*(\d+)(\.\d+)?$")
_MITOCHONDRION = {"m", "mt", "mito", "mitochondrion", "chrmito"}
# as GenBank, RefSeq and SGD write them; "chromosome 1 unlocalized ..." is not chromosome 1
_TOLD = re.compile(
    r"\[(?:chromosome|location)=([^\]]+)\]|\bchromosome:? (\S+?)(?:,|$)|\b(mitochondrion)(?:,|$)"
)
# numbers that RefSeq gave to human (1) and mouse (67) chromosomes, with X and Y at the end
_FIRST_OF_SPECIES = {1: 22, 67: 19}


def simple_name(name: str) -> str:
    """Bring a name to the form that chr1, 1, Chr1 and NC_000001.11 share."""
    found = _REFSEQ.match(name)
    if found:
        return _from_refseq(int(found[1])) or name.partition(".")[0].lower()
    short = re.sub(r"^chr(omosome)?_?(?=.)", "", name, flags=re.IGNORECASE).lower()
    return "mt" if short in _MITOCHONDRION else short


def _from_refseq(number: int) -> str | None:
    for first, autosomes in _FIRST_OF_SPECIES.items():
        place = number - first
        if 0 <= place < autosomes:
            return str(place + 1)
        if place in (autosomes, autosomes + 1):
            return "xy"[place - autosomes]
    return "mt" if number in (12920, 5089) else None


def names_told(description: str) -> list[str]:
    """Return the names that a FASTA header tells beside the record's own.

    Examples
    --------
    >>> from skxpresso.genome.chromosomes import names_told
    >>> names_told("NC_001133.9 Saccharomyces cerevisiae S288C chromosome I, complete sequence")
    ['I']
    >>> names_told("chr1 1")
    ['1']
    """
    words = description.split()[1:]
    if len(words) == 1:
        return words
    return [name for found in _TOLD.findall(" ".join(words)) for name in found if name]


def split_region(text: str) -> tuple[str, int, int] | None:
    """Take ``chrom:start-end`` apart; None if it is not of that form.

    Examples
    --------
    >>> from skxpresso.genome.chromosomes import split_region
    >>> split_region("chr22:100,000-200_000")
    ('chr22', 100000, 200000)
    """
    found = _REGION.match(text)
    if found is None:
        return None
    start, end = (int(re.sub("[,_]", "", number)) for number in found.groups()[1:])
    return found[1], start, end


def match_chromosomes(
    wanted: Iterable[str],
    known: Iterable[str],
    *,
    wanted_in: str,
    known_in: str,
    aliases: Mapping[str, Iterable[str]] | None = None,
    known_aliases: Mapping[str, Iterable[str]] | None = None,
) -> dict[str, str]:
    """Say how chromosomes of one file are called in another.

    Parameters
    ----------
    wanted, known : iterable of str
        Names in the one and the other file.
    wanted_in, known_in : str
        What the files are, for messages.
    aliases, known_aliases : mapping of str to iterable of str, default=None
        Other names that the files themselves tell.

    Returns
    -------
    dict of str to str
        From wanted to known names; those without a counterpart are left out.

    Raises
    ------
    ValueError
        If no name has a counterpart, or one has two.

    Warns
    -----
    UserWarning
        If names differ and were matched.

    Examples
    --------
    >>> import warnings
    >>> from skxpresso.genome.chromosomes import match_chromosomes
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     match_chromosomes(["1", "MT"], ["chr1", "chrM"], wanted_in="a", known_in="b")
    {'1': 'chr1', 'MT': 'chrM'}
    """
    wanted, known = list(dict.fromkeys(wanted)), list(dict.fromkeys(known))
    there = set(known)
    matched = {name: name for name in wanted if name in there}
    # what a name says goes before what the files tell of it: RefSeq gives the scaffolds of
    # chromosome 1 the name 1, too
    for names, others in ((None, None), (aliases or {}, known_aliases or {})):
        taken = set(matched.values())
        left = [name for name in wanted if name not in matched]
        free = [name for name in known if name not in taken]
        new = _pairs(left, free, names, others, (wanted_in, known_in))
        _check_one_to_one(new, wanted_in, known_in)
        matched |= new
    if not matched:
        raise ValueError(
            f"no chromosome of {wanted_in} ({quote(wanted, 8)}) is one of {known_in} "
            f"({quote(known, 8)})"
        )
    matched = {name: matched[name] for name in wanted if name in matched}
    _say_aloud({a: b for a, b in matched.items() if a != b}, wanted_in, known_in)
    return matched


def _pairs(
    wanted: list[str],
    known: list[str],
    aliases: Mapping[str, Iterable[str]] | None,
    known_aliases: Mapping[str, Iterable[str]] | None,
    files: tuple[str, str],
) -> dict[str, str]:
    """Match names by their forms, and by those of their aliases."""
    by_form: dict[str, list[str]] = {}
    for name in known:
        for form in _forms(name, known_aliases):
            by_form.setdefault(form, []).append(name)
    matched = {}
    for name in wanted:
        found = {n for form in _forms(name, aliases) for n in by_form.get(form, ())}
        if len(found) > 1:
            raise ValueError(
                f"chromosome {name!r} of {files[0]} may be any of {quote(sorted(found))} of "
                f"{files[1]}; rename one of them"
            )
        if found:
            matched[name] = found.pop()
    return matched


def _forms(name: str, aliases: Mapping[str, Iterable[str]] | None) -> set[str]:
    return {simple_name(other) for other in (name, *((aliases or {}).get(name, ())))}


def _check_one_to_one(matched: Mapping[str, str], wanted_in: str, known_in: str) -> None:
    owners: dict[str, str] = {}
    for name, other in matched.items():
        if other in owners:
            raise ValueError(
                f"chromosomes {owners[other]!r} and {name!r} of {wanted_in} may both be {other!r} "
                f"of {known_in}; rename one of them"
            )
        owners[other] = name


def _say_aloud(renamed: Mapping[str, str], wanted_in: str, known_in: str) -> None:
    if renamed:
        pairs = [f"{a} is {b}" for a, b in renamed.items()]
        shown = ", ".join(pairs[:4]) + (f" and {len(pairs) - 4} more" if len(pairs) > 4 else "")
        warnings.warn(
            f"chromosomes of {wanted_in} have other names in {known_in}; they were matched: "
            f"{shown}",
            UserWarning,
            stacklevel=4,
        )
