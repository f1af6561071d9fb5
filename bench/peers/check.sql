-- What a peer must not have lost or miscounted: rule, and how many break it.
SELECT 'orders are those acknowledged', abs(count(*) - %(acknowledged)s) FROM orders
UNION ALL
SELECT 'an order has three lines',
       count(*) FROM (SELECT FROM order_line GROUP BY order_id HAVING count(*) <> 3) AS odd
UNION ALL
SELECT 'levels are the sum of their movements', count(*)
FROM stock_level AS level
WHERE level.quantity <> 1000000000 + coalesce(
    (SELECT sum(delta) FROM stock_movement AS move WHERE move.product_id = level.product_id), 0)
UNION ALL
SELECT 'order numbers have no gap', count(*)
FROM (SELECT max(order_number) AS last, count(*) AS n FROM orders GROUP BY shop_id) AS shop
WHERE last <> n
