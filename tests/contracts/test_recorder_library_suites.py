"""The eventsourcing library's own abstract suites, run against our recorder: its tools may rely on our log."""

from typing import Any

import pytest
from eventsourcing.persistence import AggregateRecorder, InfrastructureFactory, TrackingRecorder
from eventsourcing.postgres import PostgresAggregateRecorder, PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.tests import persistence as suites
from eventsourcing.utils import Environment, get_topic
from psycopg.conninfo import conninfo_to_dict

from infra.eventstore.recorder import GroupCommitFactory, GroupCommitProcessRecorder, GroupCommitRecorder, datastore_of


class OnPostgres:
    """Gives a library suite a datastore on a database of its own."""

    datastore: PostgresDatastore

    @pytest.fixture(autouse=True)
    def _database(self, database_url):
        self.url = database_url
        self.datastore = datastore_of(database_url, pool_size=8)
        self.made = []
        yield
        for recorder in self.made:
            recorder.close()
        self.datastore.close()

    def made_ready(self, recorder):
        recorder.create_table()
        self.made.append(recorder)
        return recorder


class TestApplicationRecorder(OnPostgres, suites.ApplicationRecorderTestCase[GroupCommitRecorder]):
    def create_recorder(self):
        return self.made_ready(GroupCommitRecorder(self.datastore))

    def test_insert_subscribe(self):
        self.optional_test_insert_subscribe()

    def close_db_connection(self, *_: Any):
        self.datastore.close()


class TestNonInterleavingNotificationIDs(OnPostgres, suites.NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000

    def create_recorder(self):
        return self.made_ready(GroupCommitRecorder(self.datastore))


class TestProcessRecorder(OnPostgres, suites.ProcessRecorderTestCase):
    def create_recorder(self):
        return self.made_ready(GroupCommitProcessRecorder(self.datastore, events_table_name="m_events", tracking_table_name="m_tracking"))


class TestTracking(OnPostgres, suites.TrackingRecorderTestCase):
    def create_recorder(self):
        return self.made_ready(GroupCommitProcessRecorder(self.datastore, events_table_name="t_events", tracking_table_name="t_tracking"))


class OtherTrackingRecorder(PostgresTrackingRecorder):
    """A subclass, to see that the factory takes one."""


class TestInfrastructureFactory(suites.InfrastructureFactoryTestCase[GroupCommitFactory]):
    @pytest.fixture(autouse=True)
    def _environment(self, database_url):
        named = conninfo_to_dict(database_url)
        self.env = Environment("TestCase")
        self.env[InfrastructureFactory.PERSISTENCE_MODULE] = get_topic(GroupCommitFactory)
        for key, name in (("DBNAME", "dbname"), ("HOST", "host"), ("PORT", "port"), ("USER", "user"), ("PASSWORD", "password")):
            self.env[f"POSTGRES_{key}"] = str(named.get(name) or "trusted")

    def expected_factory_class(self):
        return GroupCommitFactory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return PostgresAggregateRecorder

    def expected_application_recorder_class(self):
        return GroupCommitRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return PostgresTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return OtherTrackingRecorder

    def expected_process_recorder_class(self):
        return GroupCommitProcessRecorder
