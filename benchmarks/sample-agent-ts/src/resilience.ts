import { setTimeout as wait } from "node:timers/promises";
import { bus } from "./events.js";
import { send } from "./send.js";
import type { Message, Reply } from "./types.js";

export type Verdict = "again" | "next" | "stop";

/** What an error of a vendor means for the request. */
export function judge(error: unknown): Verdict {
  const status = (error as { status?: number }).status ?? 0;
  if (status === 429 || status === 529) return "again";
  if (status === 401 || status === 402 || status >= 500) return "next";
  return /context length|too many tokens/i.test(String(error)) ? "stop" : "next";
}

async function withBackoff(model: string, messages: Message[], attempts: number): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(model, messages);
    } catch (error) {
      if (attempt >= attempts || judge(error) !== "again") throw error;
      await wait(500 * 2 ** attempt);
    }
  }
}

/** Ask the first model of the ladder that answers. */
export async function ask(ladder: string[], messages: Message[], attempts: number): Promise<Reply & { model: string }> {
  let last: unknown;
  for (const model of ladder) {
    try {
      return { ...(await withBackoff(model, messages, attempts)), model };
    } catch (error) {
      if (judge(error) === "stop") throw error;
      last = error;
      bus.emit({ type: "model.skipped", model, reason: String(error) });
    }
  }
  throw last;
}
