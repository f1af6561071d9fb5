"""How each dish of the menu is drawn, by its SKU."""

from collections.abc import Callable
from functools import partial

from config.demo import drinks, fruit, garnish, plates, stacks, toppings
from config.demo.canvas import CENTRE, Canvas

X, Y = CENTRE
Look = Callable[[Canvas], object]

# The table of each category: a light and a dark tone, calm beside light and dark screens.
GROUNDS = {
    "ST": ("#c98a5b", "#9a5a34"),
    "SA": ("#8fae86", "#5c8060"),
    "PZ": ("#5d666f", "#363d45"),
    "MA": ("#5f8b96", "#37606c"),
    "DE": ("#d9a5a5", "#b07680"),
    "DR": ("#8ea6bf", "#5b7796"),
}


def bruschetta(canvas: Canvas) -> None:
    plates.board(canvas)
    for dx, dy in ((-66, -42), (58, -56), (-54, 56), (66, 48)):
        x, y = X + dx, Y + dy
        canvas.blob(x + 4, y + 7, 58, 42, "#1d0e05", wild=0.05, turn=-20, alpha=0.4)
        canvas.blob(x, y, 58, 42, "#a5672a", wild=0.05, turn=-20)
        canvas.blob(x - 1, y - 2, 53, 37, "#ecca8c", wild=0.05, turn=-20)
        for a, b in canvas.around(26, 34, (x, y)):
            fill = canvas.dice.choice(("#cf3a28", "#e2573f", "#b92c1e"))
            canvas.blob(a, b, 8, 7, fill, wild=0.3, turn=canvas.angle())
            canvas.oval(a - 2, b - 2, 2.4, 1.6, fill="#ffc9b3", alpha=0.9)
        garnish.basil(canvas, x + 4, y - 2)


def hummus(canvas: Canvas) -> None:
    plates.plate(canvas, 154, fill="#4b5a66")
    for turn in range(200, 341, 28):
        x, y = plates.on_circle((X, Y - 4), 112, turn)
        canvas.blob(x + 3, y + 6, 50, 30, "#1d0e05", wild=0.06, turn=turn, alpha=0.4)
        canvas.blob(x, y, 50, 30, "#e7c78c", wild=0.06, turn=turn)
        for a, b in canvas.around(6, 26, (x, y)):
            canvas.glow(a, b, 10, 8, "#9a5a22", 0.7)
    canvas.blob(X, Y + 26, 96, 86, "#d9b876", wild=0.03)
    canvas.blob(X, Y + 24, 92, 82, "#ecd29b", wild=0.03)
    swirl = [plates.on_circle((X, Y + 26), 8 + n * 0.62, n * 8) for n in range(110)]
    canvas.stroke(swirl, 9, "#c99c52", 0.6)
    canvas.stroke(swirl[:96], 4, "#e0a51f", 0.9)
    plates.scattered(canvas, [(toppings.chickpea, 9), (garnish.parsley, 5)], 50, (X, Y + 26))


def prawns(canvas: Canvas) -> None:
    plates.bowl(canvas, "#3a3f45")
    canvas.oval(X, Y + 3, 128, fill="#b8791f")
    canvas.glow(X - 20, Y - 20, 120, 110, "#f4c95c", 0.8)
    plates.scattered(canvas, [(toppings.prawn, 11), (garnish.chilli, 5), (garnish.parsley, 12)], 88)
    fruit.citrus(canvas, X + 70, Y + 66, 30)
    canvas.steam(X, Y - 10)


def olives(canvas: Canvas) -> None:
    plates.bowl(canvas, "#c8553a")
    canvas.oval(X, Y + 3, 128, fill="#7c7424")
    green = partial(garnish.olive, fill="#8d9440")
    for x, y in canvas.around(64, 112):
        for part in (canvas.dice.choice((green, green, garnish.olive)),):
            canvas.oval(x + 3, y + 5, 17, fill="#1b1605", alpha=0.35)
            fill = "#97a045" if part is green else "#3b2d3a"
            canvas.oval(x, y, 17, 15, fill=fill, turn=canvas.angle())
            canvas.glow(x - 5, y - 5, 11, 10, "#f3f3c0", 0.8)
            canvas.oval(x + 4, y + 3, 4.4, fill="#b8382a" if part is green else "#241722")
    plates.scattered(canvas, [(garnish.chilli, 4), (garnish.parsley, 8), (toppings.feta, 6)], 96)


