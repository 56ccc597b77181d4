-- A fragment, for a subquery: the units that are in an ID list now.
-- list: stands for the list's id.
-- Reads: idlists, idlist_members.
SELECT unit_id
FROM idlist_members
WHERE epoch = (SELECT argMax(epoch, version) FROM idlists WHERE list = /* list: */ '' /* :list */)
GROUP BY unit_id
HAVING argMax(member, version)
