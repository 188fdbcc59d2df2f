import { readFileSync } from "node:fs";
import { execa } from "execa";
import { Agent } from "./agent.js";
import type { Archive } from "./archive.js";
import type { Config } from "./config.js";

interface Case {
  task: string;
  check: string;
}

/** 1 when the check of a case passes after the agent's work. */
async function grade(given: Case, config: Config, archive: Archive): Promise<number> {
  await new Agent(config, archive).work(given.task);
  const done = await execa("bash", ["-c", given.check], { reject: false });
  return done.exitCode === 0 ? 1 : 0;
}

/** Both models on the same cases: the share that each solves. */
export async function runEvals(path: string, models: [string, string], config: Config, archive: Archive) {
  const cases = JSON.parse(readFileSync(path, "utf8")) as Case[];
  const scores: Record<string, number> = {};
  for (const model of models) {
    let passed = 0;
    for (const each of cases) passed += await grade(each, { ...config, roles: { ...config.roles, edit: model } }, archive);
    scores[model] = passed / cases.length;
  }
  return scores;
}
