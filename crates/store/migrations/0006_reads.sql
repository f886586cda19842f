-- What was refused of one machine, the latest first: its board asks for it, and a quarantine holds a hundred thousand rows. Sources and
-- reasons name the machine at their start; an id that goes on after "`: " is found by its beginning, and then looked at as a whole.
CREATE INDEX quarantine_of_machine ON quarantine (tenant_id, (left(split_part(CASE
    WHEN starts_with(source, 'machine ') THEN substr(source, 9)
    WHEN starts_with(reason, 'machine `') THEN substr(reason, 10) END, '`: ', 1), 200) COLLATE "C"), id);

-- The reports of a window are looked for among those that end in the month after its start, for none is longer. With their starts in
-- the index, those that begin after the window are left out there and not row by row.
DROP INDEX reports_by_end;
CREATE INDEX reports_by_end ON reports (tenant_id, machine, ends, starts, subject);
