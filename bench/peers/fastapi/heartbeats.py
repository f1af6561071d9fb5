"""Heartbeats by FastAPI and SQLAlchemy: read the site, compare its key, write when it was seen.

The answer is not signed and has no number; nobody counts how often a site calls.
"""

import hashlib
import hmac
import os
import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, Field
from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Session = async_sessionmaker(create_async_engine(os.environ["PEER_DB"]), expire_on_commit=False)
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Site(Base):
    __tablename__ = "site"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key_sha256: Mapped[str]
    is_active: Mapped[bool]
    is_locked: Mapped[bool]
    lock_reason: Mapped[str | None]
    license_expires_at: Mapped[Moment]
    last_seen_at: Mapped[Moment | None]
    last_seen_ip: Mapped[str | None] = mapped_column(INET)
    version: Mapped[str | None]


class Heartbeat(BaseModel):
    version: str = Field(max_length=60)
    uptime_seconds: int
    nonce: str | None = None


class Verdict(BaseModel):
    licensed: bool
    locked: bool
    lock_reason: str | None
    expires_at: datetime


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.post("/api/v1/heartbeat")
async def heartbeat(
    body: Heartbeat,
    request: Request,
    x_site_id: Annotated[uuid.UUID, Header()],
    x_site_key: Annotated[str, Header()],
) -> Verdict:
    async with Session() as session:
        site = await session.get(Site, x_site_id)
        shown = hashlib.sha256(x_site_key.encode()).hexdigest()
        if site is None or not site.is_active or not hmac.compare_digest(site.key_sha256, shown):
            raise HTTPException(401, "bad site key")
        now = datetime.now(UTC)
        site.last_seen_at, site.last_seen_ip = now, request.client.host
        site.version = body.version
        await session.commit()
        return Verdict(
            licensed=site.license_expires_at > now,
            locked=site.is_locked,
            lock_reason=site.lock_reason,
            expires_at=site.license_expires_at,
        )
