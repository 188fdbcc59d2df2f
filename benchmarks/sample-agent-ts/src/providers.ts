import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { Config } from "./config.js";

export type Vendor = "openai" | "anthropic" | "local";
export type Task = "plan" | "edit" | "summary";

interface Entry {
  baseURL: string;
  keyVariable: string;
}

const REGISTRY: Record<Vendor, Entry> = {
  openai: { baseURL: "https://api.openai.com/v1", keyVariable: "OPENAI_API_KEY" },
  anthropic: { baseURL: "https://api.anthropic.com", keyVariable: "ANTHROPIC_API_KEY" },
  local: { baseURL: "http://127.0.0.1:8080/v1", keyVariable: "" },
};

/** `vendor/model` taken apart, with where it is served and the key for it. */
export function locate(name: string) {
  const [vendor, ...rest] = name.split("/");
  const entry = REGISTRY[vendor as Vendor];
  if (!entry) throw new Error(`nobody serves ${name}`);
  return { vendor: vendor as Vendor, model: rest.join("/"), ...entry, apiKey: process.env[entry.keyVariable] ?? "none" };
}

export function openaiClient(name: string): OpenAI {
  const { baseURL, apiKey } = locate(name);
  return new OpenAI({ baseURL, apiKey, maxRetries: 0 });
}

export function anthropicClient(name: string): Anthropic {
  const { baseURL, apiKey } = locate(name);
  return new Anthropic({ baseURL, apiKey, maxRetries: 0 });
}

/** Long requests are planned by the large model; the environment wins over both. */
export function modelFor(task: Task, prompt: string, config: Config): string {
  const forced = process.env.JOINER_MODEL;
  if (forced) return forced;
  if (task === "edit" && prompt.length > 4000) return config.roles.plan;
  return config.roles[task];
}
