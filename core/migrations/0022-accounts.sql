-- The name and the password that a code confirms, for signing up: whoever signs up with the same address meanwhile does not put
-- theirs under a code that its owner was mailed.
alter table mailed_codes
  add column username text,
  add column password text,
  add constraint both_are_confirmed check ((username is null) = (password is null));
