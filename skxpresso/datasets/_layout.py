"""Which columns of a table hold what: named by the user, or known by plain names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypedDict

from skxpresso._utils.table import quote, shorten
from skxpresso.halflife import HALF_LIFE_COLUMNS

__all__ = ["SYMBOL_COLUMNS", "ColumnNames", "Layout"]

#: Plain names, without case, blanks and punctuation; the first group is preferred.
_PROMOTER = (("PROMOTER",), ("SEQUENCE", "PROMOTERSEQUENCE", "PROMOTERSEQ", "SEQ"))
_EXPRESSION = (
    ("EXPRESSION",),
    ("LOGEXPRESSION", "LOG10EXPRESSION", "LOG2EXPRESSION", "EXPRESSIONLEVEL", "EXPR"),
)
_GENE = (
    ("ENSID",),
    ("GENE",),
    ("ID",),
    ("GENEID", "ENSEMBLID", "ENSEMBLGENEID", "ENSEMBLGENE", "PROMOTERID", "SEQUENCEID", "NAME"),
)
#: Where symbols of genes are looked for.
SYMBOL_COLUMNS = ("SYMBOL", "GENE_NAME", "GENENAME", "GENE")
_SYMBOL = (("SYMBOL",), ("GENENAME",), ("GENESYMBOL",), ("GENE",))


class ColumnNames(TypedDict, total=False):
    """Names of columns, where they are not the plain ones: parameters of `read_table`."""

    promoter_column: str | None
    expression_column: str | None
    id_column: str | None
    halflife_columns: Sequence[str] | Mapping[str, str] | None


@dataclass(frozen=True)
class Layout:
    """Columns of a file by what they hold.

    Parameters
    ----------
    promoter, expression, gene, symbol : int or None
        Places of the columns.
    halflife : dict of str to int
        Places of the half-life columns, by the published names and in their order.
    names : list of str
        All names, as in the file.
    unclear : dict of str to list of str
        Columns that could equally well hold something, by the parameter that chooses.
    searched : bool
        Whether half-life columns were looked for, rather than named.
    """

    promoter: int | None
    expression: int | None
    gene: int | None
    symbol: int | None
    halflife: dict[str, int]
    names: list[str]
    unclear: dict[str, list[str]] = field(default_factory=dict)
    searched: bool = True

    @classmethod
    def find(cls, names: Sequence[str], **columns: Any) -> Layout:
        """Find the columns; raise ValueError if a name that was given is not there.

        Examples
        --------
        >>> from skxpresso.datasets._layout import Layout
        >>> layout = Layout.find(["gene_id", "sequence", "CDSLENGTH", "utr5_len"])
        >>> layout.promoter, layout.gene, layout.halflife, layout.near_misses()
        (1, 0, {'UTR5LEN': 3}, {'CDSLENGTH': 'CDSLEN'})
        """
        names = list(names)
        repeated = [name for name, n in Counter(map(str.upper, names)).items() if name and n > 1]
        if repeated:
            raise ValueError(
                f"the header must name each column once; found {quote(repeated)} twice"
            )
        unclear: dict[str, list[str]] = {}

        def find(parameter: str, groups: Iterable[tuple[str, ...]]) -> int | None:
            given = columns.get(parameter)
            return (
                _place(names, parameter, given)
                if given
                else _guess(names, groups, parameter, unclear)
            )

        gene = find("id_column", _GENE)
        if gene is None and "id_column" not in unclear and len(names) > 1 and names[0] == "":
            gene = 0  # what pandas and R write for names of rows
        chosen = columns.get("halflife_columns")
        return cls(
            find("promoter_column", _PROMOTER),
            find("expression_column", _EXPRESSION),
            gene,
            _guess(names, _SYMBOL, "", {}),
            _known_halflife(names) if chosen is None else _named_halflife(names, chosen),
            names,
            unclear,
            chosen is None,
        )

    def used(self) -> list[int]:
        """Return the places of the columns that are read, but for symbols."""
        places = [self.gene, self.promoter, *self.halflife.values(), self.expression]
        return [place for place in places if place is not None]

    def name(self, place: int) -> str:
        """Return the name of a column, as messages call it."""
        return self.names[place] or "(the first, without a name)"

    def near_misses(self) -> dict[str, str]:
        """Return names that are nearly those of half-life columns that are not there."""
        if not self.searched:
            return {}
        used, lacking = self.used(), [n for n in HALF_LIFE_COLUMNS if n not in self.halflife]
        found: dict[str, str] = {}
        for place, name in enumerate(self.names):
            if place not in used and lacking and len(name) < 40:
                near = get_close_matches(_plain(name), lacking, n=1, cutoff=0.8)
                found |= {name: near[0]} if near else {}
        return found

    def remark(self, form: str, others: Iterable[str] = (), read: Iterable[str] = ()) -> str:
        """Say which columns are used for what, and which are neither that nor among the others.

        `others` are places, `read` is what is read for other reasons.
        """
        what = {"promoters": self.promoter, "expression": self.expression, "genes": self.gene}
        parts = [
            f"{kind} in {shorten(self.names[place])}"
            if self.names[place]
            else f"{kind} in the first column"
            for kind, place in what.items()
            if place is not None
        ]
        if self.gene is None:
            parts.append("genes numbered from 0")
        renamed = [
            f"{known} in {shorten(self.names[place])}"
            for known, place in self.halflife.items()
            if self.names[place].upper() != known
        ]
        if self.halflife or self.searched:
            n = f"half-life columns: {len(self.halflife)} of {len(HALF_LIFE_COLUMNS)}"
            parts.append(n + (f" ({', '.join(renamed)})" if renamed else ""))
        near, used = self.near_misses(), set(self.used())
        others, read = ({name.upper() for name in names} for names in (others, read))
        if there := [name for name in self.names if name.upper() in others]:
            parts.append(f"places in {', '.join(there)}")
        if there := [name for name in self.names if name.upper() in read]:
            parts.append(f"also read: {_list(there)}")
        ignored = [
            f"{name} (did you mean {near[name]}?)" if name in near else name
            for place, name in sorted(enumerate(self.names), key=lambda each: each[1] not in near)
            if place not in used and name and name.upper() not in others | read
        ]
        text = f"{form}; {', '.join(parts)}"
        return f"{text}; not used: {_list(ignored)}" if ignored else text

    def missing(self, parameter: str, plain: str) -> str:
        """Say that a column is missing, and what the user can do."""
        others = self.unclear.get(parameter)
        if others:
            return f"has no column {plain}, but {quote(others)}; {parameter}= says which to take"
        near = get_close_matches(plain, [name.upper() for name in self.names[:200]], n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return f"has no column {plain}, only {quote(self.names, 8)}{hint}; {parameter}= names it"


def _list(names: Sequence[str], most: int = 8) -> str:
    listed = [name if len(name) <= 60 else f"{name[:57]}..." for name in names[:most]]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(listed) + more


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).upper()


def _place(names: list[str], parameter: str, given: str) -> int:
    """Return the place of a column that the user named, in this case or any other."""
    upper = [name.upper() for name in names]
    if given in names:
        return names.index(given)
    if given.upper() in upper:
        return upper.index(given.upper())
    near = get_close_matches(given, names[:200], n=1)
    hint = f"; did you mean {shorten(near[0])}?" if near else ""
    raise ValueError(f"{parameter}={shorten(given)} is none of the columns {quote(names, 8)}{hint}")


def _guess(
    names: list[str],
    groups: Iterable[tuple[str, ...]],
    parameter: str,
    unclear: dict[str, list[str]],
) -> int | None:
    """Return the column with a plain name; none if two are equally plain."""
    plain = [_plain(name) for name in names]
    for group in groups:
        exact = [place for place, name in enumerate(names) if name.upper() in group]
        found = exact or [place for place, name in enumerate(plain) if name in group]
        if len(found) == 1:
            return found[0]
        if found:
            unclear[parameter] = [names[place] for place in found]
            return None
    return None


def _known_halflife(names: list[str]) -> dict[str, int]:
    upper, plain = [name.upper() for name in names], [_plain(name) for name in names]
    found = {}
    for known in HALF_LIFE_COLUMNS:
        if known in upper:
            found[known] = upper.index(known)
        elif plain.count(known) == 1:
            found[known] = plain.index(known)
    return found


def _named_halflife(names: list[str], chosen: Sequence[str] | Mapping[str, str]) -> dict[str, int]:
    if isinstance(chosen, str):
        raise TypeError(f"halflife_columns must be a list or a dict, got {shorten(chosen)}")
    pairs = chosen if isinstance(chosen, Mapping) else {name: name for name in chosen}
    unknown = [feature for feature in pairs if feature.upper() not in HALF_LIFE_COLUMNS]
    if unknown:
        raise ValueError(
            f"halflife_columns: {quote(unknown)} is none of {', '.join(HALF_LIFE_COLUMNS)}; "
            "give NAME=COLUMN, such as CDSLEN=cds_length, where a column has another name"
        )
    places = {
        feature.upper(): _place(names, "halflife_columns", column)
        for feature, column in pairs.items()
    }
    return {feature: places[feature] for feature in HALF_LIFE_COLUMNS if feature in places}
