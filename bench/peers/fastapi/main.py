"""Orders by FastAPI and SQLAlchemy, as its documentation would have one write them.

The route does what the systems before this one did: sign in by JWT and user row, price, tax,
take stock, record movements, store an outbox event. It keeps no idempotency keys, no audit, no
payments, no licence.
"""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import DateTime, ForeignKey, Numeric, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

SECRET = os.environ["PEER_SECRET"]
Session = async_sessionmaker(create_async_engine(os.environ["PEER_DB"]), expire_on_commit=False)
CENT = Decimal("0.01")
Money = Annotated[Decimal, mapped_column(Numeric(12, 2))]


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shop"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(6, 4))
    order_seq: Mapped[int]


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    role: Mapped[str]
    shop_id: Mapped[int]
    is_active: Mapped[bool]
    token_version: Mapped[int]


class StockLevel(Base):
    __tablename__ = "stock_level"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    quantity: Mapped[int]


class Product(Base):
    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int]
    name: Mapped[str]
    price: Mapped[Money]
    category: Mapped[str]
    image_url: Mapped[str]
    is_active: Mapped[bool]
    stock_level: Mapped[StockLevel] = relationship()

    @property
    def stock(self) -> int:
        return self.stock_level.quantity


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    shop_id: Mapped[int]
    order_number: Mapped[int]
    client_id: Mapped[uuid.UUID]
    order_type: Mapped[str]
    payment_method: Mapped[str]
    payment_status: Mapped[str] = mapped_column(default="completed")
    cashier_id: Mapped[int]
    subtotal: Mapped[Money]
    tax: Mapped[Money]
    total: Mapped[Money]
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(UTC)
    )
    lines: Mapped[list["OrderLine"]] = relationship()


class OrderLine(Base):
    __tablename__ = "order_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int]
    name: Mapped[str]
    unit_price: Mapped[Money]
    quantity: Mapped[int]
    total: Mapped[Money]


class StockMovement(Base):
    __tablename__ = "stock_movement"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int]
    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"))
    delta: Mapped[int]
    reason: Mapped[str]


class OutboxEvent(Base):
    __tablename__ = "outbox_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int]
    topic: Mapped[str]
    payload: Mapped[dict] = mapped_column(JSONB)


class LineIn(BaseModel):
    product_id: int
    quantity: int = Field(ge=1, le=1000)


class OrderIn(BaseModel):
    client_id: uuid.UUID
    order_type: str = Field(max_length=20)
    payment_method: str = Field(max_length=20)
    lines: list[LineIn] = Field(min_length=1, max_length=100)


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class LineOut(Out):
    product_id: int
    name: str
    unit_price: Decimal
    quantity: int
    total: Decimal


class OrderOut(Out):
    id: uuid.UUID
    order_number: int
    client_id: uuid.UUID
    order_type: str
    payment_method: str
    payment_status: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    created_at: datetime
    lines: list[LineOut]


class ProductOut(Out):
    id: int
    name: str
    price: Decimal
    category: str
    image_url: str
    stock: int


app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    async with Session() as opened:
        yield opened


SessionDep = Annotated[AsyncSession, Depends(session)]
Credentials = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def signed_in(db: SessionDep, credentials: Credentials) -> User:
    try:
        claims = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "invalid token") from None
    user = await db.get(User, int(claims["user_id"]))
    if user is None or not user.is_active or user.token_version != claims["tv"]:
        raise HTTPException(401, "invalid token")
    return user


UserDep = Annotated[User, Depends(signed_in)]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.post("/orders", response_model=OrderOut, status_code=201)
async def place(body: OrderIn, db: SessionDep, user: UserDep) -> Order:
    ids = sorted({line.product_id for line in body.lines})
    wanted = select(Product).where(
        Product.id.in_(ids), Product.shop_id == user.shop_id, Product.is_active
    )
    products = {product.id: product for product in await db.scalars(wanted)}
    if len(products) != len(ids):
        raise HTTPException(422, "unknown product")
    number = update(Shop).where(Shop.id == user.shop_id).values(order_seq=Shop.order_seq + 1)
    seq, rate = (await db.execute(number.returning(Shop.order_seq, Shop.tax_rate))).one()
    lines = [
        OrderLine(
            product_id=line.product_id,
            name=products[line.product_id].name,
            unit_price=products[line.product_id].price,
            quantity=line.quantity,
            total=products[line.product_id].price * line.quantity,
        )
        for line in body.lines
    ]
    subtotal = sum(line.total for line in lines)
    tax = sum((line.total * rate).quantize(CENT, ROUND_HALF_UP) for line in lines)
    order = Order(
        shop_id=user.shop_id,
        order_number=seq,
        client_id=body.client_id,
        order_type=body.order_type,
        payment_method=body.payment_method,
        cashier_id=user.id,
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
        lines=lines,
    )
    db.add(order)
    await db.flush()
    for line in sorted(body.lines, key=lambda line: line.product_id):
        taken = await db.execute(
            update(StockLevel)
            .where(StockLevel.product_id == line.product_id, StockLevel.quantity >= line.quantity)
            .values(quantity=StockLevel.quantity - line.quantity)
        )
        if taken.rowcount != 1:
            raise HTTPException(409, "out of stock")
        move = {"product_id": line.product_id, "delta": -line.quantity, "reason": "sale"}
        db.add(StockMovement(order_id=order.id, **move))
    payload = OrderOut.model_validate(order).model_dump(mode="json")
    db.add(OutboxEvent(shop_id=user.shop_id, topic="order_created", payload=payload))
    await db.commit()
    return order


@app.get("/products", response_model=list[ProductOut])
async def menu(db: SessionDep, user: UserDep) -> list[Product]:
    on_sale = select(Product).where(Product.shop_id == user.shop_id, Product.is_active)
    with_stock = on_sale.options(joinedload(Product.stock_level)).order_by(Product.id)
    return list(await db.scalars(with_stock))
