"""The Brazilian e-commerce public dataset of Olist, read as evidence.

- An order of one seller keeps its id; one of several becomes one per seller, `<order_id>:<seller_id>`.
- Such an order has one review, and nobody knows whose fault a bad one is: its response names neither order nor store
  and is held as `unknown_liability` until a person decides.
- The amount is price plus freight of the seller's items. Naive times are those of America/Sao_Paulo.
- `canceled` and `unavailable` become a cancellation: `unavailable` by the merchant (it could not supply), `canceled` by
  the merchant unless it was handed to the carrier before, then by the buyer (it was refused or sent back). The data
  do not say when; the last time known of the order is taken (approval, hand-over or delivery).
- An order without items (most `unavailable` ones) names no seller and is left out, with its review.
- The survey is sent by mail on review_creation_date: an invitation, whose answer is the response. That date has no
  time, so it is noon; where the answer came earlier on that day, the instant of the answer.
- The estimated delivery is a date, so the promise runs out with the end of that day.
- A hand-over to the carrier that is dated after the delivery is left out: it was scanned too late to tell when it was.
- A store's category is that of most of its items; a store opened on the day of its first order.
"""
