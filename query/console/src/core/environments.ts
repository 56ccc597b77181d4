// The environments that rules and overrides can be limited to.
import { get } from "./api";
import { useAnswer } from "./data";

export interface Environment { id?: string; name: string; isProduction: boolean; requiresReview?: boolean; requiresReleasePipeline?: boolean }

export const useEnvironments = () => useAnswer("environments", async (signal) => (await get<{ environments: Environment[] }>("environments", {}, signal)).environments);

/** Their names; what is in use stands among them also while the answer is on its way. */
export function useEnvironmentNames(used: string[] = []): string[] {
  const answer = useEnvironments();
  return [...new Set([...(answer.data ?? []).map((e) => e.name), ...used])];
}
