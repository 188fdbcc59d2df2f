import { createWriteStream } from "node:fs";
import { z } from "zod";
import type { Archive } from "./archive.js";
import type { Message } from "./types.js";

/** One line of the file that fine-tuning reads. */
export const RunRecord = z.object({
  id: z.string(),
  conversations: z.array(z.object({ from: z.enum(["system", "human", "gpt", "tool"]), value: z.string() })),
  verdict: z.enum(["good", "bad"]).nullable(),
});

const SPEAKERS = { system: "system", user: "human", assistant: "gpt", tool: "tool" } as const;

function toRecord(id: string, verdict: string | null, messages: Message[]) {
  const conversations = messages.map(({ role, content }) => ({ from: SPEAKERS[role], value: content }));
  return RunRecord.parse({ id, conversations, verdict });
}

/** Whether a run is worth learning from. */
function isWorthIt(messages: Message[], verdict: string | null): boolean {
  return verdict !== "bad" && messages.length > 3 && messages.some((message) => message.role === "tool");
}

export function exportRuns(archive: Archive, path: string): number {
  const file = createWriteStream(path);
  let written = 0;
  for (const { id, verdict } of archive.runs()) {
    const messages = archive.messages(id);
    if (!isWorthIt(messages, verdict)) continue;
    file.write(`${JSON.stringify(toRecord(id, verdict, messages))}\n`);
    written++;
  }
  file.end();
  return written;
}
