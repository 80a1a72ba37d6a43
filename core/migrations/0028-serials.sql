-- What lists are sorted by, each with the id; behind what they are filtered by, so that no page walks past others' rows.
-- Serials are as old as their batch, and ids of batches sort by age.
create index serial_batches_ending on serial_batches (redeem_by, id);
create index serial_batches_named on serial_batches ((lower(name) collate "C"), id);
create index serials_state on serials (state, batch_id, id);
create index serials_batch_state on serials (batch_id, state, id);
-- Old ones were redeemed early: who looks for one and sorts by the other would walk far, so both are in the index.
create index serials_redeemed on serials (redeemed_at, id, batch_id) where redeemed_at is not null;
create index serials_batch_redeemed on serials (batch_id, redeemed_at, id) where redeemed_at is not null;
create index serials_redeemer on serials (redeemed_by, batch_id, id) where redeemed_by is not null;
create index serials_prefix on serials ((prefix collate "C"), batch_id, id);
