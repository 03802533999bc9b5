"""A unit of work: everything that the store keeps, as one transaction sees it."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from service.store.analytics import Analytics
from service.store.cohorts import Cohorts
from service.store.decisions import Decisions, Offers, Outcomes
from service.store.derived import Breakpoints, Enrollments, Personas, Steps, Tags
from service.store.dialect import Sql
from service.store.errors import DATABASE_ERRORS, translate
from service.store.events import Events
from service.store.feed import Feed
from service.store.identities import Identities, Links
from service.store.intake import Counts, Quarantine, Undeclared
from service.store.jobs import Jobs
from service.store.keys import Keys
from service.store.notes import Notes
from service.store.overview import Overview
from service.store.playbooks import Calibrations, Playbooks
from service.store.profiles import Checkpoints, Profiles
from service.store.search import Search
from service.store.sessions import Sessions
from service.store.shares import Reach, Shares

T = TypeVar("T")


class Derived:
    """What can be made again from the log, and what is counted of it."""

    def __init__(self, sql: Sql) -> None:
        self.tags = Tags(sql)
        self.personas = Personas(sql)
        self.enrollments = Enrollments(sql)
        self.breakpoints = Breakpoints(sql)
        self.steps = Steps(sql)
        self.notes = Notes(sql)
        self.cohorts = Cohorts(sql)
        self.analytics = Analytics(sql)
        self.search = Search(sql)
        self.overview = Overview(sql)


class Unit(Derived):
    def __init__(self, connection: Connection) -> None:
        self._sql = sql = Sql(connection)
        super().__init__(sql)
        self.identities = Identities(sql)
        self.links = Links(sql)
        self.events = Events(sql)
        self.profiles = Profiles(sql)
        self.checkpoints = Checkpoints(sql)
        self.feed = Feed(sql)
        self.quarantine = Quarantine(sql)
        self.counts = Counts(sql)
        self.undeclared = Undeclared(sql)
        self.decisions = Decisions(sql)
        self.offers = Offers(sql)
        self.outcomes = Outcomes(sql)
        self.shares, self.reach = Shares(sql), Reach(sql)
        self.playbooks = Playbooks(sql)
        self.calibrations = Calibrations(sql)
        self.jobs = Jobs(sql)
        self.keys, self.sessions = Keys(sql), Sessions(sql)

    def revision(self) -> str:
        """The revision of the schema."""
        return str(self._sql.fetch("SELECT version_num FROM alembic_version")[0][0])


def perform(connection: Connection, work: Callable[[Unit], T]) -> T:
    """Do the work as one transaction, committed when this returns."""
    try:
        with connection.begin():
            return work(Unit(connection))
    except DATABASE_ERRORS as error:  # of begin and commit; a failed statement has discarded the connection itself
        connection.invalidate()
        raise translate(error) from error
