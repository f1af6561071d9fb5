"""The menu of the demo restaurant: sixty dishes under six headings. Prices in cents."""

from dataclasses import dataclass
from decimal import Decimal

FOOD, DRINKS = Decimal(10), Decimal(20)


@dataclass(frozen=True, slots=True)
class Dish:
    """A dish as a menu shows it, with what it costs to make and how many are left."""

    sku: str
    name: str
    price: int
    cost: int
    stock: int
    description: str
    reorder_level: int = 5

    @property
    def category(self) -> str:
        return CATEGORIES[self.sku[:2]]

    @property
    def tax_rate(self) -> Decimal:
        """Percent: food is taxed less than drinks."""
        return DRINKS if self.sku.startswith("DR") else FOOD

    @property
    def barcode(self) -> str:
        """An EAN-13 of the range that is free for a shop's own use."""
        heading = list(CATEGORIES).index(self.sku[:2]) + 1
        return with_check_digit(f"20{heading:04}{int(self.sku[3:]):06}")


def with_check_digit(digits: str) -> str:
    """Twelve digits and the thirteenth that makes them an EAN."""
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-weighed % 10)


CATEGORIES = {
    "ST": "Small plates",
    "SA": "Salads & bowls",
    "PZ": "Pizza",
    "MA": "Burgers & mains",
    "DE": "Desserts",
    "DR": "Drinks",
}

