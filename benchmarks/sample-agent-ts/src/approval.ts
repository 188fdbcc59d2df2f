import { createInterface } from "node:readline/promises";
import type { Config } from "./config.js";
import { bus } from "./events.js";
import type { Call } from "./types.js";

export type Danger = "none" | "local" | "outside";

const OUTSIDE = [/\bgit\s+push\b/, /\bcurl\b|\bwget\b/, /\bnpm\s+publish\b/];

/** How much harm a call could do. */
export function dangerOf(call: Call): Danger {
  if (call.name === "read_file") return "none";
  const command = String(call.input.command ?? "");
  return OUTSIDE.some((pattern) => pattern.test(command)) ? "outside" : "local";
}

export class Policy {
  private readonly always = new Set<string>();

  constructor(private readonly settings: Config["approval"]) {}

  /** Whether nobody needs to be asked. */
  lets(call: Call): boolean {
    if (this.settings.mode === "yolo" || dangerOf(call) === "none") return true;
    if (this.settings.mode === "auto" && dangerOf(call) === "local") return true;
    const command = String(call.input.command ?? "");
    return this.always.has(call.name) || this.settings.allow.some((prefix) => command.startsWith(prefix));
  }

  remember(name: string): void {
    this.always.add(name);
  }
}

/** Put the question to the person at the terminal. */
export async function askPerson(call: Call): Promise<"yes" | "no" | "always"> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${call.name} ${JSON.stringify(call.input)} [y/n/a] `);
  terminal.close();
  return answer === "a" ? "always" : answer === "y" ? "yes" : "no";
}

/** Nothing runs before this returns; a refusal is an exception. */
export async function guard(call: Call, policy: Policy): Promise<void> {
  if (policy.lets(call)) return;
  bus.emit({ type: "approval.requested", callId: call.id, tool: call.name });
  const answer = await askPerson(call);
  bus.emit({ type: "approval.resolved", callId: call.id, answer });
  if (answer === "no") throw new Error(`refused: ${call.name}`);
  if (answer === "always") policy.remember(call.name);
}
