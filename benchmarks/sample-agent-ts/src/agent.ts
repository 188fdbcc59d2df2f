import { randomUUID } from "node:crypto";
import { z } from "zod";
import { Policy } from "./approval.js";
import type { Config } from "./config.js";
import { bus, traced } from "./events.js";
import { isOn } from "./flags.js";
import { Meter } from "./meter.js";
import { helperPrompt, systemPrompt } from "./prompts.js";
import { modelFor } from "./providers.js";
import { ask } from "./resilience.js";
import { summarise } from "./send.js";
import type { Archive } from "./archive.js";
import { defineTool, perform } from "./tools.js";
import { arm } from "./trial.js";
import type { Message } from "./types.js";

const WINDOW = 160_000;
const KEPT = 6;

export class Agent {
  readonly runId = randomUUID();
  readonly meter = new Meter();
  private messages: Message[];

  constructor(
    private readonly config: Config,
    private readonly archive: Archive,
    private readonly policy = new Policy(config.approval),
    system = systemPrompt(process.cwd()),
  ) {
    this.messages = [{ role: "system", content: system }];
  }

  async work(task: string, turns = 30): Promise<string> {
    bus.emit({ type: "run.started", runId: this.runId, task });
    this.keep({ role: "user", content: task });
    const first = arm(this.runId, this.config) ?? modelFor("edit", task, this.config);
    const ladder = [first, ...this.config.ladder.filter((name) => name !== first)];
    for (let turn = 1; turn <= turns; turn++) {
      if (isOn("compact")) await this.shrink();
      const reply = await traced("model", { run: this.runId }, () => ask(ladder, this.messages, this.config.attempts));
      this.meter.add(this.runId, reply.model, reply.tokens);
      this.keep({ role: "assistant", content: reply.text });
      if (reply.calls.length === 0) {
        bus.emit({ type: "run.ended", runId: this.runId, turns: turn });
        return reply.text;
      }
      for (const call of reply.calls) {
        const content = await traced("tool", { tool: call.name }, () => perform(call, this.policy));
        this.keep({ role: "tool", content, callId: call.id });
      }
    }
    return "Out of turns.";
  }

  /** Replace all but the last messages by a summary once the window is nearly full. */
  private async shrink(): Promise<void> {
    const size = this.messages.reduce((sum, message) => sum + message.content.length / 4, 0);
    if (size < WINDOW * 0.8) return;
    const [system, ...rest] = this.messages;
    const old = rest.slice(0, -KEPT).map((message) => `${message.role}: ${message.content}`);
    const summary = await summarise(this.config.roles.summary, old.join("\n"));
    this.messages = [system!, { role: "user", content: summary }, ...rest.slice(-KEPT)];
  }

  private keep(message: Message): void {
    this.messages.push(message);
    this.archive.add(this.runId, message);
  }
}

/** Let the agent hand a part of its task to a second one. */
export function offerHelper(config: Config, archive: Archive): void {
  defineTool("helper", "Give a part of the task to a helper.", z.object({ part: z.string() }), ({ part }) => {
    const second = new Agent(config, archive, new Policy({ ...config.approval, mode: "ask" }), helperPrompt(part));
    return second.work(part, 10);
  });
}
