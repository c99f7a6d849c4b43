"""Signatures by bands, by themselves: which texts may resemble one, without their texts."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from dupdetect.config import Config
from dupdetect.errors import FormatError, FormatVersionError, InputError, UnknownIdError
from dupdetect.output.atomic import atomic
from dupdetect.stages.signature import Signature
from dupdetect.support.arguments import require_type
from dupdetect.support.columns import strings_to_arrow, to_arrow, to_numpy

if TYPE_CHECKING:
    from datasketch import MinHashLSH

__all__ = ["SignatureIndex"]

_FORMAT = "1"


class SignatureIndex:
    """An LSH index in memory: keys whose signatures share a band with one that is asked about.

    It proposes and estimates; it does not look at texts, so a truncation is seldom found and
    nothing is verified. For that use :class:`dupdetect.Index`.

    Parameters
    ----------
    config : Config, optional
        ``bands``, ``rows``, ``num_perm``, ``seed`` and ``shingle_words`` are used.

    Examples
    --------
    >>> index = SignatureIndex()
    >>> index.insert("a", "The ferry to Gozo was stopped by fog at dawn and sailed before noon.")
    >>> index.query("The ferry to Gozo was stopped by fog at dawn and sailed before noon today.")
    [('a', 0.9296875)]
    >>> index.remove("a")
    >>> len(index)
    0
    """

    def __init__(self, *, config: Config | None = None) -> None:
        require_type("config", config, Config)
        self.config = config or Config()
        self._signatures: dict[str, Signature] = {}
        self._buckets: defaultdict[tuple[int, bytes], set[str]] = defaultdict(set)

    def insert(self, key: str, what: str | Signature) -> None:
        """Add a text, or its signature, under a key.

        Raises
        ------
        InputError
            When the key is there already, or the signature was made otherwise.
        """
        signature = self._signed(what)
        if not isinstance(key, str):
            raise InputError(f"key {key!r}: expected a str", remedy="pass str(key)")
        if key in self._signatures:
            raise InputError(f"key {key!r} is there already", remedy="remove it first")
        self._signatures[key] = signature
        for bucket in self._bands(signature):
            self._buckets[bucket].add(key)

    def insert_many(self, keys: Iterable[str], texts: Iterable[str], *, threads: int = 1) -> None:
        """Add many texts; faster than one by one.

        Raises
        ------
        InputError
            When there are not as many keys as texts, or a key is there already; those before it
            are added.
        """
        named, given = list(keys), list(texts)
        if len(named) != len(given):
            raise InputError(
                f"{len(named)} keys and {len(given)} texts", remedy="pass a key for each text"
            )
        signed = Signature.of_many(given, config=self.config, threads=threads)
        for key, signature in zip(named, signed, strict=True):
            self.insert(key, signature)

    def query(
        self, what: str | Signature, *, least_resemblance: float = 0.0
    ) -> list[tuple[str, float]]:
        """Return the keys that share a band, each with the estimated resemblance, 0-1.

        Parameters
        ----------
        what : str or Signature
            A text, or its signature.
        least_resemblance : float
            Leave out keys estimated below.

        Returns
        -------
        list of (str, float)
            The most alike first, then by key.
        """
        signature = self._signed(what)
        found = set[str]().union(*(self._buckets.get(one, ()) for one in self._bands(signature)))
        rated = [(key, signature.resemblance(self._signatures[key])) for key in found]
        chosen = [one for one in rated if one[1] >= least_resemblance]
        return sorted(chosen, key=lambda one: (-one[1], one[0]))

    def remove(self, key: str) -> None:
        """Take a key out.

        Raises
        ------
        UnknownIdError
            When it is not there; also a `KeyError`.
        """
        signature = self[key]
        del self._signatures[key]
        for bucket in self._bands(signature):
            keys = self._buckets[bucket]
            keys.discard(key)
            if not keys:
                del self._buckets[bucket]

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._signatures)

    def __contains__(self, key: object) -> bool:
        """Tell whether a key is there."""
        return key in self._signatures

    def __getitem__(self, key: str) -> Signature:
        """Return the signature of a key; `UnknownIdError` when it is not there."""
        try:
            return self._signatures[key]
        except (KeyError, TypeError):
            raise UnknownIdError(f"{key!r}: no such key; pass one that was inserted") from None

    def save(self, path: Path | str) -> None:
        """Write it to a file, an Arrow table, which appears only when it is whole.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        size = self.config.num_perm
        values = [one.values for one in self._signatures.values()]
        flat = np.concatenate([np.empty(0, np.uint32), *values])
        about = {"table": "signatures", "format": _FORMAT, "config": self._settings()}
        schema = pa.schema(
            [pa.field("key", pa.large_string()), pa.field("values", pa.list_(pa.uint32(), size))],
            {name: value.encode() for name, value in about.items()},
        )
        columns = [
            strings_to_arrow(list(self._signatures), pa.large_string()),
            pa.FixedSizeListArray.from_arrays(to_arrow(flat), size),
        ]
        with atomic(path) as file, pa.ipc.new_file(file, schema) as writer:
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))

    @classmethod
    def load(cls, path: Path | str) -> SignatureIndex:
        """Read what :meth:`save` wrote.

        Raises
        ------
        FormatError
            When it is none; `FormatVersionError` when it is of another format.
        """
        name = os.fspath(path)
        try:
            with pa.memory_map(name) as file:
                table = pa.ipc.open_file(file).read_all()
        except (OSError, pa.ArrowException) as error:
            raise FormatError(f"{name}: cannot be read ({error})") from error
        about = {key.decode(): value for key, value in (table.schema.metadata or {}).items()}
        if about.get("table") != b"signatures":
            raise FormatError(f"{name}: holds no signatures; pass a file that save() wrote")
        if about["format"] != _FORMAT.encode():
            raise FormatVersionError(
                f"{name}: signatures of format {about['format'].decode()}, this release reads "
                f"{_FORMAT}; sign the texts again"
            )
        index = cls(config=Config.of_release(orjson.loads(about["config"])))
        flat = to_numpy(table["values"].combine_chunks().flatten())
        signed = flat.reshape(-1, index.config.num_perm).copy()
        for key, values in zip(table["key"].to_pylist(), signed, strict=True):
            index.insert(key, Signature(values, index.config.seed))
        return index

    def to_datasketch(self) -> MinHashLSH:
        """Return a ``datasketch.MinHashLSH`` of the same bands, which answers as this does."""
        from datasketch import MinHashLSH  # noqa: PLC0415  slow to import, seldom needed

        config = self.config
        lsh = MinHashLSH(num_perm=config.num_perm, params=(config.bands, config.rows))
        for key, signature in self._signatures.items():
            lsh.insert(key, signature.to_datasketch())
        return lsh

    @classmethod
    def from_datasketch(cls, lsh: MinHashLSH, *, config: Config | None = None) -> SignatureIndex:
        """Take over a ``datasketch.MinHashLSH`` that is held in memory.

        It keeps the values of its bands alone: what this index has is as long as they are.

        Parameters
        ----------
        lsh : MinHashLSH
            Of scheme ``affine32``, without a hash function of its own.
        config : Config, optional
            ``seed`` and ``shingle_words`` with which its texts were signed.

        Raises
        ------
        InputError
            When its values cannot be known.
        """
        scheme = getattr(lsh, "_minhash_scheme", None)
        if lsh.hashfunc is not None or scheme not in {None, "affine32"}:
            raise InputError(
                f"a MinHashLSH of scheme {scheme!r}, hash function {lsh.hashfunc!r}",
                remedy="make it with datasketch's defaults",
            )
        settings = replace(config or Config(), num_perm=lsh.b * lsh.r, bands=lsh.b, rows=lsh.r)
        index = cls(config=settings)
        for key, bands in _kept(lsh):
            values = np.frombuffer(b"".join(bands), dtype=np.uint32).byteswap()
            index.insert(str(key), Signature(values.copy(), settings.seed))
        return index

    def _signed(self, what: str | Signature) -> Signature:
        """Return a signature of as many values as this index has."""
        size = self.config.num_perm
        if isinstance(what, str):
            return Signature.of(what, config=self.config)
        if not isinstance(what, Signature):
            raise InputError(
                f"{type(what).__name__}: expected a text or a Signature", remedy="pass one"
            )
        if what.seed != self.config.seed or what.values.size < size:
            raise InputError(
                f"a signature of {what.values.size} values, seed {what.seed}, where {size} and "
                f"seed {self.config.seed} were expected",
                remedy="sign with the settings of the index",
            )
        return what if what.values.size == size else Signature(what.values[:size], what.seed)

    def _bands(self, signature: Signature) -> Iterator[tuple[int, bytes]]:
        rows = self.config.rows
        for band in range(self.config.bands):
            yield band, signature.values[band * rows : (band + 1) * rows].tobytes()

    def _settings(self) -> str:
        return orjson.dumps(self.config.by_section()).decode()


def _kept(lsh: MinHashLSH) -> Iterator[tuple[Hashable, list[bytes]]]:
    """Keys of a MinHashLSH, and the bytes of each one's bands."""
    keys: Any = lsh.keys
    for key in list(keys.keys()):
        yield key, list(keys.get(key))
