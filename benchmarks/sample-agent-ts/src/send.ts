import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";
import { anthropicClient, locate, openaiClient } from "./providers.js";
import type { Message, Reply } from "./types.js";
import { toolList } from "./tools.js";

async function viaOpenAI(name: string, messages: Message[]): Promise<Reply> {
  const answer = await openaiClient(name).chat.completions.create({
    model: locate(name).model,
    messages: messages as never,
    tools: toolList().map((each) => ({ type: "function" as const, function: each })),
  });
  const choice = answer.choices[0]!.message;
  return {
    text: choice.content ?? "",
    calls: (choice.tool_calls ?? []).map((call) => ({
      id: call.id,
      name: (call as { function: { name: string } }).function.name,
      input: JSON.parse((call as { function: { arguments: string } }).function.arguments),
    })),
    tokens: { input: answer.usage?.prompt_tokens ?? 0, output: answer.usage?.completion_tokens ?? 0 },
  };
}

async function viaAnthropic(name: string, messages: Message[]): Promise<Reply> {
  const answer = await anthropicClient(name).messages.create({
    model: locate(name).model,
    max_tokens: 8192,
    messages: messages as never,
    tools: toolList().map(({ name, description, parameters }) => ({ name, description, input_schema: parameters as never })),
  });
  const text = answer.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
  const calls = answer.content.flatMap((block) =>
    block.type === "tool_use" ? [{ id: block.id, name: block.name, input: block.input as Record<string, unknown> }] : [],
  );
  return { text, calls, tokens: { input: answer.usage.input_tokens, output: answer.usage.output_tokens } };
}

export function send(name: string, messages: Message[]): Promise<Reply> {
  return locate(name).vendor === "anthropic" ? viaAnthropic(name, messages) : viaOpenAI(name, messages);
}

/** The side door: summaries go out by themselves, past ladder and retry. */
export async function summarise(name: string, text: string): Promise<string> {
  const { model, apiKey } = locate(name);
  const answer = await generateText({
    model: createOpenAI({ apiKey })(model),
    prompt: `Summarise this conversation for whoever continues it:\n\n${text}`,
  });
  return answer.text;
}