MENU = [
    Dish("ST-01", "Roasted tomato soup", 690, 165, 40, "Slow-roasted tomatoes, cream, basil, croutons."),
    Dish("ST-02", "Pumpkin soup", 720, 170, 36, "Hokkaido pumpkin, ginger, toasted seeds."),
    Dish("ST-03", "Mushroom cream soup", 740, 195, 28, "Brown mushrooms, thyme, chives."),
    Dish("ST-04", "Chicken noodle soup", 780, 210, 32, "Clear broth, egg noodles, carrots."),
    Dish("ST-05", "Bruschetta", 760, 180, 30, "Four slices of toasted bread, tomato, garlic, basil."),
    Dish("ST-06", "Hummus & flatbread", 820, 190, 34, "Chickpeas, tahini, olive oil, warm bread."),
    Dish("ST-07", "French fries", 490, 95, 120, "Double-fried, sea salt, ketchup.", 20),
    Dish("ST-08", "Sweet potato fries", 590, 140, 80, "Crisp, with garlic mayonnaise.", 15),
    Dish("ST-09", "Garlic prawns", 1290, 480, 18, "Eleven prawns, butter, chilli, lemon."),
    Dish("ST-10", "Marinated olives", 540, 130, 45, "Green and black, feta, herbs."),
    Dish("SA-01", "Caesar salad", 1290, 360, 26, "Romaine, grilled chicken, croutons, parmesan."),
    Dish("SA-02", "Greek salad", 1140, 310, 24, "Feta, olives, cucumber, tomato, red onion."),
    Dish("SA-03", "Caprese", 1090, 340, 20, "Buffalo mozzarella, ripe tomatoes, basil."),
    Dish("SA-04", "Salade niçoise", 1360, 420, 16, "Tuna, green beans, potatoes, egg, olives."),
    Dish("SA-05", "Beetroot & feta salad", 1180, 290, 22, "Roasted beetroot, walnuts, rocket."),
    Dish("SA-06", "Garden salad", 890, 210, 38, "Leaves, peppers, carrot, corn, house dressing."),
    Dish("SA-07", "Salmon poke bowl", 1590, 560, 14, "Raw salmon, avocado, edamame, sushi rice."),
    Dish("SA-08", "Falafel bowl", 1340, 330, 25, "Falafel, chickpeas, tomatoes, tahini."),
    Dish("SA-09", "Teriyaki chicken bowl", 1420, 410, 27, "Glazed chicken, carrot, edamame, corn."),
    Dish("SA-10", "Green bowl", 1380, 370, 19, "Avocado, edamame, rocket, egg, sesame."),
    Dish("PZ-01", "Margherita", 990, 230, 60, "Tomato, fior di latte, basil.", 10),
    Dish("PZ-02", "Marinara", 890, 180, 44, "Tomato, garlic, oregano, olives."),
    Dish("PZ-03", "Prosciutto", 1240, 330, 42, "Tomato, mozzarella, cooked ham."),
    Dish("PZ-04", "Salami", 1220, 320, 48, "Tomato, mozzarella, Italian salami."),
    Dish("PZ-05", "Funghi", 1190, 290, 35, "Tomato, mozzarella, fresh mushrooms."),
    Dish("PZ-06", "Quattro formaggi", 1340, 410, 30, "Four cheeses on cream, walnuts."),
    Dish("PZ-07", "Diavola", 1280, 340, 33, "Spicy salami, chilli, olives."),
    Dish("PZ-08", "Verdure", 1260, 310, 29, "Peppers, mushrooms, onion, corn."),
    Dish("PZ-09", "Tonno", 1290, 360, 31, "Tuna, red onion, olives."),
    Dish("PZ-10", "Rucola", 1420, 430, 24, "Ham, rocket, cherry tomatoes, parmesan."),
    Dish("MA-01", "Classic burger", 1290, 390, 45, "Beef, lettuce, tomato, onion, house sauce."),
    Dish("MA-02", "Cheeseburger", 1360, 420, 50, "Beef, aged cheddar, tomato, pickles."),
    Dish("MA-03", "Bacon burger", 1460, 470, 37, "Beef, cheddar, crisp bacon."),
    Dish("MA-04", "Crispy chicken burger", 1380, 380, 34, "Buttermilk chicken, slaw, tomato."),
    Dish("MA-05", "Halloumi burger", 1340, 400, 23, "Grilled halloumi, onion, tomato, mint."),
    Dish("MA-06", "Spaghetti bolognese", 1280, 340, 40, "Beef ragù, cooked four hours, parmesan."),
    Dish("MA-07", "Spaghetti al pesto", 1220, 310, 32, "Basil pesto, pine nuts, cherry tomatoes."),
    Dish("MA-08", "Mushroom risotto", 1440, 380, 0, "Carnaroli rice, porcini, parmesan."),
    Dish("MA-09", "Grilled salmon", 2190, 820, 15, "Fillet with green beans and parsley potatoes."),
    Dish("MA-10", "Viennese schnitzel", 1980, 610, 28, "Veal, parsley potatoes, small salad."),
    Dish("DE-01", "Chocolate cake", 620, 150, 16, "Dark chocolate, whipped cream."),
    Dish("DE-02", "New York cheesecake", 660, 170, 14, "Baked, with berries."),
    Dish("DE-03", "Carrot cake", 590, 140, 12, "Walnuts, cream cheese frosting."),
    Dish("DE-04", "Apple pie", 580, 130, 18, "Warm, under a lattice."),
    Dish("DE-05", "Tiramisu", 690, 185, 3, "Mascarpone, espresso, cocoa."),
    Dish("DE-06", "Panna cotta", 640, 150, 15, "Vanilla, raspberry."),
    Dish("DE-07", "Crème brûlée", 720, 190, 11, "Burnt sugar, Bourbon vanilla."),
    Dish("DE-08", "Vanilla ice cream", 520, 110, 60, "Three scoops.", 10),
    Dish("DE-09", "Belgian waffle", 740, 160, 22, "Berries, whipped cream."),
    Dish("DE-10", "Cinnamon bun", 460, 95, 20, "Baked this morning, icing."),
    Dish("DR-01", "Espresso", 280, 45, 400, "Single, our own roast.", 50),
    Dish("DR-02", "Cappuccino", 390, 75, 300, "With whole or oat milk.", 50),
    Dish("DR-03", "Latte macchiato", 430, 85, 300, "Three layers in a tall glass.", 50),
    Dish("DR-04", "Earl Grey tea", 360, 50, 150, "A pot with lemon.", 20),
    Dish("DR-05", "Fresh orange juice", 490, 160, 48, "0.3 l, pressed to order.", 10),
    Dish("DR-06", "Homemade lemonade", 450, 90, 70, "0.4 l, lemon and mint.", 10),
    Dish("DR-07", "Iced peach tea", 430, 80, 72, "0.4 l, brewed here.", 10),
    Dish("DR-08", "Cola", 390, 95, 144, "0.33 l, with lime.", 24),
    Dish("DR-09", "Sparkling water", 350, 60, 168, "0.5 l.", 24),
    Dish("DR-10", "Draught lager", 460, 140, 220, "0.5 l.", 30),
]  # fmt: skip
