import { bus } from "./events.js";
import type { Reply } from "./types.js";

/** Dollars for a million tokens, in and out. */
const PRICES: Record<string, [number, number]> = {
  "anthropic/claude-opus-4-1": [15, 75],
  "anthropic/claude-sonnet-4-5": [3, 15],
  "openai/gpt-5": [1.25, 10],
};

export class Meter {
  readonly totals = { input: 0, output: 0, cost: 0 };

  /** Count one answer. */
  add(runId: string, model: string, tokens: Reply["tokens"]): void {
    const [input, output] = PRICES[model] ?? [0, 0];
    const cost = (tokens.input * input + tokens.output * output) / 1_000_000;
    this.totals.input += tokens.input;
    this.totals.output += tokens.output;
    this.totals.cost += cost;
    bus.emit({ type: "model.answered", runId, model, ...tokens, cost });
  }
}
