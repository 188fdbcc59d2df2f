import { appendFileSync } from "node:fs";
import { SpanStatusCode, trace } from "@opentelemetry/api";

export type AgentEvent =
  | { type: "run.started"; runId: string; task: string }
  | { type: "run.ended"; runId: string; turns: number }
  | { type: "tool.called"; callId: string; tool: string; ok: boolean }
  | { type: "approval.requested"; callId: string; tool: string }
  | { type: "approval.resolved"; callId: string; answer: string }
  | { type: "model.skipped"; model: string; reason: string }
  | { type: "model.answered"; runId: string; model: string; input: number; output: number; cost: number };

type Listener = (event: AgentEvent) => void;

class EventBus {
  private readonly listeners = new Set<Listener>();

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: AgentEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

export const bus = new EventBus();

export function writeEventsTo(path: string): () => void {
  return bus.subscribe((event) => appendFileSync(path, `${JSON.stringify({ at: Date.now(), ...event })}\n`));
}

const tracer = trace.getTracer("joiner");

/** Run `work` inside a span. */
export function traced<T>(name: string, attributes: Record<string, string>, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
