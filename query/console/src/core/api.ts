// The Console API, as everyone else uses it. Paths are relative to the page, so a prefix in front of it does no harm.
import { signal } from "@preact/signals";

export interface Page { itemsPerPage: number; pageNumber: number; nextPage: string | null; totalItems: number }

/** A refusal as the server words it, or what the browser says when nobody answers. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly attr = "", readonly requestId = "") {
    super(message);
  }
}

/** undefined while unknown, "" when nobody is signed in. */
export const signedInAs = signal<string | undefined>(undefined);

export type Query = Record<string, string | number | boolean | undefined>;

export function address(path: string, query: Query = {}): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") q.set(name, String(value));
  const text = q.toString();
  return "console/v1/" + path + (text ? "?" + text : "");
}

/** Joins path segments, each encoded. */
export const at = (...segments: string[]) => segments.map(encodeURIComponent).join("/");

async function ask<T>(method: string, path: string, query?: Query, body?: unknown, signal?: AbortSignal): Promise<{ data: T; pagination?: Page }> {
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method, signal, headers: body === undefined ? {} : { "Content-Type": "application/json" }, body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    if ((e as Error).name === "AbortError") throw e;
    throw new ApiError(0, "unreachable", "The server does not answer. Is it running, and is the network there?");
  }
  const text = await response.text();
  let answer: any = {};
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    throw new ApiError(response.status, "not_json", `The server answered ${response.status} with something that is not JSON; a proxy in between?`);
  }
  if (response.ok) return answer;
  if (response.status === 401) signedInAs.value = "";
  throw new ApiError(response.status, answer.code ?? "error", answer.message ?? `The server answered ${response.status}.`, answer.attr, answer.requestId);
}

export const get = async <T>(path: string, query?: Query, signal?: AbortSignal) => (await ask<T>("GET", path, query, undefined, signal)).data;
export const post = async <T>(path: string, body: unknown = {}, query?: Query) => (await ask<T>("POST", path, query, body)).data;
export const put = async <T>(path: string, body: unknown = {}) => (await ask<T>("PUT", path, undefined, body)).data;
export const patch = async <T>(path: string, body: unknown = {}) => (await ask<T>("PATCH", path, undefined, body)).data;
export const remove = async <T>(path: string, body?: unknown) => (await ask<T>("DELETE", path, undefined, body)).data;

/** All pages of a list. */
export async function all<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const answer = await ask<T[]>("GET", path, { ...query, limit: 1000, page }, undefined, signal);
    items.push(...answer.data);
    if (!answer.pagination?.nextPage) return items;
  }
}

/** Text of any path below the page, for exports that the server writes. */
export async function text(path: string): Promise<string> {
  const response = await fetch(path);
  if (!response.ok) throw new ApiError(response.status, "error", await response.text());
  return response.text();
}

export async function checkSession() {
  try {
    signedInAs.value = (await get<{ key: string }>("session")).key;
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 401) throw e;
  }
}
export async function signIn(key: string) {
  signedInAs.value = (await post<{ key: string }>("session", { key })).key;
}
export async function signOut() {
  await remove("session");
  signedInAs.value = "";
}
