// The report as statements over the raw tables: whoever doubts a number can compute it.
import { get, type Query } from "../core/api";
import { useAnswer } from "../core/data";
import type { Report } from "../core/types";
import { Code, Loading, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";

export function SQL({ path, query, close }: { path: string; query: Query; close: () => void }) {
  const answer = useAnswer("sql " + path + JSON.stringify(query), (signal) => get<Report>(path, { ...query, sql: true }, signal));
  return (
    <Dialog kind="drawer" title="As SQL" onClose={close}>
      <p class="muted">Statements over the raw tables, with the settings of this view. The first counts units; the others find what the intervals are made of.</p>
      {answer.error ? <Problem error={answer.error} retry={answer.reload} /> : !answer.data ? <Loading what="Writing it down" /> : <Code text={answer.data.sql ?? ""} label="SQL" />}
    </Dialog>
  );
}