def caprese(canvas: Canvas) -> None:
    plates.plate(canvas, 152, fill="#3b4148")
    for n in range(14):
        x, y = plates.on_circle(CENTRE, 78, n * 360 / 14 - 90)
        if n % 2:
            garnish.tomato(canvas, x, y, 36)
        else:
            canvas.oval(x + 3, y + 5, 36, fill="#0f0a06", alpha=0.35)
            canvas.blob(x, y, 36, 35, "#fdf9ee", wild=0.03)
            canvas.glow(x - 8, y - 8, 26, 24, "#ffffff", 1)
            canvas.glow(x + 14, y + 14, 20, 18, "#d9cfb8", 0.6)
    for n in range(7):
        garnish.basil(canvas, *plates.on_circle(CENTRE, 74, n * 51 + 14))
    garnish.basil(canvas, X, Y)
    for x, y in canvas.around(16, 96):
        canvas.oval(x, y, 3, fill="#3c1710", alpha=0.85)


def broth(canvas: Canvas) -> None:
    plates.soup(canvas, "#e0a63a", [], dish="#4e6a58", cream=False)
    for n in range(34):
        centre, start = (
            plates.on_circle(CENTRE, canvas.dice.uniform(10, 62), n * 47),
            canvas.angle(),
        )
        strand = [plates.on_circle(centre, 36, start + a) for a in range(0, 120, 8)]
        canvas.stroke(strand, 5, ("#f8dc8d", "#f1cc70")[n % 2])
    slices = [(toppings.chicken, 5), (garnish.parsley, 9), (garnish.chives, 8)]
    for x, y in canvas.around(9, 84):
        canvas.oval(x + 1, y + 3, 12, fill="#5a2b08", alpha=0.35)
        canvas.oval(x, y, 12, fill="#ef8426")
        canvas.oval(x, y, 6.4, fill="#f8a755")
    plates.scattered(canvas, slices, 78)
    canvas.steam(X, Y - 10)


def sides_of_salmon(canvas: Canvas) -> None:
    beans = [(garnish.bean, (-70 + 24 * n, -64 - 7 * (n % 3))) for n in range(6)]
    potatoes = [(garnish.potato, place) for place in ((68, -56), (90, -16), (48, -22))]
    plates.on_plate(canvas, plates.salmon, [*beans, *potatoes])


def schnitzel(canvas: Canvas) -> None:
    potatoes = [
        (garnish.potato, at) for at in ((44, -84), (84, -60), (70, -28), (8, -84), (92, -14))
    ]
    greens = [(garnish.lettuce, at) for at in ((-72, -66), (-44, -82), (-90, -44))]
    reds = [(garnish.cherry_tomato, (-60, -58))]
    plates.on_plate(canvas, plates.schnitzel, [*greens, *reds, *potatoes])


def brulee(canvas: Canvas) -> None:
    plates.bowl(canvas, "#f3ece0", 138)
    canvas.oval(X, Y + 3, 118, fill="#a85f16")
    canvas.oval(X, Y + 3, 114, fill="#d98f2c")
    for x, y in canvas.around(26, 96):
        canvas.glow(
            x, y, canvas.dice.uniform(14, 34), 22, canvas.dice.choice(("#6f3208", "#f6c25a")), 0.6
        )
    canvas.glow(X - 36, Y - 42, 60, 40, "#fff0c4", 0.75)
    for at in ((X + 26, Y + 34), (X + 50, Y + 22), (X + 40, Y + 54)):
        fruit.raspberry(canvas, *at)
    fruit.mint(canvas, X + 62, Y + 46)


def waffle(canvas: Canvas) -> None:
    plates.plate(canvas, 154)
    stacks.waffle(canvas)
    berries = [(fruit.strawberry, 4), (fruit.blueberry, 9), (fruit.raspberry, 4)]
    stacks.rosette(canvas, X, Y + 8)
    plates.scattered(canvas, berries, 62, (X + 6, Y + 8))
    fruit.mint(canvas, X - 4, Y - 6)


def bun(canvas: Canvas) -> None:
    plates.plate(canvas, 154, fill="#56656f")
    stacks.bun(canvas)


def tiramisu(canvas: Canvas) -> None:
    layers = [
        ("#5a3218", 96),
        ("#f8ead0", 112),
        ("#b27a42", 164),
        ("#f8ead0", 196),
        ("#9c6532", 250),
    ]
    drinks.glass(canvas, layers, top=100, foot=76, rim=72)
    canvas.oval(X, 95, 90, 14, fill="#4a2711")
    for x, y in canvas.around(90, 84, (X, 95)):
        canvas.oval(
            x, 95 + (y - 95) * 0.14, 2, 1.2, fill=canvas.dice.choice(("#7a4a28", "#2d1608"))
        )
    drinks.shine(canvas, 100, 76, 72)
    stacks.rosette(canvas, X + 12, 88)
    fruit.coffee_bean(canvas, X + 10, 52)
    drinks.beans(canvas)


