import { readFile, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { z } from "zod";
import { type Policy, guard } from "./approval.js";
import { bus } from "./events.js";
import type { Call } from "./types.js";

interface Tool {
  description: string;
  input: z.ZodType;
  run(input: never): Promise<string>;
}

const TOOLS = new Map<string, Tool>();

export function defineTool<T>(name: string, description: string, input: z.ZodType<T>, run: (input: T) => Promise<string>) {
  TOOLS.set(name, { description, input, run: run as Tool["run"] });
}

/** What models are told of the tools. */
export function toolList() {
  return [...TOOLS].map(([name, tool]) => ({
    name,
    description: tool.description,
    parameters: z.toJSONSchema(tool.input) as Record<string, unknown>,
  }));
}

/** From the name that a model gave to an execution. */
export async function perform(call: Call, policy: Policy): Promise<string> {
  const tool = TOOLS.get(call.name);
  if (!tool) return `There is no tool ${call.name}.`;
  try {
    await guard(call, policy);
    const result = await tool.run(tool.input.parse(call.input) as never);
    bus.emit({ type: "tool.called", callId: call.id, tool: call.name, ok: true });
    return result;
  } catch (error) {
    bus.emit({ type: "tool.called", callId: call.id, tool: call.name, ok: false });
    return String(error);
  }
}

async function bash({ command }: { command: string }): Promise<string> {
  const done = await execa("bash", ["-c", command], { reject: false, timeout: 120_000, all: true });
  return done.all ?? "";
}

async function edit({ path, content }: { path: string; content: string }): Promise<string> {
  await writeFile(path, content);
  return `${path} written`;
}

async function look({ path }: { path: string }): Promise<string> {
  return readFile(path, "utf8");
}

defineTool("bash", "Run a command.", z.object({ command: z.string().describe("Read by bash") }), bash);
defineTool("edit_file", "Replace a file.", z.object({ path: z.string(), content: z.string() }), edit);
defineTool("read_file", "Read a file.", z.object({ path: z.string() }), look);
