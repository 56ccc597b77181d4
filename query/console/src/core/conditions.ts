// What a rule can look at, and how it compares: the first operator of a type is what it begins with.
import type { Condition } from "./types";

const sets = ["any", "none"];
const texts = [...sets, "any_case_sensitive", "none_case_sensitive", "str_starts_with_any", "str_ends_with_any", "str_contains_any", "str_contains_none", "str_matches", "eq", "neq"];
const lists = [...sets, "any_case_sensitive", "none_case_sensitive", "in_segment_list", "not_in_segment_list"];
const numbers = ["gt", "gte", "lt", "lte"];
const versions = ["version_eq", "version_neq", "version_gt", "version_gte", "version_lt", "version_lte"];
const times = ["after", "before", "on"];
const arrays = ["array_contains_any", "array_contains_none", "array_contains_all", "not_array_contains_all"];

export const operatorsOf: Record<string, string[]> = {
  public: [], user_id: [...new Set([...texts, ...lists])], email: texts, custom_field: [...texts, ...numbers, ...versions, ...times, ...arrays], country: sets, unit_id: lists,
  app_version: [...versions, ...sets], browser_name: texts, browser_version: [...versions, ...texts], os_name: texts, os_version: [...versions, ...texts],
  ip_address: texts, locale: texts, environment_tier: sets, time: times, passes_gate: [], fails_gate: [], passes_segment: [], fails_segment: [],
};

/** Compares with one value, not with a list. */
export const single = (c: Condition) =>
  operatorsOf[c.type]?.length === 0 || [...numbers, ...versions, ...times, "eq", "neq", "str_matches", "in_segment_list", "not_in_segment_list"].includes(c.operator ?? operatorsOf[c.type]?.[0]);

export const targets = (c: Condition) => (Array.isArray(c.targetValue) ? c.targetValue : c.targetValue === undefined || c.targetValue === null ? [] : [c.targetValue]).map(String);

const signs: Record<string, string> = { any: "is", none: "is not", eq: "=", neq: "≠", gt: ">", gte: "≥", lt: "<", lte: "≤" };
export const operatorText = (operator: string) => signs[operator] ?? operator.replace(/^str_/, "").replace(/^version_(.*)$/, (_, o) => `version ${signs[o] ?? o}`).replace(/_/g, " ");

/** "custom field plan is pro, team" */
export const conditionText = (c: Condition) =>
  c.type === "public" ? "everyone" : [c.type.replace(/_/g, " "), c.field ?? c.customID, operatorsOf[c.type]?.length ? operatorText(c.operator ?? operatorsOf[c.type][0]) : "", targets(c).join(", ")].filter(Boolean).join(" ");
