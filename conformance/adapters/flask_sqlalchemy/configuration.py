"""What stands beside the database: Werkzeug's password hashes, python-dotenv, database URLs taken apart."""

import base64
import contextlib
import io
import logging
import os

import sqlalchemy as sa
from werkzeug.security import check_password_hash, generate_password_hash

import wire

try:
    import dotenv
except ImportError:
    dotenv = None

# What Python makes of a malformed method, stored hash, or missing value.
REFUSALS = (ValueError, TypeError, AttributeError, OverflowError, MemoryError)


@contextlib.contextmanager
def refusing(kind, errors=REFUSALS):
    try:
        yield
    except errors as error:
        raise wire.Raised(kind, error) from error


def password_methods(member):
    """The two methods of a model that has a password, as the seed writes them."""

    def set_password(self, password, **options):
        setattr(self, member, generate_password_hash(password, **options))

    def check_password(self, password):
        return check_password_hash(getattr(self, member), password)

    return {"set_password": set_password, "check_password": check_password}


def given(params, *names):
    return {name: params[name] for name in names if name in params}


class Unparsed(logging.Handler):
    """The lines that python-dotenv warns of."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.args[0])


@contextlib.contextmanager
def unparsed_lines():
    logger, handler = logging.getLogger("dotenv.main"), Unparsed()
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)


@contextlib.contextmanager
def working_directory(path):
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


class Configuration:
    """Operations of the protocol; the adapter that takes this in has `object` and calls `restore_environment` at reset."""

    environment = None

    def hash_password(self, params):
        with refusing("argument"):
            return generate_password_hash(wire.need(params, "password"), **given(params, "method", "salt_length"))

    def set_password(self, params):
        with refusing("argument"):
            self.object(params).set_password(wire.need(params, "password"), **given(params, "method"))
        return {}

    def check_password(self, params):
        password = wire.need(params, "password")
        with refusing("data"):
            if "obj" in params:
                return self.object(params).check_password(password)
            return check_password_hash(wire.need(params, "hash"), password)

    def parse_dotenv(self, params):
        self.change_environment(params)
        options = given(params, "interpolate", "encoding")
        with unparsed_lines() as lines, refusing("data", UnicodeDecodeError):
            if "path" in params:
                values = dotenv.dotenv_values(params["path"], **options)
            else:
                # As python-dotenv opens a file: the text's encoding and the universal newlines are open()'s.
                encoding = options.pop("encoding", "utf-8")
                stream = io.TextIOWrapper(io.BytesIO(self.content(params["text"])), encoding=encoding)
                values = dotenv.dotenv_values(stream=stream, **options)
        return {"values": [[name, value] for name, value in values.items()], "unparsed": lines}

    def load_dotenv(self, params):
        self.change_environment(params)
        path = params["path"] if "path" in params else self.find_dotenv(params) or ""
        with unparsed_lines(), refusing("data", (UnicodeDecodeError, ValueError)):
            loaded = dotenv.load_dotenv(path, **given(params, "override", "interpolate", "encoding"))
        return {"loaded": loaded, "values": {name: os.environ.get(name) for name in params.get("names", [])}}

    def find_dotenv(self, params):
        with working_directory(wire.need(params, "dir")):
            return dotenv.find_dotenv(**given(params, "filename"), usecwd=True) or None

    def getenv(self, params):
        with refusing("config", KeyError):
            return os.environ[wire.need(params, "name")]

    def parse_url(self, params):
        with refusing("config", (sa.exc.ArgumentError, ValueError)):
            url = sa.engine.make_url(wire.need(params, "url"))
            url.get_dialect()
        options = {name: list(value) if isinstance(value, tuple) else value for name, value in url.query.items()}
        return {
            "dialect": url.get_backend_name(), "user": url.username, "password": url.password, "host": url.host or None,
            "port": url.port, "database": url.database, "options": options,
        }

    @staticmethod
    def content(text):
        return base64.b64decode(text["v"], validate=True) if isinstance(text, dict) else text.encode("utf-8")

    def change_environment(self, params):
        if self.environment is None:
            self.environment = dict(os.environ)
        for name, value in params.get("environment", {}).items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def restore_environment(self):
        if self.environment is not None:
            os.environ.clear()
            os.environ.update(self.environment)
            self.environment = None

    OPERATIONS = (hash_password, parse_dotenv, load_dotenv, find_dotenv, getenv, parse_url)
    OBJECT_OPERATIONS = (set_password, check_password)
