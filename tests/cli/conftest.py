"""Open services on each database."""

from tests.usecases.homes import _postgres_model as _postgres_model
from tests.usecases.homes import _serials as _serials
from tests.usecases.homes import _sqlite_model as _sqlite_model
from tests.usecases.homes import app as app
from tests.usecases.homes import clock as clock
from tests.usecases.homes import home as home
from tests.usecases.homes import postgres_home as postgres_home
from tests.usecases.homes import sqlite_home as sqlite_home
