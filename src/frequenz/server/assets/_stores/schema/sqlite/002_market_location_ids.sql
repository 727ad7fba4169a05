-- More characters of market location IDs count as formatting: hyphens of Unicode, invisible ones.
-- The store defines the function, as the same rule must hold for filters.

UPDATE relation SET location_value = stored_location_value(message);
