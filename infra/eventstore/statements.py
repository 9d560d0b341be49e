"""The SQL of the event store: one file a statement, formatted once for the names of its tables."""

from importlib.resources import files

from psycopg.sql import SQL, Composed, Identifier, Literal

from domain.catalogue import FOLLOWED

_SQL = files("infra.eventstore") / "sql"


class Statements:
    """Every statement by name, for one set of tables."""

    def __init__(self, schema: str, facts: str) -> None:
        names = {
            "schema": Identifier(schema),
            "facts": Identifier(facts),
            "head": Identifier(f"{facts}_head"),
            "flushed": Identifier(f"{facts}_flushed"),
            "batches": Identifier(f"{facts}_batches"),
            "snapshots": Identifier(f"{facts}_snapshots"),
            "append_only": Identifier(f"{facts}_append_only"),
            "type": Identifier("stored_event_uuid"),
            "followed": Literal(list(FOLLOWED)),
        }

        def sql(name: str, **parts: Composed) -> Composed:
            return SQL((_SQL / f"{name}.sql").read_text()).format(**names, **parts)

        self.create_head = sql("create_head")
        self.append_only = sql("append_only")
        self.chain_end = sql("chain_end")
        self.unchained = sql("unchained")
        self.write_migrated = sql("write_migrated")
        self.head_at_chain_end = sql("head_at_chain_end")
        self.lock_head = sql("lock_head")
        self.read_head = sql("read_head")
        self.write_batch = sql("write_batch")
        self.released = sql("released")
        self.flush = sql("flush")
        self.end_stalled_writers = sql("end_stalled_writers")
        self.batch_digest = sql("batch_digest")
        self.existing_streams = sql("existing_streams")
        self.last_versions = sql("last_versions")
        self.written_since = sql("written_since")
        self.followed_since = sql("followed_since")
        self.copy_facts = sql("copy_facts")
        self.load_streams = sql("load_streams")
        self.personal_page = sql("personal_page")
        self.load_states = sql("load_states")
        self.fact_digests = sql("fact_digests")
        self.save_snapshots = sql("save_snapshots")
        self.drop_snapshots = sql("drop_snapshots")
        self.read_log = sql("read_log")
        picked_stretch = sql("picked_stretch")
        self.read_each = sql("read_each", stretch=picked_stretch)
        self.pick_log = sql("pick_log", stretch=picked_stretch)
        self.pick_homes = sql("pick_homes", stretch=picked_stretch)
        self.pick_naming = sql("pick_naming")
        self.read_batches = sql("read_batches")
        self.stream_ends = sql("stream_ends")
        self.strays = sql("strays")
        self.mark = sql("mark")
        self.head = sql("head")
        self.insert_events = sql("insert_events")
