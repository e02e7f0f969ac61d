"""What ``rebuild`` makes again inside the store: vectors of another model, labels of another taxonomy."""

from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files
from typing import TYPE_CHECKING

from index.corrections import MACHINE
from index.integrity import content_hash
from index.store import Store
from index.writes import drop_unused_vectors, find_model, put_vectors, relabel, use_model
from nlp.taxonomy import own_file

if TYPE_CHECKING:
    from index.encoder import Encoder

BATCH = 2_000  # texts encoded and stored at a time


def taxonomy_fingerprint() -> str:
    """Changes when the labels and their cues do, the user's own included."""
    data = files("nlp").joinpath("taxonomy.toml").read_bytes()
    own = own_file()
    return blake2b(data + (own.read_bytes() if own and own.is_file() else b""), digest_size=8).hexdigest()


def renew_vectors(store: Store, encoder: Encoder) -> None:
    """Give every statement a vector of this model, then put the model into use and forget other vectors.

    Until the last step the old model stays in force, so that a crash leaves the archive as it was.
    """
    with store.transaction() as tx:
        model = find_model(tx, encoder.name, encoder.dimension, encoder.segmenter, encoder.fingerprint)
        tx.sequence()  # as below: else the file would be another one than the manifest's at the same change
    last = 0  # row by row: to ask again and again for what is missing would read the whole store every time
    while found := store.query(
        "SELECT s.row, s.content, s.text FROM statements s WHERE s.row > ? AND NOT EXISTS (SELECT 1 FROM vectors v"
        " WHERE v.content = s.content AND v.model = ?) ORDER BY s.row LIMIT ?",
        (last, model, BATCH),
    ):
        last = int(found[-1][0])
        texts = {content: text for _, content, text in found}
        vectors = encoder.encode([*texts.values()])
        with store.transaction() as tx:
            put_vectors(tx, model, [content_hash(text) for text in texts.values()], vectors)
            tx.sequence()
    with store.transaction() as tx:
        use_model(tx, model)
        drop_unused_vectors(tx, model)
        tx.sequence()


def relabel_all(store: Store) -> None:
    """Label every statement anew where the labels or the labeller have changed since; people's corrections stay."""
    from index.labellers import LABELLER, TAXONOMY, UNFINISHED, labeller_mark, labeller_of, labels_version, note_labels

    archive = store.path.parent
    labeller, version = labeller_of(archive), labels_version(archive)
    if store.meta(TAXONOMY) == version:
        note_labels(store)
        return
    with store.transaction() as tx:
        tx.set_meta(TAXONOMY, UNFINISHED)  # until the last report: who labels meanwhile would take them for all alike
        tx.set_meta(LABELLER, labeller_mark(archive))
        tx.sequence()
    for (report,) in store.query("SELECT row FROM reports ORDER BY row"):
        rows = store.query(
            "SELECT s.row, s.text, coalesce(o.kind, s.kind) FROM statements s"
            " LEFT JOIN originals o ON o.statement = s.row"
            " WHERE s.report = ? AND coalesce(o.kind, s.kind) <> 'passage' ORDER BY s.row",
            (report,),
        )
        with store.transaction() as tx:
            relabel(tx, int(report), {row: labeller.label(text, kind) for row, text, kind in rows}, MACHINE)
    with store.transaction() as tx:
        tx.set_meta(TAXONOMY, version)
        tx.sequence()
