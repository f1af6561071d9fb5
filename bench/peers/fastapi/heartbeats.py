"""Heartbeats by FastAPI and SQLAlchemy: read the site, compare its key, write when it was seen.

The answer is signed as ours is: Ed25519 over the exact bytes of a numbered verdict. Nobody counts
how often a site or an address calls.
"""

import base64
import hashlib
import hmac
import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, Field
from sqlalchemy import DateTime
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Session = async_sessionmaker(create_async_engine(os.environ["PEER_DB"]), expire_on_commit=False)
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(os.environ["PEER_SIGNING_KEY"]))
KEY_ID = hashlib.sha256(SIGNING.public_key().public_bytes_raw()).hexdigest()[:16]
GRACE = timedelta(days=7)
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
    seq: Mapped[int]
    last_seen_at: Mapped[Moment | None]
    last_seen_ip: Mapped[str | None] = mapped_column(INET)
    version: Mapped[str | None]


class Heartbeat(BaseModel):
    version: str = Field(max_length=60)
    uptime_seconds: int
    nonce: str | None = None


class Verdict(BaseModel):
    site_id: uuid.UUID
    seq: int
    issued_at: datetime
    valid_until: datetime
    licensed: bool
    locked: bool
    lock_reason: str | None
    expires_at: datetime
    nonce: str | None
    next_heartbeat_seconds: int


class Answer(BaseModel):
    licensed: bool
    locked: bool
    lock_reason: str | None
    expires_at: datetime
    next_heartbeat_seconds: int
    verdict: str
    signature: str
    key_id: str


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.post("/api/v1/heartbeat")
async def heartbeat(
    body: Heartbeat,
    request: Request,
    x_site_id: Annotated[uuid.UUID, Header()],
    x_site_key: Annotated[str, Header()],
) -> Answer:
    async with Session() as session:
        site = await session.get(Site, x_site_id)
        shown = hashlib.sha256(x_site_key.encode()).hexdigest()
        if site is None or not site.is_active or not hmac.compare_digest(site.key_sha256, shown):
            raise HTTPException(401, "bad site key")
        now = datetime.now(UTC)
        site.last_seen_at, site.last_seen_ip = now, request.client.host
        site.version, site.seq = body.version, site.seq + 1
        await session.commit()
        verdict = Verdict(
            site_id=site.id,
            seq=site.seq,
            issued_at=now,
            valid_until=now + GRACE,
            licensed=site.license_expires_at > now,
            locked=site.is_locked,
            lock_reason=site.lock_reason,
            expires_at=site.license_expires_at,
            nonce=body.nonce,
            next_heartbeat_seconds=21600,
        )
        return signed(verdict)


def signed(verdict: Verdict) -> Answer:
    said = verdict.model_dump_json().encode()
    return Answer(
        licensed=verdict.licensed,
        locked=verdict.locked,
        lock_reason=verdict.lock_reason,
        expires_at=verdict.expires_at,
        next_heartbeat_seconds=verdict.next_heartbeat_seconds,
        verdict=text(said),
        signature=text(SIGNING.sign(said)),
        key_id=KEY_ID,
    )


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