def panna_cotta(canvas: Canvas) -> None:
    drinks.glass(canvas, [("#b3173f", 96), ("#fdf6ea", 140)], top=96, foot=72, rim=72)
    canvas.glow(X, 142, 90, 12, "#d9748c", 0.7)
    drinks.shine(canvas, 96, 72, 72)
    for at in ((X - 42, 88), (X + 38, 90), (X + 2, 94)):
        fruit.raspberry(canvas, *at)
    fruit.blueberry(canvas, X - 20, 84)
    fruit.blueberry(canvas, X + 20, 82)
    fruit.mint(canvas, X + 6, 76)
    plates.props(canvas, fruit.raspberry, fruit.blueberry)


def ice_cream(canvas: Canvas) -> None:
    drinks.coupe(canvas, [("#f7e6b8", (-58, 4)), ("#f7e6b8", (58, 4)), ("#fbefcb", (0, -44))])
    fruit.strawberry(canvas, X + 66, 104)
    fruit.mint(canvas, X + 2, 62)


def cake(canvas: Canvas, kind: str) -> None:
    sponge, cream, top, back, pieces = CAKES[kind]
    bands = [(cream, 15), (sponge, 24), (cream, 8), (sponge, 24), (cream, 8), (sponge, 21)]
    if kind == "cheese":
        bands = [("#c98a35", 6), (cream, 70), (sponge, 24)]
    stacks.slice_of_cake(canvas, bands, top=top, back=back, decoration=pieces)


CAKES = {
    "chocolate": ("#4a2512", "#7a4526", "#5b2f17", "#5b2f17",
                  [(stacks.rosette, (294, 146)), (fruit.strawberry, (252, 158)),
                   (fruit.raspberry, (96, 296)), (fruit.mint, (120, 306))]),
    "cheese": ("#b3793a", "#fbefcf", "#f2cd84", "#f3dfae",
               [(fruit.strawberry, (298, 140)), (fruit.blueberry, (264, 158)),
                (fruit.blueberry, (322, 166)), (fruit.mint, (284, 166)),
                (fruit.blueberry, (96, 292)), (fruit.blueberry, (114, 302))]),
    "carrot": ("#b06a2b", "#fdf5e4", "#fdf7ea", "#f3e6cd",
               [(toppings.walnut, (296, 142)), (toppings.walnut, (326, 164)), (garnish.carrot, (258, 162)),
                (toppings.walnut, (98, 296)), (toppings.walnut, (122, 306))]),
}  # fmt: skip

POTATO, SWEET = ("#d99f35", "#f6d271"), ("#c75a1b", "#ef8a3c")

f, g, t = fruit, garnish, toppings

