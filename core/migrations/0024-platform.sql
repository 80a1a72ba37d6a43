-- The processes of control that serve. One that has not said so for some seconds is gone, and what it held with it.
create table replicas (
  id text primary key,
  seen_at timestamptz not null
);

-- Live sockets: every session has so many places, whichever replicas its sockets are at.
create table live_sockets (
  session_id text not null,
  place integer not null,
  replica_id text not null references replicas on delete cascade,
  primary key (session_id, place)
);
create index live_sockets_replica on live_sockets (replica_id);
