// Over how many days a page looks; [ and ] make it fewer or more.
import { useKey } from "../core/keys";
import { param, set } from "../core/router";
import { Select } from "./form";

const ranges = ["14", "30", "90"];

export const days = (usual = "14") => (ranges.includes(param("days")) ? param("days") : usual);

export function DaysSelect({ usual = "14" }: { usual?: string }) {
  const now = days(usual);
  const step = (by: number) => set({ days: ranges[Math.min(Math.max(ranges.indexOf(now) + by, 0), ranges.length - 1)] });
  useKey("[", "fewer days", () => step(-1));
  useKey("]", "more days", () => step(1));
  return <Select label="Days" value={now} set={(v) => set({ days: v })} options={ranges.map((r) => [r, r + " days"])} />;
}
