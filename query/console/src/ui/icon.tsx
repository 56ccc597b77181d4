// The few pictures of the console, drawn on a 20 x 20 grid in the colour of the text.
const paths = {
  start: "M4 16V4l12 6-12 6z",
  metrics: "M3 16h14M5 13V9m4 4V5m4 8V8m3 5V3",
  stream: "M3 10h3l2-6 4 12 2-6h3",
  experiments: "M8 3v5L3.5 15.5A1.5 1.5 0 0 0 5 17h10a1.5 1.5 0 0 0 1.5-1.5L12 8V3M6.5 3h7M6 12h8",
  gates: "M6 5h8a5 5 0 0 1 0 10H6A5 5 0 0 1 6 5zm8 2.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  lists: "M7 5h10M7 10h10M7 15h10M3 5h.5M3 10h.5M3 15h.5",
  integrations: "M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3",
  settings: "M3 6h8m4 0h2M3 14h2m4 0h8M13 4v4M7 12v4",
  system: "M4 4h12v5H4zM4 11h12v5H4zM7 6.5h.5M7 13.5h.5",
  unit: "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM4 17a6 6 0 0 1 12 0",
  search: "M9 14A5 5 0 1 0 9 4a5 5 0 0 0 0 10zm3.5-1.5L17 17",
  close: "M5 5l10 10M15 5L5 15",
  up: "M10 15V5M6 9l4-4 4 4",
  down: "M10 5v10M6 11l4 4 4-4",
  more: "M7 8l3 3 3-3",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2v2m0 12v2M2 10h2m12 0h2M4.3 4.3l1.4 1.4m8.6 8.6 1.4 1.4M4.3 15.7l1.4-1.4m8.6-8.6 1.4-1.4",
  moon: "M16 12.5A7 7 0 0 1 7.5 4 6.5 6.5 0 1 0 16 12.5z",
  menu: "M3 6h14M3 10h14M3 14h14",
  pause: "M7 4v12M13 4v12",
  play: "M6 4v12l10-6z",
  copy: "M7 7V4h9v9h-3M4 7h9v9H4z",
  check: "M4 10.5l4 4 8-9",
  plus: "M10 4v12M4 10h12",
  warn: "M10 3l7.5 13.5h-15zM10 8v4m0 2v.5",
  link: "M8.5 11.5l3-3M9 6l1.5-1.5a3.5 3.5 0 0 1 5 5L14 11M11 14l-1.5 1.5a3.5 3.5 0 0 1-5-5L6 9",
} as const;
export type IconName = keyof typeof paths;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
);
