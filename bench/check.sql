-- What we must not have lost or miscounted: rule, and how many break it.
SELECT 'orders are those acknowledged', abs(count(*) - %(acknowledged)s) FROM pos_order
UNION ALL
SELECT 'levels are the sum of their movements', count(*)
FROM pos_stocklevel AS level
WHERE level.quantity <> coalesce(
    (SELECT sum(delta) FROM pos_stockmovement AS move WHERE move.product_id = level.product_id), 0)
UNION ALL
SELECT 'a sold line has its movement', count(*)
FROM pos_orderline AS line
WHERE line.quantity <> -(
    SELECT sum(delta) FROM pos_stockmovement AS move
    WHERE move.order_id = line.order_id AND move.product_id = line.product_id)
UNION ALL
SELECT 'an order is the sum of its lines', count(*)
FROM pos_order AS sale
JOIN (
    SELECT order_id, sum(net) AS net, sum(tax) AS tax FROM pos_orderline GROUP BY order_id
) AS lines ON lines.order_id = sale.id
WHERE sale.tax <> lines.tax OR sale.total <> lines.net + lines.tax
UNION ALL
SELECT 'an order is paid by its payments', count(*)
FROM pos_order AS sale
WHERE sale.paid <> coalesce(
    (SELECT sum(amount) FROM pos_payment AS money WHERE money.order_id = sale.id), 0)
UNION ALL
SELECT 'order numbers have no gap', count(*)
FROM (
    SELECT max(day_number) AS last, count(*) AS n, count(DISTINCT number) AS different
    FROM pos_order GROUP BY shop_id, business_day
) AS day
WHERE last <> n OR different <> n
UNION ALL
SELECT 'events have no gap', count(*)
FROM (SELECT max(seq) AS last, count(*) AS n FROM live_event GROUP BY shop_id) AS shop
WHERE last <> n
UNION ALL
SELECT 'an order is told once', abs(count(*) - (SELECT count(*) FROM pos_order))
FROM live_event WHERE kind = 'order_created'
UNION ALL
SELECT 'an order is in the audit once', abs(count(*) - (SELECT count(*) FROM pos_order))
FROM accounts_auditevent WHERE action = 'order.placed'
UNION ALL
SELECT 'an answer is kept for every key', abs(count(*) - (SELECT count(*) FROM pos_order))
FROM core_idempotencykey WHERE status = 201
