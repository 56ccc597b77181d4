// What every page wants to know: the project, and how far its numbers are complete.
import { signal } from "@preact/signals";
import { get } from "./api";

export interface Check { name: string; ok: boolean; detail?: string; remedy?: string }
export interface System {
  version: string;
  startedAt: string;
  timezone: string;
  prefix: string;
  checks: Check[];
  spool: { bytes: number; maxBytes: number; waitingRecords: number; damaged: number };
  watermark: { completeTo: number | null; lagMs: number | null; waitingLoads: number; waitingRows: number };
  engine: { version: string; uptimeSeconds: number; memoryBytes: number; diskFreeBytes: number; diskTotalBytes: number } | null;
  tables: { name: string; rows: number; parts: number; bytes: number; uncompressedBytes: number }[];
}

export const system = signal<System | undefined>(undefined);
export const away = signal("");

export async function refreshSystem() {
  try {
    system.value = await get<System>("system");
    away.value = "";
  } catch (e) {
    away.value = (e as Error).message;
  }
}

export const zone = () => system.value?.timezone ?? "UTC";
