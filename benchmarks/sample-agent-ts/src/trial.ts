import { createHash } from "node:crypto";
import type { Config } from "./config.js";

/** The model on trial, for as many runs in a hundred as the settings say; the same run always gets the same. */
export function arm(runId: string, config: Config): string | undefined {
  if (!config.trial) return undefined;
  const bucket = createHash("sha256").update(runId).digest().readUInt32BE(0) % 100;
  return bucket < config.trial.percent ? config.trial.model : undefined;
}