LOOKS: dict[str, Look] = {
    "ST-01": partial(plates.soup, fill="#d2461f", toppings=[(g.basil, 3), (t.crouton, 5)], dish="#f1ece2"),
    "ST-02": partial(plates.soup, fill="#ee9420", toppings=[(t.seed, 26), (g.parsley, 5)], dish="#47586a"),
    "ST-03": partial(plates.soup, fill="#cdb08a", toppings=[(g.mushroom, 7), (g.chives, 12)], dish="#3f4a42"),
    "ST-04": broth,
    "ST-05": bruschetta,
    "ST-06": hummus,
    "ST-07": partial(plates.basket, fills=POTATO, dip="#c23a22"),
    "ST-08": partial(plates.basket, fills=SWEET, dip="#f3e6c4"),
    "ST-09": prawns,
    "ST-10": olives,
    "SA-01": partial(plates.salad, toppings=[(t.chicken, 7), (t.crouton, 10), (t.shaving, 10)]),
    "SA-02": partial(plates.salad, toppings=[(g.cucumber, 8), (g.cherry_tomato, 8), (g.onion, 4),
                                             (t.feta, 12), (g.olive, 9)], dish="#dfeaf2"),
    "SA-03": caprese,
    "SA-04": partial(plates.salad, toppings=[(g.bean, 7), (g.potato, 4), (t.tuna, 6), (t.egg, 4),
                                             (g.olive, 7), (g.cherry_tomato, 4)]),
    "SA-05": partial(plates.salad, toppings=[(g.beetroot, 11), (t.feta, 12), (t.walnut, 8), (g.rocket, 5)],
                     dish="#46525c"),
    "SA-06": partial(plates.salad, toppings=[(g.carrot, 6), (g.cucumber, 7), (g.cherry_tomato, 7),
                                             (g.corn, 22), (g.pepper, 4)]),
    "SA-07": partial(plates.sections, parts=[(t.salmon_cube, 20), (g.edamame, 30), (g.cucumber, 13),
                                             (g.cabbage, 14), (g.avocado, 8)],
                     middle=[(t.seed, 14)], dish="#2f4858"),
    "SA-08": partial(plates.sections, parts=[(t.falafel, 8), (t.chickpea, 40), (g.cherry_tomato, 13),
                                             (g.cucumber, 13), (g.cabbage, 14)],
                     middle=[(g.parsley, 4)], dish="#b8623f"),
    "SA-09": partial(plates.sections, parts=[(t.chicken, 15), (g.carrot, 15), (g.edamame, 36), (g.corn, 70)],
                     middle=[(t.seed, 16), (g.chives, 5)], dish="#37343a"),
    "SA-10": partial(plates.sections, parts=[(g.avocado, 9), (g.edamame, 30), (g.rocket, 14), (g.cucumber, 13),
                                             (t.egg, 4)], middle=[(t.seed, 12)], dish="#e9e2d2"),
    "PZ-01": partial(plates.pizza, toppings=[(t.mozzarella, 13), (g.basil, 7)]),
    "PZ-02": partial(plates.pizza, toppings=[(g.tomato, 9), (g.olive, 10), (g.parsley, 12)]),
    "PZ-03": partial(plates.pizza, toppings=[(t.mozzarella, 16), (t.ham, 14), (g.parsley, 8)]),
    "PZ-04": partial(plates.pizza, toppings=[(t.mozzarella, 16), (t.salami, 14)]),
    "PZ-05": partial(plates.pizza, toppings=[(t.mozzarella, 16), (g.mushroom, 15), (g.parsley, 10)]),
    "PZ-06": partial(plates.pizza, toppings=[(t.mozzarella, 26), (t.shaving, 12), (t.feta, 9), (t.walnut, 5)],
                     sauce="#e8bd62"),
    "PZ-07": partial(plates.pizza, toppings=[(t.mozzarella, 14), (t.salami, 10), (g.chilli, 12), (g.olive, 6)]),
    "PZ-08": partial(plates.pizza, toppings=[(t.mozzarella, 14), (g.pepper, 9), (g.mushroom, 6), (g.olive, 8),
                                             (g.onion, 4), (g.corn, 12)]),
    "PZ-09": partial(plates.pizza, toppings=[(t.mozzarella, 14), (t.tuna, 10), (g.onion, 8), (g.olive, 7)]),
    "PZ-10": partial(plates.pizza, toppings=[(t.mozzarella, 16), (t.ham, 9), (g.cherry_tomato, 6), (g.rocket, 11),
                                             (t.shaving, 8)]),
    "MA-01": partial(stacks.burger, layers=[stacks.salad, stacks.patty, stacks.onions, stacks.tomatoes]),
    "MA-02": partial(stacks.burger, layers=[stacks.salad, stacks.patty, stacks.cheese, stacks.tomatoes]),
    "MA-03": partial(stacks.burger, layers=[stacks.salad, stacks.patty, stacks.cheese, stacks.bacon]),
    "MA-04": partial(stacks.burger, layers=[stacks.crispy_patty, stacks.tomatoes, stacks.salad]),
    "MA-05": partial(stacks.burger, layers=[stacks.salad, stacks.vegetable_patty, stacks.onions, stacks.tomatoes]),
    "MA-06": partial(plates.pasta, sauce="#a8371c", toppings=[(t.crumb, 26), (g.basil, 2)]),
    "MA-07": partial(plates.pasta, sauce="#5c8f35", toppings=[(t.shaving, 7), (g.cherry_tomato, 4), (g.basil, 2)],
                     dish="#3f4a42"),
    "MA-08": partial(plates.risotto, toppings=[(g.mushroom, 13), (g.parsley, 14), (t.shaving, 6)]),
    "MA-09": sides_of_salmon,
    "MA-10": schnitzel,
    "DE-01": partial(cake, kind="chocolate"),
    "DE-02": partial(cake, kind="cheese"),
    "DE-03": partial(cake, kind="carrot"),
    "DE-04": stacks.pie,
    "DE-05": tiramisu,
    "DE-06": panna_cotta,
    "DE-07": brulee,
    "DE-08": ice_cream,
    "DE-09": waffle,
    "DE-10": bun,
    "DR-01": drinks.espresso,
    "DR-02": drinks.cappuccino,
    "DR-03": drinks.latte,
    "DR-04": drinks.tea,
    "DR-05": partial(drinks.cold, fill="#f59a1b", stalk="#f4efe4", edge=f.orange),
    "DR-06": partial(drinks.cold, fill="#f4e48a", stalk="#4f9a58", edge=f.citrus, inside=f.citrus),
    "DR-07": partial(drinks.cold, fill="#c8722a", stalk="#d94f3d", edge=f.citrus, inside=f.mint),
    "DR-08": partial(drinks.cold, fill="#3d1c10", stalk="#d93a2b", edge=f.lime, sparkling=40),
    "DR-09": drinks.water,
    "DR-10": drinks.lager,
}  # fmt: skip


def draw(sku: str) -> bytes:
    """The picture of a dish as WebP; the same bytes each time."""
    canvas = Canvas(GROUNDS[sku[:2]], seed=sku)
    LOOKS[sku](canvas)
    return canvas.webp()
