"""Peer F: FastAPI, SQLAlchemy's asynchronous ORM and asyncpg, written the usual way."""
