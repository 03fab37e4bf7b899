-- Who does what only one process does at a time; until: by the database's clock.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder UUID NOT NULL,
    until BIGINT NOT NULL
);

-- How far something has got that goes through a whole table, little by little.
CREATE TABLE walks (
    name TEXT PRIMARY KEY,
    reached UUID NOT NULL
);

-- Marks that must be found elsewhere, too: of the place of files.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    mark UUID NOT NULL
);
